"""People and programs: who they are, how they prove it, what is theirs."""

import logging
import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, timedelta

from argon2 import PasswordHasher

from chengmo.errors import Conflict, InvalidRequest, NotSignedIn, SignInRefused
from chengmo.identity.account import Account, ApiKey, NewAccount, Organisation
from chengmo.identity.actor import Actor, Role, Scope
from chengmo.identity.directory import Directory, account_of, actor_of, scopes_of, words_of
from chengmo.identity.instant import Clock, instant_of, utc_now
from chengmo.identity.journey import Journeys
from chengmo.identity.keys import Keys
from chengmo.identity.lockout import Lockout, account_subject, address_subject
from chengmo.identity.password import Passwords
from chengmo.identity.password_rule import check_password
from chengmo.identity.recent import Recent
from chengmo.identity.secret import digest_of_secret
from chengmo.identity.sessions import Sessions, ends_at
from chengmo.identity.table import SCHEMA_VERSION, create_tables
from chengmo.ledger import Database, Transaction

_log = logging.getLogger(__name__)
# How long a process may go on believing that nobody has set a password yet.
_OPEN_FOR = timedelta(seconds=1)


class People:
    """Accounts, organisations, keys and sessions of one platform.

    Safe to use from many threads and processes. Every change is on disk when its call returns,
    and holds at once in this process; in another one within `recent.LIFETIME`.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock = utc_now,
        hasher: PasswordHasher | None = None,
    ) -> None:
        """Open the people in `database`, making the tables if they are not there.

        Args:
            database: The operational state.
            clock: Tells the time in UTC.
            hasher: Of passwords; None for the parameters that `password.py` states.
        """
        database.ensure("identity", SCHEMA_VERSION, create_tables)
        self.passwords = Passwords(hasher)
        self.journeys = Journeys(database, clock)
        self._database = database
        self._clock = clock
        self._directory = Directory(database, clock)
        self._keys = Keys(database, clock)
        self._sessions = Sessions(database, clock)
        self._lockout = Lockout(database)
        self._recent = Recent()
        self._open_until: datetime | None = None
        self._closed = threading.Event()

    # Organisations and accounts

    def add_organisation(self, organisation: Organisation) -> Organisation:
        """Add an organisation.

        Raises:
            Conflict: If there is one of this id.
        """
        self._directory.add_organisation(organisation)
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
        _log.info("account %s was added", new.id)
        return self.account(new.id)

    def set_roles(self, account: str, roles: frozenset[Role]) -> Account:
        """Give an account exactly these roles.

        Raises:
            UnknownAccount: If there is none.
            Conflict: If nobody were left who could administer.
        """
        return self._change(account, roles=words_of(roles))

    def set_organisation(self, account: str, organisation: str | None) -> Account:
        """Move an account to an organisation, or to none.

        Raises:
            UnknownAccount: If there is no such account or organisation.
        """
        return self._change(account, organisation=organisation)

    def suspend(self, account: str) -> Account:
        """Suspend an account: its sessions end, its keys and its password are not accepted.

        Raises:
            UnknownAccount: If there is none.
            Conflict: If nobody were left who could administer.
        """
        return self._change(account, end_sessions=True, state="suspended")

    def resume(self, account: str) -> Account:
        """Let a suspended account in again.

        Raises:
            UnknownAccount: If there is none.
        """
        return self._change(account, state="active")

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
            account, end_sessions=True, password_hash=self.passwords.hash(password)
        )
        with self._changing() as transaction:
            self._lockout.clear(transaction, account_subject(account))
        _log.info("the password of account %s was set", account)
        return changed

    def _change(self, account: str, *, end_sessions: bool = False, **values: str | None) -> Account:
        with self._changing() as transaction:
            self._directory.row(transaction, account)
            self._directory.check_organisation(transaction, values.get("organisation"))
            self._directory.change(transaction, account, **values)
            if end_sessions:
                self._sessions.end_all(transaction, account)
            self._check_administrator(transaction)
            changed = account_of(self._directory.row(transaction, account))
        _log.info("account %s: %s changed", account, ", ".join(sorted(values)))
        return changed

    @contextmanager
    def _changing(self) -> Generator[Transaction]:
        """Open a transaction that changes who may do what."""
        with self._database.write() as transaction:
            self._database.lock_order(transaction)
            yield transaction
        self._recent.forget_all()
        self._open_until = None

    def _check_administrator(self, transaction: Transaction) -> None:
        """Undo a change that would leave people with passwords but nobody to administer them."""
        directory = self._directory
        if directory.has_password(transaction) and not directory.has_administrator(transaction):
            raise Conflict(
                "no active administrator with a password would be left",
                hint="first: chengmo account add NAME --role administrator",
            )

    # Signing in

    def is_open(self) -> bool:
        """Tell whether nobody has set a password yet: then this machine's user administers.

        Cheap: once false it stays so, and it is read again at most once a second.
        """
        known = self.recall_open()
        if known is not None:
            return known
        now = self._clock()
        with self._database.read() as transaction:
            if self._directory.has_password(transaction):
                self._closed.set()
        self._open_until = now + _OPEN_FOR
        return not self._closed.is_set()

    def recall_open(self) -> bool | None:
        """Return what `is_open` would, if that is known without the database."""
        if self._closed.is_set():
            return False
        return True if self._open_until is not None and self._clock() < self._open_until else None

    def has_administrator(self) -> bool:
        """Tell whether an active administrator can sign in."""
        with self._database.read() as transaction:
            return self._directory.has_administrator(transaction)

    def authenticate(self, account: str, password: str, *, address: str) -> Account:
        """Return the account whose password this is.

        For an unknown, suspended or passwordless account as much work is done as for a wrong
        password, and the answer is the same.

        Raises:
            SignInRefused: If it is not.
            TooManyAttempts: If the account or the address has tried too often, right or wrong.
        """
        name = account.strip().lower()
        now = self._clock()
        by_account, by_address = account_subject(name), address_subject(address)
        self._lockout.count((by_account, by_address), now)
        with self._database.read() as transaction:
            row = self._directory.find(transaction, name)
        usable = row is not None and row.state == "active"
        kept = row.password_hash if row is not None and usable else None
        if not self.passwords.verify(kept, password) or row is None or kept is None:
            # Not the name that was typed: it may be a password in the wrong field.
            _log.warning("signing in was refused%s", f" to account {row.id}" if row else "")
            raise SignInRefused(
                "the user name and the password do not fit",
                hint="try again; after some attempts each next one must wait longer",
            )
        rehashed = self.passwords.hash(password) if self.passwords.is_outdated(kept) else None
        with self._database.write() as transaction:
            self._lockout.clear(transaction, by_account)
            self._lockout.take_back(transaction, by_address, now)
            if rehashed is not None:
                self._directory.change(transaction, name, password_hash=rehashed)
        return account_of(row)

    def sign_in(
        self, account: str, password: str, *, address: str, before: str | None = None
    ) -> tuple[Account, str]:
        """Return an account and the token of a new session of it.

        Args:
            account: User name.
            password: Theirs.
            address: Where the attempt comes from.
            before: Token that the browser had before; that session ends.

        Raises:
            SignInRefused: As `authenticate`.
            TooManyAttempts: As `authenticate`.
        """
        found = self.authenticate(account, password, address=address)
        return found, self.begin_session(found.id, before=before)

    def begin_session(self, account: str, *, before: str | None = None) -> str:
        """Begin a session for an account that has proved itself; return the new token.

        Raises:
            SignInRefused: If the account was suspended meanwhile.
        """
        with self._changing() as transaction:
            if self._directory.row(transaction, account).state != "active":
                raise SignInRefused("the account is suspended", hint="ask an administrator")
            if before is not None:
                self._sessions.end(transaction, before)
            token = self._sessions.begin(transaction, account)
        _log.info("account %s signed in", account)
        return token

    def end_session(self, token: str) -> None:
        """Sign out: the token is worth nothing any more."""
        with self._changing() as transaction:
            self._sessions.end(transaction, token)

    def change_password(self, account: str, old: str, new: str, *, address: str) -> str:
        """Change one's own password; every session ends, and the token of a new one is returned.

        Raises:
            SignInRefused: If `old` is wrong.
            TooManyAttempts: As `authenticate`.
            InvalidRequest: If `new` is not good enough.
        """
        self.authenticate(account, old, address=address)
        self.set_password(account, new)
        return self.begin_session(account)

    # Recognising

    def recall(self, secret: str) -> Actor | None:
        """Return who came with this session token or key a moment ago, without the database."""
        return self._recent.find(digest_of_secret(secret), self._clock())

    def actor_of_session(self, token: str) -> Actor | None:
        """Return whose session this is, or None if it is none or has ended."""
        digest, now, generation = digest_of_secret(token), self._clock(), self._recent.generation
        with self._database.read() as transaction:
            session = self._sessions.find(transaction, digest)
            row = self._directory.find(transaction, session.account) if session else None
        if session is None or row is None or row.state != "active":
            return None
        self._sessions.note_use(session, now)
        actor = actor_of(row)
        self._recent.keep(digest, actor, now=now, until=ends_at(session), generation=generation)
        return actor

    def actor_of_key(self, key: str) -> Actor:
        """Return whose API key this is, with its scopes.

        Raises:
            NotSignedIn: If it is no key, or was revoked, has expired or its account is suspended.
        """
        now, generation = self._clock(), self._recent.generation
        with self._database.read() as transaction:
            found = self._keys.find(transaction, key)
            row = self._directory.find(transaction, found.account) if found else None
        if found is None or row is None or row.state != "active":
            raise NotSignedIn(
                "the key is not valid (any more)", hint="make a new one: chengmo key add"
            )
        self._keys.note_use(found, now)
        actor = actor_of(row, scopes_of(found.scopes))
        until = instant_of(found.expires_utc)
        self._recent.keep(digest_of_secret(key), actor, now=now, until=until, generation=generation)
        return actor

    # Keys

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
        self._keys.revoke(prefix, account)
        self._recent.forget_all()
        _log.info("key %s was revoked", prefix)

    # People of an OpenID provider

    def enter(
        self, new: NewAccount, *, issuer: str, subject: str, managed: bool, before: str | None
    ) -> str:
        """Let somebody in whom an OpenID provider vouches for; return the new session's token.

        Who comes for the first time gets an account, never one that is already there: a name at
        the provider is no proof of owning that name here.

        Args:
            new: The account to make, if there is none yet of this person.
            issuer: The provider.
            subject: The person, as the provider names them.
            managed: Whether the provider says which roles and organisation they have; else they
                keep those that an administrator gave.
            before: Token that the browser had before; that session ends.

        Raises:
            SignInRefused: If the account is suspended.
            Conflict: If the account's name is taken.
            UnknownAccount: If there is no such organisation.
        """
        with self._changing() as transaction:
            self._directory.check_organisation(transaction, new.organisation)
            row = self._directory.find_external(transaction, issuer, subject)
            if row is None:
                self._directory.add(transaction, new, issuer=issuer, subject=subject)
            elif managed:
                self._directory.change(
                    transaction,
                    row.id,
                    roles=words_of(new.roles),
                    organisation=new.organisation,
                )
        return self.begin_session(new.id if row is None else row.id, before=before)
