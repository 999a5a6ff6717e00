"""Check an exported audit log, with nothing but Python: `python verify_audit.py FOLDER [COPY ...]`.

FOLDER holds `entries.jsonl`, `checkpoints.jsonl` and `public-keys.txt`. Each COPY is a file of
checkpoints that somebody kept elsewhere: what was cut off or written anew since then shows by them.
Trust a public key only if you have it from elsewhere too: compare its id with what you were told.

Entry n has the hash SHA-256(n, line feed, hash of entry n - 1, line feed, canonical JSON of the
access); the first follows sixty-four zeros. A checkpoint is an Ed25519 signature (RFC 8032) over
the canonical JSON (RFC 8785) of its other members. This file imports nothing of the platform, so
that it can be read and run alone; where the package `cryptography` is there, it is used for speed.
"""

import base64
import binascii
import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

FIRST_HASH = "0" * 64


class Line(NamedTuple):
    """One entry as it is stored: its number, two hashes and the canonical bytes of the access."""

    sequence: int
    previous: str
    hash: str
    body: bytes


class Mark(NamedTuple):
    """What a checkpoint says about the log, and whether the signature is good."""

    sequence: int
    hash: str
    is_signed: bool


class Fault(NamedTuple):
    """The first entry that something is wrong with, and what."""

    sequence: int
    what: str


class Walk(NamedTuple):
    """What a walk along the chain found.

    Attributes:
        length: Entries that follow each other without a fault, from the first.
        head: Hash of the last of them.
        hashes: Hashes of the entries that were asked for.
        fault: What ended the walk, if not the end of the log.
    """

    length: int
    head: str
    hashes: dict[int, str]
    fault: str | None


def walk(entries: Iterable[Line], wanted: frozenset[int]) -> Walk:
    """Follow the chain from its beginning to the first entry that does not fit."""
    count, head, hashes = 0, FIRST_HASH, dict[int, str]()
    for entry in entries:
        fault = _fault_of(entry, count + 1, head)
        if fault is not None:
            return Walk(count, head, hashes, fault)
        count, head = entry.sequence, entry.hash
        if count in wanted:
            hashes[count] = head
    return Walk(count, head, hashes, None)


def _fault_of(entry: Line, expected: int, head: str) -> str | None:
    if entry.sequence > expected:
        return "deleted"
    if entry.sequence < expected:
        return "inserted"
    if entry.previous != head:
        return "does-not-follow"
    text = f"{entry.sequence}\n{entry.previous}\n".encode()
    return None if hashlib.sha256(text + entry.body).hexdigest() == entry.hash else "changed"


def judge(found: Walk, marks: Iterable[Mark]) -> list[Fault]:
    """Hold a walk against the checkpoints, and return every fault, the first entry first."""
    faults = [Fault(found.length + 1, found.fault)] if found.fault else []
    vouched = 0
    for mark in sorted(marks):
        if not mark.is_signed:
            faults.append(Fault(mark.sequence, "signature"))
        elif mark.sequence > found.length:
            if found.fault is None:
                faults.append(Fault(found.length + 1, "cut-off"))
            break
        elif found.hashes.get(mark.sequence) != mark.hash:
            # The chain was made anew: somewhere after the last checkpoint that still fits.
            faults.append(Fault(vouched + 1, "rewritten"))
            break
        else:
            vouched = mark.sequence
    return sorted(set(faults))


# --- Ed25519, as RFC 8032 section 5.1 defines it, for machines without `cryptography` -------------

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)
_Point = tuple[int, int, int, int]
_NEUTRAL: _Point = (0, 1, 1, 0)


def _sum(first: _Point, second: _Point) -> _Point:
    # Extended homogeneous coordinates: x = X/Z, y = Y/Z, x*y = T/Z.
    a = (first[1] - first[0]) * (second[1] - second[0]) % _P
    b = (first[1] + first[0]) * (second[1] + second[0]) % _P
    c = 2 * first[3] * second[3] * _D % _P
    d = 2 * first[2] * second[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(number: int, point: _Point) -> _Point:
    result = _NEUTRAL
    while number:
        if number & 1:
            result = _sum(result, point)
        point, number = _sum(point, point), number >> 1
    return result


def _point(data: bytes) -> _Point | None:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    x = _P - x if x & 1 != sign else x
    return x, y, 1, x * y % _P


_BASE = _point((4 * pow(5, -1, _P) % _P).to_bytes(32, "little")) or _NEUTRAL


def verify_slowly(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Tell whether `signature` is the Ed25519 signature of `message`, some milliseconds each."""
    key, commitment = _point(public_key), _point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or key is None or commitment is None or scalar >= _ORDER:  # noqa: PLR2004 - RFC 8032
        return False
    digest = hashlib.sha512(signature[:32] + public_key + message).digest()
    challenge = int.from_bytes(digest, "little") % _ORDER
    left, right = _times(scalar, _BASE), _sum(commitment, _times(challenge, key))
    return not (
        (left[0] * right[2] - right[0] * left[2]) % _P
        or (left[1] * right[2] - right[1] * left[2]) % _P
    )


def _verifier() -> Callable[[bytes, bytes, bytes], bool]:
    try:
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - may not be there
        from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - as above
    except ImportError:
        return verify_slowly

    def verify(public_key: bytes, signature: bytes, message: bytes) -> bool:
        try:
            ed25519.Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    return verify


# --- The exported files ---------------------------------------------------------------------------


def canonical(value: Any) -> bytes:
    """Return RFC 8785 bytes of texts, integers, booleans, null, lists and objects of ASCII keys."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def read_entries(path: Path) -> Iterator[Line]:
    """Yield the entries of `entries.jsonl`."""
    with path.open("rb") as file:
        for line in file:
            value = json.loads(line)
            body = canonical(value["access"])
            yield Line(int(value["sequence"]), str(value["previous"]), str(value["hash"]), body)


def read_marks(path: Path, keys: Mapping[str, bytes]) -> Iterator[Mark]:
    """Yield what the checkpoints of a file say; a torn last line is left out."""
    verify = _verifier()
    for line in path.read_bytes().split(b"\n")[:-1]:
        value: dict[str, Any] = json.loads(line)
        signature = value.pop("signature", "")
        key = keys.get(value.get("key", ""))
        is_signed = key is not None and verify(key, base64.b64decode(signature), canonical(value))
        yield Mark(int(value["sequence"]), str(value["hash"]), is_signed)


def read_keys(path: Path) -> dict[str, bytes]:
    """Return the public keys of a file, one base64 a line, by id."""
    keys = [base64.b64decode(line) for line in path.read_text(encoding="ascii").split()]
    return {hashlib.sha256(key).hexdigest()[:16]: key for key in keys}


def check_folder(folder: Path, copies: Iterable[Path] = ()) -> tuple[Walk, list[Mark], list[Fault]]:
    """Check an exported log against its own checkpoints and those that others kept.

    Raises:
        OSError: If a file is missing.
        ValueError: If a line is none of ours.
        KeyError: Likewise.
    """
    keys = read_keys(folder / "public-keys.txt")
    files = [folder / "checkpoints.jsonl", *copies]
    marks = [mark for file in files if file.exists() for mark in read_marks(file, keys)]
    found = walk(read_entries(folder / "entries.jsonl"), frozenset(m.sequence for m in marks))
    return found, marks, judge(found, marks)


def main(arguments: list[str]) -> int:
    """Print what was found; return 0 if all is well, 1 if not, 2 if it cannot be told."""
    say = sys.stdout.write
    if not arguments:
        say(f"{(__doc__ or '').splitlines()[0]}\n")
        return 2
    folder = Path(arguments[0])
    try:
        found, marks, faults = check_folder(folder, [Path(copy) for copy in arguments[1:]])
        keys = read_keys(folder / "public-keys.txt")
    except (OSError, ValueError, KeyError, TypeError, binascii.Error) as error:
        say(f"cannot be read 无法读取: {error!r}\n")
        return 2
    signed = max((mark.sequence for mark in marks if mark.is_signed), default=0)
    say(f"entries 条目: {found.length}\nhead 链尾: {found.head}\n")
    say(f"checkpoints 检查点: {len(marks)}; signed through 已签名至: {min(signed, found.length)}\n")
    say(f"public keys 公钥: {', '.join(keys)}\n")
    for fault in faults:
        say(f"WRONG 有误: entry 条目 {fault.sequence}: {fault.what}\n")
    say("NOT WHOLE 不完整\n" if faults else "whole 完整\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
