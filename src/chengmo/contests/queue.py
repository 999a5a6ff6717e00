"""The queue of accepted submissions: taken on under a lease, so that none is stuck.

A scorer that dies lets its lease run out; another one takes the submission on again. Of one
entrant only one is scored at a time, in the order of acceptance: the Ladder depends on it.
"""

import secrets
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from chengmo.contests.contest import Contest
from chengmo.contests.ladder import told_loss
from chengmo.contests.metric import METRICS, SCORING_VERSION
from chengmo.contests.store import ContestStore, lease_end
from chengmo.contests.submission import Claim, Scores
from chengmo.contests.table import entries
from chengmo.identity.instant import text_of
from chengmo.ledger import Transaction
from chengmo.model.text import Text

# Longer than the limits of reading let any scoring last.
LEASE_S = 300.0
MOST_ATTEMPTS = 3
_GAVE_UP = Text(
    zh="平台多次评分未成，配额已退回，请重新提交",
    en="the platform failed to score it several times; it costs no quota, please bring it again",
)


class Queue:
    """What waits to be scored. Threads and processes may share it."""

    def __init__(self, store: ContestStore, *, lease_s: float = LEASE_S) -> None:
        self.store = store
        self.lease_s = lease_s

    def is_waiting(self) -> bool:
        """Tell, without locking anything, whether a submission may wait."""
        query = sa.select(entries.c.id).where(entries.c.state.in_(("queued", "scoring"))).limit(1)
        with self.store.database.read() as transaction:
            return transaction.execute(query).first() is not None

    def claim(self) -> Claim | None:
        """Take on the oldest submission that waits, or None if none does."""
        database = self.store.database
        with database.write() as transaction:
            database.lock_order(transaction)
            now = self.store.clock()
            while (row := transaction.execute(_oldest(text_of(now))).one_or_none()) is not None:
                if row.attempts < MOST_ATTEMPTS:
                    return self._taken(transaction, row.id, now)
                _end(transaction, row.id, now, state="failed", reason=_GAVE_UP.model_dump_json())
        return None

    def _taken(self, transaction: Transaction, submission: str, now: datetime) -> Claim:
        lease = secrets.token_hex(16)
        transaction.execute(
            entries.update()
            .where(entries.c.id == submission)
            .values(
                state="scoring",
                attempts=entries.c.attempts + 1,
                lease=lease,
                lease_until_utc=lease_end(now, self.lease_s),
            )
        )
        names = ("id", "contest", "entrant", "name", "content")
        query = sa.select(*(entries.c[name] for name in names)).where(entries.c.id == submission)
        row = transaction.execute(query).one()
        return Claim(row.id, row.contest, row.entrant, row.name, bytes(row.content), lease)

    def give_back(self, claim: Claim) -> None:
        """Let another attempt be made at once: the platform, not the file, is to blame."""
        with self.store.database.write() as transaction:
            transaction.execute(
                entries.update()
                .where(entries.c.id == claim.id, entries.c.lease == claim.lease)
                .where(entries.c.state == "scoring")
                .values(state="queued", lease="")
            )

    def fail(self, claim: Claim, reason: Text) -> bool:
        """Write down why a file cannot be scored; False if the lease was lost meanwhile."""
        with self.store.database.write() as transaction:
            return self._holds(transaction, claim) and _end(
                transaction,
                claim.id,
                self.store.clock(),
                state="failed",
                reason=reason.model_dump_json(),
            )

    def finish(self, claim: Claim, contest: Contest, scores: Scores) -> bool:
        """Write down the scores, and what is told of them; False if the lease was lost."""
        metric = METRICS[contest.metric]
        with self.store.database.write() as transaction:
            if not self._holds(transaction, claim):
                return False
            before = transaction.execute(_told(claim)).scalar()
            previous = None if before is None else metric.loss(before)
            told = told_loss(previous, metric.loss(scores.public), step=contest.step)
            return _end(
                transaction,
                claim.id,
                self.store.clock(),
                state="scored",
                public_score=scores.public,
                private_score=scores.private,
                told_score=metric.loss(told) + 0.0,
                scoring_version=SCORING_VERSION,
            )

    def _holds(self, transaction: Transaction, claim: Claim) -> bool:
        self.store.database.lock_order(transaction)
        query = sa.select(entries.c.state, entries.c.lease).where(entries.c.id == claim.id)
        row = transaction.execute(query).one()
        return (row.state, row.lease) == ("scoring", claim.lease)


def _oldest(now: str) -> sa.Select[Any, Any]:
    other = entries.alias()
    # Another one of the same entrant is in hand, and came before.
    in_hand = (
        sa.select(other.c.id)
        .where(other.c.contest == entries.c.contest, other.c.entrant == entries.c.entrant)
        .where(other.c.state == "scoring", other.c.lease_until_utc > now)
        .exists()
    )
    expired = sa.and_(entries.c.state == "scoring", entries.c.lease_until_utc <= now)
    return (
        sa.select(entries.c.id, entries.c.attempts)
        .where(sa.or_(entries.c.state == "queued", expired), sa.not_(in_hand))
        .order_by(entries.c.submitted_utc, entries.c.sequence)
        .limit(1)
    )


def _told(claim: Claim) -> sa.Select[Any]:
    return (
        sa.select(entries.c.told_score)
        .where(entries.c.contest == claim.contest, entries.c.entrant == claim.entrant)
        .where(entries.c.state == "scored")
        .order_by(entries.c.sequence.desc())
        .limit(1)
    )


def _end(transaction: Transaction, submission: str, now: datetime, **values: object) -> bool:
    statement = entries.update().where(entries.c.id == submission)
    transaction.execute(statement.values(lease="", scored_utc=text_of(now), **values))
    return True
