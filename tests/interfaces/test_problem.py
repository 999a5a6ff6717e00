"""One table from error class to HTTP status and exit code: whole, and true to the standards."""

import json
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from chengmo import errors
from chengmo.errors import ChengmoError, LakeUnavailable, SharingDenied, UnknownModel, UnknownRun
from chengmo.interfaces.boundary import exception_handlers
from chengmo.interfaces.problem import (
    HTTP_KINDS,
    KINDS,
    exit_code_of,
    kind_of,
    kind_of_slug,
    problem_of,
    problem_of_status,
)


def whole_tree(cls: type[ChengmoError] = ChengmoError) -> Iterator[type[ChengmoError]]:
    yield cls
    for child in cls.__subclasses__():
        yield from whole_tree(child)


DECLARED = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, ChengmoError)
]
FAMILY_CODES = {
    errors.RequestError: 2,
    errors.SharingDenied: 3,
    errors.ContractError: 4,
    errors.PlatformError: 5,
}


def raising(error: Exception) -> TestClient:
    def endpoint(request):
        raise error

    app = Starlette(routes=[Route("/x", endpoint)], exception_handlers=exception_handlers())
    return TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize("cls", DECLARED)
def test_every_class_of_the_error_tree_has_a_row_of_its_own(cls):
    assert KINDS[cls].slug == cls.slug


@pytest.mark.parametrize("cls", list(whole_tree()))
def test_every_class_that_exists_is_answered_by_status_and_exit_code(cls):
    error = cls("what happened", hint="the way out")
    assert 400 <= kind_of(error).status < 600
    family = next((f for f in FAMILY_CODES if issubclass(cls, f)), errors.PlatformError)
    assert exit_code_of(error) == FAMILY_CODES[family]


@pytest.mark.parametrize("cls", [c for c in DECLARED if issubclass(c, errors.RequestError)])
def test_what_the_caller_can_mend_is_never_a_server_error(cls):
    assert kind_of(cls).status < 500


def test_a_class_without_a_row_takes_its_parents():
    class Stricter(SharingDenied):
        """A new leaf."""

    assert kind_of(Stricter("no")).status == 403


def test_slugs_are_unique():
    slugs = [kind.slug for kind in (*KINDS.values(), *HTTP_KINDS)]
    assert len(slugs) == len(set(slugs))


def test_the_ogc_types_are_used_where_the_standard_names_one():
    root = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/"
    assert kind_of(UnknownModel).type == root + "no-such-process"
    assert kind_of(UnknownRun).type == root + "no-such-job"
    assert kind_of(errors.InvalidQuery).type == "/errors#invalid-query"


def test_a_problem_says_what_happened_and_the_way_out_in_the_callers_language():
    problem = problem_of(errors.UnknownDataset("no 'x'", hint="try 'y'"))
    assert problem.document(instance="/collections/x", language="zh") == {
        "type": "/errors#unknown-dataset",
        "title": "没有这个数据",
        "status": 404,
        "detail": "no 'x'",
        "hint": "try 'y'",
        "instance": "/collections/x",
    }
    assert "hint" not in problem_of(errors.UnknownDataset("no 'x'")).document()


def test_a_slug_of_the_ledger_finds_its_kind():
    assert kind_of_slug("resource-exhausted") is KINDS[errors.ResourceExhausted]
    assert kind_of_slug("from-a-later-version") is KINDS[ChengmoError]


def test_what_is_wrong_with_a_field_is_told_in_the_callers_language():
    fault = errors.Fault("/sites/3", "should be more", "应更多")
    problem = problem_of(errors.InvalidRequest("no", faults=[fault]))
    assert problem.document()["errors"] == [{"detail": "should be more", "pointer": "#/sites/3"}]
    assert problem.document(language="zh")["errors"][0]["detail"] == "应更多"
    assert "errors" not in problem_of(errors.InvalidRequest("no")).document()


def test_a_bare_status_becomes_a_problem_of_that_status():
    assert problem_of_status(413, "long").kind.slug == "too-large"
    assert problem_of_status(429, "often").document()["status"] == 429


@pytest.mark.parametrize("cls", DECLARED)
def test_over_http_every_error_is_a_problem_document(cls):
    response = raising(cls("发生了什么", hint="出路")).get("/x")
    assert response.status_code == kind_of(cls).status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"] == "发生了什么"
    assert response.json()["hint"] == "出路"


def test_what_passes_says_when_to_try_again():
    assert raising(LakeUnavailable("gone")).get("/x").headers["retry-after"] == "5"


def test_a_fault_shows_no_traceback_and_no_secret():
    response = raising(ZeroDivisionError("password=hunter2")).get("/x")
    assert response.status_code == 500
    assert response.json()["type"] == "/errors#internal"
    assert "hunter2" not in response.text
    assert "Traceback" not in response.text


def test_a_lone_surrogate_in_a_message_does_not_break_the_answer():
    response = raising(errors.InvalidQuery("\udcff")).get("/x")
    assert response.status_code == 400
    assert json.loads(response.content)["detail"]


def test_an_unknown_path_is_a_problem_that_names_the_api():
    response = raising(ValueError()).get("/nothing?lang=zh")
    assert response.status_code == 404
    assert response.json()["title"] == "此处没有内容"
    assert "/api" in response.json()["hint"]


def test_a_wrong_method_is_a_problem_that_names_the_right_ones():
    response = raising(ValueError()).put("/x")
    assert response.status_code == 405
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD"}
    assert "GET" in response.json()["hint"]
