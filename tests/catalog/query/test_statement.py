"""The checker alone: what it lets through only reads datasets that it names."""

import importlib.util
from pathlib import Path

import duckdb
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from chengmo.catalog.query.statement import LONGEST_TEXT, SCHEMA, read_statement
from chengmo.errors import InvalidQuery


def _load(name):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


questions = _load("questions")
FORBIDDEN_WORDS = ("read_", "glob", "getenv", "passwd", "duckdb_", "pragma", "copy ", "attach")


@pytest.mark.parametrize("text", questions.QUESTIONS)
def test_a_question_that_only_reads_is_read(text):
    read_statement(text)


@pytest.mark.parametrize("text", questions.HOSTILE)
def test_a_statement_that_would_do_more_is_refused_with_a_way_out(text):
    with pytest.raises(InvalidQuery) as refused:
        read_statement(text)
    assert refused.value.hint


def test_datasets_go_by_their_ids_with_underscores_for_hyphens_and_in_any_case():
    statement = read_statement('SELECT * FROM "air-quality" a JOIN Air_Quality b USING (x), roads')
    assert statement.datasets == ("air-quality", "roads")
    assert f'{SCHEMA}."air-quality" AS a' in statement.sql
    assert f'{SCHEMA}."air-quality" AS "Air_Quality"' not in statement.sql
    assert f'{SCHEMA}."roads" AS "roads"' in statement.sql


def test_a_part_hides_a_dataset_only_where_it_can_be_seen():
    assert read_statement("WITH a AS (SELECT 1) SELECT * FROM a").datasets == ()
    assert read_statement("WITH a AS (SELECT * FROM b), b AS (SELECT 1) FROM a").datasets == ("b",)
    inside = "SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a) x, a"
    assert read_statement(inside).datasets == ("a",)
    assert read_statement("WITH a AS (SELECT * FROM a) SELECT * FROM a").datasets == ("a",)


def test_a_file_name_is_no_more_than_the_name_of_a_dataset():
    assert read_statement("SELECT * FROM '/etc/passwd'").datasets == ("/etc/passwd",)
    assert f'{SCHEMA}."/etc/passwd"' in read_statement("SELECT * FROM '/etc/passwd'").sql


def test_what_is_run_is_written_anew_without_comments():
    statement = read_statement("SELECT /* secret */ x -- more\nFROM people /*+ hint */ WHERE y = 1")
    assert statement.sql == f'SELECT x FROM {SCHEMA}."people" AS "people" WHERE y = 1'


def test_the_shape_holds_no_constants():
    first, second = (
        read_statement(f"SELECT x FROM people WHERE id_number = '{number}' LIMIT {limit}")
        for number, limit in (("420106199001011234", 5), ("other", 6))
    )
    assert first.shape == second.shape
    assert first.digest == second.digest
    assert "42010" not in first.shape
    assert first.sql != second.sql


def test_shapes_and_grid_functions_are_noted():
    assert read_statement("SELECT _geometry FROM a").needs_geometry
    assert read_statement("SELECT ST_Point(1, 2)").needs_geometry
    assert not read_statement("SELECT * FROM a").needs_geometry
    assert read_statement("SELECT BD_Encode(x, y, 8) FROM a").needs_grid


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("SELECT 1,\n  getenv('x')", "line 2, column 3"),
        ("SELECT * FROM main.people", "line 1, column 20"),
        ("SELECT * FROM air-quality", "line 1, column 18"),
        ("DROP TABLE x", "line 1, column 1"),
    ],
)
def test_a_refusal_says_where(text, place):
    with pytest.raises(InvalidQuery, match=place):
        read_statement(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT " + "(" * 500 + "1" + ")" * 500,
        "SELECT " + "[" * 100 + "]" * 100,
        "SELECT " + "CASE WHEN 1=1 THEN " * 80 + "1" + " END" * 80,
        "SELECT 1" + " + 1" * 4_000,
        "SELECT " + "NOT " * 2_000 + "true",
        "SELECT " + "- " * 2_000 + "1",
        "SELECT '" + "x" * LONGEST_TEXT + "'",
        "SELECT " + "DATE (" * 50 + "1" + ")" * 50,
        "SELECT x" + "[1]" * 800,
        "SELECT 1\0",
        "SELECT {:1}",
    ],
    ids=lambda text: text[:20],
)
def test_what_would_take_the_parser_too_far_is_refused(text):
    with pytest.raises(InvalidQuery):
        read_statement(text)


def _tokens_of(text):
    return [text[token.start : token.end + 1] for token in sqlglot.tokenize(text, read="duckdb")]


PIECES = sorted(
    {piece for text in questions.QUESTIONS[:8] for piece in _tokens_of(text)}
    | {"read_text", "glob", "'/etc/passwd'", ";", "COPY", "TO", "city", ".", "--", "/*", "main"}
)


def _check_mutant(text):
    """What passes, however it was made, names nothing but datasets and parts of itself."""
    try:
        statement = read_statement(text)
    except InvalidQuery:
        return
    (tree,) = sqlglot.parse(statement.sql, read="duckdb")
    parts = {part.alias.lower() for part in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier):
            is_dataset = table.db == SCHEMA and table.name in statement.datasets
            assert is_dataset or (not table.db and table.name.lower() in parts)
        else:
            assert table.name.lower() in {"", "range", "generate_series", "unnest"}
    called = {each.name.lower() for each in tree.find_all(exp.Anonymous)}
    assert not any(name.startswith(FORBIDDEN_WORDS) for name in called)


@st.composite
def mutants(draw):
    pieces = _tokens_of(draw(st.sampled_from((*questions.QUESTIONS, *questions.HOSTILE[:60]))))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(pieces)))
        how = draw(st.sampled_from(("insert", "replace", "delete", "swap")))
        new = [draw(st.sampled_from(PIECES))] if how in {"insert", "replace"} else []
        pieces[at : at + (how in {"replace", "delete"})] = new
        if how == "swap" and at + 1 < len(pieces):
            pieces[at], pieces[at + 1] = pieces[at + 1], pieces[at]
    return draw(st.sampled_from((" ", "\n", "/**/"))).join(pieces)


@given(mutants())
@settings(max_examples=20, deadline=None)
def test_a_mutated_statement_is_refused_or_only_reads(text):
    _check_mutant(text)


@pytest.mark.slow
@given(mutants())
@settings(max_examples=1500, deadline=None)
def test_many_mutated_statements_are_refused_or_only_read(text):
    _check_mutant(text)


TABLE = """
CREATE TABLE t AS SELECT i AS x, i * 1.5 AS y, 'name' || i AS n, DATE '2024-02-28' + i::INT AS dd,
    TIMESTAMPTZ '2024-01-31 10:11:12+00' + to_days(i::INT) AS d, [i, i + 1, 2] AS l, i % 3 AS g,
    {'a': i, 'b': 'q'} AS s, '{"a": {"b": [1,' || i || ']}}' AS j,
    CASE WHEN i % 2 = 0 THEN NULL ELSE i END AS nu
FROM range(-3, 9) r(i)
"""


def _values(table):
    # As texts, in which a NaN equals itself.
    return [repr(column.to_pylist()) for column in table.columns]


@pytest.mark.slow
def test_what_is_written_anew_has_the_answer_of_the_text_that_was_received():
    answers = _load("answers")
    asked = [
        *(f"SELECT {value} AS r FROM t ORDER BY x" for value in answers.VALUES.split("\n")[1:-1]),
        *(f"SELECT {value} AS r FROM t" for value in answers.AGGREGATES.split("\n")[1:-1]),
        *answers.QUESTIONS.split("\n")[1:-1],
    ]
    with duckdb.connect() as engine:
        # One thread: the order of groups is not stated, and must not differ by chance.
        engine.execute("SET TimeZone = 'UTC'; SET threads = 1")
        engine.execute(TABLE)
        engine.execute(f"CREATE SCHEMA {SCHEMA}")
        engine.execute(f"CREATE VIEW {SCHEMA}.t AS SELECT * FROM main.t")
        for text in asked:
            wanted, found = (
                engine.execute(sql).to_arrow_table() for sql in (text, read_statement(text).sql)
            )
            assert _values(found) == _values(wanted), text
