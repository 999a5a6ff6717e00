"""The tables of a store of turns in the database of the operational state."""

from dataclasses import dataclass

import sqlalchemy as sa

SCHEMA_VERSION = 1

# Two rows: how many changes there have been (to raise it is to wait for one's turn), and up to
# which of them the marks of what is gone have been deleted.
NOW, FORGOTTEN = 1, 2


@dataclass(frozen=True)
class StoreTables:
    """Three tables that belong together.

    Attributes:
        name: What they are called by, before an underscore.
        clock: How many changes there have been.
        entities: Whatever is kept, a row each; an empty body is gone, so that others learn of it.
        notices: How often each subscription was told.
    """

    name: str
    clock: sa.Table
    entities: sa.Table
    notices: sa.Table

    def create(self, transaction: sa.Connection) -> None:
        """Make the tables."""
        self.clock.metadata.create_all(transaction)
        rows = [{"part": part, "changes": 0} for part in (NOW, FORGOTTEN)]
        transaction.execute(self.clock.insert(), rows)


def tables_called(name: str) -> StoreTables:
    """Return the tables of a store by the name of what it keeps."""
    tables = sa.MetaData()
    return StoreTables(
        name,
        sa.Table(
            f"{name}_clock",
            tables,
            sa.Column("part", sa.Integer, primary_key=True),
            sa.Column("changes", sa.BigInteger, nullable=False),
        ),
        sa.Table(
            f"{name}_entities",
            tables,
            sa.Column("kind", sa.Text, primary_key=True),
            sa.Column("id", sa.Text, primary_key=True),
            sa.Column("body", sa.Text),
            sa.Column("change", sa.BigInteger, nullable=False),
            sa.Index(f"{name}_entities_change", "change"),
        ),
        sa.Table(
            f"{name}_notices",
            tables,
            sa.Column("subscription", sa.Text, primary_key=True),
            sa.Column("notices", sa.Integer, nullable=False),
            sa.Column("change", sa.BigInteger, nullable=False),
            sa.Index(f"{name}_notices_change", "change"),
        ),
    )
