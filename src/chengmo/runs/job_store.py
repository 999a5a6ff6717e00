"""Runs in the database: accepted, running under a lease, ended."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from chengmo.errors import Conflict, UnknownRun
from chengmo.ledger import (
    Database,
    DatasetVersion,
    RunActor,
    RunRecord,
    Transaction,
    canonical_bytes,
    digest_of,
    parse_canonical,
)
from chengmo.runs.clock import now_utc, seconds_between
from chengmo.runs.job import Job, Order
from chengmo.runs.job_table import SCHEMA_VERSION, create_tables, jobs
from chengmo.runs.status import RunStatus

_DATASETS = TypeAdapter(dict[str, DatasetVersion])
_EARLIER_RUNS = 20
_NOT_HELD = {"owner": None, "lease_until": None}


class JobStore:
    """Every change of a run's state, each one transaction."""

    def __init__(self, database: Database) -> None:
        """Open the table in `database`, making it if it is not there."""
        self.database = database
        database.ensure("jobs", SCHEMA_VERSION, create_tables)
        # Built once: SQLAlchemy then compiles it once.
        self._insert = database.insert_new(jobs).returning(jobs.c.run)

    def accept(self, order: Order) -> str:
        """Write `order` down and return its run: durable when this returns.

        The same idempotency key of the same actor with the same request is the run of before.

        Raises:
            Conflict: If the key stands for another request.
            LakeUnavailable: If the database does not answer.
        """
        row = _row_of(order)
        with self.database.write() as transaction:
            if transaction.execute(self._insert, row).first():
                return order.run
            earlier = transaction.execute(
                sa.select(jobs.c.run, jobs.c.request_digest).where(
                    jobs.c.actor_id == order.actor.id,
                    jobs.c.idempotency_key == order.idempotency_key,
                )
            ).one()
        if earlier.request_digest != row["request_digest"]:
            raise Conflict(
                f"the idempotency key already stands for another request, run {earlier.run}",
                hint="use a new key for a new request",
            )
        return earlier.run

    def lease(self, owner: str, lease_s: float) -> Job | None:
        """Give the oldest accepted run to `owner`, or nothing if there is none."""
        first = sa.select(jobs.c.run).where(jobs.c.status == "accepted").order_by(jobs.c.run)
        with self.database.read() as transaction:
            # Looking costs no write: an idle worker must not keep the disk busy.
            if transaction.execute(first.limit(1)).first() is None:
                return None
        chosen = first.limit(1).with_for_update(skip_locked=True).scalar_subquery()
        take = (
            sa.update(jobs)
            .where(jobs.c.run == chosen, jobs.c.status == "accepted")
            .values(
                status="running",
                owner=owner,
                lease_until=time.time() + lease_s,
                attempt=jobs.c.attempt + 1,
                started_utc=now_utc(),
                stage="",
                progress=0.0,
                message="",
            )
            .returning(*jobs.c)
        )
        with self.database.write() as transaction:
            row = transaction.execute(take).first()
        return _job_from(row) if row else None

    def renew(self, job: Job, lease_s: float, stage: str, progress: float) -> bool:
        """Extend the lease; False if the run is no longer this worker's."""
        change = (
            sa.update(jobs)
            .where(*_held(job))
            .values(lease_until=time.time() + lease_s, stage=stage, progress=progress)
        )
        with self.database.write() as transaction:
            return transaction.execute(change).rowcount == 1

    def finish(self, transaction: Transaction, job: Job, record: RunRecord) -> bool:
        """End `job` as `record` says; False if it is no longer this worker's."""
        return self._end(transaction, record, *_held(job))

    def dismiss_accepted(self, transaction: Transaction, record: RunRecord) -> bool:
        """End a run that no worker has taken; False if one has."""
        return self._end(transaction, record, jobs.c.run == record.run, jobs.c.status == "accepted")

    def _end(self, transaction: Transaction, record: RunRecord, *where: Any) -> bool:
        error = record.error
        lasted_s = (
            seconds_between(record.started_utc, record.ended_utc) if record.started_utc else None
        )
        change = (
            sa.update(jobs)
            .where(*where)
            .values(
                status=record.status,
                message=f"{error.message} ({error.hint})" if error else "",
                outcome=record.outcome,
                digest=record.decision_digest,
                ended_utc=record.ended_utc,
                duration_s=lasted_s,
                **_NOT_HELD,
            )
        )
        return transaction.execute(change).rowcount == 1

    def give_back(self, job: Job, *, counts: bool, transaction: Transaction | None = None) -> bool:
        """Make `job` accepted again.

        Args:
            job: The run, still held as it says.
            counts: Whether the attempt that ended counts.
            transaction: To be part of; else its own.
        """
        if transaction is None:
            with self.database.write() as own:
                return self.give_back(job, counts=counts, transaction=own)
        change = (
            sa.update(jobs)
            .where(*_held(job))
            .values(
                status="accepted",
                attempt=job.attempt if counts else job.attempt - 1,
                started_utc=None,
                stage="",
                progress=0.0,
                **_NOT_HELD,
            )
        )
        return transaction.execute(change).rowcount == 1

    def lost(self, is_dead: Callable[[str], bool]) -> list[Job]:
        """Return the running jobs whose worker is dead or has given no sign for too long."""
        with self.database.read() as transaction:
            rows = transaction.execute(sa.select(jobs).where(jobs.c.status == "running")).all()
        now_s = time.time()
        return [_job_from(row) for row in rows if row.lease_until < now_s or is_dead(row.owner)]

    def request_cancel(self, run: str) -> None:
        """Ask whoever works on `run`, or takes it next, to stop."""
        change = (
            sa.update(jobs)
            .where(jobs.c.run == run, jobs.c.status.in_(("accepted", "running")))
            .values(is_cancel_requested=True)
        )
        with self.database.write() as transaction:
            transaction.execute(change)

    def cancel_requested(self, owner: str) -> list[str]:
        """Return the runs of `owner` that are to stop."""
        asked = sa.select(jobs.c.run).where(
            jobs.c.status == "running", jobs.c.owner == owner, jobs.c.is_cancel_requested
        )
        with self.database.read() as transaction:
            return list(transaction.execute(asked).scalars())

    def order(self, run: str) -> Order:
        """Return what was asked.

        Raises:
            UnknownRun: If there is no such run.
        """
        return _order_from(self._row(run))

    def status(self, run: str) -> RunStatus:
        """Return where `run` stands.

        Raises:
            UnknownRun: If there is no such run.
        """
        return _status_from(self._row(run))

    def recent(
        self, wanted: Mapping[str, str | None], *, limit: int, before: str | None
    ) -> list[RunStatus]:
        """Return runs with the `wanted` values by column, the last submitted first."""
        query = sa.select(jobs).order_by(jobs.c.run.desc()).limit(limit)
        for column, value in wanted.items():
            if value is not None:
                query = query.where(jobs.c[column] == value)
        if before is not None:
            query = query.where(jobs.c.run < before)
        with self.database.read() as transaction:
            return [_status_from(row) for row in transaction.execute(query)]

    def durations_s(self, model: str) -> list[float]:
        """Return the durations of the last successful runs of `model`."""
        recent = (
            sa.select(jobs.c.duration_s, jobs.c.status)
            .where(jobs.c.model == model)
            .order_by(jobs.c.run.desc())
            .limit(_EARLIER_RUNS)
        )
        with self.database.read() as transaction:
            rows = transaction.execute(recent).all()
        return [row.duration_s for row in rows if row.status == "successful"]

    def _row(self, run: str) -> sa.Row[Any]:
        with self.database.read() as transaction:
            row = transaction.execute(sa.select(jobs).where(jobs.c.run == run)).first()
        if row is None:
            raise UnknownRun(
                f"there is no run {run[:100]!r}", hint="list the runs to see their ids"
            )
        return row


def _held(job: Job) -> tuple[Any, ...]:
    # A worker that slept through its lease finds another attempt here, and changes nothing.
    return (
        jobs.c.run == job.order.run,
        jobs.c.status == "running",
        jobs.c.owner == job.owner,
        jobs.c.attempt == job.attempt,
    )


def _row_of(order: Order) -> dict[str, Any]:
    return {
        "run": order.run,
        "model": order.model,
        "model_version": order.model_version,
        "request": canonical_bytes(order.request).decode(),
        "request_digest": digest_of([order.model, order.request]),
        "datasets": _DATASETS.dump_json(order.datasets).decode(),
        "actor": order.actor.model_dump_json(),
        "actor_id": order.actor.id,
        "purpose": order.purpose,
        "idempotency_key": order.idempotency_key,
        "status": "accepted",
        "submitted_utc": order.submitted_utc,
    }


def _order_from(row: sa.Row[Any]) -> Order:
    return Order(
        model=row.model,
        model_version=row.model_version,
        request=parse_canonical(row.request),
        datasets=_DATASETS.validate_json(row.datasets),
        actor=RunActor.model_validate_json(row.actor),
        purpose=row.purpose,
        idempotency_key=row.idempotency_key,
        run=row.run,
        submitted_utc=row.submitted_utc,
    )


def _job_from(row: sa.Row[Any]) -> Job:
    return Job(
        order=_order_from(row),
        owner=row.owner,
        attempt=row.attempt,
        started_utc=row.started_utc,
        is_cancel_requested=row.is_cancel_requested,
    )


def _status_from(row: sa.Row[Any]) -> RunStatus:
    return RunStatus(
        id=row.run,
        model=row.model,
        status=row.status,
        progress_0to1=1.0 if row.status == "successful" else row.progress,
        stage=row.stage,
        message=row.message,
        submitted_utc=row.submitted_utc,
        started_utc=row.started_utc,
        ended_utc=row.ended_utc,
        outcome=row.outcome,
        digest=row.digest,
    )
