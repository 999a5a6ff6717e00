"""Codes of an authenticator: RFC 6238 over RFC 4226, with SHA-1, 30 s and 6 digits.

Those are the parameters that every authenticator app knows; many ignore others. What counts of
SHA-1 here is HMAC, which its collisions do not touch.
"""

import base64
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

STEP_S = 30
DIGITS = 6
_SECRET_BYTES = 20
# The clock of a phone may be off by half a minute, and typing takes time.
_NEIGHBOURS = 1
ISSUER = "Chengmo"


def new_secret() -> str:
    """Return a new secret of 160 bits, in base 32 as people type it."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def step_of(now: datetime) -> int:
    """Return the number of the 30 s in which `now` lies."""
    return int(now.timestamp()) // STEP_S


def code_of(secret: str, step: int, *, digits: int = DIGITS) -> str:
    """Return the code of one step.

    Args:
        secret: In base 32.
        step: As `step_of` returns it.
        digits: How many; 8 in the vectors of the RFC.
    """
    key = base64.b32decode(secret)
    # RFC 4226, 5.3: the last four bits say where the 31 bits begin.
    digest = hmac.digest(key, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def matching_step(secret: str, code: str, now: datetime, *, after: int) -> int | None:
    """Return the step of which `code` is, or None; every candidate is compared.

    Args:
        secret: In base 32.
        code: As it was typed, without spaces.
        now: The time.
        after: The last step of which a code was accepted: it and those before it are used up.
    """
    current, found = step_of(now), None
    for step in range(current - _NEIGHBOURS, current + _NEIGHBOURS + 1):
        if hmac.compare_digest(code_of(secret, step).encode(), code.encode()) and step > after:
            found = step
    return found


def address_of_secret(secret: str, account: str) -> str:
    """Return the `otpauth:` address that an authenticator takes in."""
    label = quote(f"{ISSUER}:{account}", safe="@")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': ISSUER})}"
