"""The jailed engine alone: hostile SQL given to it directly, past every check before it."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from chengmo.catalog.functions import FUNCTIONS as GRID_FUNCTIONS
from chengmo.catalog.query.engine import Shelf, check_parsed, open_engine
from chengmo.catalog.query.statement import read_statement
from chengmo.catalog.query.vocabulary import FUNCTIONS, GRID, SPATIAL
from chengmo.errors import InvalidQuery
from chengmo.model.jail.landlock import landlock_version

HERE = Path(__file__).parent
# What DuckDB's parser knows and its list of functions does not.
KEYWORDS = {"coalesce", "grouping", "grouping_id", "if", "ifnull"}


def _load(name):
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


questions = _load("questions")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the granted file and one that was not granted."""
    made = tmp_path_factory.mktemp("lake")
    for name in ("granted", "secret"):
        pq.write_table(pa.table({"x": [1, 2], "y": [name, name]}), made / f"{name}.parquet")
    (made / "secret.txt").write_text("secret")
    return made


@pytest.fixture(scope="module")
def shelves(folder):
    columns = {"x": "BIGINT", "y": "VARCHAR"}
    return [
        Shelf("people", columns, [str(folder / "granted.parquet")]),
        Shelf("empty", columns | {"_geometry": "BLOB"}, []),
    ]


@pytest.fixture(scope="module")
def engine(shelves):
    with open_engine(shelves, memory_mb=100, threads=1, spatial=None, grid=False) as opened:
        yield opened


@pytest.mark.slow
@pytest.mark.parametrize("text", questions.HOSTILE)
def test_the_engine_reads_a_hostile_statement_as_duckdb_does_and_refuses_it(engine, shelves, text):
    # These DuckDB resolves to harmless constants, or to a view that was granted.
    harmless = {"SELECT current_user", "SELECT 'people'::regclass", "SELECT * FROM city.people"}
    if text in harmless:
        check_parsed(engine, text, shelves)
        return
    with pytest.raises((InvalidQuery, duckdb.Error)):
        _ask(engine, text, shelves)


def _ask(engine, text, shelves):
    check_parsed(engine, text, shelves)
    # What only lacks a value for a parameter, or a table, fails here.
    engine.execute(text)


@pytest.mark.slow
@pytest.mark.parametrize("text", questions.QUESTIONS)
def test_the_engine_reads_what_the_checker_wrote(engine, text):
    statement = read_statement(text)
    check_parsed(engine, statement.sql, [Shelf(name, {}, []) for name in statement.datasets])


@pytest.mark.parametrize(
    "attack",
    [
        "SELECT * FROM '{folder}/secret.parquet'",
        "SELECT * FROM read_parquet('{folder}/secret.parquet')",
        "SELECT * FROM read_parquet('{folder}/*.parquet')",
        "SELECT * FROM read_parquet('{folder}/granted.parquet/../secret.parquet')",
        "SELECT * FROM parquet_metadata('{folder}/secret.parquet')",
        "SELECT * FROM read_text('{folder}/secret.txt')",
        "SELECT * FROM read_blob('{folder}/secret.txt')",
        "SELECT * FROM read_csv('{folder}/secret.txt')",
        "SELECT * FROM sniff_csv('{folder}/secret.txt')",
        "SELECT * FROM glob('{folder}/*')",
        "COPY (SELECT 1) TO '{folder}/new.csv'",
        "COPY (SELECT 1) TO '{folder}/secret.parquet'",
        "EXPORT DATABASE '{folder}/new'",
        "ATTACH '{folder}/new.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "LOAD '{folder}/x.duckdb_extension'",
        "SET memory_limit = '100GB'",
        "SET enable_external_access = true",
        "SET allowed_paths = ['/etc/passwd']",
        "SET lock_configuration = false",
        "SET python_enable_replacements = true",
        "SET temp_directory = '{folder}'",
        "SELECT * FROM read_parquet('http://127.0.0.1:9/x')",
        "SELECT * FROM shelves",
    ],
)
def test_duckdbs_settings_alone_keep_it_to_the_granted_files(engine, folder, attack):
    before = sorted(folder.iterdir())
    with pytest.raises(duckdb.Error):
        engine.execute(attack.format(folder=folder)).fetchall()
    assert sorted(folder.iterdir()) == before


def test_a_dataset_without_rows_has_its_columns(engine):
    assert engine.execute("SELECT * FROM city.empty").fetchall() == []
    assert engine.execute("SELECT sum(x) FROM city.people").fetchone() == (3,)


def test_every_function_of_the_vocabulary_exists(engine):
    listed = "SELECT DISTINCT lower(function_name) FROM duckdb_functions()"
    known = {name for (name,) in engine.execute(listed).fetchall()}
    assert FUNCTIONS - GRID - SPATIAL - KEYWORDS - known == set()
    assert {function.name for function in GRID_FUNCTIONS} == GRID


KERNEL = pytest.mark.skipif(not landlock_version(), reason="this kernel has no Landlock")


@KERNEL
@pytest.mark.slow
def test_the_kernel_alone_keeps_duckdb_with_everything_allowed_to_the_granted_file(folder):
    """DuckDB here has no settings at all: the kernel refuses."""
    done = subprocess.run(
        [sys.executable, str(HERE / "landlocked_child.py"), str(folder)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    told = json.loads(done.stdout)
    assert told.pop("granted") == "2"
    assert {name: said for name, said in told.items() if said != "refused"} == {}
    assert pq.read_table(folder / "granted.parquet").num_rows == 2
