"""Secrets that the platform makes itself: 256 random bits, kept only as their SHA-256.

A fast hash is right for them, unlike for passwords: nobody can try 2^256 values.
"""

import hashlib
import hmac
import re
import secrets

_BYTES = 32
_PREFIX_LETTERS = 10
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
# The name in front lets scanners of code and logs recognise a key that was left lying about.
_KEY = re.compile(rf"chengmo_([{_ALPHABET}]{{{_PREFIX_LETTERS}}})_([A-Za-z0-9_-]{{43}})")


def new_token() -> str:
    """Return a new random text of 256 bits, for a session."""
    return secrets.token_urlsafe(_BYTES)


def new_key() -> tuple[str, str]:
    """Return the prefix of a new key, by which it is known, and the whole key, shown once."""
    prefix = "".join(secrets.choice(_ALPHABET) for _ in range(_PREFIX_LETTERS))
    return prefix, f"chengmo_{prefix}_{secrets.token_urlsafe(_BYTES)}"


def prefix_of(key: str) -> str | None:
    """Return the prefix of `key`, or None if it is no key."""
    found = _KEY.fullmatch(key)
    return found[1] if found else None


def digest_of_secret(secret: str) -> str:
    """Return what is kept of a token or key: its SHA-256 in hexadecimal digits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def is_same(kept: str, given: str) -> bool:
    """Tell whether two digests are the same, in a time that does not say where they differ."""
    return hmac.compare_digest(kept.encode(), given.encode())
