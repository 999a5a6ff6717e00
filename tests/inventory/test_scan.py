"""Folders and databases looked through: entries proposed, nothing written, nothing shown."""

import csv
import hashlib
import io
import sqlite3
from contextlib import closing

import psycopg
import pytest

from chengmo.errors import InvalidRequest, LakeUnavailable
from chengmo.inventory.database import is_database, scan_database
from chengmo.inventory.proposal import Proposal, as_csv, suggest_id, with_own_ids
from chengmo.inventory.scan import scan

# The example numbers of GB 11643, and numbers nobody has.
PEOPLE = [(n, "11010519491231002X", f"1381234{n:04}", "王伟", None) for n in range(50)]
TABLES = (
    "CREATE TABLE people (id int PRIMARY KEY, sfz text, tel text, xm varchar(20), photo {blob})",
    "CREATE TABLE \"路灯 台账\" (code text, lon {real}, lat {real})",
    "CREATE VIEW grown AS SELECT id, xm FROM people",
    "CREATE TABLE empty (a text)",
)  # fmt: skip


@pytest.fixture
def sqlite_file(tmp_path):
    path = tmp_path / "register.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in TABLES:
            connection.execute(statement.format(blob="blob", real="real"))
        connection.executemany("INSERT INTO people VALUES (?, ?, ?, ?, ?)", PEOPLE)
        connection.execute('INSERT INTO "路灯 台账" VALUES (?, ?, ?)', ("L-1", 114.3, 30.5))
    return path


@pytest.fixture
def postgresql_register(postgresql_database):
    with psycopg.connect(postgresql_database, autocommit=True) as connection:
        for statement in TABLES:
            connection.execute(statement.format(blob="bytea", real="double precision"))
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO people VALUES (%s, %s, %s, %s, %s)", PEOPLE)
        connection.execute("INSERT INTO \"路灯 台账\" VALUES ('L-1', 114.3, 30.5)")
        connection.execute("CREATE SCHEMA hr")
        connection.execute("CREATE TABLE hr.people (mail text, kind point)")
        connection.execute("COMMENT ON COLUMN hr.people.mail IS '电子邮箱'")
        connection.execute("INSERT INTO hr.people VALUES ('a@example.org', NULL)")
        connection.execute("CREATE ROLE reader LOGIN")
        connection.execute("GRANT SELECT ON empty TO reader")
    yield postgresql_database
    with psycopg.connect(postgresql_database, autocommit=True) as connection:
        connection.execute("DROP OWNED BY reader")
        connection.execute("DROP ROLE reader")


def check_people(found):
    entry = found["people"]
    assert (entry.row_count, entry.row_count_is_exact, entry.suggested_grade) == (50, True, 4)
    assert {each.column: each.kind for each in entry.sensitive} == {
        "sfz": "id-number",
        "tel": "mobile",
        "xm": "person-name",
    }
    assert [column.name for column in entry.columns] == ["id", "sfz", "tel", "xm", "photo"]
    assert found["grown"].row_count == 50
    assert found["empty"].sensitive == ()
    assert found["路灯 台账"].sensitive == ()
    assert found["路灯 台账"].id.startswith("dataset-")
    shown = "".join(each.model_dump_json() for each in found.values())
    assert "1949" not in shown
    assert "1381234" not in shown


def test_a_sqlite_file_is_looked_through_and_left_as_it_was(sqlite_file):
    before = hashlib.sha256(sqlite_file.read_bytes()).hexdigest()
    found = {each.title: each for each in scan(str(sqlite_file))}
    check_people(found)
    assert hashlib.sha256(sqlite_file.read_bytes()).hexdigest() == before
    assert [path.name for path in sqlite_file.parent.iterdir()] == ["register.db"]


@pytest.mark.postgresql
def test_a_postgresql_database_is_looked_through(postgresql_register):
    found = {each.title: each for each in scan(postgresql_register)}
    check_people(found)
    other = found["hr.people"]
    assert (other.id, other.row_count) == ("hr-people", 1)
    assert {(each.column, each.kind) for each in other.sensitive} >= {("mail", "email")}


@pytest.mark.postgresql
def test_tables_an_account_may_not_read_say_so_and_stop_nothing(postgresql_register):
    address = postgresql_register.replace("tester@", "reader:s3cret@")
    found = {each.title: each for each in scan_database(address)}
    assert "permission denied" in found["people"].fault
    assert (found["empty"].fault, found["empty"].row_count) == ("", 0)
    assert "s3cret" not in found["people"].source


@pytest.mark.postgresql
def test_the_connection_can_write_nothing(postgresql_register):
    from chengmo.inventory import database

    engine, _ = database._engine_of(postgresql_register)
    with pytest.raises(Exception, match="read-only"), engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE x (a int)")
    engine.dispose()


def test_columns_that_hold_anything_are_read_all_the_same(tmp_path):
    path = tmp_path / "odd.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE t (a integer, b text, c)")
        rows = [(2**62, "x" * 5000, b"\xff"), ("text", 7, None), (1.5, None, "?")]
        connection.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
    [entry] = scan(str(path))
    assert (entry.fault, entry.row_count) == ("", 3)


@pytest.mark.parametrize(
    ("target", "error"),
    [
        ("nowhere.db", InvalidRequest),
        ("oracle://host/x", InvalidRequest),
        ("://", InvalidRequest),
        ("nowhere", InvalidRequest),
        ("postgresql://u:pw@127.0.0.1:1/x", LakeUnavailable),
    ],
)
def test_what_is_not_there_is_named_without_its_password(target, error):
    with pytest.raises(error) as caught:
        list(scan(target))
    assert "pw" not in str(caught.value)


def test_a_driver_that_is_missing_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(InvalidRequest, match=r"chengmo\[mysql\]"):
        list(scan_database("mysql://u@127.0.0.1/x"))


def test_a_file_that_is_no_database_says_so(tmp_path):
    (tmp_path / "x.db").write_text("not a database" * 100)
    with pytest.raises(LakeUnavailable):
        list(scan(str(tmp_path / "x.db")))


def test_databases_are_told_from_folders():
    assert is_database("a/b.SQLITE")
    assert is_database("postgresql://x/y")
    assert not is_database("a/b.gpkg")


@pytest.mark.slow
def test_a_folder_is_looked_through(tmp_path):
    (tmp_path / "deep").mkdir()
    lines = [f"{n},1381234{n:04}" for n in range(30)]
    (tmp_path / "deep" / "calls.csv").write_text("n,电话\n" + "\n".join(lines), "utf-8")
    (tmp_path / "calls.csv").write_text("a,b\n1,2\n", "utf-8")
    (tmp_path / "broken.gpkg").write_bytes(b"SQLite format 3\0" + bytes(90))
    (tmp_path / "notes.md").write_text("no table")
    (tmp_path / "loop").symlink_to(tmp_path)
    told = []
    found = {
        each.source: each for each in scan(str(tmp_path), on_progress=lambda *a: told.append(a))
    }
    assert set(found) == {"broken.gpkg", "calls.csv", "deep/calls.csv"}
    assert [each.kind for each in found["deep/calls.csv"].sensitive] == ["mobile"]
    assert found["broken.gpkg"].fault
    assert {each.id for each in found.values()} == {"broken", "calls", "calls-2"}
    assert len(told) == 3


def test_the_table_for_a_spreadsheet_holds_no_formula(sqlite_file):
    found = list(scan(str(sqlite_file)))
    rows = list(csv.DictReader(io.StringIO(as_csv(found))))
    [row] = [each for each in rows if each["column"] == "sfz"]
    assert (row["敏感类别"], row["suggested_grade"], row["treatment"]) == ("身份证号", "4", "hash")
    assert (
        as_csv([Proposal(id="a", title="=cmd()", source="-")])
        .splitlines()[1]
        .startswith("a,'=cmd(),'-")
    )


def test_ids_are_made_of_names_and_stand_once():
    assert suggest_id("People 2024.csv") == "people-2024"
    same = [Proposal(id="a", title="t", source="s")] * 3
    assert [each.id for each in with_own_ids(same)] == ["a", "a-2", "a-3"]
