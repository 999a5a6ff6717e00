"""Where one begins: links that lead on, conformance that is claimed, problems explained."""

import pytest
from starlette.testclient import TestClient

from chengmo.interfaces.problem import HTTP_KINDS, KINDS


def test_every_link_of_the_landing_page_leads_somewhere(client: TestClient):
    page = client.get("/").json()
    assert {"self", "service-desc", "conformance", "data"} <= {x["rel"] for x in page["links"]}
    for link in page["links"]:
        if link["type"] != "text/html":  # the page belongs to another interface
            response = client.get(link["href"])
            assert response.status_code == 200
            assert response.headers["content-type"].startswith(link["type"].split(";")[0])


def test_titles_come_in_the_callers_language(client: TestClient):
    assert "开放城市模型平台" in client.get("/?lang=zh").json()["title"]
    zh = client.get("/", headers={"Accept-Language": "fr, zh-CN;q=0.9, en;q=0.8"})
    assert "开放城市模型平台" in zh.json()["title"]
    assert zh.headers["content-language"] == "zh"
    assert "open city" in client.get("/", headers={"Accept-Language": "fr"}).json()["title"]


def test_a_browser_is_sent_to_the_page(client: TestClient):
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    response = client.get("/", headers=browser, follow_redirects=False)
    assert response.status_code == 303
    assert response.headers["location"].endswith("/app/")
    both = {"Accept": "application/json, text/html"}
    assert client.get("/", headers=both).headers["content-type"] == "application/json"
    assert client.get("/?f=json", headers=browser).headers["content-type"] == "application/json"


@pytest.mark.parametrize("part", ["features-1", "features-2", "processes-1", "common-1"])
def test_the_kept_standards_are_claimed(client: TestClient, part: str):
    classes = client.get("/conformance").json()["conformsTo"]
    assert any(f"/ogcapi-{part}/1.0/conf/" in uri for uri in classes)
    assert len(classes) == len(set(classes))


def test_every_kind_of_problem_is_explained(client: TestClient):
    problems = client.get("/errors?lang=zh").json()["problems"]
    assert len(problems) == len(KINDS) + len(HTTP_KINDS)
    assert all(problem["title"] for problem in problems)


@pytest.mark.parametrize("path", ["/nothing", "/collections/places/nothing", "/app.php"])
def test_an_unknown_path_is_a_problem(client: TestClient, path: str):
    response = client.get(path)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


def test_a_wrong_method_is_a_problem_that_names_all_right_ones(client: TestClient):
    response = client.put("/jobs/x", json={})
    assert response.status_code == 405
    assert {"GET", "DELETE"} <= set(response.headers["allow"].split(", "))


@pytest.mark.parametrize(
    "path",
    ["/", "/conformance", "/api", "/collections", "/collections/places", "/processes", "/jobs"],
)
def test_an_unknown_parameter_is_refused_everywhere(client: TestClient, path: str):
    response = client.get(f"{path}?unheard=1")
    assert response.status_code == 400
    assert "'unheard'" in response.json()["detail"]
    assert "lang" in response.json()["hint"]


def test_head_answers_like_get_without_the_body(client: TestClient):
    response = client.head("/collections")
    assert response.status_code == 200
    assert response.content == b""
