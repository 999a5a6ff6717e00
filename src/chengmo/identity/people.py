"""Who comes in: how people and programs prove who they are, and how they are known again."""

import logging
import threading
from datetime import datetime, timedelta
from typing import Any, Literal

from argon2 import PasswordHasher

from chengmo.errors import CodeNeeded, NotSignedIn, SignInRefused, TooManyAttempts
from chengmo.identity.account import Account, NewAccount
from chengmo.identity.actor import ANONYMOUS, Actor
from chengmo.identity.deed import Deed, Doer, Fact, Witness, nobody_looks
from chengmo.identity.directory import account_of, actor_of, scopes_of, words_of
from chengmo.identity.instant import Clock, instant_of, utc_now
from chengmo.identity.journey import Journeys
from chengmo.identity.lockout import account_subject, address_subject
from chengmo.identity.register import Register, facts_of
from chengmo.identity.secret import digest_of_secret
from chengmo.identity.sessions import ends_at
from chengmo.identity.vault import Vault
from chengmo.ledger import Database, Transaction

_log = logging.getLogger(__name__)
# How long a process may go on believing that nobody has set a password yet.
_OPEN_FOR = timedelta(seconds=1)


class People(Register):
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

    def authenticate(self, account: str, password: str, *, address: str) -> Account:
        """Return the account whose password this is; a second factor is not asked for.

        Raises:
            SignInRefused: As `prove`.
            TooManyAttempts: As `prove`.
        """
        return self._prove(account, password, address=address, code=None)[0]

    def _prove(
        self, account: str, password: str, *, address: str, code: str | None
    ) -> tuple[Account, str]:
        """Return the account whose password, and code, these are; and by what it was proved.

        Without a code, None, the second factor is not asked for; an empty one is no code. For an
        unknown, suspended or passwordless account as much work is done as for a wrong password,
        and the answer is the same.

        Raises:
            SignInRefused: If they are not.
            CodeNeeded: If the password is right, and a code is needed and none was given.
            TooManyAttempts: If the account or the address has tried too often, right or wrong.
            PlatformError: If a failure cannot be witnessed: as a success could not be.
        """
        name = account.strip().lower()
        now = self._clock()
        by_account, by_address = account_subject(name), address_subject(address)
        try:
            wait_s = self._lockout.count((by_account, by_address), now)
        except TooManyAttempts as error:
            self.tell_failure("too many attempts", address, wait_s=error.retry_after_s)
            raise
        with self._database.read() as transaction:
            row = self._directory.find(transaction, name)
        usable = row is not None and row.state == "active"
        kept = row.password_hash if row is not None and usable else None
        if not self.passwords.verify(kept, password) or row is None or kept is None:
            # Not the name that was typed: it may be a password in the wrong field.
            _log.warning("signing in was refused%s", f" to account {row.id}" if row else "")
            about = "" if row is None else row.id
            how = "unknown account" if row is None else "wrong password" if usable else "suspended"
            self.tell_failure(how, address, about=about, wait_s=wait_s)
            raise SignInRefused(
                "the user name and the password do not fit",
                hint="try again; after some attempts each next one must wait longer",
            )
        how = "password"
        if code is not None:
            how = self._use_code(row.id, code, address=address, wait_s=wait_s)
        rehashed = self.passwords.hash(password) if self.passwords.is_outdated(kept) else None
        with self._database.write() as transaction:
            self._lockout.clear(transaction, by_account)
            self._lockout.take_back(transaction, by_address, now)
            if rehashed is not None:
                self._directory.change(transaction, name, password_hash=rehashed)
        return account_of(row), how

    def _use_code(self, account: str, code: str, *, address: str, wait_s: int) -> str:
        """Use up a code of an account's second factor, if it has one; return what proved it."""
        now, used = self._clock(), None
        with self._database.write() as transaction:
            if not self._factors.is_on(transaction, account):
                return "password"
            if code.strip():
                used = self._factors.use(transaction, account, code, now)
            else:
                # Asking for the code is no guess, and must not use up the attempts.
                for subject in (account_subject(account), address_subject(address)):
                    self._lockout.take_back(transaction, subject, now)
        if used is not None:
            return f"password and {used}"
        if not code.strip():
            self.tell_failure("code needed", address, about=account)
            raise CodeNeeded(
                "a code of the second factor is needed too",
                hint="send the six digits that the authenticator shows, or a recovery code",
            )
        self.tell_failure("wrong code", address, about=account, wait_s=wait_s)
        raise SignInRefused(
            "the code does not fit, or was used before",
            hint="wait for the next one; after some attempts each next one must wait longer",
        )

    def sign_in(
        self,
        account: str,
        password: str,
        *,
        address: str,
        before: str | None = None,
        code: str = "",
    ) -> tuple[Account, str]:
        """Return an account and the token of a new session of it.

        Args:
            account: User name.
            password: Theirs.
            address: Where the attempt comes from.
            before: Token that the browser had before; that session ends.
            code: Of the second factor, or a recovery code; empty for none.

        Raises:
            CodeNeeded: If the account has a second factor and there is no code.
            SignInRefused: If what was given does not fit.
            TooManyAttempts: If the account or the address has tried too often.
        """
        found, how = self._prove(account, password, address=address, code=code)
        return found, self.begin_session(found.id, before=before, address=address, how=how)

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

    def tell_failure(
        self, how: str, address: str, *, about: str = "", wait_s: int | None = None
    ) -> None:
        """Tell the witness that somebody was not let in; never what name they typed.

        Args:
            how: Why not.
            address: Where they came from.
            about: The account that is there, or the prefix of the key that is there.
            wait_s: How long the next attempt must wait.
        """
        facts: dict[str, Fact] = {"address": address}
        if wait_s is not None:
            facts["wait_s"] = wait_s
        deed = Deed("sign-in-failed", how, about, facts)
        self._telling.tell(Doer(ANONYMOUS, self.doer.way), deed)

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
