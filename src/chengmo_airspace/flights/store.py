"""A state in the database: decided one after the other, many to a commit, none lost.

One thread of each process takes what is asked. Whatever waits is taken together: the row of the
clock is raised, which lets no other process past until the transaction ends; what others have
committed is learnt; each is decided on the state as the one before left it; then all is
committed at once, and only then is anybody answered. So nothing is acknowledged that is not on
disk, nobody reads what might yet be undone, and the disk is waited for once for all of them.
"""

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from chengmo import ChengmoError, Database, Transaction
from chengmo_airspace.flights.airspace import Airspace
from chengmo_airspace.flights.table import FORGOTTEN, NOW, SCHEMA_VERSION, tables_called

MOST_TOGETHER = 256
REMEMBERED = 100_000
_NEVER = -1
T = TypeVar("T")


class State(Protocol):
    """What a store keeps: the copy in memory of what the database holds.

    Attributes:
        touched: What has changed since `touched` was last cleared: kind and id, in order.
        told: The subscriptions whose count of notices has.
    """

    touched: dict[tuple[Any, str], None]
    told: dict[str, None]

    def notices(self, subscription: str) -> int:
        """Return how often a subscription was to be told."""
        ...

    def body(self, kind: Any, entity: str) -> str | None:
        """Return an entity as the database keeps it; None if it is gone."""
        ...

    def learn(self, kind: Any, entity: str, body: str | None) -> None:
        """Take over what the database says of an entity."""
        ...

    def learn_notices(self, subscription: str, notices: int) -> None:
        """Take over how often the database says a subscription was told."""
        ...


S = TypeVar("S", bound=State)


@dataclass
class _Job:
    decide: Callable[[Any], Any]
    is_change: bool
    future: Future[Any] = field(default_factory=Future)


class TurnStore(Generic[S]):
    """A state that a database holds. Threads and processes may share it."""

    def __init__(
        self, database: Database, name: str, make: Callable[[], S], *, remembered: int = REMEMBERED
    ) -> None:
        """Open the tables in `database`, making them if they are not there.

        Args:
            database: Of the operational state.
            name: What the tables are called by.
            make: Makes an empty state.
            remembered: For how many changes what is gone stays marked as gone. A process that has
                seen nothing for longer reads everything anew.
        """
        self._tables = tables_called(name)
        database.ensure(name, SCHEMA_VERSION, self._tables.create)
        self.database = database
        self._remembered = remembered
        self._keep_entities = self._upsert(self._tables.entities, "body")
        self._keep_notices = self._upsert(self._tables.notices, "notices")
        self._make = make
        self._state = make()
        self._seen = _NEVER
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def ask(self, question: Callable[[S], T]) -> Future[T]:
        """Answer a question on the state as it is, everything acknowledged before included."""
        return self._take(_Job(question, is_change=False))

    def change(self, decision: Callable[[S], T]) -> Future[T]:
        """Decide on the state and change it; the future ends when the change is on disk.

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
                raise RuntimeError("the store is closed")
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name=self._tables.name, daemon=True
                )
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
            self._state, self._seen = self._make(), _NEVER
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
                present = sa.select(self._tables.clock.c.changes).where(
                    self._tables.clock.c.part == NOW
                )
                self._catch_up(transaction, transaction.execute(present).scalar_one())
            return [(job, _decided(job, self._state)) for job in jobs]
        with self.database.write() as transaction:
            raised = (
                self._tables.clock.update()
                .where(self._tables.clock.c.part == NOW)
                .values(changes=self._tables.clock.c.changes + 1)
            )
            now = transaction.execute(raised.returning(self._tables.clock.c.changes)).scalar_one()
            self._catch_up(transaction, now - 1)
            answers = [(job, _decided(job, self._state)) for job in jobs]
            self._write(transaction, now)
            if now % self._remembered == 0:
                self._forget(transaction, now - self._remembered)
        self._seen = now
        return answers

    def _catch_up(self, transaction: Transaction, changes: int) -> None:
        if changes == self._seen:
            return
        forgotten = sa.select(self._tables.clock.c.changes).where(
            self._tables.clock.c.part == FORGOTTEN
        )
        if self._seen < (transaction.execute(forgotten).scalar() or 0):
            self._state, self._seen = self._make(), _NEVER
        newer = self._tables.entities.c.change > self._seen
        if self._seen == _NEVER:
            newer &= self._tables.entities.c.body.is_not(None)
        found = sa.select(
            self._tables.entities.c.kind, self._tables.entities.c.id, self._tables.entities.c.body
        ).where(newer)
        for kind, entity, body in transaction.execute(found):
            self._state.learn(kind, entity, body)
        counted = sa.select(
            self._tables.notices.c.subscription, self._tables.notices.c.notices
        ).where(self._tables.notices.c.change > self._seen)
        for subscription, count in transaction.execute(counted):
            self._state.learn_notices(subscription, count)
        self._seen = changes

    def _write(self, transaction: Transaction, now: int) -> None:
        state = self._state
        bodies = [
            {"kind": kind, "id": entity, "body": state.body(kind, entity), "change": now}
            for kind, entity in state.touched
        ]
        counts = [
            {"subscription": told, "notices": state.notices(told), "change": now}
            for told in state.told
        ]
        state.touched.clear()
        state.told.clear()
        if bodies:
            transaction.execute(self._keep_entities, bodies)
        if counts:
            transaction.execute(self._keep_notices, counts)

    def _forget(self, transaction: Transaction, before: int) -> None:
        """Delete the marks of what went before a change, and say so."""
        gone = self._tables.entities.c.body.is_(None) & (self._tables.entities.c.change <= before)
        transaction.execute(self._tables.entities.delete().where(gone))
        transaction.execute(
            self._tables.clock.update()
            .where(self._tables.clock.c.part == FORGOTTEN)
            .values(changes=before)
        )

    def _upsert(self, table: sa.Table, column: str) -> Any:
        make: Any = sqlite.insert if self.database.is_sqlite else postgresql.insert
        statement = make(table)
        return statement.on_conflict_do_update(
            index_elements=list(table.primary_key),
            set_={name: statement.excluded[name] for name in (column, "change")},
        )


def _decided(job: _Job, state: Any) -> Any:
    try:
        return job.decide(state)
    except ChengmoError as refusal:
        return refusal


class AirspaceStore(TurnStore[Airspace]):
    """The airspace that a database holds."""

    def __init__(self, database: Database, *, remembered: int = REMEMBERED) -> None:
        super().__init__(database, "airspace", Airspace, remembered=remembered)
