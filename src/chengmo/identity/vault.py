"""What must be computed with and must not lie in the database as it is: sealed under a key file.

AES-256-GCM (NIST SP 800-38D), a random nonce for each text, bound to the account that it belongs
to: whoever can write into the database can neither read a text nor give it to another account. The
key is in a file of the home, mode 0600, beside the platform's other keys; a copy of the database
alone opens nothing.

A sealed text is `v1.<key>.<nonce and cipher text, base64url>`, where `key` names the key by the
first 16 hexadecimal digits of its SHA-256. The file holds the current key first and, while a
rotation goes on, the one before it.
"""

import base64
import hashlib
import os
import secrets
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chengmo.errors import LakeUnavailable

FILE_NAME = "second-factors.key"
_KEY_BYTES, _NONCE_BYTES = 32, 12
_SIGN = "v1."
_HINT = f"put {FILE_NAME} back from a backup, or take the second factors away: chengmo account"


class Vault:
    """Seals and opens texts. Threads may share it; several processes may use one file."""

    def __init__(self, home: Path | None = None) -> None:
        """Use the key file of `home`, made when something is first sealed.

        Without a home the key lives as long as this object: for a register that is not kept.
        """
        self._path = None if home is None else home / FILE_NAME
        self._fleeting = secrets.token_bytes(_KEY_BYTES) if home is None else b""

    @staticmethod
    def is_sealed(text: str) -> bool:
        """Tell whether a text was sealed; a secret of an authenticator has no dot."""
        return text.startswith(_SIGN)

    def seal(self, text: str, about: str) -> str:
        """Return `text` sealed under the current key, for `about` alone.

        Raises:
            LakeUnavailable: If the key file can be neither read nor made.
        """
        key = self._keys(make=True)[0]
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + AESGCM(key).encrypt(nonce, text.encode(), about.encode())
        return f"{_SIGN}{_name(key)}.{base64.urlsafe_b64encode(sealed).decode()}"

    def open(self, sealed: str, about: str) -> str:
        """Return what was sealed for `about`.

        Raises:
            LakeUnavailable: If its key is not there, or the text was changed or is another's.
        """
        _, name, content = sealed.split(".")
        found = {_name(key): key for key in self._keys()}.get(name)
        if found is None:
            raise LakeUnavailable("the key of the second factors is not there", hint=_HINT)
        raw = base64.urlsafe_b64decode(content)
        try:
            nonce, rest = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
            return AESGCM(found).decrypt(nonce, rest, about.encode()).decode()
        except InvalidTag as error:
            raise LakeUnavailable(
                f"the second factor of '{about}' was changed in the database",
                hint="take it away: chengmo account reset-factor",
            ) from error

    def rotate(self, seal_anew: Callable[[], None]) -> None:
        """Take a new key, let everything be sealed anew, then forget the old keys.

        Whatever ends it half-way, every text opens with a key that is in the file.

        Args:
            seal_anew: Opens and seals every text, all or nothing.
        """
        fresh = secrets.token_bytes(_KEY_BYTES)
        if self._path is None:
            raise LakeUnavailable("there is no key file", hint="open the platform in a folder")
        with _translated():
            _replace(self._path, fresh + b"".join(self._keys(make=True)))
            seal_anew()
            _replace(self._path, fresh)

    def _keys(self, *, make: bool = False) -> list[bytes]:
        if self._path is None:
            return [self._fleeting]
        with _translated():
            if make and not self._path.exists():
                _make(self._path)
            content = self._path.read_bytes() if self._path.exists() else b""
        if len(content) % _KEY_BYTES or (make and not content):
            raise LakeUnavailable(f"{FILE_NAME} is not whole", hint=_HINT)
        return [content[at : at + _KEY_BYTES] for at in range(0, len(content), _KEY_BYTES)]


@contextmanager
def _translated() -> Generator[None]:
    """Turn what the file system says into what the operator can act upon."""
    try:
        yield
    except OSError as error:
        raise LakeUnavailable(
            f"{FILE_NAME} cannot be used: {error.strerror}", hint="look at the folder's rights"
        ) from error


def _name(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()[:16]


def _draft(path: Path, content: bytes) -> Path:
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return part


def _make(path: Path) -> None:
    """Linked into place whole: of two processes at once the first one's key stands."""
    part = _draft(path, secrets.token_bytes(_KEY_BYTES))
    with suppress(FileExistsError):
        path.hardlink_to(part)
    part.unlink()
    _sync_folder(path.parent)


def _replace(path: Path, content: bytes) -> None:
    _draft(path, content).replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    # A sealed text on disk whose key is not would be lost with the power.
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
