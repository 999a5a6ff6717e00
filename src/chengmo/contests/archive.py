"""A package as it is brought: a zip file or a wheel, looked at before anything of it is unpacked.

`model.py` stands at its top, beside whatever modules and tables it needs.
"""

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from chengmo.errors import InvalidRequest

ENDINGS = (".zip", ".whl")
MODEL = "model.py"
MOST_FILES = 1000
MOST_BYTES = 128 << 20
_MOST_DEPTH = 10
_PART = re.compile(r"[^\W][\w.+@ \-]{0,99}")
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_CHUNK = 1 << 20
_DAMAGES = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError,
)  # fmt: skip
_HINT = "bring plain files, with model.py at the top: docs/how-to/hold-a-contest.md"


def is_package(name: str) -> bool:
    """Tell whether a file of this name is a package, not a file of predictions."""
    return Path(name).suffix.lower() in ENDINGS


def check_archive(content: bytes) -> None:
    """Pass if a package can be unpacked safely and has a `model.py`.

    Raises:
        InvalidRequest: If not, saying why.
    """
    with _opened(content) as archive:
        names = [name for name, _ in _members(archive)]
    if MODEL not in names:
        raise InvalidRequest(f"the package has no {MODEL} at its top", hint=_HINT)


def unpack(content: bytes, folder: Path) -> None:
    """Write the files of a package into `folder`, which does not exist yet.

    Raises:
        InvalidRequest: If it is unsafe, or damaged, or larger than it says.
    """
    folder.mkdir()
    left = MOST_BYTES
    with _opened(content) as archive:
        for name, member in _members(archive):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            left -= _write(archive, member, target, left)


def _opened(content: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise InvalidRequest("the package is no zip file", hint=_HINT) from error


def _members(archive: zipfile.ZipFile) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    found = archive.infolist()
    size = sum(member.file_size for member in found)
    if len(found) > MOST_FILES or size > MOST_BYTES:
        raise InvalidRequest(
            f"the package has {len(found)} files of {size >> 20} MB",
            hint=f"at most {MOST_FILES} files of {MOST_BYTES >> 20} MB are unpacked",
        )
    seen = set[str]()
    for member in found:
        _check_member(member)
        name = member.filename.rstrip("/")
        if name.casefold() in seen:
            raise InvalidRequest("the package has two files of one name", hint=_HINT)
        seen.add(name.casefold())
        if not member.is_dir():
            yield name, member


def _check_member(member: zipfile.ZipInfo) -> None:
    parts = member.filename.rstrip("/").split("/")
    kind = stat.S_IFMT(member.external_attr >> 16)
    faults = {
        "a name that leads elsewhere or has strange letters": len(parts) > _MOST_DEPTH
        or not all(_PART.fullmatch(part) for part in parts),
        "something that is no plain file": kind not in {0, stat.S_IFREG, stat.S_IFDIR},
        "something encrypted": bool(member.flag_bits & _ENCRYPTED),
        "a compression that is not read here": member.compress_type not in _METHODS,
    }
    for fault, is_so in faults.items():
        if is_so:
            raise InvalidRequest(f"the package holds {fault}", hint=_HINT)


def _write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, left: int) -> int:
    """Write one file and return its size, whatever the archive said that it is."""
    written = 0
    try:
        with archive.open(member) as source, target.open("xb") as sink:
            while chunk := source.read(_CHUNK):
                written += len(chunk)
                if written > left:
                    raise InvalidRequest("the package is larger than it says", hint=_HINT)
                sink.write(chunk)
    except _DAMAGES as error:
        raise InvalidRequest("the package is damaged", hint=_HINT) from error
    return written
