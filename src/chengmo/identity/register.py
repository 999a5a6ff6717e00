"""What is on record of people: organisations, accounts and keys, and every change of them."""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from copy import copy
from typing import Self

from argon2 import PasswordHasher

from chengmo.errors import Conflict, InvalidRequest
from chengmo.identity.account import Account, ApiKey, NewAccount, Organisation
from chengmo.identity.actor import Actor, Role, Scope
from chengmo.identity.deed import Deed, DeedKind, Doer, Fact, Way, Witness, nobody_looks
from chengmo.identity.directory import Directory, account_of, actor_of, words_of
from chengmo.identity.instant import Clock, utc_now
from chengmo.identity.keys import Keys
from chengmo.identity.lockout import Lockout, account_subject
from chengmo.identity.password import Passwords
from chengmo.identity.password_rule import check_password
from chengmo.identity.recent import Recent
from chengmo.identity.second_factor import SecondFactors
from chengmo.identity.sessions import Sessions
from chengmo.identity.table import SCHEMA_VERSION, create_tables
from chengmo.identity.telling import Telling
from chengmo.identity.vault import Vault
from chengmo.ledger import Database, Transaction

_log = logging.getLogger(__name__)


class Register:
    """Organisations, accounts and keys of one platform.

    Safe to use from many threads and processes. Every change is on disk when its call returns,
    and holds at once in this process; in another one within `recent.LIFETIME`.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock = utc_now,
        hasher: PasswordHasher | None = None,
        witness: Witness = nobody_looks,
        vault: Vault | None = None,
    ) -> None:
        """Open the register in `database`, making the tables if they are not there.

        Args:
            database: The operational state.
            clock: Tells the time in UTC.
            hasher: Of passwords; None for the parameters that `password.py` states.
            witness: Told of every change before it is committed; if it raises, nothing changes.
            vault: Seals the secrets of second factors; None for one that ends with this object.
        """
        database.ensure("identity", SCHEMA_VERSION, create_tables)
        self.passwords = Passwords(hasher)
        self._database = database
        self._clock = clock
        self._directory = Directory(database, clock)
        self._keys = Keys(database, clock)
        self._sessions = Sessions(database, clock)
        self._lockout = Lockout(database)
        self._recent = Recent()
        self._vault = vault or Vault()
        self._factors = SecondFactors(database, self._vault)
        self._telling = Telling(witness)
        self.doer = Doer()

    def acting(self, actor: Actor, way: Way) -> Self:
        """Return this register as `actor` changes it by `way`: the witness is told who it was."""
        bound = copy(self)
        bound.doer = Doer(actor, way)
        return bound

    def _tell(
        self, kind: DeedKind, how: str, about: str, facts: dict[str, Fact] | None = None
    ) -> None:
        self._telling.tell(self.doer, Deed(kind, how, about, facts or {}))

    def add_organisation(self, organisation: Organisation) -> Organisation:
        """Add an organisation.

        Raises:
            Conflict: If there is one of this id.
        """
        with self._database.write() as transaction:
            self._directory.add_organisation(transaction, organisation)
            facts: dict[str, Fact] = {"kind": organisation.kind, "district": organisation.district}
            self._tell("organisation", "added", organisation.id, facts)
        return organisation

    def organisations(self) -> list[Organisation]:
        """Return every organisation, by id."""
        return self._directory.organisations()

    def accounts(self) -> list[Account]:
        """Return every account, by id."""
        return self._directory.accounts()

    def account(self, account: str) -> Account:
        """Return an account.

        Raises:
            UnknownAccount: If there is none.
        """
        return self._directory.account(account)

    def actor_of_account(self, account: str) -> Actor:
        """Return who an account is to every rule, without anybody signing in.

        Raises:
            UnknownAccount: If there is none.
        """
        with self._database.read() as transaction:
            return actor_of(self._directory.row(transaction, account))

    def add_account(self, new: NewAccount, *, password: str | None = None) -> Account:
        """Add an account.

        Args:
            new: What it is.
            password: To sign in with; None for none, as for a program, which has keys.

        Raises:
            Conflict: If there is one of this id, or if the first password of the platform would
                not be an administrator's.
            UnknownAccount: If there is no such organisation.
            InvalidRequest: If the password is not good enough, or a service is to have one.
        """
        kept = None
        if password is not None:
            if new.kind == "service":
                raise InvalidRequest(
                    "a service account has no password", hint="give it a key: chengmo key add"
                )
            check_password(password, account=new.id, name=new.name)
            kept = self.passwords.hash(password)
        with self._changing() as transaction:
            self._directory.add(transaction, new, password_hash=kept)
            self._check_administrator(transaction)
            self._tell("account", "added", new.id, facts_of(new, password=kept is not None))
        _log.info("account %s was added", new.id)
        return self.account(new.id)

    def set_roles(self, account: str, roles: frozenset[Role]) -> Account:
        """Give an account exactly these roles.

        Raises:
            UnknownAccount: If there is none.
            Conflict: If nobody were left who could administer.
        """
        return self._change(account, "roles", roles=words_of(roles))

    def set_organisation(self, account: str, organisation: str | None) -> Account:
        """Move an account to an organisation, or to none.

        Raises:
            UnknownAccount: If there is no such account or organisation.
        """
        return self._change(account, "organisation", organisation=organisation)

    def suspend(self, account: str) -> Account:
        """Suspend an account: its sessions end, its keys and its password are not accepted.

        Raises:
            UnknownAccount: If there is none.
            Conflict: If nobody were left who could administer.
        """
        return self._change(account, "suspended", end_sessions=True, state="suspended")

    def resume(self, account: str) -> Account:
        """Let a suspended account in again.

        Raises:
            UnknownAccount: If there is none.
        """
        return self._change(account, "resumed", state="active")

    def set_password(self, account: str, password: str) -> Account:
        """Set a password for somebody; their sessions end, and they are no longer locked out.

        Raises:
            UnknownAccount: If there is no such account.
            InvalidRequest: If the password is not good enough, or the account is a service or
                signs in at a provider.
            Conflict: If the first password of the platform would not be an administrator's.
        """
        found = self.account(account)
        if found.kind == "service" or found.is_external:
            raise InvalidRequest(
                f"'{account}' does not sign in with a password here",
                hint="a service has keys; who signs in at a provider changes the password there",
            )
        check_password(password, account=account, name=found.name)
        changed = self._change(
            account, "password", end_sessions=True, password_hash=self.passwords.hash(password)
        )
        with self._changing() as transaction:
            self._lockout.clear(transaction, account_subject(account))
        _log.info("the password of account %s was set", account)
        return changed

    def begin_second_factor(self, account: str) -> str:
        """Return the secret of a new second factor, in base 32; it waits for `confirm…`.

        Ask for the password before: a session alone must not lock its owner out.

        Raises:
            Conflict: If there is a second factor.
        """
        with self._changing() as transaction:
            return self._factors.begin(transaction, account)

    def confirm_second_factor(self, account: str, code: str) -> list[str]:
        """Ask for codes from now on; return recovery codes, each good for one sign-in.

        Raises:
            InvalidRequest: If the code is not of the secret that was begun.
        """
        with self._changing() as transaction:
            codes = self._factors.confirm(transaction, account, code, self._clock())
            self._tell("account", "second factor added", account)
        return codes

    def reset_second_factor(self, account: str) -> None:
        """Take the second factor from an account, if it has one.

        Raises:
            UnknownAccount: If there is no such account.
        """
        with self._changing() as transaction:
            self._directory.row(transaction, account)
            if self._factors.drop(transaction, account):
                self._tell("account", "second factor removed", account)

    def renew_second_factor_key(self) -> None:
        """Take a new key for the secrets of second factors, seal them anew, forget the old key.

        Nobody has to do anything about their authenticator.

        Raises:
            LakeUnavailable: If the key file cannot be written, or a secret cannot be opened.
        """

        def seal_anew() -> None:
            with self._changing() as transaction:
                self._factors.seal_all(transaction)
                self._tell("key", "second factors sealed anew", "")

        self._vault.rotate(seal_anew)

    def second_factors(self) -> list[str]:
        """Return the ids of the accounts that need a code to sign in."""
        with self._database.read() as transaction:
            return self._factors.accounts(transaction)

    def _change(
        self, account: str, how: str, *, end_sessions: bool = False, **values: str | None
    ) -> Account:
        with self._changing() as transaction:
            before = self._directory.row(transaction, account)
            self._directory.check_organisation(transaction, values.get("organisation"))
            self._directory.change(transaction, account, **values)
            if end_sessions:
                self._sessions.end_all(transaction, account)
            self._check_administrator(transaction)
            changed = account_of(self._directory.row(transaction, account))
            facts: dict[str, Fact] = {}
            if how in {"roles", "organisation"}:
                facts = {"before": getattr(before, how) or "", "after": values[how] or ""}
            self._tell("account", how, account, facts)
        _log.info("account %s: %s changed", account, ", ".join(sorted(values)))
        return changed

    @contextmanager
    def _changing(self) -> Generator[Transaction]:
        """Open a transaction that changes who may do what."""
        with self._telling.watching(self.doer), self._database.write() as transaction:
            self._database.lock_order(transaction)
            yield transaction
        self._recent.forget_all()

    def _check_administrator(self, transaction: Transaction) -> None:
        """Undo a change that would leave people with passwords but nobody to administer them."""
        directory = self._directory
        if directory.has_password(transaction) and not directory.has_administrator(transaction):
            raise Conflict(
                "no active administrator with a password would be left",
                hint="first: chengmo account add NAME --role administrator",
            )

    def make_key(
        self, account: str, *, name: str, scopes: frozenset[Scope], days: int = 90
    ) -> tuple[ApiKey, str]:
        """Make a key for an account; the second value is the key itself, shown this once.

        Raises:
            UnknownAccount: If there is no such account.
            InvalidRequest: If it has no scope, no good name or no good number of days.
        """
        with self._changing() as transaction:
            self._directory.row(transaction, account)
            made = self._keys.make(transaction, account, name=name, scopes=scopes, days=days)
            facts: dict[str, Fact] = {"account": account, "scopes": words_of(scopes), "days": days}
            self._tell("key", "made", made[0].prefix, facts)
        _log.info("key %s of account %s was made", made[0].prefix, account)
        return made

    def keys(self, account: str | None = None) -> list[ApiKey]:
        """Return the keys of an account, or of all; the newest first."""
        return self._keys.of(account)

    def revoke_key(self, prefix: str, *, account: str | None = None) -> None:
        """Revoke a key for good.

        Args:
            prefix: By which it is known.
            account: Whose it must be; None for anybody's.

        Raises:
            UnknownAccount: If there is no such key.
        """
        with self._changing() as transaction:
            owner = self._keys.revoke(transaction, prefix, account)
            self._tell("key", "revoked", prefix, {"account": owner})
        _log.info("key %s was revoked", prefix)


def facts_of(new: NewAccount, *, password: bool) -> dict[str, Fact]:
    """Return what is written down of an account that is made."""
    return {
        "roles": words_of(new.roles),
        "organisation": new.organisation or "",
        "kind": new.kind,
        "signs_in": "here" if password else "not here",
    }
