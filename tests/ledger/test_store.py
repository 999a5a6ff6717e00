"""The ledger: append only, chained, and honest about what was done to it."""

import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from chengmo.errors import Conflict, InvalidRequest, LakeUnavailable, LedgerBroken, UnknownRun
from chengmo.ledger import (
    DatasetVersion,
    Ledger,
    RunActor,
    RunError,
    RunRecord,
    canonical_bytes,
    digest_of_bytes,
    open_database,
)

DECISION = canonical_bytes({"answer": "yes", "outcome": "decided"})


def record(run: str, *, decision: bytes | None = DECISION, model: str = "m") -> RunRecord:
    return RunRecord(
        run=run,
        model=model,
        model_version="1",
        request={"budget": 1.5, "名称": "武汉"},
        datasets={"roads": DatasetVersion(version=2, snapshot=7, sha256="0" * 64)},
        actor=RunActor(id="local", role="administrator"),
        purpose="test",
        environment={"python": "3"},
        submitted_utc="2025-01-31T08:00:00Z",
        started_utc="2025-01-31T08:00:00Z",
        ended_utc="2025-01-31T08:00:01Z",
        status="successful" if decision else "failed",
        outcome="decided" if decision else None,
        decision_digest=digest_of_bytes(decision) if decision else None,
        error=None if decision else RunError(slug="run-failed", message="no"),
    )


def append(ledger: Ledger, run: str, **fields) -> str:
    entry = record(run, **fields)
    return ledger.append(entry, decision=DECISION if entry.status == "successful" else None)


def test_what_is_appended_can_be_read(ledger):
    append(ledger, "a")
    found = ledger.get("a")
    assert found.decision == {"answer": "yes", "outcome": "decided"}
    assert found.model_copy(update={"decision": None}) == record("a")


def test_a_run_without_a_decision_can_be_read(ledger):
    append(ledger, "a", decision=None)
    assert ledger.get("a") == record("a", decision=None)


def test_an_unknown_run_is_named_as_such(ledger):
    with pytest.raises(UnknownRun):
        ledger.get("a")


def test_a_run_is_written_down_once(ledger):
    append(ledger, "a")
    with pytest.raises(Conflict):
        append(ledger, "a")
    assert ledger.verify() == 1


def test_a_decision_that_the_record_does_not_name_is_refused(ledger):
    with pytest.raises(InvalidRequest):
        ledger.append(record("a"), decision=b"{}")
    with pytest.raises(InvalidRequest):
        ledger.append(record("a"))
    assert ledger.verify() == 0


def test_records_are_found_the_last_first(ledger):
    for run, model in (("a", "m"), ("b", "n"), ("c", "m"), ("d", "m")):
        append(ledger, run, model=model)
    assert [found.run for found in ledger.find()] == ["d", "c", "b", "a"]
    assert [found.run for found in ledger.find(model="m", limit=2)] == ["d", "c"]
    assert [found.run for found in ledger.find(model="m", before="c")] == ["a"]


@pytest.mark.parametrize("table", ["ledger_entries", "ledger_decisions"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET {}"])
def test_the_database_itself_refuses_changes(ledger, database, table, statement):
    append(ledger, "a")
    change = {"ledger_entries": "model = 'x'", "ledger_decisions": "body = '{}'"}[table]
    with pytest.raises(LakeUnavailable, match="append only"), database.write() as transaction:
        transaction.exec_driver_sql(statement.format(table, change))
    assert ledger.verify() == 1


def test_entries_of_an_undone_transaction_are_not_there(ledger, database):
    def append_and_fail():
        with database.write() as transaction:
            ledger.append(record("a"), decision=DECISION, transaction=transaction)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        append_and_fail()
    assert ledger.verify() == 0


def test_threads_append_one_chain(ledger):
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: append(ledger, f"run-{number}"), range(40)))
    assert ledger.verify() == 40


APPENDER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import test_store
from chengmo.ledger import Ledger, open_database
ledger = Ledger(open_database(Path(sys.argv[2]), sys.argv[3] or None))
for number in range(15):
    test_store.append(ledger, f"{sys.argv[4]}-{number}")
"""


@pytest.mark.slow
def test_processes_append_one_chain(ledger, tmp_path, url):
    here = str(Path(__file__).parent)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", APPENDER, here, str(tmp_path), url or "", name], env=os.environ
        )
        for name in ("a", "b", "c")
    ]
    assert [process.wait(120) for process in processes] == [0, 0, 0]
    assert ledger.verify() == 45


def test_the_head_vouches_for_all_before_it(ledger):
    assert ledger.verify(head=ledger.head()) == 0
    first = append(ledger, "a")
    second = append(ledger, "b")
    assert ledger.head() == second
    assert ledger.verify(head=first) == 2
    with pytest.raises(LedgerBroken, match="no entry has the hash"):
        ledger.verify(head="f" * 64)


def tampered(folder: Path, *statements: tuple) -> None:
    """Change rows as somebody would who owns the file: triggers off."""
    with closing(sqlite3.connect(folder / "chengmo.sqlite")) as connection, connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(*statement)


@pytest.fixture(scope="module")
def chain(tmp_path_factory) -> Path:
    """A database file with five entries."""
    folder = tmp_path_factory.mktemp("chain")
    database = open_database(folder)
    ledger = Ledger(database)
    for run in ("a", "b", "c"):
        append(ledger, run)
    other = canonical_bytes({"outcome": "infeasible"})
    ledger.append(record("d", decision=other), decision=other)
    append(ledger, "e", decision=None)
    with database.read() as transaction:
        transaction.exec_driver_sql("SELECT 1")
    with database.engine.connect() as connection:
        connection.execute(sa.text("PRAGMA wal_checkpoint(TRUNCATE)"))
    database.close()
    return folder / "chengmo.sqlite"


def verify_copy(chain: Path, folder: Path, *statements: tuple) -> int:
    (folder / "chengmo.sqlite").write_bytes(chain.read_bytes())
    tampered(folder, *statements)
    database = open_database(folder)
    try:
        return Ledger(database).verify()
    finally:
        database.close()
        for path in folder.iterdir():
            path.unlink()


def test_an_untouched_copy_verifies(chain, tmp_path):
    assert verify_copy(chain, tmp_path) == 5


COLUMNS = ("sequence", "run", "model", "status", "previous", "hash", "decision_digest", "record")


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(
    column=st.sampled_from(COLUMNS),
    row=st.integers(1, 5),
    place=st.integers(0, 10_000),
    character=st.characters(codec="utf-8", exclude_characters="\0"),
)
def test_no_field_of_any_entry_changes_unseen(
    chain, tmp_path_factory, column, row, place, character
):
    folder = tmp_path_factory.mktemp("tampered")
    with closing(sqlite3.connect(f"file:{chain}?immutable=1", uri=True)) as connection:
        query = f"SELECT {column} FROM ledger_entries WHERE sequence = ?"
        (old,) = connection.execute(query, (row,)).fetchone()
        runs = {run for (run,) in connection.execute("SELECT run FROM ledger_entries")}
    new = character
    if isinstance(old, str):
        place %= len(old)
        new = old[:place] + character + old[place + 1 :]
    elif isinstance(old, int):
        new = 1000 + place
    # The database itself refuses a second entry of one run.
    if new == old or (column == "run" and new in runs):
        return
    change = (f"UPDATE ledger_entries SET {column} = ? WHERE sequence = ?", (new, row))
    with pytest.raises(LedgerBroken, match=r"ledger entry \d"):
        verify_copy(chain, folder, change)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1), st.sampled_from(["digest", "body"]), st.integers(0, 80), st.text("x{ 1"))
def test_no_decision_changes_unseen(chain, tmp_path_factory, row, column, place, text):
    folder = tmp_path_factory.mktemp("tampered")
    one = "SELECT rowid FROM ledger_decisions ORDER BY digest LIMIT 1 OFFSET ?"
    cut = f"{column} = substr({column}, 1, ?) || ?"
    statement = f"UPDATE ledger_decisions SET {cut} WHERE rowid = ({one})"
    change = (statement, (place, text + "!", row))
    with pytest.raises(LedgerBroken, match="its decision is not the one"):
        verify_copy(chain, folder, change)


@pytest.mark.parametrize("row", [1, 2, 3, 4])
def test_a_missing_entry_is_named(chain, tmp_path, row):
    with pytest.raises(LedgerBroken, match=f"ledger entry {row} does not verify: it is missing"):
        verify_copy(chain, tmp_path, ("DELETE FROM ledger_entries WHERE sequence = ?", (row,)))


def test_a_cut_off_end_is_seen_by_who_knows_the_head(tmp_path):
    database = open_database(tmp_path)
    ledger = Ledger(database)
    append(ledger, "a")
    head = append(ledger, "b")
    tampered(tmp_path, ("DELETE FROM ledger_entries WHERE sequence = 2",))
    assert ledger.verify() == 1
    with pytest.raises(LedgerBroken, match="entries at the end are gone"):
        ledger.verify(head=head)
    database.close()


def test_entries_that_change_places_are_seen(chain, tmp_path):
    swap = [
        ("UPDATE ledger_entries SET sequence = 100 WHERE sequence = 1",),
        ("UPDATE ledger_entries SET sequence = 1 WHERE sequence = 2",),
        ("UPDATE ledger_entries SET sequence = 2 WHERE sequence = 100",),
    ]
    with pytest.raises(LedgerBroken, match="ledger entry 1 "):
        verify_copy(chain, tmp_path, *swap)


def test_reading_a_changed_entry_says_that_it_is_broken(tmp_path):
    database = open_database(tmp_path)
    ledger = Ledger(database)
    append(ledger, "a")
    tampered(tmp_path, ("UPDATE ledger_entries SET model = 'x'",))
    with pytest.raises(LedgerBroken):
        ledger.get("a")
    database.close()
