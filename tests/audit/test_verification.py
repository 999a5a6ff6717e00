"""Whatever is done to a stored log is found, and the first wrong entry named."""

import base64
import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from chengmo.audit import Access, AuditLog, AuditSettings
from chengmo.audit.verification import WORDS
from chengmo.audit.verify_audit import check_folder, verify_slowly
from chengmo.ledger import canonical_bytes, open_database
from chengmo.ledger.digest import FIRST_HASH, chained_hash

BY_HAND = AuditSettings(seal_every_s=3600, checkpoint_s=3600, checkpoint_entries=1_000_000)
ENTRIES = 11
SIGNED = (4, 8, 10)
COLUMNS = (
    "sequence", "id", "time_utc", "actor", "action", "dataset", "verdict", "previous", "hash",
    "access",
)  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A log of eleven entries with checkpoints at the 4th, 8th and 10th."""
    folder = tmp_path_factory.mktemp("log")
    database = open_database(folder)
    log = AuditLog(database, folder, BY_HAND)
    for number in range(1, ENTRIES + 1):
        who, verdict = f"人{number}", "denied" if number % 3 else "allowed"
        log.record(Access(actor=who, via="ogc", action="read", verdict=verdict, dataset="roads"))
        if number in SIGNED:
            log.checkpoint()
    log.seal()
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return folder


@pytest.fixture
def verify(home, tmp_path_factory):
    """Verify a copy of the log after SQL was done to it, as its owner could: triggers off."""
    return lambda *statements, **told: verify_copy(home, tmp_path_factory, *statements, **told)


def verify_copy(home, tmp_path_factory, *statements, prepare=None, **told):
    folder = tmp_path_factory.mktemp("tampered")
    shutil.copytree(home, folder, dirs_exist_ok=True)
    if prepare is not None:
        prepare(folder)
    change(folder, *statements)
    database = open_database(folder)
    try:
        return AuditLog(database, folder, BY_HAND).verify(**told)
    finally:
        database.close()
        shutil.rmtree(folder)


def change(folder, *statements):
    with closing(sqlite3.connect(folder / "chengmo.sqlite")) as connection, connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            if callable(statement):
                statement(connection)
            else:
                connection.execute(*statement)


def chain_anew(connection):
    """Make every hash fit again, as whoever has the database but not the key could."""
    rows = connection.execute("SELECT sequence, access FROM audit_entries ORDER BY sequence")
    listed, previous = rows.fetchall(), FIRST_HASH
    connection.execute("DELETE FROM audit_entries")
    for sequence, (_, access) in enumerate(listed, start=1):
        plain, entry_hash = json.loads(access), chained_hash(sequence, previous, access.encode())
        values = [plain[name] for name in COLUMNS[1:7]]
        connection.execute(
            f"INSERT INTO audit_entries VALUES ({','.join('?' * 10)})",
            (sequence, *values, previous, entry_hash, access),
        )
        previous = entry_hash


def slugs(found):
    return {each.slug for each in found.findings}


def test_an_untouched_log_is_whole(verify):
    found = verify()
    assert found.is_whole
    assert found.first_wrong is None
    assert (found.entries, found.checkpoints, found.signed_through) == (ENTRIES, 3, 10)


FIELDS = {
    "column": st.sampled_from(COLUMNS),
    "row": st.integers(1, ENTRIES),
    "place": st.integers(0, 10_000),
    "character": st.characters(codec="utf-8", exclude_characters="\0"),
}
MEMBERS = {
    "row": st.integers(1, 10),
    "member": st.sampled_from(["actor", "rows", "verdict", "purpose"]),
}


def change_a_field(home, tmp_path_factory, column, row, place, character):
    with closing(sqlite3.connect(f"file:{home}/chengmo.sqlite?immutable=1", uri=True)) as known:
        query = f"SELECT {column} FROM audit_entries WHERE sequence = ?"
        (old,) = known.execute(query, (row,)).fetchone()
    new = 1000 + place
    if isinstance(old, str):
        place %= len(old)
        new = old[:place] + character + old[place + 1 :]
    if new == old:
        return
    statement = (f"UPDATE audit_entries SET {column} = ? WHERE sequence = ?", (new, row))
    assert verify_copy(home, tmp_path_factory, statement).first_wrong == row


def change_and_chain_anew(home, tmp_path_factory, row, member):
    def rewrite(connection):
        query = "SELECT access FROM audit_entries WHERE sequence = ?"
        plain = json.loads(connection.execute(query, (row,)).fetchone()[0])
        text = canonical_bytes({**plain, member: 7 if member == "rows" else "else"}).decode()
        connection.execute("UPDATE audit_entries SET access = ? WHERE sequence = ?", (text, row))

    found = verify_copy(home, tmp_path_factory, rewrite, chain_anew)
    assert slugs(found) == {"rewritten"}
    assert found.first_wrong == max(s for s in (0, *SIGNED) if s < row) + 1


@settings(max_examples=10, deadline=None)
@given(**FIELDS)
def test_no_field_changes_unseen(home, tmp_path_factory, column, row, place, character):
    change_a_field(home, tmp_path_factory, column, row, place, character)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(**FIELDS)
def test_no_field_ever_changes_unseen(home, tmp_path_factory, column, row, place, character):
    change_a_field(home, tmp_path_factory, column, row, place, character)


@settings(max_examples=5, deadline=None)
@given(**MEMBERS)
def test_a_change_with_the_chain_made_anew_breaks_a_signature(home, tmp_path_factory, row, member):
    change_and_chain_anew(home, tmp_path_factory, row, member)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(**MEMBERS)
def test_every_change_with_a_new_chain_breaks_a_signature(home, tmp_path_factory, row, member):
    change_and_chain_anew(home, tmp_path_factory, row, member)


@pytest.mark.parametrize("row", [1, 4, 5, 10])
def test_a_deleted_entry_is_named_and_hidden_by_no_new_chain(verify, row):
    gone = ("DELETE FROM audit_entries WHERE sequence = ?", (row,))
    found = verify(gone)
    assert (found.first_wrong, slugs(found)) == (row, {"deleted"})
    assert not verify(gone, chain_anew).is_whole


@pytest.mark.parametrize(("first", "second"), [(1, 2), (3, 9), (10, 11)])
def test_entries_that_change_places_are_named(verify, first, second):
    move = "UPDATE audit_entries SET sequence = ? WHERE sequence = ?"
    swap = [(move, (100, first)), (move, (first, second)), (move, (second, 100))]
    assert verify(*swap).first_wrong == first


@pytest.mark.parametrize("at", [1, 5, 10])
def test_an_inserted_entry_is_seen(verify, at):
    body = Access(actor="x", via="ogc", action="read", verdict="allowed").canonical().decode()
    add = (
        "INSERT INTO audit_entries (sequence, id, time_utc, actor, action, dataset, verdict, "
        "previous, hash, access) SELECT sequence - 1, 'new', '', '', '', '', '', previous, hash, ? "
        "FROM audit_entries WHERE sequence = ?"
    )
    shift = ("UPDATE audit_entries SET sequence = -sequence - 1 WHERE sequence >= ?", (at,))
    back = ("UPDATE audit_entries SET sequence = -sequence WHERE sequence < 0",)
    place = (add, (body, at + 1))
    assert verify(shift, back, place, chain_anew).first_wrong is not None
    assert verify(shift, back, place).first_wrong == at


@pytest.mark.parametrize("last", [0, 3, 4, 7, 9])
def test_a_cut_off_end_is_seen_by_the_checkpoints(verify, last):
    found = verify(("DELETE FROM audit_entries WHERE sequence > ?", (last,)))
    assert (found.first_wrong, slugs(found)) == (last + 1, {"cut-off"})


def test_an_end_cut_off_with_its_checkpoints_is_seen_by_the_file_and_the_copy(
    home, verify, tmp_path
):
    cut = [
        ("DELETE FROM audit_entries WHERE sequence > 4",),
        ("DELETE FROM audit_checkpoints WHERE sequence > 4",),
    ]
    file = "audit/checkpoints.jsonl"
    assert verify(*cut).first_wrong == 5
    without_file = {"prepare": lambda folder: (folder / file).unlink()}
    assert verify(*cut, **without_file).is_whole  # nothing here can know better ...
    copy = shutil.copy(home / file, tmp_path)
    assert verify(*cut, **without_file, outside=[Path(copy)]).first_wrong == 5  # ... a copy can


def test_a_deleted_checkpoint_is_named(verify):
    found = verify(("DELETE FROM audit_checkpoints WHERE sequence = 8",))
    assert (found.first_wrong, slugs(found)) == (8, {"checkpoint-deleted"})


def test_a_checkpoint_changed_or_of_a_strange_key_is_named(verify, home):
    changed = ("UPDATE audit_checkpoints SET time_utc = '2020' WHERE sequence = 4",)
    assert slugs(verify(changed)) == {"signature"}
    garbled = ("UPDATE audit_checkpoints SET signature = '?' WHERE sequence = 4",)
    assert slugs(verify(garbled)) == {"signature"}
    empty = home.parent / "no-keys"
    empty.write_text("")
    assert verify(public_keys=empty).first_wrong == 4


def test_a_log_forged_whole_with_a_new_key_is_seen_by_who_kept_the_old_public_key(home, verify):
    keys = home / "audit" / "public-keys.txt"

    def forge(folder):
        (folder / "audit" / "public-keys.txt").write_text(
            base64.b64encode(Ed25519PrivateKey.generate().public_key().public_bytes_raw()).decode()
        )

    assert not verify(prepare=forge).is_whole
    assert verify(public_keys=keys).is_whole


def test_every_word_for_what_is_wrong_is_in_both_languages():
    assert all(text.zh and text.en for text in WORDS.values())


# --- for the outsider -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def exported(home, tmp_path_factory) -> Path:
    """The log as an outside auditor gets it."""
    copy = tmp_path_factory.mktemp("copy")
    shutil.copytree(home, copy, dirs_exist_ok=True)
    database = open_database(copy)
    with AuditLog(database, copy, BY_HAND) as log:
        folder = log.export(tmp_path_factory.mktemp("export"))
    database.close()
    return folder


def test_the_exported_log_is_whole_by_its_own_program(exported):
    found, marks, faults = check_folder(exported)
    assert (found.length, [mark.sequence for mark in marks], faults) == (11, [*SIGNED, 11], [])


@pytest.mark.parametrize(
    ("old", "new", "first"),
    [("人3", "人0", 3), ('"sequence":7', '"sequence":70', 7), ("denied", "allowed", 1)],
)
def test_a_change_to_the_exported_files_is_found(exported, tmp_path, old, new, first):
    shutil.copytree(exported, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "entries.jsonl"
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    assert check_folder(tmp_path)[2][0].sequence == first


@pytest.mark.slow
def test_the_program_runs_alone_without_any_package(exported, tmp_path):
    shutil.copytree(exported, tmp_path, dirs_exist_ok=True)

    def run(*arguments):
        command = [sys.executable, "-I", "-S", "verify_audit.py", *arguments]
        done = subprocess.run(
            command, check=False, cwd=tmp_path, capture_output=True, encoding="utf-8"
        )
        return done.returncode, done.stdout

    assert run(".")[0] == 0
    assert "signed through 已签名至: 11" in run(".")[1]
    copy = tmp_path / "kept.jsonl"
    copy.write_bytes((tmp_path / "checkpoints.jsonl").read_bytes())
    lines = (tmp_path / "entries.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "entries.jsonl").write_bytes(b"".join(lines[:9]))
    (tmp_path / "checkpoints.jsonl").write_bytes(b"")
    assert run(".")[0] == 0
    code, out = run(".", "kept.jsonl")
    assert code == 1
    assert "entry 条目 10: cut-off" in out
    assert run("nowhere")[0] == 2
    assert run()[0] == 2


@settings(max_examples=5, deadline=None)
@given(
    message=st.binary(max_size=200),
    bit=st.integers(0, 511),
    seed=st.binary(min_size=32, max_size=32),
)
def test_the_slow_signature_check_agrees_with_the_library(message, bit, seed):
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = key.public_key().public_bytes_raw(), key.sign(message)
    assert verify_slowly(public, signature, message)
    assert not verify_slowly(public, signature, message + b"x")
    broken = (int.from_bytes(signature, "little") ^ 1 << bit).to_bytes(64, "little")
    assert not verify_slowly(public, broken, message)
    assert not verify_slowly(public, signature[:63], message)
