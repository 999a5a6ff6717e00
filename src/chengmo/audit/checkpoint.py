"""Checkpoints: signed statements of how long the log is and what its last hash is."""

import base64
import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from chengmo.audit.access import now_utc
from chengmo.errors import LakeUnavailable
from chengmo.ledger.digest import canonical_bytes

KIND = "chengmo-audit-checkpoint"
KEY_FILE = "signing-key.pem"
PUBLIC_KEYS_FILE = "public-keys.txt"
CHECKPOINTS_FILE = "checkpoints.jsonl"


@dataclass(frozen=True)
class Checkpoint:
    """Entry `sequence` has the hash `hash`, said by the holder of `key` at `time_utc`.

    Attributes:
        sequence: Number of the entry.
        hash: Of the entry: it vouches for all before it.
        time_utc: RFC 3339.
        key: Id of the key: the first 16 hexadecimal digits of the SHA-256 of the public key.
        signature: Ed25519 over `signed_bytes`, base64.
    """

    sequence: int
    hash: str
    time_utc: str
    key: str
    signature: str

    def signed_bytes(self) -> bytes:
        """Return what the signature is over."""
        stated: dict[str, Any] = {**asdict(self), "kind": KIND}
        del stated["signature"]
        return canonical_bytes(stated)

    def line(self) -> bytes:
        """Return the checkpoint as one line of JSON."""
        return canonical_bytes({**asdict(self), "kind": KIND}) + b"\n"


def parse_checkpoints(data: bytes) -> list[Checkpoint]:
    """Return the checkpoints of a file; a torn last line is left out.

    Raises:
        ValueError: If another line is no checkpoint.
    """
    found: list[Checkpoint] = []
    for line in data.split(b"\n")[:-1]:
        value = json.loads(line)
        if not isinstance(value, dict) or value.pop("kind", None) != KIND:
            raise ValueError("this is no checkpoint")
        try:
            found.append(Checkpoint(**value))
        except TypeError as error:
            raise ValueError("this is no checkpoint") from error
    return found


class Signer:
    """The key of a home, made at first use, and the files beside it."""

    def __init__(self, folder: Path) -> None:
        """Use the key in `folder`, made if it is not there.

        Raises:
            LakeUnavailable: If the key can neither be read nor written.
        """
        self.folder = folder
        try:
            self._key = _load_or_make(folder)
            self.public_key = self._key.public_key().public_bytes_raw()
            self.id = key_id(self.public_key)
            self._publish()
        except (OSError, ValueError) as error:
            raise LakeUnavailable(
                f"the key that signs the audit cannot be used: {error}",
                hint=f"look at {folder / KEY_FILE}; without it old checkpoints still verify",
            ) from error

    def sign(self, sequence: int, entry_hash: str) -> Checkpoint:
        """Return a signed checkpoint at entry `sequence`."""
        blank = Checkpoint(sequence, entry_hash, now_utc(), self.id, "")
        signature = base64.b64encode(self._key.sign(blank.signed_bytes())).decode()
        return Checkpoint(blank.sequence, blank.hash, blank.time_utc, blank.key, signature)

    def keep(self, checkpoint: Checkpoint) -> None:
        """Append `checkpoint` to the file that an outside party can take copies of.

        Raises:
            LakeUnavailable: If it cannot be written.
        """
        try:
            path = self.folder / CHECKPOINTS_FILE
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "ab", buffering=0) as file:
                file.write(checkpoint.line())
                os.fsync(file.fileno())
        except OSError as error:
            raise LakeUnavailable(
                f"a checkpoint of the audit cannot be written: {error.strerror}",
                hint="make room in the home folder",
            ) from error

    def _publish(self) -> None:
        path = self.folder / PUBLIC_KEYS_FILE
        if self.id not in read_public_keys(path):
            with path.open("a", encoding="ascii") as file:
                file.write(base64.b64encode(self.public_key).decode() + "\n")


def key_id(public_key: bytes) -> str:
    """Return the short name of a public key."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def read_public_keys(path: Path) -> dict[str, bytes]:
    """Return the raw public keys of a file, one base64 a line, by their ids.

    Raises:
        ValueError: If a line is no key.
    """
    try:
        lines = path.read_text(encoding="ascii").split()
    except FileNotFoundError:
        return {}
    keys = [base64.b64decode(line, validate=True) for line in lines]
    return {key_id(key): key for key in keys}


def is_signed(checkpoint: Checkpoint, public_keys: Mapping[str, bytes]) -> bool:
    """Tell whether one of `public_keys` signed `checkpoint`."""
    key = public_keys.get(checkpoint.key)
    if key is None:
        return False
    try:
        signature = base64.b64decode(checkpoint.signature, validate=True)
        Ed25519PublicKey.from_public_bytes(key).verify(signature, checkpoint.signed_bytes())
    except (InvalidSignature, ValueError):
        return False
    return True


def newest(checkpoints: Iterable[Checkpoint]) -> Checkpoint | None:
    """Return the checkpoint that vouches for most."""
    return max(checkpoints, key=lambda each: each.sequence, default=None)


def _load_or_make(folder: Path) -> Ed25519PrivateKey:
    path = folder / KEY_FILE
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        # Linked into place whole: of two processes at once the first one's key stands.
        draft = folder / f".{secrets.token_hex(8)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(_as_pem(Ed25519PrivateKey.generate().private_bytes_raw()))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return Ed25519PrivateKey.from_private_bytes(_from_pem(path.read_bytes()))


# RFC 8410: the PKCS #8 form of an Ed25519 key is these bytes and the key. Written out, because the
# library's module for such forms takes a quarter of a second to import.
_PKCS8 = bytes.fromhex("302e020100300506032b657004220420")
_BEGIN, _END = b"-----BEGIN PRIVATE KEY-----\n", b"\n-----END PRIVATE KEY-----\n"


def _as_pem(key: bytes) -> bytes:
    return _BEGIN + base64.b64encode(_PKCS8 + key) + _END


def _from_pem(text: bytes) -> bytes:
    if not text.startswith(_BEGIN) or not text.endswith(_END):
        raise ValueError("it is no PEM file of a private key")
    data = base64.b64decode(text[len(_BEGIN) : -len(_END)], validate=True)
    if not data.startswith(_PKCS8):
        raise ValueError("it is no Ed25519 key")
    return data.removeprefix(_PKCS8)
