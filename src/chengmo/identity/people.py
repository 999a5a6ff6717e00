"""Who comes in: how people and programs prove who they are, and how they are known again."""

import logging
import threading
from datetime import datetime, timedelta
from typing import Any, Literal

from argon2 import PasswordHasher

from chengmo.errors import (
    InvalidRequest,
    NotSignedIn,
    SignInRefused,
)
from chengmo.identity.account import Account, NewAccount
from chengmo.identity.actor import Actor
from chengmo.identity.deed import Deed, Doer, Fact, Witness, nobody_looks
from chengmo.identity.directory import actor_of, scopes_of, words_of
from chengmo.identity.instant import Clock, instant_of, utc_now
from chengmo.identity.journey import Journeys
from chengmo.identity.proving import Proving
from chengmo.identity.register import facts_of
from chengmo.identity.secret import digest_of_secret
from chengmo.identity.sessions import ends_at
from chengmo.identity.vault import Vault
from chengmo.ledger import Database, Transaction

_log = logging.getLogger(__name__)
# How long a process may go on believing that nobody has set a password yet.
_OPEN_FOR = timedelta(seconds=1)


class People(Proving):
    """The people of one platform: what is on record of them, and who it is that comes in."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock = utc_now,
        hasher: PasswordHasher | None = None,
        witness: Witness = nobody_looks,
        vault: Vault | None = None,
    ) -> None:
        """Open the people in `database`; the arguments are those of `Register`."""
        super().__init__(database, clock=clock, hasher=hasher, witness=witness, vault=vault)
        self.journeys = Journeys(database, clock)
        # Until when, and as of which change, the platform is known to be open.
        self._open: tuple[datetime, int] | None = None
        self._closed = threading.Event()

    def is_open(self) -> bool:
        """Tell whether nobody has set a password yet: then this machine's user administers.

        Cheap: once false it stays so, and it is read again at most once a second.
        """
        known = self.recall_open()
        if known is not None:
            return known
        now, generation = self._clock(), self._recent.generation
        with self._database.read() as transaction:
            if self._directory.has_password(transaction):
                self._closed.set()
        self._open = (now + _OPEN_FOR, generation)
        return not self._closed.is_set()

    def recall_open(self) -> bool | None:
        """Return what `is_open` would, if that is known without the database."""
        if self._closed.is_set():
            return False
        if self._open is None or self._open[1] != self._recent.generation:
            return None
        return True if self._clock() < self._open[0] else None

    def has_administrator(self) -> bool:
        """Tell whether an active administrator can sign in."""
        with self._database.read() as transaction:
            return self._directory.has_administrator(transaction)

    def sign_in(
        self,
        account: str,
        password: str,
        *,
        address: str,
        before: str | None = None,
        code: str = "",
        new_password: str = "",
    ) -> tuple[Account, str]:
        """Return an account and the token of a new session of it.

        Args:
            account: User name.
            password: Theirs.
            address: Where the attempt comes from.
            before: Token that the browser had before; that session ends.
            code: Of the second factor, or a recovery code; empty for none.
            new_password: In the place of one that somebody else typed; ignored for any other.

        Raises:
            NewPasswordNeeded: If the password must be replaced and no new one is given.
            InvalidRequest: If the new one is not good enough, or the same.
            CodeNeeded: If the account has a second factor and there is no code.
            SignInRefused: If what was given does not fit.
            TooManyAttempts: If the account or the address has tried too often.
        """
        found, how = self._prove(account, password, address=address, code=code, new=new_password)
        if new_password and self._has_initial_password(found.id):
            self._replace_password(found.id, password, new_password)
        return found, self.begin_session(found.id, before=before, address=address, how=how)

    def _has_initial_password(self, account: str) -> bool:
        with self._database.read() as transaction:
            return self._initial.ends_at(transaction, account) is not None

    def _replace_password(self, account: str, old: str, new: str) -> None:
        if old == new:
            raise InvalidRequest(
                "the new password is the one that was given", hint="choose another one"
            )
        self.set_password(account, new)

    def begin_session(
        self, account: str, *, before: str | None = None, address: str = "", how: str = "password"
    ) -> str:
        """Begin a session for an account that has proved itself; return the new token.

        Args:
            account: Whose.
            before: Token that the browser had before; that session ends.
            address: Where it comes from.
            how: What proved it.

        Raises:
            SignInRefused: If the account was suspended meanwhile.
        """
        with self._changing() as transaction:
            row = self._directory.row(transaction, account)
            if row.state != "active":
                raise SignInRefused("the account is suspended", hint="ask an administrator")
            if before is not None:
                self._sessions.end(transaction, before)
            token = self._sessions.begin(transaction, account)
            self._tell_of(actor_of(row), "sign-in", how, {"address": address})
        _log.info("account %s signed in", account)
        return token

    def end_session(self, token: str) -> None:
        """Sign out: the token is worth nothing any more."""
        with self._changing() as transaction:
            session = self._sessions.find(transaction, digest_of_secret(token))
            self._sessions.end(transaction, token)
            if session is not None:
                actor = actor_of(self._directory.row(transaction, session.account))
                self._tell_of(actor, "sign-out", "session")

    def _tell_of(
        self,
        actor: Actor,
        kind: Literal["sign-in", "sign-out", "account"],
        how: str,
        facts: dict[str, Fact] | None = None,
    ) -> None:
        """Tell of what somebody does about their own account."""
        self._telling.tell(Doer(actor, self.doer.way), Deed(kind, how, actor.id, facts or {}))

    def change_password(self, account: str, old: str, new: str, *, address: str) -> str:
        """Change one's own password; every session ends, and the token of a new one is returned.

        Raises:
            SignInRefused: If `old` is wrong.
            TooManyAttempts: As `authenticate`.
            InvalidRequest: If `new` is not good enough.
        """
        self.authenticate(account, old, address=address)
        self.set_password(account, new)
        return self.begin_session(account, address=address)

    # Recognising

    def recall(self, secret: str) -> Actor | None:
        """Return who came with this session token or key a moment ago, without the database."""
        return self._recent.find(digest_of_secret(secret), self._clock())

    def holds(self, secret: str, actor: Actor) -> bool:
        """Tell whether a session token or key still stands for `actor`, as who they were.

        Asking is no use of it: whoever watches a long answer keeps no session alive.
        """
        known = self.recall(secret)
        if known is not None:
            return known == actor
        with self._database.read() as transaction:
            key = self._keys.find(transaction, secret)
            found = key or self._sessions.find(transaction, digest_of_secret(secret))
            row = self._directory.find(transaction, found.account) if found else None
        if row is None or row.state != "active":
            return False
        return actor_of(row, None if key is None else scopes_of(key.scopes)) == actor

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

    def actor_of_key(self, key: str, *, address: str = "") -> Actor:
        """Return whose API key this is, with its scopes.

        Args:
            key: As it was sent.
            address: Where it comes from.

        Raises:
            NotSignedIn: If it is no key, or was revoked, has expired or its account is suspended.
        """
        now, generation = self._clock(), self._recent.generation
        with self._database.read() as transaction:
            found = self._keys.find(transaction, key)
            row = self._directory.find(transaction, found.account) if found else None
        if found is None or row is None or row.state != "active":
            # Not what was sent: it may be the key of another platform.
            self.tell_failure("key", address, about="" if found is None else found.prefix)
            raise NotSignedIn(
                "the key is not valid (any more)", hint="make a new one: chengmo key add"
            )
        self._keys.note_use(found, now)
        actor = actor_of(row, scopes_of(found.scopes))
        until = instant_of(found.expires_utc)
        self._recent.keep(digest_of_secret(key), actor, now=now, until=until, generation=generation)
        return actor

    # People of an OpenID provider

    def enter(
        self,
        new: NewAccount,
        *,
        issuer: str,
        subject: str,
        managed: bool,
        before: str | None,
        address: str = "",
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
            address: Where the browser is.

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
                facts = facts_of(new, password=False) | {"issuer": issuer}
                self._tell_of(self._row_actor(transaction, new.id), "account", "added", facts)
            elif managed:
                self._manage(transaction, row, new)
        name = new.id if row is None else row.id
        return self.begin_session(name, before=before, address=address, how="provider")

    def _manage(self, transaction: Transaction, row: Any, new: NewAccount) -> None:
        """Give an account the roles and the organisation that its provider says."""
        said = {"roles": words_of(new.roles), "organisation": new.organisation}
        changed = {name: value for name, value in said.items() if value != getattr(row, name)}
        if not changed:
            return
        self._directory.change(transaction, row.id, **changed)
        for how, value in changed.items():
            facts: dict[str, Fact] = {"before": getattr(row, how) or "", "after": value or ""}
            self._tell_of(actor_of(row), "account", f"{how} by the provider", facts)

    def _row_actor(self, transaction: Transaction, account: str) -> Actor:
        return actor_of(self._directory.row(transaction, account))
