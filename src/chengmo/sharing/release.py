"""Counts with noise as they were drawn, and what each recipient has had of them."""

from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa

from chengmo.catalog.noise import NoisyCount
from chengmo.errors import SharingDenied
from chengmo.ledger import Database, Transaction
from chengmo.sharing.clock import now_utc, written

# Exact sums: a budget of 1 is spent by ten releases of 0.1, not by nine or eleven.
_PARTS = 1_000_000

_tables = sa.MetaData()
_releases = sa.Table(
    "noisy_releases",
    _tables,
    sa.Column("edition", sa.Text, primary_key=True),
    sa.Column("dataset", sa.Text, nullable=False),
    sa.Column("time_utc", sa.Text, nullable=False),
    sa.Column("counts", sa.LargeBinary, nullable=False),
)
_spent = sa.Table(
    "noise_spent",
    _tables,
    sa.Column("recipient", sa.Text, primary_key=True),
    sa.Column("edition", sa.Text, primary_key=True),
    sa.Column("dataset", sa.Text, nullable=False),
    sa.Column("time_utc", sa.Text, nullable=False),
    sa.Column("millionths", sa.BigInteger, nullable=False),
    sa.Index("noise_spent_by_recipient", "recipient", "dataset", "time_utc"),
)


class ReleaseStore:
    """Keeps releases and counts what they cost. Threads and processes may share it."""

    def __init__(self, database: Database) -> None:
        """Open the tables in `database`, making them if they are not there."""
        self._database = database
        database.ensure("noisy_releases", 1, _tables.create_all)

    def once(self, edition: str, dataset: str, draw: Callable[[], bytes]) -> bytes:
        """Return the release of an edition: what is kept, else what `draw` gives, kept now.

        Of two that draw at once one is kept, and both get that one.

        Raises:
            LakeUnavailable: If the database does not answer.
        """
        query = sa.select(_releases.c.counts).where(_releases.c.edition == edition)
        with self._database.read() as transaction:
            kept = transaction.execute(query).scalar()
        if kept is not None:
            return bytes(kept)
        row = {"edition": edition, "dataset": dataset, "time_utc": now_utc(), "counts": draw()}
        with self._database.write() as transaction:
            self._database.lock_order(transaction)
            transaction.execute(self._database.insert_new(_releases).values(row))
            return bytes(transaction.execute(query).scalar_one())

    def spend(
        self, recipient: str, dataset: str, edition: str, space: NoisyCount, at: datetime
    ) -> None:
        """Count that a recipient gets a release, before it leaves; what it had costs nothing.

        Args:
            recipient: An organisation or an account.
            dataset: Its id.
            edition: Of which the release is.
            space: What a release costs, and what a recipient may have in how many days.
            at: Now.

        Raises:
            SharingDenied: If the budget is not enough; then nothing is counted.
            LakeUnavailable: If the database does not answer.
        """
        mine = _spent.c.recipient == recipient
        had = sa.select(_spent.c.edition).where(mine, _spent.c.edition == edition)
        with self._database.read() as transaction:
            if transaction.execute(had).first():
                return
        cost, budget = round(space.epsilon * _PARTS), round(space.budget * _PARTS)
        since = written(at - timedelta(days=space.days))
        with self._database.write() as transaction:
            self._database.lock_order(transaction)
            if transaction.execute(had).first():
                return
            spent = _sum(transaction, mine & (_spent.c.dataset == dataset), since)
            if spent + cost > budget:
                raise SharingDenied(
                    f"'{dataset}' allows ε={space.budget:g} in {space.days} days; "
                    f"{spent / _PARTS:g} has been spent and this would cost {space.epsilon:g}",
                    hint="use the releases you have, wait, or ask the steward for more",
                )
            transaction.execute(
                _spent.insert().values(
                    recipient=recipient,
                    edition=edition,
                    dataset=dataset,
                    time_utc=written(at),
                    millionths=cost,
                )
            )

    def spent(self, recipient: str, dataset: str, since: datetime) -> float:
        """Return the epsilon that a recipient has had of a dataset since an instant."""
        whose = (_spent.c.recipient == recipient) & (_spent.c.dataset == dataset)
        with self._database.read() as transaction:
            return _sum(transaction, whose, written(since)) / _PARTS


def _sum(transaction: Transaction, whose: sa.ColumnElement[bool], since: str) -> int:
    query = sa.select(sa.func.sum(_spent.c.millionths)).where(whose, _spent.c.time_utc >= since)
    return int(transaction.execute(query).scalar() or 0)
