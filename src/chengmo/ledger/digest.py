"""One canonical form for whatever is written down, and its fingerprint."""

import hashlib
import json
from typing import Any

import rfc8785
from pydantic import BaseModel

from chengmo.errors import InvalidRequest

DIGEST_PREFIX = "sha256:"
FIRST_HASH = "0" * 64
LARGEST_INTEGER = 2**53 - 1


def canonical_bytes(value: Any) -> bytes:
    """Return the RFC 8785 (JSON Canonicalization Scheme) bytes of a JSON value.

    Keys come in the order of their UTF-16 code units, numbers as ECMAScript prints them, so equal
    values have equal bytes whoever writes them.

    Args:
        value: A pydantic model (dumped in JSON mode) or null, booleans, numbers, text, lists,
            tuples and dictionaries with text keys.

    Raises:
        InvalidRequest: If `value` has no exact JSON form: NaN, infinity, an integer beyond 2^53,
            text that is no Unicode, a key that is no text or a value of another type.

    Example:
        >>> canonical_bytes({"b": 1.0, "a": "武汉"}).decode()
        '{"a":"武汉","b":1}'
    """
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    try:
        return rfc8785.dumps(plain)
    except rfc8785.IntegerDomainError as error:
        raise InvalidRequest(
            f"{error}: readers of JSON would round it",
            hint="write integers beyond 2^53 - 1, such as cell keys, as text",
        ) from error
    except ValueError as error:
        raise InvalidRequest(
            f"the value has no canonical JSON form: {error}",
            hint="use null instead of NaN, and text keys",
        ) from error
    except RecursionError as error:
        raise InvalidRequest(
            "the value is nested too deeply", hint="keep JSON below some hundred levels"
        ) from error


def parse_canonical(text: str | bytes) -> Any:
    """Return the value that canonical bytes say.

    The canonical form writes the number 1e17 without exponent or point: what is beyond the exact
    integers was a float, and is one again here.

    Raises:
        ValueError: If `text` is no JSON.

    Example:
        >>> parse_canonical(canonical_bytes([1e17, 7]))
        [1e+17, 7]
    """
    return json.loads(text, parse_int=_number_from)


def _number_from(digits: str) -> int | float:
    number = int(digits)
    return number if abs(number) <= LARGEST_INTEGER else float(digits)


def digest_of(value: Any) -> str:
    """Return `sha256:` and the hexadecimal fingerprint of the canonical bytes of `value`.

    Raises:
        InvalidRequest: As `canonical_bytes`.

    Example:
        >>> digest_of({"b": 1, "a": 2}) == digest_of({"a": 2.0, "b": 1.0})
        True
    """
    return digest_of_bytes(canonical_bytes(value))


def digest_of_bytes(data: bytes) -> str:
    """Return `sha256:` and the hexadecimal fingerprint of `data` as it is."""
    return DIGEST_PREFIX + hashlib.sha256(data).hexdigest()


def chained_hash(sequence: int, previous: str, body: bytes) -> str:
    """Return the hash of entry `sequence` of a chain: it vouches for `body` and all before it.

    Args:
        sequence: Number of the entry, from 1.
        previous: Hash of the entry before it, `FIRST_HASH` for the first.
        body: Canonical bytes of what the entry says.
    """
    return hashlib.sha256(f"{sequence}\n{previous}\n".encode() + body).hexdigest()
