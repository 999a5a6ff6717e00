"""The tables of the airspace in the database of the operational state."""

import sqlalchemy as sa

SCHEMA_VERSION = 1

tables = sa.MetaData()
# One row: how many changes there have been. To raise it is to wait for one's turn.
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
    transaction.execute(clock.insert().values(part=1, changes=0))
