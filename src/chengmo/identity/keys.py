"""API keys: for programs, each with its scopes and an end."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from chengmo.errors import InvalidRequest, UnknownAccount
from chengmo.identity.account import ApiKey
from chengmo.identity.actor import Scope
from chengmo.identity.directory import scopes_of, words_of
from chengmo.identity.instant import Clock, instant_of, text_of
from chengmo.identity.secret import digest_of_secret, is_same, new_key, prefix_of
from chengmo.identity.table import api_keys
from chengmo.ledger import Database, Transaction

LONGEST_DAYS = 366
_NOTED_EVERY = timedelta(minutes=1)
_NAME_LETTERS = 100


class Keys:
    """Makes, finds and revokes keys."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def make(
        self,
        transaction: Transaction,
        account: str,
        *,
        name: str,
        scopes: frozenset[Scope],
        days: int,
    ) -> tuple[ApiKey, str]:
        """Make a key for an account that is there; its secret is returned this once.

        Raises:
            InvalidRequest: If it has no scope, no good name or no good number of days.
        """
        _check(name, scopes, days)
        now = self._clock()
        prefix, key = new_key()
        made = ApiKey(
            prefix=prefix,
            account=account,
            name=name.strip(),
            scopes=scopes,
            created_utc=text_of(now),
            expires_utc=text_of(now + timedelta(days=days)),
        )
        row = {**made.model_dump(), "scopes": words_of(scopes), "digest": digest_of_secret(key)}
        transaction.execute(api_keys.insert().values(**row))
        return made, key

    def of(self, account: str | None) -> list[ApiKey]:
        """Return the keys of an account, or of all; the newest first."""
        chosen = sa.select(api_keys).order_by(api_keys.c.created_utc.desc())
        if account is not None:
            chosen = chosen.where(api_keys.c.account == account)
        with self._database.read() as transaction:
            return [_key_of(row) for row in transaction.execute(chosen)]

    def revoke(self, transaction: Transaction, prefix: str, account: str | None) -> str:
        """Revoke a key for good, and return whose it is.

        Args:
            transaction: One that writes.
            prefix: By which it is known.
            account: Whose it must be; None for anybody's.

        Raises:
            UnknownAccount: If there is no such key.
        """
        mine = api_keys.c.prefix == prefix
        if account is not None:
            mine &= api_keys.c.account == account
        now = text_of(self._clock())
        revoked = transaction.execute(
            api_keys.update()
            .where(mine)
            .values(revoked_utc=sa.func.coalesce(api_keys.c.revoked_utc, now))
            .returning(api_keys.c.account)
        ).first()
        if revoked is None:
            raise UnknownAccount(f"there is no key '{prefix[:40]}'", hint="chengmo key list")
        return revoked.account

    def find(self, transaction: Transaction, key: str) -> Any | None:
        """Return the row of a key that is valid now, or None."""
        prefix = prefix_of(key)
        if prefix is None:
            return None
        row = transaction.execute(
            sa.select(api_keys).where(api_keys.c.prefix == prefix)
        ).one_or_none()
        if row is None or not is_same(row.digest, digest_of_secret(key)):
            return None
        ended = row.revoked_utc is not None or instant_of(row.expires_utc) <= self._clock()
        return None if ended else row

    def note_use(self, row: Any, now: datetime) -> None:
        """Write down that a key was used, at most once a minute."""
        if row.used_utc is not None and now - instant_of(row.used_utc) < _NOTED_EVERY:
            return
        with self._database.write() as transaction:
            transaction.execute(
                api_keys.update()
                .where(api_keys.c.prefix == row.prefix)
                .values(used_utc=text_of(now))
            )


def _check(name: str, scopes: frozenset[Scope], days: int) -> None:
    if not 1 <= len(name.strip()) <= _NAME_LETTERS:
        raise InvalidRequest("a key needs a name", hint="say what it is for, in 100 letters")
    if not scopes:
        raise InvalidRequest("a key needs a scope", hint="such as read")
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidRequest(
            f"a key cannot be valid for {days} days", hint=f"give 1 to {LONGEST_DAYS}"
        )


def _key_of(row: Any) -> ApiKey:
    return ApiKey(
        prefix=row.prefix,
        account=row.account,
        name=row.name,
        scopes=scopes_of(row.scopes),
        created_utc=row.created_utc,
        expires_utc=row.expires_utc,
        used_utc=row.used_utc,
        revoked_utc=row.revoked_utc,
    )
