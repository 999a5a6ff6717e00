"""The platform's own secret, from which pseudonyms and rounded counts are drawn."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from chengmo.errors import LakeUnavailable

FILE_NAME = "secret.key"
SECRET_BYTES = 32


def read_secret(home: Path) -> bytes:
    """Return the secret kept in `home`, made at the first call; only its owner can read the file.

    Whoever loses it gets other pseudonyms and other rounded counts from then on.

    Raises:
        LakeUnavailable: If it can be neither read nor written, or is not whole.
    """
    path = home / FILE_NAME
    try:
        with suppress(FileExistsError):
            _write_once(path)
        found = path.read_bytes()
    except OSError as error:
        raise LakeUnavailable(
            f"the platform's secret in {home} cannot be used: {error.strerror}",
            hint="name a folder you may write to with --home or CHENGMO_HOME",
        ) from error
    if len(found) != SECRET_BYTES:
        raise LakeUnavailable(
            f"{FILE_NAME} in {home} is not whole", hint="put it back from a backup"
        )
    return found


def _write_once(path: Path) -> None:
    """Make the file appear whole or not at all, also when two processes start at once."""
    if path.exists():
        return
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, secrets.token_bytes(SECRET_BYTES))
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        path.hardlink_to(part)
    finally:
        part.unlink()
