"""Organisations and accounts as they stand in the database."""

from collections.abc import Sequence
from typing import Any, cast, get_args

import sqlalchemy as sa

from chengmo.errors import Conflict, UnknownAccount
from chengmo.identity.account import Account, NewAccount, Organisation
from chengmo.identity.actor import Actor, Role, Scope
from chengmo.identity.instant import Clock, text_of
from chengmo.identity.table import accounts, organisations
from chengmo.ledger import Database, Transaction

_WITH_ORGANISATION = (
    sa.select(
        accounts,
        sa.func.coalesce(organisations.c.kind, "public").label("organisation_kind"),
        sa.func.coalesce(organisations.c.district, "").label("district"),
    )
    .select_from(accounts.outerjoin(organisations, accounts.c.organisation == organisations.c.id))
    .order_by(accounts.c.id)
)


class Directory:
    """Reads and writes organisations and accounts."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add_organisation(self, transaction: Transaction, organisation: Organisation) -> None:
        """Add an organisation.

        Raises:
            Conflict: If there is one of this id.
        """
        added = transaction.execute(
            self._database.insert_new(organisations)
            .values(**organisation.model_dump(), created_utc=text_of(self._clock()))
            .returning(organisations.c.id)
        )
        if added.first() is None:
            raise Conflict(
                f"there is an organisation '{organisation.id}'", hint="choose another id"
            )

    def organisations(self) -> list[Organisation]:
        """Return every organisation, by id."""
        columns = [organisations.c[name] for name in Organisation.model_fields]
        with self._database.read() as transaction:
            rows = transaction.execute(sa.select(*columns).order_by(organisations.c.id))
            return [Organisation.model_validate(dict(row)) for row in rows.mappings()]

    def accounts(self) -> list[Account]:
        """Return every account, by id."""
        with self._database.read() as transaction:
            return [account_of(row) for row in transaction.execute(_WITH_ORGANISATION)]

    def account(self, account: str) -> Account:
        """Return an account.

        Raises:
            UnknownAccount: If there is none.
        """
        with self._database.read() as transaction:
            return account_of(self.row(transaction, account))

    def row(self, transaction: Transaction, account: str) -> Any:
        """Return the row of an account, with what its organisation is.

        Raises:
            UnknownAccount: If there is none.
        """
        found = self.find(transaction, account)
        if found is None:
            raise UnknownAccount(
                f"there is no account '{account[:100]}'", hint="chengmo account list"
            )
        return found

    def find(self, transaction: Transaction, account: str) -> Any | None:
        """Return the row of an account, or None."""
        return transaction.execute(_WITH_ORGANISATION.where(accounts.c.id == account)).one_or_none()

    def find_external(self, transaction: Transaction, issuer: str, subject: str) -> Any | None:
        """Return the row of the account of a person at an OpenID provider, or None."""
        known = (accounts.c.issuer == issuer) & (accounts.c.subject == subject)
        return transaction.execute(_WITH_ORGANISATION.where(known)).one_or_none()

    def add(self, transaction: Transaction, new: NewAccount, **more: str | None) -> None:
        """Add an account.

        Raises:
            Conflict: If there is one of this id.
            UnknownAccount: If there is no such organisation.
        """
        self.check_organisation(transaction, new.organisation)
        added = transaction.execute(
            self._database.insert_new(accounts)
            .values(
                id=new.id,
                name=new.name or new.id,
                roles=words_of(new.roles),
                organisation=new.organisation,
                kind=new.kind,
                state="active",
                created_utc=text_of(self._clock()),
                **more,
            )
            .returning(accounts.c.id)
        )
        if added.first() is None:
            raise Conflict(f"there is an account '{new.id}'", hint="choose another user name")

    def check_organisation(self, transaction: Transaction, organisation: str | None) -> None:
        """Pass if `organisation` is there, or None.

        Raises:
            UnknownAccount: If it is not.
        """
        if organisation is None:
            return
        known = sa.select(organisations.c.id).where(organisations.c.id == organisation)
        if transaction.execute(known).one_or_none() is None:
            raise UnknownAccount(
                f"there is no organisation '{organisation[:100]}'",
                hint="chengmo organisation list",
            )

    def change(self, transaction: Transaction, account: str, **values: str | None) -> None:
        """Set columns of an account that is there."""
        transaction.execute(accounts.update().where(accounts.c.id == account).values(**values))

    def has_administrator(self, transaction: Transaction) -> bool:
        """Tell whether an active administrator can sign in."""
        rows = transaction.execute(
            sa.select(accounts.c.roles).where(
                accounts.c.state == "active",
                accounts.c.password_hash.is_not(None) | accounts.c.subject.is_not(None),
            )
        )
        return any("administrator" in roles_of(row.roles) for row in rows)

    def has_password(self, transaction: Transaction) -> bool:
        """Tell whether anybody has a password, or administers by an OpenID provider."""
        administers = accounts.c.subject.is_not(None) & accounts.c.roles.contains("administrator")
        one = sa.select(accounts.c.id).where(accounts.c.password_hash.is_not(None) | administers)
        return transaction.execute(one.limit(1)).first() is not None


def account_of(row: Any) -> Account:
    """Return the account that a row holds."""
    return Account(
        id=row.id,
        name=row.name,
        roles=roles_of(row.roles),
        organisation=row.organisation,
        kind=row.kind,
        state=row.state,
        has_password=row.password_hash is not None,
        is_external=row.subject is not None,
        created_utc=row.created_utc,
    )


def actor_of(row: Any, scopes: frozenset[Scope] | None = None) -> Actor:
    """Return who the account of a row is to every rule."""
    return Actor(
        id=row.id,
        roles=roles_of(row.roles),
        organisation=row.organisation or "",
        kind=row.organisation_kind,
        district=row.district,
        scopes=scopes,
    )


def roles_of(text: str) -> frozenset[Role]:
    """Return the roles in a text; a word that is no role is none."""
    return frozenset(role for role in get_args(Role) if role in text.split())


def scopes_of(text: str) -> frozenset[Scope]:
    """Return the scopes in a text; a word that is no scope is none."""
    return frozenset(scope for scope in get_args(Scope) if scope in text.split())


def words_of(words: frozenset[Role] | frozenset[Scope] | Sequence[str]) -> str:
    """Return roles or scopes as one text: sorted, with a space between."""
    return " ".join(sorted(cast("Sequence[str]", words)))
