"""Passwords: argon2id, and the same work whether or not there is an account.

Parameters are RFC 9106's second recommended option (section 4): 3 passes over 64 MiB with 4
lanes, a salt of 16 and a tag of 32 bytes; above what the OWASP Password Storage Cheat Sheet asks
(19 MiB, 2 passes). One hash takes about 0.2 s of processor time and 64 MiB, so that the way in
must bound how many go on at once.
"""

import secrets
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

# Of nothing anybody knows: what a password is compared with where there is no account, so that
# the answer takes as long as for a wrong password. Its parameters are those above; a test checks.
_NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$"
    "jqZg5NY2xqp0hBHENXGi7Q$MBptCNTZl4XwHeL7N8IABQuv6vNjFoDyvBWZ/U2Q2ec"
)


class Passwords:
    """Makes and checks password hashes; safe to use from many threads.

    Attributes:
        work: How many hashes were computed, for tests: equal work is what hides an account.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._nobody = _NOBODY if hasher is None else hasher.hash(secrets.token_urlsafe(32))
        self.work = 0

    def hash(self, password: str) -> str:
        """Return the hash of `password` with its parameters and a new salt."""
        self.work += 1
        return self._hasher.hash(_canonical(password))

    def verify(self, kept: str | None, password: str) -> bool:
        """Tell whether `password` is the one of hash `kept`.

        With no hash, the same work is done and the answer is no.
        """
        self.work += 1
        try:
            self._hasher.verify(self._nobody if kept is None else kept, _canonical(password))
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Tell whether `kept` was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)


def _canonical(password: str) -> bytes:
    # Keyboards write the same letters as different code points (NIST SP 800-63B, 3.1.1.2).
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
