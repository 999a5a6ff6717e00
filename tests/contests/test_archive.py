"""Packages as they are brought: what leads out of the folder, or is larger than it says."""

import io
import stat
import struct
import warnings
import zipfile

import pytest

from chengmo.contests import archive
from chengmo.contests.archive import check_archive, is_package, unpack
from chengmo.errors import InvalidRequest


def packed(members, *, method=zipfile.ZIP_DEFLATED):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as made, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Two files of one name are what is meant.
        for name, content in members:
            made.writestr(name, content)
    return held.getvalue()


def special(name, kind, content=""):
    member = zipfile.ZipInfo(name)
    member.external_attr = (kind | 0o777) << 16
    return (member, content)


MODEL = ("model.py", "def fit(): pass")
UNSAFE = {
    "up": [MODEL, ("../outside.py", "x")],
    "up in the middle": [MODEL, ("a/../../outside.py", "x")],
    "from the root": [MODEL, ("/etc/cron.d/x", "x")],
    "backslashes": [MODEL, ("..\\outside.py", "x")],
    "a drive": [MODEL, ("C:/outside.py", "x")],
    "a newline": [MODEL, ("a\nb.py", "x")],
    "an empty part": [MODEL, ("a//b.py", "x")],
    "hidden": [MODEL, (".bashrc", "x")],
    "a long name": [MODEL, ("a" * 200, "x")],
    "deep": [MODEL, ("a/" * 20 + "b.py", "x")],
    "a link": [MODEL, special("link", stat.S_IFLNK, "/etc/passwd")],
    "a device": [MODEL, special("device", stat.S_IFCHR)],
    "a pipe": [MODEL, special("pipe", stat.S_IFIFO)],
    "twice": [MODEL, MODEL],
    "twice where case does not count": [MODEL, ("Model.PY", "x")],
    "no model": [("other.py", "x")],
    "a model in a folder": [("a/model.py", "x")],
    "many": [MODEL, *((f"f{number}", "") for number in range(archive.MOST_FILES))],
}


@pytest.mark.parametrize("members", UNSAFE.values(), ids=UNSAFE)
def test_what_is_unsafe_is_refused(members):
    with pytest.raises(InvalidRequest):
        check_archive(packed(members))


def test_a_package_is_unpacked_as_it_is(tmp_path):
    content = packed([MODEL, ("部门/table.csv", "1,2"), ("empty/", "")])
    check_archive(content)
    unpack(content, tmp_path / "package")
    found = {path.relative_to(tmp_path / "package") for path in tmp_path.rglob("*.*")}
    assert {str(path) for path in found} == {"model.py", "部门/table.csv"}
    assert is_package("a.ZIP")
    assert is_package("a-1-py3-none-any.whl")
    assert not is_package("a.csv")


def test_what_says_that_it_is_small_and_is_not_is_not_unpacked(tmp_path, monkeypatch):
    content = packed([MODEL, ("bomb", b"\0" * 3_000_000)])
    monkeypatch.setattr(archive, "MOST_BYTES", 1_000_000)
    with pytest.raises(InvalidRequest, match="2 files"):
        check_archive(content)
    size = struct.pack("<I", 3_000_000)
    lying = content.replace(size, struct.pack("<I", 5))
    assert content.count(size) == 2
    check_archive(lying)
    with pytest.raises(InvalidRequest, match=r"damaged|larger"):
        unpack(lying, tmp_path / "package")
    assert sum(path.stat().st_size for path in tmp_path.rglob("*")) < 1_100_000


def test_the_same_bytes_many_times_over_count_each_time(tmp_path, monkeypatch):
    # Entries may share their bytes: thousands of names, one content.
    monkeypatch.setattr(archive, "MOST_BYTES", 1000)
    content = packed([MODEL, *((f"f{number}", "x" * 100) for number in range(20))])
    with pytest.raises(InvalidRequest):
        unpack(content, tmp_path / "package")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"x" * 1000])
def test_what_is_no_archive_is_refused(content):
    with pytest.raises(InvalidRequest, match="no zip"):
        check_archive(content)


def test_what_is_encrypted_or_damaged_is_refused(tmp_path):
    content = packed([MODEL])
    at = content.index(b"PK\x01\x02") + 8
    with pytest.raises(InvalidRequest, match="encrypted"):
        check_archive(content[:at] + b"\x01" + content[at + 1 :])
    body = content.index(b"model.py") + len("model.py")
    damaged = content[:body] + bytes([content[body] ^ 0xFF]) + content[body + 1 :]
    with pytest.raises(InvalidRequest, match="damaged"):
        unpack(damaged, tmp_path / "package")
