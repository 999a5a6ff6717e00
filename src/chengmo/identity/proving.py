"""How a person proves who they are: the password, what replaces it, the second factor."""

import logging
from typing import Any, NoReturn

from chengmo.errors import CodeNeeded, NewPasswordNeeded, SignInRefused, TooManyAttempts
from chengmo.identity.account import Account
from chengmo.identity.actor import ANONYMOUS
from chengmo.identity.deed import Deed, Doer, Fact
from chengmo.identity.directory import account_of
from chengmo.identity.lockout import account_subject, address_subject
from chengmo.identity.register import Register

_log = logging.getLogger(__name__)


class Proving(Register):
    """A register that tells whether somebody is who they say."""

    def authenticate(self, account: str, password: str, *, address: str) -> Account:
        """Return the account whose password this is; a second factor is not asked for.

        Raises:
            SignInRefused: As `prove`.
            TooManyAttempts: As `prove`.
        """
        return self._prove(account, password, address=address, code=None)[0]

    def _prove(
        self, account: str, password: str, *, address: str, code: str | None, new: str = ""
    ) -> tuple[Account, str]:
        """Return the account whose password, and code, these are; and by what it was proved.

        Without a code, None, the second factor is not asked for; an empty one is no code. For an
        unknown, suspended or passwordless account as much work is done as for a wrong password,
        and the answer is the same.

        Raises:
            SignInRefused: If they are not.
            NewPasswordNeeded: If the password is right and somebody else's, and no new one given.
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
            ends = None if row is None else self._initial.ends_at(transaction, row.id)
        usable = row is not None and row.state == "active" and (ends is None or now < ends)
        kept = row.password_hash if row is not None and usable else None
        if not self.passwords.verify(kept, password) or row is None or kept is None:
            ended = ends is not None and now >= ends
            self._refuse(row, address, wait_s, ended=ended)
        how = "password"
        if code is not None and ends is not None and not new:
            self._ask_for_new_password(row.id, address)
        if code is not None:
            how = self._use_code(row.id, code, address=address, wait_s=wait_s)
        rehashed = self.passwords.hash(password) if self.passwords.is_outdated(kept) else None
        with self._database.write() as transaction:
            self._lockout.clear(transaction, by_account)
            self._lockout.take_back(transaction, by_address, now)
            if rehashed is not None:
                self._directory.change(transaction, name, password_hash=rehashed)
        return account_of(row), how

    def _refuse(self, row: Any | None, address: str, wait_s: int, *, ended: bool) -> NoReturn:
        """Refuse a name and a password: in the same words, whatever does not fit."""
        # Not the name that was typed: it may be a password in the wrong field.
        _log.warning("signing in was refused%s", f" to account {row.id}" if row else "")
        if row is None:
            how = "unknown account"
        elif row.state != "active":
            how = "suspended"
        else:
            how = "initial password ended" if ended else "wrong password"
        self.tell_failure(how, address, about="" if row is None else row.id, wait_s=wait_s)
        raise SignInRefused(
            "the user name and the password do not fit",
            hint="try again; after some attempts each next one must wait longer",
        )

    def _ask_for_new_password(self, account: str, address: str) -> NoReturn:
        """Refuse a password that somebody else typed; asking is no guess, and is not counted."""
        with self._database.write() as transaction:
            for subject in (account_subject(account), address_subject(address)):
                self._lockout.take_back(transaction, subject, self._clock())
        self.tell_failure("new password needed", address, about=account)
        raise NewPasswordNeeded(
            "the password was given by somebody else and must be replaced",
            hint="send the one you choose as new_password, beside the one you were given",
        )

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
