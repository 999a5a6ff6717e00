"""How many rows an account took in a day, where a policy counts them."""

import sqlalchemy as sa

from chengmo.errors import SharingDenied
from chengmo.ledger import Database

_tables = sa.MetaData()
_taken = sa.Table(
    "rows_taken",
    _tables,
    sa.Column("actor", sa.Text, primary_key=True),
    sa.Column("dataset", sa.Text, primary_key=True),
    sa.Column("day", sa.Text, primary_key=True),
    sa.Column("rows", sa.BigInteger, nullable=False),
)


class Allowance:
    """Counts rows by account, dataset and day."""

    def __init__(self, database: Database) -> None:
        """Open the table in `database`, making it if it is not there."""
        self._database = database
        database.ensure("rows_taken", 1, _tables.create_all)

    def take(self, actor: str, dataset: str, day: str, *, rows: int, most: int) -> None:
        """Count `rows` more, before they leave.

        Args:
            actor: Id of the account.
            dataset: Id of the dataset.
            day: As 2025-01-31.
            rows: How many.
            most: How many there may be in a day.

        Raises:
            SharingDenied: If there would be more than `most`; then none is counted.
        """
        here = (_taken.c.actor == actor) & (_taken.c.dataset == dataset) & (_taken.c.day == day)
        with self._database.write() as transaction:
            self._database.lock_order(transaction)
            before = transaction.execute(sa.select(_taken.c.rows).where(here)).scalar()
            if (before or 0) + rows > most:
                raise SharingDenied(
                    f"'{dataset}' allows {most} rows a day; {before or 0} were taken today and "
                    f"this would be {rows} more",
                    hint="ask for fewer rows, or tomorrow, or ask the steward for more",
                )
            if before is None:
                row = {"actor": actor, "dataset": dataset, "day": day, "rows": rows}
                transaction.execute(_taken.insert().values(row))
            else:
                transaction.execute(_taken.update().where(here).values(rows=before + rows))
