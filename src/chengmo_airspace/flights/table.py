"""The tables of the airspace in the database of the operational state."""

import sqlalchemy as sa

SCHEMA_VERSION = 1

tables = sa.MetaData()
# Two rows: how many changes there have been (to raise it is to wait for one's turn), and up to
# which of them the marks of what is gone have been deleted.
NOW, FORGOTTEN = 1, 2
clock = sa.Table(
    "airspace_clock",
    tables,
    sa.Column("part", sa.Integer, primary_key=True),
    sa.Column("changes", sa.BigInteger, nullable=False),
)
entities = sa.Table(
    "airspace_entities",
    tables,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    # Empty for what is gone, so that other processes learn of it.
    sa.Column("body", sa.Text),
    sa.Column("change", sa.BigInteger, nullable=False),
    sa.Index("airspace_entities_change", "change"),
)
notices = sa.Table(
    "airspace_notices",
    tables,
    sa.Column("subscription", sa.Text, primary_key=True),
    sa.Column("notices", sa.Integer, nullable=False),
    sa.Column("change", sa.BigInteger, nullable=False),
    sa.Index("airspace_notices_change", "change"),
)


def create(transaction: sa.Connection) -> None:
    """Make the tables."""
    tables.create_all(transaction)
    transaction.execute(clock.insert(), [{"part": part, "changes": 0} for part in (NOW, FORGOTTEN)])
