"""Sign-ins that were begun at an OpenID provider: what must be the same when they come back."""

from datetime import timedelta
from typing import NamedTuple

import sqlalchemy as sa

from chengmo.identity.instant import Clock, text_of
from chengmo.identity.secret import digest_of_secret, new_token
from chengmo.identity.table import journeys
from chengmo.ledger import Database

PATIENCE = timedelta(minutes=10)


class Journey(NamedTuple):
    """One sign-in under way.

    Attributes:
        state: Goes to the provider and back, and lies in the browser's cookie.
        nonce: Must stand in the ID token.
        verifier: Whose hash the provider got first (PKCE).
    """

    state: str
    nonce: str
    verifier: str


class Journeys:
    """Begins journeys and ends them, each at most once, whichever process they come back to."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def begin(self) -> Journey:
        """Begin a journey; it must end within `PATIENCE`."""
        journey = Journey(new_token(), new_token(), new_token())
        now = self._clock()
        with self._database.write() as transaction:
            transaction.execute(journeys.delete().where(journeys.c.expires_utc < text_of(now)))
            transaction.execute(
                journeys.insert().values(
                    digest=digest_of_secret(journey.state),
                    nonce=journey.nonce,
                    verifier=journey.verifier,
                    expires_utc=text_of(now + PATIENCE),
                )
            )
        return journey

    def end(self, state: str) -> Journey | None:
        """Return the journey of this state and forget it, or None if there is none."""
        mine = journeys.c.digest == digest_of_secret(state)
        fresh = journeys.c.expires_utc >= text_of(self._clock())
        with self._database.write() as transaction:
            row = transaction.execute(
                sa.delete(journeys)
                .where(mine, fresh)
                .returning(journeys.c.nonce, journeys.c.verifier)
            ).one_or_none()
        return None if row is None else Journey(state, row.nonce, row.verifier)
