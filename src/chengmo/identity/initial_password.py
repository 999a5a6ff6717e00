"""Passwords that somebody else typed: good for one thing, replacing them, and not for long.

OWASP ASVS 5.0, 6.4.1: an initial secret ends soon, and never becomes the lasting one.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa

from chengmo.identity.instant import instant_of, text_of
from chengmo.ledger import Database, Transaction

LIFETIME = timedelta(days=7)

_tables = sa.MetaData()
_initial = sa.Table(
    "initial_passwords",
    _tables,
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("until_utc", sa.Text, nullable=False),
)


class InitialPasswords:
    """Keeps which accounts still have the password that they were given."""

    def __init__(self, database: Database) -> None:
        """Open the table in `database`, making it if it is not there."""
        database.ensure("initial_password", 1, _tables.create_all)

    def note(
        self, transaction: Transaction, account: str, now: datetime, *, is_initial: bool
    ) -> None:
        """Note that an account has a new password, and whether it must be replaced."""
        transaction.execute(_initial.delete().where(_initial.c.account == account))
        if is_initial:
            until = text_of(now + LIFETIME)
            transaction.execute(_initial.insert().values(account=account, until_utc=until))

    def ends_at(self, transaction: Transaction, account: str) -> datetime | None:
        """Return until when an account's initial password is good; None if it has none."""
        chosen = sa.select(_initial.c.until_utc).where(_initial.c.account == account)
        found = transaction.execute(chosen).scalar_one_or_none()
        return None if found is None else instant_of(found)
