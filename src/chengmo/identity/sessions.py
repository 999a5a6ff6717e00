"""Sessions of the web page: a random token at the browser, its hash and its times here."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from chengmo.identity.instant import Clock, instant_of, text_of
from chengmo.identity.secret import digest_of_secret, new_token
from chengmo.identity.table import sessions
from chengmo.ledger import Database, Transaction

# NIST SP 800-63B for the second level of assurance: an hour unused, and a working day in all.
IDLE = timedelta(hours=1)
ABSOLUTE = timedelta(hours=12)
_NOTED_EVERY = timedelta(minutes=1)


class Sessions:
    """Begins, finds and ends sessions."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def begin(self, transaction: Transaction, account: str) -> str:
        """Begin a session and return its token, which nothing else knows."""
        token, now = new_token(), text_of(self._clock())
        oldest = text_of(self._clock() - ABSOLUTE)
        transaction.execute(sessions.delete().where(sessions.c.created_utc < oldest))
        transaction.execute(
            sessions.insert().values(
                digest=digest_of_secret(token), account=account, created_utc=now, seen_utc=now
            )
        )
        return token

    def find(self, transaction: Transaction, digest: str) -> Any | None:
        """Return the row of a session that is valid now, or None."""
        row = transaction.execute(
            sa.select(sessions).where(sessions.c.digest == digest)
        ).one_or_none()
        return row if row is not None and self._clock() < ends_at(row) else None

    def note_use(self, row: Any, now: datetime) -> None:
        """Write down that a session was used, at most once a minute."""
        if now - instant_of(row.seen_utc) < _NOTED_EVERY:
            return
        with self._database.write() as transaction:
            transaction.execute(
                sessions.update()
                .where(sessions.c.digest == row.digest)
                .values(seen_utc=text_of(now))
            )

    def end(self, transaction: Transaction, token: str) -> None:
        """End one session."""
        transaction.execute(sessions.delete().where(sessions.c.digest == digest_of_secret(token)))

    def end_all(self, transaction: Transaction, account: str) -> None:
        """End every session of an account."""
        transaction.execute(sessions.delete().where(sessions.c.account == account))


def ends_at(row: Any) -> datetime:
    """Return when a session ends if nobody uses it."""
    return min(instant_of(row.seen_utc) + IDLE, instant_of(row.created_utc) + ABSOLUTE)
