"""One access: who asked for what, by which way in, and what was answered."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Literal, Self

from chengmo.ledger.digest import LARGEST_INTEGER

Via = Literal["web", "ogc", "mcp", "cli", "python", "sql", "run", "export"]
Action = Literal[
    "list", "describe", "read", "count", "tile", "lineage", "quarantine", "export", "sql", "run",
    "result", "import", "restore", "metadata", "delete", "harvest", "contest", "service",
    "sign-in", "sign-in-failed", "sign-out", "account", "organisation", "key",
    "policy", "request", "approval", "audit", "refused",
]  # fmt: skip
Verdict = Literal["allowed", "denied"]
Plain = str | int | bool | None

# Longer texts are cut: a caller must not fill the log with one question.
MOST_LETTERS = 2_000
_LONG_LINE = 8_000
# What is asked for may be hostile, as the id of a dataset that is not there: PostgreSQL indexes
# no text beyond some kilobytes.
MOST_LETTERS_OF_ID = 200
_EMPTY: Mapping[str, Plain] = MappingProxyType({})
_SECRETS = ("password", "secret", "token", "authorization", "cookie", "api_key", "apikey")

# RFC 8785 for what an access holds: ASCII keys, texts, exact integers, booleans, null. A property
# test holds it against `canonical_bytes`, which is ten times slower.
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _nothing() -> Mapping[str, Plain]:
    return _EMPTY


def new_access_id() -> str:
    """Return an id nobody else has."""
    return secrets.token_hex(16)


def now_utc() -> str:
    """Return this instant as RFC 3339 in UTC with microseconds; texts sort as their times do."""
    return datetime.now(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One access, as it is written down. It never holds values of rows, nor secrets.

    Attributes:
        actor: Id of who asked; `anonymous` for whoever did not sign in.
        via: The way in.
        action: What was done, or tried.
        verdict: Whether it was allowed.
        roles: The actor's roles at that moment.
        organisation: The actor's organisation, empty for none.
        dataset: Id of the dataset, empty where none is concerned.
        version: Version of the dataset.
        purpose: What the actor said it is for.
        reason: Slug of the rule or the fault that gave the verdict.
        policy: Version and digest of the policy that was in force.
        edition: Digest of the treated copy that was read; empty for the original.
        rows: How many rows left; None where nobody knows.
        run: Id of the run, where there is one.
        detail: A few plain facts more, such as a client's address. Not numbers with a fraction.
        id: Of the access: written down twice, it is kept once.
        time_utc: RFC 3339 with microseconds.
    """

    actor: str
    via: Via
    action: Action
    verdict: Verdict
    roles: tuple[str, ...] = ()
    organisation: str = ""
    dataset: str = ""
    version: int | None = None
    purpose: str = ""
    reason: str = ""
    policy: str = ""
    edition: str = ""
    rows: int | None = None
    run: str = ""
    detail: Mapping[str, Plain] = field(default_factory=_nothing)
    id: str = field(default_factory=new_access_id)
    time_utc: str = field(default_factory=now_utc)

    def canonical(self) -> bytes:
        """Return the RFC 8785 bytes of this access: one line, without the line's end."""
        plain = self.plain()
        text = _ENCODER.encode(plain)
        if len(text) > _LONG_LINE or "\\u0000" in text:
            text = _ENCODER.encode({name: _short(value) for name, value in plain.items()})
        try:
            return text.encode()
        except UnicodeEncodeError:
            # Half of a surrogate pair, as hostile callers send it, has no UTF-8.
            return text.encode("utf-8", "replace")

    def plain(self) -> dict[str, Any]:
        """Return the access as JSON values."""
        return {
            "action": self.action,
            "actor": self.actor[:MOST_LETTERS_OF_ID],
            "dataset": self.dataset[:MOST_LETTERS_OF_ID],
            "detail": _plain_detail(self.detail) if self.detail else {},
            "edition": self.edition,
            "id": self.id[:MOST_LETTERS_OF_ID],
            "organisation": self.organisation,
            "policy": self.policy,
            "purpose": self.purpose,
            "reason": self.reason,
            "roles": self.roles,
            "rows": self.rows,
            "run": self.run,
            "time_utc": self.time_utc,
            "verdict": self.verdict,
            "version": self.version,
            "via": self.via,
        }

    @classmethod
    def from_plain(cls, value: Any) -> Self:
        """Return the access that `plain` wrote.

        Raises:
            ValueError: If it is none.
        """
        stated = check_plain(value)
        stated["roles"] = tuple(stated["roles"])
        return cls(**stated)


_NAMES = {each.name for each in fields(Access)}


def check_plain(value: Any) -> dict[str, Any]:
    """Return `value` if it has the members of an access.

    Raises:
        ValueError: If it has not.
    """
    if not isinstance(value, dict) or value.keys() != _NAMES:
        raise ValueError("this is no access")
    return value


def _plain_detail(detail: Mapping[str, Plain]) -> dict[str, Plain]:
    return {str(name): _plain(str(name), value) for name, value in detail.items()}


def _plain(name: str, value: object) -> Plain:
    if any(secret in name.lower() for secret in _SECRETS):
        return "(withheld)"
    if isinstance(value, int) and not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
        return str(value)
    return value if value is None or isinstance(value, str | int) else str(value)


def _short(value: Any) -> Any:
    if isinstance(value, str):
        # PostgreSQL takes no NUL.
        value = value.replace("\0", "\ufffd")
        return value if len(value) <= MOST_LETTERS else value[:MOST_LETTERS] + "…"
    if isinstance(value, dict):
        kept = list(value.items())[:20]
        return {_short(name)[:100]: _short(each) for name, each in kept}
    if isinstance(value, tuple | list):
        return [_short(each) for each in value[:20]]
    return value
