"""Who was recognised a moment ago, so that not each of a page's requests asks the database."""

import threading
from datetime import datetime, timedelta

from chengmo.identity.actor import Actor

# How long a revocation in another process of the platform may go unnoticed in this one.
LIFETIME = timedelta(seconds=5)
_MOST = 10_000


class Recent:
    """Actors by the digest of their session or key. Safe to use from many threads."""

    def __init__(self) -> None:
        self._actors: dict[str, tuple[datetime, Actor]] = {}
        self._generation = 0
        self._lock = threading.Lock()

    @property
    def generation(self) -> int:
        """Changes whenever everything is forgotten."""
        return self._generation

    def find(self, digest: str, now: datetime) -> Actor | None:
        """Return who was recognised by `digest`, if that was a moment ago."""
        found = self._actors.get(digest)
        return found[1] if found is not None and now < found[0] else None

    def keep(
        self, digest: str, actor: Actor, *, now: datetime, until: datetime, generation: int
    ) -> None:
        """Remember `actor` for a moment, at most `until`.

        Args:
            digest: Of the session or key.
            actor: Who it is.
            now: The time.
            until: When the session or key ends.
            generation: Read before the database was asked: what was forgotten meanwhile, because
                it was revoked, is not remembered again.
        """
        with self._lock:
            if generation != self._generation:
                return
            if len(self._actors) >= _MOST:
                self._actors = {}
            self._actors[digest] = (min(now + LIFETIME, until), actor)

    def forget_all(self) -> None:
        """Ask the database again for everybody; called after each change of who may do what."""
        with self._lock:
            self._generation += 1
            self._actors = {}
