"""The airspace in the database: decided one after the other, many to a commit, none lost.

One thread of each process takes what is asked. Whatever waits is taken together: the row of the
clock is raised, which lets no other process past until the transaction ends; what others have
committed is learnt; each is decided on the airspace as the one before left it; then all is
committed at once, and only then is anybody answered. So nothing is acknowledged that is not on
disk, nobody reads what might yet be undone, and the disk is waited for once for all of them.
"""

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from chengmo import ChengmoError, Database, Transaction
from chengmo_airspace.flights.airspace import Airspace
from chengmo_airspace.flights.table import (
    FORGOTTEN,
    NOW,
    SCHEMA_VERSION,
    clock,
    create,
    entities,
    notices,
)

MOST_TOGETHER = 256
REMEMBERED = 100_000
_NEVER = -1
T = TypeVar("T")


@dataclass
class _Job:
    decide: Callable[[Airspace], Any]
    is_change: bool
    future: Future[Any] = field(default_factory=Future)


class AirspaceStore:
    """The airspace that a database holds. Threads and processes may share it."""

    def __init__(self, database: Database, *, remembered: int = REMEMBERED) -> None:
        """Open the tables in `database`, making them if they are not there.

        Args:
            database: Of the operational state.
            remembered: For how many changes what is gone stays marked as gone. A process that has
                seen nothing for longer reads everything anew.
        """
        database.ensure("airspace", SCHEMA_VERSION, create)
        self.database = database
        self._remembered = remembered
        self._keep_entities = self._upsert(entities, "body")
        self._keep_notices = self._upsert(notices, "notices")
        self._airspace = Airspace()
        self._seen = _NEVER
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def ask(self, question: Callable[[Airspace], T]) -> Future[T]:
        """Answer a question on the airspace as it is, everything acknowledged before included."""
        return self._take(_Job(question, is_change=False))

    def change(self, decision: Callable[[Airspace], T]) -> Future[T]:
        """Decide on the airspace and change it; the future ends when the change is on disk.

        `decision` must look first and change last: if it raises, it has changed nothing.
        """
        return self._take(_Job(decision, is_change=True))

    def close(self) -> None:
        """Answer what was asked before, and end the thread."""
        with self._lock:
            self._is_closed = True
            thread = self._thread
            self._jobs.put(None)
        if thread is not None:
            thread.join()

    def _take(self, job: _Job) -> Future[Any]:
        with self._lock:
            if self._is_closed:
                raise RuntimeError("the airspace is closed")
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="airspace", daemon=True)
                self._thread.start()
            self._jobs.put(job)
        return job.future

    def _work(self) -> None:
        is_open = True
        while is_open:
            waiting = [self._jobs.get()]
            while len(waiting) < MOST_TOGETHER and not self._jobs.empty():
                waiting.append(self._jobs.get())
            is_open = None not in waiting
            # What was cancelled while it waited is not begun.
            self._decide_all(
                [job for job in waiting if job and job.future.set_running_or_notify_cancel()]
            )

    def _decide_all(self, jobs: Sequence[_Job]) -> None:
        if not jobs:
            return
        try:
            answers = self._transact(jobs)
        except BaseException as fault:  # noqa: BLE001 - the thread serves everybody: a fault goes to who asked
            # What of it is on disk, the database knows; this copy no longer does.
            self._airspace, self._seen = Airspace(), _NEVER
            if len(jobs) > 1 and not isinstance(fault, ChengmoError):
                for job in jobs:
                    self._decide_all([job])
                return
            answers = [(job, fault) for job in jobs]
        for job, answer in answers:
            if isinstance(answer, BaseException):
                job.future.set_exception(answer)
            else:
                job.future.set_result(answer)

    def _transact(self, jobs: Sequence[_Job]) -> list[tuple[_Job, Any]]:
        if not any(job.is_change for job in jobs):
            with self.database.read() as transaction:
                present = sa.select(clock.c.changes).where(clock.c.part == NOW)
                self._catch_up(transaction, transaction.execute(present).scalar_one())
            return [(job, _decided(job, self._airspace)) for job in jobs]
        with self.database.write() as transaction:
            raised = clock.update().where(clock.c.part == NOW).values(changes=clock.c.changes + 1)
            now = transaction.execute(raised.returning(clock.c.changes)).scalar_one()
            self._catch_up(transaction, now - 1)
            answers = [(job, _decided(job, self._airspace)) for job in jobs]
            self._write(transaction, now)
            if now % self._remembered == 0:
                self._forget(transaction, now - self._remembered)
        self._seen = now
        return answers

    def _catch_up(self, transaction: Transaction, changes: int) -> None:
        if changes == self._seen:
            return
        forgotten = sa.select(clock.c.changes).where(clock.c.part == FORGOTTEN)
        if self._seen < (transaction.execute(forgotten).scalar() or 0):
            self._airspace, self._seen = Airspace(), _NEVER
        newer = entities.c.change > self._seen
        if self._seen == _NEVER:
            newer &= entities.c.body.is_not(None)
        found = sa.select(entities.c.kind, entities.c.id, entities.c.body).where(newer)
        for kind, entity, body in transaction.execute(found):
            self._airspace.learn(kind, entity, body)
        counted = sa.select(notices.c.subscription, notices.c.notices).where(
            notices.c.change > self._seen
        )
        for subscription, count in transaction.execute(counted):
            self._airspace.learn_notices(subscription, count)
        self._seen = changes

    def _write(self, transaction: Transaction, now: int) -> None:
        airspace = self._airspace
        bodies = [
            {"kind": kind, "id": entity, "body": airspace.body(kind, entity), "change": now}
            for kind, entity in airspace.touched
        ]
        counts = [
            {"subscription": told, "notices": airspace.notices(told), "change": now}
            for told in airspace.told
        ]
        airspace.touched.clear()
        airspace.told.clear()
        if bodies:
            transaction.execute(self._keep_entities, bodies)
        if counts:
            transaction.execute(self._keep_notices, counts)

    def _forget(self, transaction: Transaction, before: int) -> None:
        """Delete the marks of what went before a change, and say so."""
        gone = entities.c.body.is_(None) & (entities.c.change <= before)
        transaction.execute(entities.delete().where(gone))
        transaction.execute(clock.update().where(clock.c.part == FORGOTTEN).values(changes=before))

    def _upsert(self, table: sa.Table, column: str) -> Any:
        make: Any = sqlite.insert if self.database.is_sqlite else postgresql.insert
        statement = make(table)
        return statement.on_conflict_do_update(
            index_elements=list(table.primary_key),
            set_={name: statement.excluded[name] for name in (column, "change")},
        )


def _decided(job: _Job, airspace: Airspace) -> Any:
    try:
        return job.decide(airspace)
    except ChengmoError as refusal:
        return refusal
