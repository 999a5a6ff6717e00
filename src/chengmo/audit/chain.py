"""The table of the log: append only, each entry tied to the one before it."""

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from pydantic_core import from_json

from chengmo.audit.access import check_plain
from chengmo.audit.checkpoint import Checkpoint
from chengmo.audit.verify_audit import Line
from chengmo.ledger.database import Database, Transaction
from chengmo.ledger.digest import FIRST_HASH, chained_hash
from chengmo.ledger.paging import rows_in_order
from chengmo.ledger.triggers import append_only

SCHEMA_VERSION = 1
_SCAN_ROWS = 1_000
_IDS_A_QUESTION = 500

_tables = sa.MetaData()

entries = sa.Table(
    "audit_entries",
    _tables,
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("time_utc", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("dataset", sa.Text, nullable=False),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("previous", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("access", sa.Text, nullable=False),
    sa.Index("audit_entries_by_actor", "actor", "sequence"),
    sa.Index("audit_entries_by_dataset", "dataset", "sequence"),
)
STATED = ("id", "time_utc", "actor", "action", "dataset", "verdict")

checkpoints = sa.Table(
    "audit_checkpoints",
    _tables,
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("time_utc", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("signature", sa.Text, nullable=False),
)

_LAST = sa.select(entries.c.sequence, entries.c.hash).order_by(entries.c.sequence.desc()).limit(1)


def create(transaction: Transaction) -> None:
    """Make the tables, and make them refuse changes."""
    _tables.create_all(transaction)
    for table in (entries, checkpoints):
        for statement in append_only(table.name, transaction.dialect.name):
            transaction.exec_driver_sql(statement)


def head(transaction: Transaction) -> tuple[int, str]:
    """Return number and hash of the last entry; 0 and `FIRST_HASH` of an empty log."""
    last = transaction.execute(_LAST).first()
    return (last.sequence, last.hash) if last else (0, FIRST_HASH)


def last_checkpoint(transaction: Transaction) -> int:
    """Return up to which entry checkpoints vouch; 0 if there is none."""
    return transaction.execute(sa.select(sa.func.max(checkpoints.c.sequence))).scalar() or 0


def append(database: Database, transaction: Transaction, bodies: Iterable[bytes]) -> int:
    """Append the accesses that are not there yet, and return how many those were.

    Args:
        database: Of the transaction.
        transaction: One that writes.
        bodies: Canonical bytes of accesses.

    Raises:
        ValueError: If one of `bodies` is no access.
    """
    database.lock_order(transaction)
    fresh = {(plain := _parsed(body))["id"]: (body, plain) for body in bodies}
    for known in _known(transaction, list(fresh)):
        del fresh[known]
    sequence, previous = head(transaction)
    rows: list[dict[str, Any]] = []
    for body, plain in fresh.values():
        sequence += 1
        entry_hash = chained_hash(sequence, previous, body)
        rows.append(
            {
                "sequence": sequence,
                "id": plain["id"],
                "time_utc": plain["time_utc"],
                "actor": plain["actor"],
                "action": plain["action"],
                "dataset": plain["dataset"],
                "verdict": plain["verdict"],
                "previous": previous,
                "hash": entry_hash,
                "access": body.decode(),
            }
        )
        previous = entry_hash
    if rows:
        _insert(transaction, rows)
    return len(rows)


def _insert(transaction: Transaction, rows: list[dict[str, Any]]) -> None:
    # The driver's own executemany: building SQLAlchemy's parameters costs as much as the insert.
    compiled = entries.insert().compile(dialect=transaction.dialect)
    order = getattr(compiled, "positiontup", None)
    values: Any = [tuple(row[name] for name in order) for row in rows] if order else rows
    transaction.exec_driver_sql(str(compiled), values)


def lines(transaction: Transaction) -> Iterator[Line]:
    """Yield the entries in order, as they are stored."""
    for row in all_rows(transaction):
        yield Line(row.sequence, row.previous, row.hash, row.access.encode("utf-8", "replace"))


def all_rows(transaction: Transaction) -> Iterator[sa.Row[Any]]:
    """Yield the rows in order, page by page: a log may be larger than memory."""
    return rows_in_order(transaction, sa.select(entries), entries.c.sequence, page_rows=_SCAN_ROWS)


def all_checkpoints(transaction: Transaction) -> list[Checkpoint]:
    """Return the checkpoints in order."""
    query = sa.select(checkpoints).order_by(checkpoints.c.sequence)
    return [Checkpoint(*row) for row in transaction.execute(query)]


def _parsed(body: bytes) -> dict[str, Any]:
    return check_plain(from_json(body))


def _known(transaction: Transaction, ids: list[str]) -> Iterator[str]:
    for start in range(0, len(ids), _IDS_A_QUESTION):
        part = ids[start : start + _IDS_A_QUESTION]
        yield from transaction.execute(
            sa.select(entries.c.id).where(entries.c.id.in_(part))
        ).scalars()
