"""DuckDB's extensions, which come as wheels: found offline and checked before they are loaded."""

import base64
import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, PackagePath, files
from pathlib import Path

from chengmo.errors import PlatformError


@cache
def extension_path(name: str) -> Path:
    """Return the path of a DuckDB extension that is what its wheel says, checked once a process.

    The wheel's own list of files gives the SHA-256; the lock file pins the wheel. DuckDB would
    check a signature at every load, which takes ten times as long as opening a lake.

    Raises:
        PlatformError: If the wheel is not installed, or the file is not the one it came with.
    """
    package = f"duckdb-extension-{name}"
    try:
        listed = files(package) or ()
    except PackageNotFoundError as error:
        raise PlatformError(
            f"the package {package} is not installed", hint=f"pip install {package}"
        ) from error
    for file in listed:
        if file.name.endswith(".duckdb_extension"):
            return _checked(file, package)
    raise PlatformError(
        f"the package {package} holds no extension", hint=f"pip install --force-reinstall {package}"
    )


def _checked(file: PackagePath, package: str) -> Path:
    path = Path(str(file.locate()))
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").digest()
    value = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    if file.hash is None or (file.hash.mode, file.hash.value) != ("sha256", value):
        raise PlatformError(
            f"{path.name} is not the file that came with {package}",
            hint=f"pip install --force-reinstall {package}",
        )
    return path
