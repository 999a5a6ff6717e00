"""The ledger: append only, each entry tied to the one before it."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import sqlalchemy as sa
from pydantic import ValidationError

from chengmo.errors import Conflict, InvalidRequest, LedgerBroken, UnknownRun
from chengmo.ledger.database import Database, Transaction
from chengmo.ledger.digest import (
    FIRST_HASH,
    canonical_bytes,
    chained_hash,
    digest_of_bytes,
    parse_canonical,
)
from chengmo.ledger.paging import rows_in_order
from chengmo.ledger.record import RunRecord
from chengmo.ledger.triggers import append_only

SCHEMA_VERSION = 1
_SCAN_ROWS = 500

Parsed = TypeVar("Parsed")

_tables = sa.MetaData()

_entries = sa.Table(
    "ledger_entries",
    _tables,
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("run", sa.Text, nullable=False, unique=True),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("previous", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("decision_digest", sa.Text),
    sa.Column("record", sa.Text, nullable=False),
    sa.Index("ledger_entries_by_model", "model", "sequence"),
)

# By content: a rerun with the same decision costs no second copy.
_decisions = sa.Table(
    "ledger_decisions",
    _tables,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("body", sa.Text, nullable=False),
)

_LAST = (
    sa.select(_entries.c.sequence, _entries.c.hash).order_by(_entries.c.sequence.desc()).limit(1)
)


class Ledger:
    """Every run that ended, in order. Nothing in it changes."""

    def __init__(self, database: Database) -> None:
        """Open the ledger in `database`, making its tables if they are not there."""
        self.database = database
        database.ensure("ledger", SCHEMA_VERSION, _create)

    def append(
        self,
        record: RunRecord,
        *,
        decision: bytes | None = None,
        transaction: Transaction | None = None,
    ) -> str:
        """Write `record` down and return its hash.

        Args:
            record: The run. Its `decision` is left to the next argument.
            decision: Canonical bytes of the decision, of a successful run.
            transaction: One of the same database, to be one with other writes; else its own.

        Raises:
            Conflict: If the run is written down already.
            InvalidRequest: If `decision` is not what the record's digest names.
            LakeUnavailable: If the database does not answer.
        """
        digest = digest_of_bytes(decision) if decision is not None else None
        if digest != record.decision_digest:
            raise InvalidRequest(
                "the decision is not the one that the record names",
                hint="give the canonical bytes whose digest is in the record",
            )
        if transaction is not None:
            return self._append(transaction, record, decision)
        with self.database.write() as own:
            return self._append(own, record, decision)

    def _append(self, transaction: Transaction, record: RunRecord, decision: bytes | None) -> str:
        self.database.lock_order(transaction)
        if transaction.execute(
            sa.select(_entries.c.sequence).where(_entries.c.run == record.run)
        ).first():
            raise Conflict(
                f"run {record.run} is in the ledger already", hint="entries never change"
            )
        last = transaction.execute(_LAST).first()
        sequence, previous = (last.sequence + 1, last.hash) if last else (1, FIRST_HASH)
        body = canonical_bytes(record.model_copy(update={"decision": None}))
        if decision is not None:
            transaction.execute(
                self.database.insert_new(_decisions).values(
                    digest=record.decision_digest, body=decision.decode()
                )
            )
        entry_hash = chained_hash(sequence, previous, body)
        transaction.execute(
            _entries.insert().values(
                sequence=sequence,
                run=record.run,
                model=record.model,
                status=record.status,
                previous=previous,
                hash=entry_hash,
                decision_digest=record.decision_digest,
                record=body.decode(),
            )
        )
        return entry_hash

    def get(self, run: str) -> RunRecord:
        """Return the record of `run`, with its decision.

        Raises:
            UnknownRun: If no such run is written down.
            LedgerBroken: If what is stored no longer fits its own digest.
        """
        with self.database.read() as transaction:
            row = transaction.execute(_with_decision().where(_entries.c.run == run)).first()
        if row is None:
            raise UnknownRun(
                f"run {run!r} is not in the ledger", hint="list the runs; one that goes on is not"
            )
        return _checked(row)

    def find(
        self,
        *,
        model: str | None = None,
        reads: str | None = None,
        before: str | None = None,
        limit: int = 100,
    ) -> list[RunRecord]:
        """Return records without their decisions, the last written first.

        Args:
            model: Only of this model.
            reads: Only of runs that read the dataset with this id.
            before: Only those written before this run.
            limit: At most so many.
        """
        query = sa.select(_entries.c.record).order_by(_entries.c.sequence.desc()).limit(limit)
        if model is not None:
            query = query.where(_entries.c.model == model)
        if reads is not None:
            # Canonical JSON has no blanks; whatever else holds these letters is sorted out below.
            query = query.where(_entries.c.record.contains(f'"{reads}":{{', autoescape=True))
        if before is not None:
            found = sa.select(_entries.c.sequence).where(_entries.c.run == before)
            query = query.where(_entries.c.sequence < found.scalar_subquery())
        with self.database.read() as transaction:
            rows = transaction.execute(query).scalars().all()
        found_records = [RunRecord.model_validate(parse_canonical(row)) for row in rows]
        return [each for each in found_records if reads is None or reads in each.datasets]

    def verify(self, *, head: str | None = None) -> int:
        """Check every entry against its hash, its decision and the entry before it.

        Args:
            head: Hash of an entry known from elsewhere, which must be among them: without it
                nobody can see that entries at the end were cut off.

        Returns:
            How many entries there are.

        Raises:
            LedgerBroken: Naming the first entry that does not fit.
        """
        previous, count, head_seen = FIRST_HASH, 0, head in {None, FIRST_HASH}
        with self.database.read() as transaction:
            for row in _all_rows(transaction):
                count += 1
                if row.sequence != count:
                    raise _broken(count, "it is missing")
                if row.previous != previous:
                    raise _broken(count, "it does not follow the entry before it")
                _checked(row)
                previous = row.hash
                head_seen = head_seen or previous == head
        if not head_seen:
            raise LedgerBroken(
                f"no entry has the hash {head}",
                hint="entries at the end are gone: restore the database from its backup",
            )
        return count

    def head(self) -> str:
        """Return the hash of the last entry: kept elsewhere, it vouches for all before it."""
        with self.database.read() as transaction:
            last = transaction.execute(_LAST).first()
        return last.hash if last else FIRST_HASH


def _create(transaction: Transaction) -> None:
    _tables.create_all(transaction)
    for table in (_entries, _decisions):
        for statement in append_only(table.name, transaction.dialect.name):
            transaction.exec_driver_sql(statement)


def _with_decision() -> sa.Select[Any]:
    return sa.select(_entries, _decisions.c.body).join(
        _decisions, _decisions.c.digest == _entries.c.decision_digest, isouter=True
    )


def _all_rows(transaction: Transaction) -> Iterator[sa.Row[Any]]:
    return rows_in_order(transaction, _with_decision(), _entries.c.sequence, page_rows=_SCAN_ROWS)


def _checked(row: sa.Row[Any]) -> RunRecord:
    """Return the record in `row` after holding every field of the row against the others."""
    if row.hash != chained_hash(row.sequence, row.previous, row.record.encode()):
        raise _broken(row.sequence, "its hash does not fit its content")
    record = _parsed(row, lambda: RunRecord.model_validate(parse_canonical(row.record)))
    stated = (record.run, record.model, record.status, record.decision_digest)
    if stated != (row.run, row.model, row.status, row.decision_digest):
        raise _broken(row.sequence, "its columns are not those of its record")
    if record.decision_digest is None:
        return record
    if row.body is None or digest_of_bytes(row.body.encode()) != record.decision_digest:
        raise _broken(row.sequence, "its decision is not the one that was recorded")
    decision = _parsed(row, lambda: parse_canonical(row.body))
    return record.model_copy(update={"decision": decision})


def _parsed(row: sa.Row[Any], parse: Callable[[], Parsed]) -> Parsed:
    try:
        return parse()
    except (ValidationError, ValueError) as error:
        raise _broken(row.sequence, "its record cannot be read") from error


def _broken(sequence: int, reason: str) -> LedgerBroken:
    return LedgerBroken(
        f"ledger entry {sequence} does not verify: {reason}",
        hint="restore the database from its backup and find out who wrote to it",
    )
