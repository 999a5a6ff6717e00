"""Opening databases."""

import pytest

from chengmo.errors import InvalidRequest, LakeUnavailable
from chengmo.ledger import Ledger, open_database


def test_sqlite_is_opened_so_that_nothing_acknowledged_is_lost(tmp_path):
    database = open_database(tmp_path)
    with database.read() as transaction:
        found = {
            name: transaction.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    database.close()
    assert found == {
        "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000,
    }  # fmt: skip


@pytest.mark.parametrize("url", ["mysql://host/name", "sqlite:///x", "", "no address"])
def test_other_databases_are_refused(tmp_path, url):
    with pytest.raises(InvalidRequest):
        open_database(tmp_path, url)


def test_a_server_that_is_not_there_is_named_as_such(tmp_path):
    with pytest.raises(LakeUnavailable, match="does not answer"):
        open_database(tmp_path, "postgresql://127.0.0.1:1/none")


def test_a_password_is_not_in_the_error(tmp_path):
    with pytest.raises(LakeUnavailable) as caught:
        open_database(tmp_path, "postgresql://user:secret@127.0.0.1:1/none")
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database_is_named_as_such(tmp_path):
    (tmp_path / "chengmo.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(LakeUnavailable):
        open_database(tmp_path)


def test_a_schema_of_another_version_is_refused(database):
    Ledger(database)
    with pytest.raises(LakeUnavailable, match="schema version 1, not 2"):
        database.ensure("ledger", 2, print)


def test_a_ledger_is_opened_again(database):
    Ledger(database)
    assert Ledger(database).verify() == 0


def test_a_transaction_that_fails_leaves_nothing(database):
    def create_and_fail():
        with database.write() as transaction:
            transaction.exec_driver_sql("CREATE TABLE half (a INTEGER)")
            transaction.exec_driver_sql("no such statement")

    with pytest.raises(LakeUnavailable):
        create_and_fail()
    with pytest.raises(LakeUnavailable), database.read() as transaction:
        transaction.exec_driver_sql("SELECT a FROM half")
