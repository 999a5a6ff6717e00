"""SQL under the same rules as every other way in."""

import json
from dataclasses import replace

import pytest

from chengmo.audit import AuditQuery
from chengmo.catalog.query.limits import QueryLimits
from chengmo.errors import (
    InvalidQuery,
    NotAllowed,
    NotSignedIn,
    ResourceExhausted,
    SharingDenied,
    UnknownDataset,
)
from chengmo.identity.actor import ANONYMOUS, LOCAL_ADMINISTRATOR, Actor
from chengmo.sharing.policy import Policy
from chengmo.sharing.sql import SqlQuestion, ask_in_sql

ANALYST = Actor("li", frozenset({"analyst"}), "health", "department", "武昌区")
STEWARD = Actor("wang", frozenset({"steward"}), "census", "department")
COUNT = 'SELECT count(*) AS n FROM "people"'


def state(sharing, **stated):
    policy = {"id": "p", "title": {"zh": "规则", "en": "A rule"}, "dataset": "people", **stated}
    sharing.state(Policy.model_validate(policy), STEWARD, "python")


def ask(platform, text, actor=ANALYST, purpose="planning", limits=None):
    answer = ask_in_sql(platform.sharing, actor, SqlQuestion(text, purpose, "python"), limits)
    return json.loads(answer.as_bytes("json"))["rows"]


def accesses(platform, **asked):
    platform.audit.seal()
    return [entry.access for entry in platform.audit.search(AuditQuery(**asked))]


@pytest.mark.parametrize(
    "actor",
    [
        ANONYMOUS,
        Actor("zhao", frozenset({"operator"}), "health", "department"),
        Actor("sun", frozenset({"auditor"}), "health", "department"),
        replace(ANALYST, scopes=frozenset({"read"})),
    ],
    ids=lambda actor: actor.id,
)
def test_only_who_may_use_sql_may_ask(actor):
    nothing_is_looked_at = None
    with pytest.raises((NotAllowed, NotSignedIn)):
        ask_in_sql(nothing_is_looked_at, actor, SqlQuestion("SELECT 1", "planning", "python"))


def test_what_is_refused_is_refused_before_anything_runs(platform):
    with pytest.raises(InvalidQuery, match="purpose"):
        ask(platform, COUNT, purpose="")
    with pytest.raises(SharingDenied):
        ask(platform, COUNT)
    with pytest.raises(UnknownDataset) as nothing:
        ask(platform, "SELECT * FROM nothing")
    (denied,) = accesses(platform, actor="li")
    assert (denied.via, denied.verdict, denied.dataset) == ("sql", "denied", "people")
    # What nobody is to know of is refused in the words for what is not there.
    company = Actor("qian", frozenset({"analyst"}), "acme", "company")
    with pytest.raises(UnknownDataset) as hidden:
        ask(platform, COUNT, company)
    assert str(hidden.value) == str(nothing.value).replace("nothing", "people")
    # A question counts as all rows, where rows are counted.
    state(platform.sharing, rows_per_day=99)
    with pytest.raises(SharingDenied, match="99 rows a day"):
        ask(platform, COUNT)
    # One over two datasets needs both.
    state(platform.sharing)
    with pytest.raises(UnknownDataset):
        ask(platform, "SELECT * FROM people JOIN secrets USING (name)")


@pytest.mark.slow
def test_the_answer_is_of_the_treated_rows(platform):
    treatment = {
        "rows": [{"column": "区", "attribute": "district"}],
        "columns": {"name": {"do": "drop"}},
    }
    state(platform.sharing, treatment=treatment)
    assert ask(platform, COUNT) == [[50]]
    assert ask(platform, "SELECT DISTINCT 区 FROM people") == [["武昌区"]]
    assert ask(platform, COUNT, replace(ANALYST, district="江岸区")) == [[50]]
    assert ask(platform, COUNT, LOCAL_ADMINISTRATOR) == [[100]]
    for question in (
        "SELECT name FROM people",
        "SELECT count(*) FROM people WHERE name = 'secret-7'",
        "SELECT 1 FROM people ORDER BY name",
    ):
        with pytest.raises(InvalidQuery, match='"name" not found'):
            ask(platform, question)


@pytest.mark.slow
def test_each_dataset_is_written_down_without_the_constants_of_the_question(platform):
    state(platform.sharing)
    assert ask(platform, "SELECT count(*) FROM people p WHERE p.name = 'secret-7'") == [[1]]
    access = accesses(platform, actor="li")[0]
    assert (access.via, access.action, access.verdict) == ("sql", "sql", "allowed")
    assert (access.dataset, access.version, access.rows) == ("people", 2, 1)
    assert (access.purpose, access.reason) == ("planning", "policy:p")
    assert "secret-7" not in access.canonical().decode()
    assert access.detail["shape"].endswith("WHERE p.name = ?")
    with pytest.raises(InvalidQuery):
        ask(platform, "SELECT name::INT FROM people")
    failed = accesses(platform, actor="li")[0]
    assert (failed.rows, failed.detail["outcome"]) == (0, "invalid-query")


@pytest.mark.slow
def test_rows_are_counted_until_the_day_has_none_left(platform):
    state(platform.sharing, rows_per_day=250)
    for _ in range(2):
        assert ask(platform, COUNT) == [[100]]
    with pytest.raises(SharingDenied, match="200 were taken today"):
        ask(platform, COUNT)


@pytest.mark.slow
def test_shapes_cells_and_grid_functions_are_there(platform):
    (row,) = ask(
        platform,
        "SELECT ST_AsText(_geometry), _geometry, _row, _cell, bd_encode(_west, _south, 8),"
        " bd_parent(bd_encode(_west, _south, 8), 4), ST_X(ST_Transform(_geometry,"
        " 'EPSG:4490', 'EPSG:4547')) > 400000 FROM people WHERE age = 2 ORDER BY _row LIMIT 1",
        LOCAL_ADMINISTRATOR,
    )
    assert row[0] == row[1] == "POINT (114 30.3)"
    assert row[2] == 1
    assert row[4].startswith(row[5])
    assert row[6] is True


TOO_MUCH = (
    ("SELECT count(*) FROM range(1000000000000)", {"wall_s": 1.0}, ResourceExhausted, "longer"),
    ("SELECT list(x) FROM range(90000000) t(x)", {"memory_mb": 200}, ResourceExhausted, "MB"),
    ("SELECT repeat('a', 3000000000)", {"memory_mb": 200}, ResourceExhausted, "MB"),
    ("SELECT * FROM people, people q", {"rows": 500}, InvalidQuery, "more than 500 rows"),
    ("SELECT repeat('x', 1000) FROM range(9000)", {"bytes": 1 << 20}, InvalidQuery, "1 MB"),
    ("SELECT 1 FROM people GROUP BY nothing", {}, InvalidQuery, "nothing"),
    ("SELECT sqrt('x')", {}, InvalidQuery, "convert"),
    ("SELECT ST_GeomFromText('x')", {}, InvalidQuery, ""),
    ("SELECT not_there(1)", {}, InvalidQuery, "line 1, column 8"),
)


@pytest.mark.slow
def test_what_asks_too_much_ends_with_a_way_out(platform):
    for question, limits, error, words in TOO_MUCH:
        with pytest.raises(error) as told:
            ask(platform, question, LOCAL_ADMINISTRATOR, limits=QueryLimits(**limits))
        assert words in told.value.message
        assert told.value.hint
        assert "/" not in told.value.message
        assert ask(platform, "SELECT 1", LOCAL_ADMINISTRATOR) == [[1]]
