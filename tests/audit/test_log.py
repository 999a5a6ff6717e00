"""The log: nothing lost, nothing twice, whoever writes and however they end."""

import base64
import signal
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from chengmo.audit import AuditLog, AuditQuery, AuditSettings
from chengmo.errors import InvalidQuery, LakeUnavailable, LedgerBroken
from chengmo.ledger import open_database

BY_HAND = AuditSettings(seal_every_s=3600, checkpoint_s=3600, checkpoint_entries=1_000_000)
EAGER = AuditSettings(seal_every_s=0.01, checkpoint_s=0.02, checkpoint_entries=10)


def actors(log, **query):
    return [entry.access.actor for entry in log.search(AuditQuery(**query))]


def journals(folder):
    return list((folder / "audit" / "journal").glob("*"))


def test_what_is_recorded_is_found_at_once_the_newest_first(log, make):
    accesses = [make(actor=name) for name in ("a", "b", "c")]
    for access in accesses:
        log.record(access)
    found = log.search()
    assert [entry.access for entry in found] == accesses[::-1]
    assert [entry.sequence for entry in found] == [3, 2, 1]
    assert log.verify().is_whole


def test_a_search_joins_its_conditions(log, make):
    log.record(make(actor="a", dataset="roads", time_utc="2026-01-01T00:00:00.000000Z"))
    log.record(make(actor="b", dataset="roads", verdict="denied", rows=None))
    log.record(make(actor="b", action="export", purpose="100%_公开"))
    assert actors(log, dataset="roads") == ["b", "a"]
    assert actors(log, dataset="roads", verdict="denied") == ["b"]
    assert actors(log, actor="b", action="export") == ["b"]
    assert actors(log, until_utc="2026-01-02") == ["a"]
    assert actors(log, since_utc="2026-01-02", limit=1) == ["b"]
    assert actors(log, text="100%_公") == ["b"]
    assert actors(log, text="%") == ["b"]
    assert actors(log, before=2) == ["a"]
    with pytest.raises(InvalidQuery):
        log.search(AuditQuery(limit=0))


def test_an_access_recorded_twice_is_kept_once(log, make):
    access = make()
    log.record(access)
    log.record(access)
    assert log.seal() == 1
    log.record(access)
    assert log.seal() == 0
    assert log.verify().entries == 1


def test_accesses_are_sealed_and_signed_without_being_asked(database, tmp_path, make):
    with AuditLog(database, tmp_path, EAGER) as log:
        log.record(make())
        wait = threading.Event()
        while not (tmp_path / "audit" / "checkpoints.jsonl").exists():
            wait.wait(0.01)
    assert journals(tmp_path) == []


def test_a_closed_log_is_signed_to_its_end(database, tmp_path, make):
    with AuditLog(database, tmp_path, BY_HAND) as log:
        for _ in range(3):
            log.record(make())
    with AuditLog(database, tmp_path, BY_HAND) as again:
        found = again.verify()
    assert (found.entries, found.checkpoints, found.signed_through) == (3, 1, 3)


def test_a_log_that_was_only_opened_leaves_no_trace(database, tmp_path):
    AuditLog(database, tmp_path, BY_HAND).close()
    assert not (tmp_path / "audit").exists()


def test_every_so_many_entries_a_checkpoint_is_signed(database, tmp_path, make):
    few = AuditSettings(seal_every_s=3600, checkpoint_s=3600, checkpoint_entries=2)
    with AuditLog(database, tmp_path, few) as log:
        for _ in range(3):
            log.record(make())
            log.seal()
        assert log.verify().signed_through == 2


def test_the_key_is_its_owner_s_alone(log, make, tmp_path):
    log.record(make())
    log.checkpoint()
    assert stat.S_IMODE((tmp_path / "audit" / "signing-key.pem").stat().st_mode) == 0o600
    assert log.checkpoint() is None


def test_threads_lose_nothing(log, make):
    with ThreadPoolExecutor(8) as threads:
        list(
            threads.map(
                lambda n: log.record(make(actor=f"t{n}")) or n % 50 or log.seal(), range(400)
            )
        )
    assert log.verify().entries == 400
    assert sorted(actors(log, limit=1000)) == sorted(f"t{n}" for n in range(400))


def test_a_journal_without_a_database_waits_for_it(tmp_path, make):
    database = open_database(tmp_path)
    log = AuditLog(database, tmp_path, BY_HAND)
    log.record(make())
    with database.write() as transaction:
        transaction.exec_driver_sql("ALTER TABLE audit_entries RENAME TO away")
    with pytest.raises(LakeUnavailable):
        log.seal()
    log.record(make())
    log.close()
    with database.write() as transaction:
        transaction.exec_driver_sql("ALTER TABLE away RENAME TO audit_entries")
    with AuditLog(database, tmp_path, BY_HAND) as again:
        assert again.verify().entries == 2
    assert journals(tmp_path) == []
    database.close()


def test_a_torn_last_line_is_left_out_and_a_file_of_others_set_aside(log, make, tmp_path):
    folder = tmp_path / "audit" / "journal"
    folder.mkdir(parents=True)
    (folder / "1.jsonl").write_bytes(make().canonical() + b"\n" + make().canonical()[:50])
    (folder / "2.jsonl").write_bytes(b"what is this\n")
    assert log.recover() == 1
    assert [path.name for path in journals(tmp_path)] == ["2.unreadable"]


@pytest.mark.parametrize("field", ["actor", "dataset", "purpose", "reason", "id"])
@pytest.mark.parametrize("text", ["a\0b", "字" * 3000, "\ud800", "\\u0000", "'; --", "\n\r\x1f"])
def test_hostile_texts_do_not_stop_the_sealing(log, make, field, text):
    log.record(make(**{field: text}))
    log.record(make())
    assert log.seal() == 2
    assert log.verify().is_whole
    assert len(log.search()) == 2


def test_the_journal_of_a_living_process_is_left_alone(database, log, make, tmp_path):
    log.record(make())
    with AuditLog(database, tmp_path, BY_HAND) as other:
        assert other.verify().entries == 0
    assert log.verify().entries == 1


@pytest.mark.slow
def test_a_full_disk_lets_nothing_leave(make, tmp_path):
    # A limit on the size of files, in a process of its own: half a line is taken back.
    program = """
import resource, signal, sys
from pathlib import Path
from chengmo.audit import Access
from chengmo.audit.journal import Journal
from chengmo.errors import ResourceExhausted
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
journal = Journal(Path(sys.argv[1]), fsync=True)
line = b"x" * 299 + b"\\n"
for _ in range(5):
    try:
        journal.append(line)
    except ResourceExhausted:
        print("refused")
[segment] = journal.take()
print(len(segment.lines()), segment.path.stat().st_size)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["refused", "refused", "3", "900"]


def test_a_folder_nobody_may_write_to_lets_nothing_leave(database, make, tmp_path):
    (tmp_path / "audit").write_text("a file where the folder should be")
    with AuditLog(database, tmp_path, BY_HAND) as log, pytest.raises(LakeUnavailable):
        log.record(make())


def test_a_large_journal_is_split(log, make, monkeypatch):
    monkeypatch.setattr("chengmo.audit.journal.MOST_BYTES", 1000)
    for _ in range(20):
        log.record(make())
    assert len(journals(log.folder.parent)) > 5
    assert log.seal() == 20


def test_files_that_are_no_checkpoints_are_named(log, make, tmp_path):
    log.record(make())
    (tmp_path / "copy").write_bytes(b"{}\n")
    with pytest.raises(LedgerBroken):
        log.verify(outside=[tmp_path / "copy"])
    with pytest.raises(LedgerBroken):
        log.verify(outside=[tmp_path / "nothing"])


def test_the_key_is_in_the_form_that_other_programs_read(log, make):
    log.record(make())
    log.checkpoint()
    key = load_pem_private_key((log.folder / "signing-key.pem").read_bytes(), password=None)
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    assert (log.folder / "public-keys.txt").read_text().split() == [public]


@pytest.mark.parametrize(
    "text",
    [
        "not a key",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----\n",
    ],
)
def test_a_key_that_is_no_key_is_named(log, make, text):
    log.record(make())
    (log.folder / "signing-key.pem").write_text(text)
    with pytest.raises(LakeUnavailable, match="key that signs"):
        log.checkpoint()
    (log.folder / "signing-key.pem").unlink()


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from conftest import access
from chengmo.audit import AuditLog, AuditSettings
from chengmo.ledger import open_database
settings = AuditSettings(seal_every_s=0.005, checkpoint_s=0.02, checkpoint_entries=50)
log = AuditLog(open_database(Path(sys.argv[2]), sys.argv[3] or None), Path(sys.argv[2]), settings)
number = 0
most = int(sys.argv[5])
while number < most:
    log.record(access(actor=f"{sys.argv[4]}-{number}"))
    number += 1
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()
log.close()
"""


def writer(tmp_path, url, name, most):
    here = str(Path(__file__).parent)
    arguments = [here, str(tmp_path), url or "", name, str(most)]
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, *arguments], stdout=subprocess.PIPE, text=True
    )


@pytest.mark.slow
def test_whatever_was_recorded_survives_kill_9(database, tmp_path, url):
    said = {}
    for turn in range(12):
        with writer(tmp_path, url, f"p{turn}", 1_000_000) as process:
            for line in process.stdout:
                if int(line) >= 17 * (turn + 1):
                    break
            process.send_signal(signal.SIGKILL)
            # The pipe may end in half a number.
            whole = process.stdout.read().rpartition("\n")[0].split()
            said[turn] = int((whole or [line])[-1])
    with AuditLog(database, tmp_path, BY_HAND) as log:
        found = log.verify()
        assert found.is_whole
        pages = range(found.entries + 1, 0, -1000)
        everybody = [each for top in pages for each in actors(log, limit=1000, before=top)]
    assert len(everybody) == len(set(everybody)) == found.entries
    for turn, count in said.items():
        assert {f"p{turn}-{number}" for number in range(count)} <= set(everybody)
    assert journals(tmp_path) == []


@pytest.mark.slow
def test_processes_write_one_chain(database, tmp_path, url):
    processes = [writer(tmp_path, url, name, 300) for name in ("a", "b", "c")]
    for process in processes:
        process.communicate(timeout=120)
        assert process.returncode == 0
    with AuditLog(database, tmp_path, BY_HAND) as log:
        found = log.verify()
        assert (found.entries, found.findings) == (900, ())
        assert found.signed_through > 0
