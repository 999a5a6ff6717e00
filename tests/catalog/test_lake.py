import threading

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from chengmo.catalog.catalogue import open_catalog
from chengmo.catalog.lake import path_pattern, quoted, translated
from chengmo.catalog.lock import FolderLock, PostgresLock
from chengmo.errors import Conflict, LakeUnavailable, ResourceExhausted


def test_a_lock_held_elsewhere_is_waited_for_and_then_reported(tmp_path):
    lock = FolderLock(tmp_path / "lock", wait_s=0.05)
    with lock.held(), pytest.raises(Conflict, match="another import"), lock.held():
        pass
    with lock.held():
        pass


def test_one_holder_at_a_time(tmp_path):
    lock, inside, most = FolderLock(tmp_path / "lock"), [], []

    def work():
        for _ in range(20):
            with lock.held():
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(most), max(most)) == (80, 1)


def test_a_lock_that_cannot_be_made_says_so(tmp_path):
    lock = FolderLock(tmp_path / "nothing" / "lock")
    with pytest.raises(LakeUnavailable, match="cannot be written"), lock.held():
        pass


@pytest.mark.postgresql
def test_one_holder_at_a_time_in_postgresql(postgresql_server):
    lock = PostgresLock(f"{postgresql_server}/postgres", wait_s=0.05)
    with lock.held(), pytest.raises(Conflict, match="another import"), lock.held():
        pass
    with lock.held():
        pass


def test_a_database_that_does_not_answer_is_reported_without_its_password(tmp_path):
    address = "postgresql://li:secret@127.0.0.1:1/city"
    with pytest.raises(LakeUnavailable, match="does not answer") as failure:
        open_catalog(tmp_path, address)
    assert "secret" not in str(failure.value)
    assert "CHENGMO_DATABASE" in failure.value.hint


def test_messages_of_the_database_lose_their_secrets(tmp_path):
    with open_catalog(tmp_path) as catalog, catalog.lake.cursor() as cursor:
        for text in ("postgresql://li:secret@host/city", "host=a password=secret"):
            with pytest.raises(LakeUnavailable) as failure, translated("other"):
                cursor.execute(f"SELECT error('{text}')")
            assert "secret" not in str(failure.value)


def test_too_little_memory_is_reported_as_such(tmp_path):
    with (
        open_catalog(tmp_path, memory="30MB") as catalog,
        pytest.raises(ResourceExhausted),
        catalog.lake.cursor() as cursor,
    ):
        cursor.execute("SELECT list(i::VARCHAR) FROM range(9000000) t(i)").fetchall()


@pytest.mark.parametrize("name", ["a[1].parquet", "a*.parquet", "a?.parquet", "[ab].parquet"])
def test_a_path_is_never_a_pattern(tmp_path, name):
    pq.write_table(pa.table({"a": [1]}), tmp_path / name)
    pq.write_table(pa.table({"a": [2]}), tmp_path / "a1.parquet")
    with open_catalog(tmp_path / "home") as catalog, catalog.lake.cursor() as cursor:
        query = cursor.execute("SELECT a FROM read_parquet(?)", [path_pattern(tmp_path / name)])
        assert query.fetchall() == [(1,)]


def test_a_quoted_name_is_one_name():
    assert quoted('a" OR "b') == '"a"" OR ""b"'
