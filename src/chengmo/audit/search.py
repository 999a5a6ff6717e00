"""Looking things up in the log."""

import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from chengmo.audit.access import Access
from chengmo.audit.chain import entries
from chengmo.errors import InvalidQuery
from chengmo.ledger.database import Transaction

MOST_ENTRIES = 10_000


@dataclass(frozen=True)
class AuditEntry:
    """An access and its place in the log."""

    sequence: int
    hash: str
    access: Access


@dataclass(frozen=True, kw_only=True)
class AuditQuery:
    """What is looked for; None means any. Everything stated must hold.

    Attributes:
        actor: Id of the actor.
        dataset: Id of the dataset.
        action: As `read`.
        verdict: `allowed` or `denied`.
        since_utc: Not before this time: RFC 3339 in UTC or the beginning of one, as `2026-03-01`.
        until_utc: Before this time.
        text: Letters that stand anywhere in the access, such as a purpose, a run or an address.
        before: Only entries with a smaller number: the next page begins at the last one's.
        limit: At most so many.
    """

    actor: str | None = None
    dataset: str | None = None
    action: str | None = None
    verdict: str | None = None
    since_utc: str | None = None
    until_utc: str | None = None
    text: str | None = None
    before: int | None = None
    limit: int = 100


def find(transaction: Transaction, query: AuditQuery) -> list[AuditEntry]:
    """Return what fits `query`, the newest first.

    Raises:
        InvalidQuery: If the limit makes no sense.
    """
    if not 1 <= query.limit <= MOST_ENTRIES:
        raise InvalidQuery(
            f"{query.limit} entries cannot be listed", hint=f"ask for 1 to {MOST_ENTRIES}"
        )
    chosen = sa.select(entries.c.sequence, entries.c.hash, entries.c.access)
    for condition in _conditions(query):
        chosen = chosen.where(condition)
    chosen = chosen.order_by(entries.c.sequence.desc()).limit(query.limit)
    return [
        AuditEntry(row.sequence, row.hash, Access.from_plain(json.loads(row.access)))
        for row in transaction.execute(chosen)
    ]


def _conditions(query: AuditQuery) -> list[sa.ColumnElement[bool]]:
    exact: dict[str, Any] = {
        "actor": query.actor,
        "dataset": query.dataset,
        "action": query.action,
        "verdict": query.verdict,
    }
    found = [entries.c[name] == value for name, value in exact.items() if value is not None]
    if query.since_utc is not None:
        found.append(entries.c.time_utc >= query.since_utc)
    if query.until_utc is not None:
        found.append(entries.c.time_utc < query.until_utc)
    if query.text:
        found.append(entries.c.access.contains(query.text, autoescape=True))
    if query.before is not None:
        found.append(entries.c.sequence < query.before)
    return found
