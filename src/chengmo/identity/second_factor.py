"""Second factors in the database: a secret shared with an authenticator, and recovery codes.

The secret must be computed with, so it lies there sealed (`vault.py`); recovery codes lie there as
hashes.
"""

import secrets
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from chengmo.errors import Conflict, InvalidRequest
from chengmo.identity.secret import digest_of_secret
from chengmo.identity.totp import DIGITS, matching_step, new_secret
from chengmo.identity.vault import Vault
from chengmo.ledger import Database, Transaction

RECOVERY_CODES = 10
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
# 118 bits: so many cannot be tried, and a fast hash is right (ASVS 6.5.2).
_LETTERS, _GROUP = 24, 4

_tables = sa.MetaData()
_factors = sa.Table(
    "second_factors",
    _tables,
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("secret", sa.Text, nullable=False),
    sa.Column("is_confirmed", sa.Boolean, nullable=False),
    sa.Column("last_step", sa.BigInteger, nullable=False),
)
_recovery = sa.Table(
    "recovery_codes",
    _tables,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("account", sa.Text, nullable=False, index=True),
)


class SecondFactors:
    """Keeps second factors, and uses each code up once."""

    def __init__(self, database: Database, vault: Vault) -> None:
        """Open the tables in `database`, making them if they are not there.

        Secrets that an earlier version left there as they are get sealed now.
        """
        database.ensure("second_factor", 1, _tables.create_all)
        self._vault = vault
        open_ones = sa.select(_factors.c.account).where(_factors.c.secret.not_like("v1.%"))
        with database.read() as transaction:
            found = transaction.execute(open_ones.limit(1)).one_or_none()
        if found is not None:
            with database.write() as transaction:
                self.seal_all(transaction)

    def seal_all(self, transaction: Transaction) -> None:
        """Seal every secret anew, under the current key."""
        if transaction.dialect.name == "sqlite":
            # What was there before is overwritten with zeros, not left in free pages of the file.
            transaction.exec_driver_sql("PRAGMA secure_delete = ON")
        rows = transaction.execute(sa.select(_factors.c.account, _factors.c.secret)).all()
        for account, secret in rows:
            plain = self._vault.open(secret, account) if Vault.is_sealed(secret) else secret
            self._change(transaction, account, secret=self._vault.seal(plain, account))

    def begin(self, transaction: Transaction, account: str) -> str:
        """Return a new secret for an account; it counts once a code of it was typed.

        Raises:
            Conflict: If the account has a second factor.
        """
        if self.is_on(transaction, account):
            raise Conflict("there is a second factor already", hint="remove it first")
        secret = new_secret()
        transaction.execute(_factors.delete().where(_factors.c.account == account))
        transaction.execute(
            _factors.insert().values(
                account=account,
                secret=self._vault.seal(secret, account),
                is_confirmed=False,
                last_step=0,
            )
        )
        return secret

    def confirm(
        self, transaction: Transaction, account: str, code: str, now: datetime
    ) -> list[str]:
        """Let the secret count from now on, and return recovery codes, shown this once.

        Raises:
            InvalidRequest: If the code is not of the secret, or none was begun.
        """
        row = self._row(transaction, account)
        step = None
        if row is not None and not row.is_confirmed:
            secret = self._vault.open(row.secret, account)
            step = matching_step(secret, _plain(code), now, after=0)
        if step is None:
            raise InvalidRequest(
                "the code does not fit", hint="type the six digits that the authenticator shows now"
            )
        self._change(transaction, account, is_confirmed=True, last_step=step)
        codes = [_new_recovery_code() for _ in range(RECOVERY_CODES)]
        rows = [{"digest": digest_of_secret(_plain(one)), "account": account} for one in codes]
        transaction.execute(_recovery.insert(), rows)
        return codes

    def is_on(self, transaction: Transaction, account: str) -> bool:
        """Tell whether an account needs a code to sign in."""
        row = self._row(transaction, account)
        return row is not None and bool(row.is_confirmed)

    def accounts(self, transaction: Transaction) -> list[str]:
        """Return the accounts that need a code to sign in."""
        chosen = sa.select(_factors.c.account).where(_factors.c.is_confirmed)
        return sorted(transaction.execute(chosen).scalars())

    def use(self, transaction: Transaction, account: str, code: str, now: datetime) -> str | None:
        """Use a code up: return `code` or `recovery code`, or None if it is none or was used."""
        row, typed = self._row(transaction, account), _plain(code)
        if row is None or not row.is_confirmed:
            return None
        if len(typed) != DIGITS:
            used = transaction.execute(
                _recovery.delete().where(
                    _recovery.c.account == account, _recovery.c.digest == digest_of_secret(typed)
                )
            )
            return "recovery code" if used.rowcount == 1 else None
        secret = self._vault.open(row.secret, account)
        step = matching_step(secret, typed, now, after=row.last_step)
        if step is None:
            return None
        taken = transaction.execute(
            _factors.update()
            # Two at once with one code: one of them.
            .where(_factors.c.account == account, _factors.c.last_step < step)
            .values(last_step=step)
        )
        return "code" if taken.rowcount == 1 else None

    def drop(self, transaction: Transaction, account: str) -> bool:
        """Forget an account's second factor; tell whether it had one, or had begun."""
        transaction.execute(_recovery.delete().where(_recovery.c.account == account))
        gone = transaction.execute(_factors.delete().where(_factors.c.account == account))
        return gone.rowcount == 1

    def _row(self, transaction: Transaction, account: str) -> Any | None:
        chosen = sa.select(
            _factors.c.account, _factors.c.secret, _factors.c.is_confirmed, _factors.c.last_step
        ).where(_factors.c.account == account)
        return transaction.execute(chosen).one_or_none()

    def _change(self, transaction: Transaction, account: str, **values: bool | int | str) -> None:
        transaction.execute(_factors.update().where(_factors.c.account == account).values(**values))


def _new_recovery_code() -> str:
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(_LETTERS))
    return "-".join(letters[i : i + _GROUP] for i in range(0, _LETTERS, _GROUP))


def _plain(code: str) -> str:
    """Return a code as it is kept: people type spaces and hyphens, and capitals."""
    return "".join(code.split()).replace("-", "").lower()
