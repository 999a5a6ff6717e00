"""Zip archives from strangers: looked at before anything is unpacked."""

import zipfile
from pathlib import Path, PurePosixPath

from chengmo.catalog.importing.options import Limits
from chengmo.errors import UnreadableFile

_SMALL_BYTES = 1 << 20
_UTF8_FLAG = 0x800


def list_members(
    path: Path, *, limits: Limits | None = None, most_bytes: int | None = None
) -> dict[str, zipfile.ZipInfo]:
    """Return the members of an archive by readable name, if they keep the limits.

    Raises:
        UnreadableFile: If it is broken, encrypted, or would unpack to too many files or bytes.
    """
    limits = limits or Limits()
    most_bytes = most_bytes or limits.archive_bytes
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise UnreadableFile(
            f"the archive '{path.name}' is broken: {error}", hint="make the zip again"
        ) from error
    if len(members) > limits.archive_entries:
        raise UnreadableFile(
            f"the archive '{path.name}' has {len(members)} members",
            hint=f"at most {limits.archive_entries} are read; hand over only what belongs together",
        )
    _check_size(path, members, limits, most_bytes)
    return {_readable(member): member for member in members if not member.is_dir()}


def unpack(path: Path, member: zipfile.ZipInfo, target: Path, limits: Limits) -> Path:
    """Write one member to `target` (never to a path that the archive names).

    Raises:
        UnreadableFile: If it is encrypted, broken or larger than it says.
    """
    try:
        with (
            zipfile.ZipFile(path) as archive,
            archive.open(member) as inside,
            target.open("wb") as out,
        ):
            left = min(member.file_size, limits.archive_bytes)
            while chunk := inside.read(_SMALL_BYTES):
                left -= len(chunk)
                _check_left(left)
                out.write(chunk)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise UnreadableFile(
            f"'{PurePosixPath(member.filename).name}' cannot be unpacked: {error}",
            hint="make the zip again, without a password",
        ) from error
    return target


def _check_left(left: int) -> None:
    """Refuse to read on past the size that the archive's directory promised."""
    if left < 0:
        raise zipfile.BadZipFile("it is larger than the archive says")


def _check_size(
    path: Path, members: list[zipfile.ZipInfo], limits: Limits, most_bytes: int
) -> None:
    total = sum(member.file_size for member in members)
    packed = max(1, path.stat().st_size)
    if total > most_bytes or (total > _SMALL_BYTES and total > limits.archive_ratio * packed):
        raise UnreadableFile(
            f"the archive '{path.name}' would unpack from {packed} to {total} bytes",
            hint="this looks like a zip bomb; hand over the files themselves if it is not",
        )


def _readable(member: zipfile.ZipInfo) -> str:
    """Return a member's name; Windows in China writes GBK where the format says code page 437."""
    if member.flag_bits & _UTF8_FLAG:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return member.filename
