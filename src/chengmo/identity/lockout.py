"""Against guessing: after some attempts each next one must wait twice as long as the last.

An attempt is counted before its password is looked at, so that a hundred at once are no way
around; one that succeeds is taken back. Names that no account has are counted alike, so that
being locked out says nothing about who exists. The names are kept as hashes: people type their
password into the wrong field.
"""

import ipaddress
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

import sqlalchemy as sa

from chengmo.errors import TooManyAttempts
from chengmo.identity.instant import instant_of, text_of
from chengmo.identity.secret import digest_of_secret
from chengmo.identity.table import attempts
from chengmo.ledger import Database, Transaction

FORGOTTEN_AFTER = timedelta(hours=24)
LONGEST_WAIT_S = 15 * 60
_HIGHEST_POWER = 20


@dataclass(frozen=True)
class Subject:
    """What attempts are counted for.

    Attributes:
        name: Such as `account:wang` or `address:10.0.0.7`.
        free: Attempts without any wait.
    """

    name: str
    free: int

    @property
    def key(self) -> str:
        """What stands in the table."""
        return digest_of_secret(self.name)


def account_subject(account: str) -> Subject:
    """Return the subject for attempts at one account, from wherever: 5 are free."""
    return Subject(f"account:{account}", 5)


def address_subject(address: str) -> Subject:
    """Return the subject for attempts from one address, at whichever account: 20 are free.

    An IPv6 caller has a whole network of addresses: its first 64 bits count.
    """
    with suppress(ValueError):
        found = ipaddress.ip_address(address)
        if found.version == 6 and found.ipv4_mapped is None:  # noqa: PLR2004 - the protocol's name
            address = str(ipaddress.IPv6Network((found.packed, 64), strict=False))
    return Subject(f"address:{address}", 20)


class Lockout:
    """Counts attempts in the database, so that every process of the platform counts together."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, subjects: Iterable[Subject], now: datetime) -> int:
        """Count one attempt for each of `subjects`, or refuse to hear it.

        Returns:
            How many seconds the next one must wait, should this one fail.

        Raises:
            TooManyAttempts: If one of them must still wait; then nothing is counted.
        """
        ordered = sorted(subjects, key=lambda subject: subject.key)
        with self._database.write() as transaction:
            self._forget(transaction, now)
            return max([self._count_one(transaction, each, now) for each in ordered], default=0)

    def _count_one(self, transaction: Transaction, subject: Subject, now: datetime) -> int:
        row = self._row(transaction, subject, now)
        wait_s = ceil((instant_of(row.until_utc) - now).total_seconds())
        if wait_s > 0:
            raise TooManyAttempts(
                "there were too many attempts to sign in",
                hint=f"try again in {wait_s} s; an administrator can set a new password",
                retry_after_s=wait_s,
            )
        count = int(row.count) + 1
        over = count - subject.free
        pause_s = min(LONGEST_WAIT_S, 2 ** min(over, _HIGHEST_POWER)) if over >= 0 else 0
        until = text_of(now + timedelta(seconds=pause_s))
        transaction.execute(
            attempts.update()
            .where(attempts.c.subject == subject.key)
            .values(count=count, last_utc=text_of(now), until_utc=until)
        )
        return pause_s

    def _row(self, transaction: Transaction, subject: Subject, now: datetime) -> Any:
        written = text_of(now)
        transaction.execute(
            self._database.insert_new(attempts).values(
                subject=subject.key, count=0, last_utc=written, until_utc=written
            )
        )
        # Two processes that count for one subject take turns.
        chosen = sa.select(attempts).where(attempts.c.subject == subject.key).with_for_update()
        return transaction.execute(chosen).one()

    def _forget(self, transaction: Transaction, now: datetime) -> None:
        limit = text_of(now - FORGOTTEN_AFTER)
        transaction.execute(attempts.delete().where(attempts.c.last_utc < limit))

    def clear(self, transaction: Transaction, subject: Subject) -> None:
        """Forget every attempt for `subject`: it was who it said."""
        transaction.execute(attempts.delete().where(attempts.c.subject == subject.key))

    def take_back(self, transaction: Transaction, subject: Subject, now: datetime) -> None:
        """Take back one attempt for `subject`, which succeeded; those before it stay."""
        transaction.execute(
            attempts.update()
            .where(attempts.c.subject == subject.key, attempts.c.count > 0)
            .values(count=attempts.c.count - 1, until_utc=text_of(now))
        )
