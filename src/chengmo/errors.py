"""Every error the platform raises, in one tree.

The four families are named by who can put the matter right::

    ChengmoError
    ├── RequestError            the caller
    │   ├── InvalidCell         a text or number that is no cell code
    │   ├── InvalidGeometry     a geometry no cell can be found for
    │   ├── InvalidRequest      a model's request outside its schema or limits
    │   │   └── HeldBack        an import whose rows fail a check that holds it
    │   ├── InvalidQuery        a question to the platform that it cannot read
    │   ├── UnreadableFile      a file nobody can make a table of
    │   ├── HarvestFailed       another catalogue that cannot be read to its end
    │   ├── UnknownDataset      no dataset (or version of it) has this name
    │   ├── UnknownPolicy       no sharing policy has this name
    │   ├── UnknownRequest      no request for data has this id
    │   ├── UnknownContest      no contest, or submission to one, has this name
    │   ├── UnknownModel        no model has this name
    │   ├── UnknownRun          no run has this id
    │   ├── UnknownAccount      no account, organisation or key has this name
    │   ├── NotSignedIn         nobody is known to ask, or by a key that is not valid
    │   │   └── SignInRefused   the user name and password do not fit
    │   │       ├── CodeNeeded  they fit, and a code of the second factor is needed too
    │   │       └── NewPasswordNeeded   they fit, and the password was given by somebody else
    │   ├── TooManyAttempts     somebody has tried to sign in too often
    │   ├── NotAllowed          the role or the key does not reach so far
    │   └── Conflict            the same name or key already stands for something else
    ├── SharingDenied           the data steward
    ├── ContractError           the scenario author
    └── PlatformError           the operator
        ├── LakeUnavailable     the data store does not answer
        ├── LedgerBroken        the run ledger does not verify
        ├── RunFailed           a model stopped without a decision
        └── ResourceExhausted   memory, time or disk ran out

Each message says what happened; `hint` says the way out. The `slug` is stable: it names the error
in the ledger, in RFC 9457 problem documents and in the documentation. Nothing here knows HTTP.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


class ChengmoError(Exception):
    """Whatever the platform raises on purpose."""

    slug: ClassVar[str] = "error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross process boundaries: without this, pickle would drop the keyword-only hint.
        return (_rebuild, (type(self), self.message, self.hint))


def _rebuild(kind: type[ChengmoError], message: str, hint: str) -> ChengmoError:
    return kind(message, hint=hint)


class RequestError(ChengmoError):
    """The caller asked for something that cannot be had as asked."""

    slug = "bad-request"


class InvalidCell(RequestError):
    """A text or number that is no cell code."""

    slug = "invalid-cell"


class InvalidGeometry(RequestError):
    """A geometry no cell can be found for."""

    slug = "invalid-geometry"


@dataclass(frozen=True)
class Fault:
    """What is wrong with one field of a request.

    Attributes:
        pointer: The field, as an RFC 6901 JSON pointer into the request: `/budget/amount`.
        en: What is wrong, in English.
        zh: The same in Chinese.
    """

    pointer: str
    en: str
    zh: str


class InvalidRequest(RequestError):
    """A model's request outside its schema or its limits.

    Attributes:
        faults: What is wrong with which field, where single fields are to blame.
    """

    slug = "invalid-request"

    def __init__(self, message: str, *, hint: str = "", faults: Sequence[Fault] = ()) -> None:
        super().__init__(message, hint=hint)
        self.faults = tuple(faults)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild_request, (type(self), self.message, self.hint, self.faults))


def _rebuild_request(
    kind: type[InvalidRequest], message: str, hint: str, faults: tuple[Fault, ...]
) -> InvalidRequest:
    return kind(message, hint=hint, faults=faults)


class HeldBack(InvalidRequest):
    """An import whose rows fail a declared check that holds it back; `faults` say which."""

    slug = "held-back"


class InvalidQuery(RequestError):
    """A question the platform cannot read: an unknown parameter, a malformed box or time."""

    slug = "invalid-query"


class UnreadableFile(RequestError):
    """A file nobody can make a table of."""

    slug = "unreadable-file"


class HarvestFailed(RequestError):
    """Another catalogue that does not answer, or not as one of its kind does."""

    slug = "harvest-failed"


class UnknownDataset(RequestError):
    """No dataset, or no version of it, has this name."""

    slug = "unknown-dataset"


class UnknownPolicy(RequestError):
    """No sharing policy has this name."""

    slug = "unknown-policy"


class UnknownRequest(RequestError):
    """No request for data has this id."""

    slug = "unknown-request"


class UnknownContest(RequestError):
    """No contest, or no submission to one, has this name."""

    slug = "unknown-contest"


class UnknownModel(RequestError):
    """No model has this name."""

    slug = "unknown-model"


class UnknownRun(RequestError):
    """No run has this id."""

    slug = "unknown-run"


class UnknownAccount(RequestError):
    """No account, organisation or key has this name."""

    slug = "unknown-account"


class NotSignedIn(RequestError):
    """Nobody is known to ask, or by a key or session that is not valid."""

    slug = "not-signed-in"


class SignInRefused(NotSignedIn):
    """The user name and password do not fit; which of them is never said."""

    slug = "sign-in-refused"


class CodeNeeded(SignInRefused):
    """The user name and password fit; a code of the second factor is needed too."""

    slug = "code-needed"


class NewPasswordNeeded(SignInRefused):
    """They fit; the password was typed by somebody else, so its owner must choose another."""

    slug = "new-password-needed"


class TooManyAttempts(RequestError):
    """Somebody has tried to sign in too often.

    Attributes:
        retry_after_s: Seconds until the next attempt is heard.
    """

    slug = "too-many-attempts"

    def __init__(self, message: str, *, hint: str = "", retry_after_s: int = 0) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild_attempts, (self.message, self.hint, self.retry_after_s))


def _rebuild_attempts(message: str, hint: str, retry_after_s: int) -> TooManyAttempts:
    return TooManyAttempts(message, hint=hint, retry_after_s=retry_after_s)


class NotAllowed(RequestError):
    """The role of who asks, or the scope of the key, does not reach so far."""

    slug = "not-allowed"


class Conflict(RequestError):
    """The same name or idempotency key already stands for something else."""

    slug = "conflict"


class SharingDenied(ChengmoError):
    """The sharing rules of a dataset do not allow this use."""

    slug = "sharing-denied"


class ContractError(ChengmoError):
    """A scenario does not keep the contract of a vertical model."""

    slug = "contract-broken"


class PlatformError(ChengmoError):
    """Something the operator must look at."""

    slug = "platform-error"


class LakeUnavailable(PlatformError):
    """The data store does not answer."""

    slug = "lake-unavailable"


class LedgerBroken(PlatformError):
    """The run ledger does not verify."""

    slug = "ledger-broken"


class RunFailed(PlatformError):
    """A model stopped without a decision."""

    slug = "run-failed"


class ResourceExhausted(PlatformError):
    """Memory, time or disk ran out."""

    slug = "resource-exhausted"
