"""The data centre (通数): takes telemetry, keeps it, watches the aircraft, tells of what is wrong.

One thread decides. Whatever batches wait are taken together: decided on the aircraft as the ones
before left them, written to the log, and only when that is on disk answered. So nothing that is
acknowledged is lost, and the disk is waited for once for all of them. Between batches, and at
least four times a second, it looks for lost links and for aircraft too near to one another.
"""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from chengmo import ChengmoError, PlatformError, ResourceExhausted
from chengmo_airspace.altitude import Altitudes, egm96
from chengmo_airspace.tracking.alert import Alert, read_alerts, write_alerts
from chengmo_airspace.tracking.batch import Batch, read_batch
from chengmo_airspace.tracking.frame import (
    ALERTS,
    MESSAGES,
    NAMES,
    PICTURE,
    PLANS,
    pack_messages,
    unpack_messages,
    write_frame,
)
from chengmo_airspace.tracking.limits import Limits
from chengmo_airspace.tracking.monitor import Monitor, Receipt, Taken
from chengmo_airspace.tracking.plan import Plan, PlanBook, write_plans
from chengmo_airspace.tracking.record import STATES
from chengmo_airspace.tracking.segments import SEGMENT_BYTES, SegmentLog
from chengmo_airspace.tracking.telemetry import Table

Listener = Callable[[Sequence[Alert]], None]
Clock = Callable[[], int]
T = TypeVar("T")

DAY_US = 86_400_000_000
WATCH_S = 0.25
PLANS_S = 1.0
MOST_WAITING = 400_000
MOST_TOGETHER = 50_000
MOST_AIRCRAFT = 200_000
KEPT_ALERTS = 10_000


def now_us() -> int:
    """Return the present, microseconds since 1970."""
    return time.time_ns() // 1000


@dataclass(frozen=True, slots=True)
class Keeping:
    """How the log is kept.

    Attributes:
        segment_bytes: How large a segment grows.
        days: Segments that ended longer ago go when a new one is begun; None: none goes.
    """

    segment_bytes: int = SEGMENT_BYTES
    days: float | None = None


@dataclass
class _Job:
    batch: Batch
    future: Future[Receipt] = field(default_factory=Future)


@dataclass(frozen=True, slots=True)
class Counts:
    """What the centre has done since it was opened.

    Attributes:
        messages: Kept.
        alerts: Given.
        waiting: Messages that wait to be decided.
        aircraft: In the sky now.
    """

    messages: int
    alerts: int
    waiting: int
    aircraft: int


class DataCentre:
    """Telemetry of a city. Threads may share it; one process has it."""

    def __init__(
        self,
        folder: Path,
        *,
        limits: Limits | None = None,
        altitudes: Altitudes | None = None,
        plans: Callable[[], Iterable[Plan]] | None = None,
        clock: Clock = now_us,
        keeping: Keeping | None = None,
    ) -> None:
        """Open the centre, bringing back what its log says.

        Args:
            folder: Of the log; made if it is not there.
            limits: By which aircraft are judged.
            altitudes: Surfaces for heights; without, heights above the sea by EGM96, and heights
                above the ground unknown.
            plans: What aircraft are held to, asked every second; None for none.
            clock: The present.
            keeping: How the log is kept.

        Raises:
            PlatformError: If the log cannot be read, or another process writes it.
        """
        self.limits = limits or Limits()
        self.altitudes = altitudes or Altitudes(egm96())
        self._plans = plans
        self._clock = clock
        self._folder, self._keeping = folder, keeping or Keeping()
        self._lock = threading.Lock()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._waiting = self._messages = self._given = 0
        self._room = threading.Lock()
        self._listeners: list[Listener] = []
        self._recent: deque[Alert] = deque(maxlen=KEPT_ALERTS)
        self._book: PlanBook | None = None
        self._planned: list[Plan] = []
        self._closing = threading.Event()
        self._is_broken = False
        self.log, self._monitor = self._open()
        self._threads = [threading.Thread(target=self._work, name="tracking", daemon=True)]
        if plans is not None:
            self._follow(plans)
            self._threads.append(
                threading.Thread(target=self._keep_plans, name="tracking-plans", daemon=True)
            )
        for thread in self._threads:
            thread.start()

    def report(self, table: Table, operator: str) -> Future[Receipt]:
        """Take the messages of an operator; the future ends when they are on disk.

        Raises:
            ResourceExhausted: If too much waits already, or there are too many aircraft: send it
                again in a moment.
        """
        batch = read_batch(
            table,
            operator,
            altitudes=self.altitudes,
            limits=self.limits,
            now_us=self._clock(),
        )
        if self.look(lambda monitor: len(monitor.live)) + len(batch.aircraft) > MOST_AIRCRAFT:
            raise ResourceExhausted("there are too many aircraft", hint="send again in a while")
        job = _Job(batch)
        with self._room:
            if self._closing.is_set():
                raise PlatformError("the data centre is closed", hint="ask again in a moment")
            if self._waiting + len(batch) > MOST_WAITING:
                raise ResourceExhausted(
                    f"{self._waiting} messages wait already", hint="send again in a second"
                )
            self._waiting += len(batch)
            self._jobs.put(job)
        return job.future

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Have alerts told to `listener` at once, in the centre's thread; return how to end it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def recent_alerts(self) -> list[Alert]:
        """Return the last alerts, oldest first."""
        with self._lock:
            return list(self._recent)

    def look(self, question: Callable[[Monitor], T]) -> T:
        """Answer a question on the aircraft as they are; it must be quick and change nothing."""
        with self._lock:
            return question(self._monitor)

    def counts(self) -> Counts:
        """Return what the centre has done."""
        aircraft = self.look(lambda monitor: len(monitor.live))
        return Counts(self._messages, self._given, self._waiting, aircraft)

    def close(self) -> None:
        """Keep and answer what came before, and end."""
        with self._room:
            self._closing.set()
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()
        self.log.close()

    def _open(self) -> tuple[SegmentLog, Monitor]:
        log, monitor = SegmentLog(self._folder, segment_bytes=self._keeping.segment_bytes), None
        monitor = Monitor(self.limits)
        last_us = 0
        if log.numbers:
            number = log.numbers[-1]
            for entry in log.entries(number):
                payload = log.read(number, int(entry["offset"]))
                last_us = int(entry["at"])
                _learn(monitor, int(entry["kind"]), payload, int(entry["count"]), last_us)
        # While nobody listened nobody was silent.
        crafts = monitor.live.crafts
        crafts["heard"][crafts["is_live"] == 1] += max(0, self._clock() - last_us)
        return log, monitor

    def _follow(self, plans: Callable[[], Iterable[Plan]]) -> None:
        listed = sorted(plans(), key=lambda plan: plan.intent)
        before = self._book.plans if self._book is not None else ()
        known = {(plan.intent, plan.version, plan.state) for plan in before}
        new = [plan for plan in listed if (plan.intent, plan.version, plan.state) not in known]
        if new or len(listed) != len(before):
            book = PlanBook.of(listed)
            with self._lock:
                self._book = book
                self._planned += new
                self._monitor.follow(book)

    def _keep_plans(self) -> None:
        assert self._plans is not None  # noqa: S101 - the thread is begun only then
        while not self._closing.wait(PLANS_S):
            try:
                self._follow(self._plans)
            except ChengmoError:
                # The database does not answer: the plans known stand, and it is asked again.
                continue

    def _work(self) -> None:
        next_watch = time.monotonic()
        is_open = True
        while is_open:
            jobs, is_open = self._wait(max(0.0, next_watch - time.monotonic()))
            self._decide(jobs)
            if time.monotonic() >= next_watch:
                next_watch = time.monotonic() + WATCH_S
                self._decide([])

    def _wait(self, seconds: float) -> tuple[list[_Job], bool]:
        """Return what waits, and whether there may be more."""
        jobs: list[_Job] = []
        messages = 0
        try:
            job = self._jobs.get(timeout=seconds)
            while job is not None:
                jobs.append(job)
                messages += len(job.batch)
                if messages >= MOST_TOGETHER or self._jobs.empty():
                    return jobs, True
                job = self._jobs.get()
        except queue.Empty:
            return jobs, True
        return jobs, False

    def _decide(self, jobs: Sequence[_Job]) -> None:
        """Decide on batches, or without any on what time alone brings."""
        try:
            if self._is_broken:
                self._mend()
            taken = self._keep(jobs)
        except BaseException as fault:  # noqa: BLE001 - the thread serves everybody: a fault goes to who asked
            # What is in memory may be ahead of the disk now.
            self._is_broken = True
            self._settle(jobs, [fault] * len(jobs))
            return
        self._settle(jobs, taken.receipts)
        if taken.alerts:
            self._tell(taken.alerts)

    def _keep(self, jobs: Sequence[_Job]) -> Taken:
        at_us = self._clock()
        with self._lock:
            monitor = self._monitor
            if self.log.is_full:
                monitor.shed_names()
                self.log.begin(self._opening(monitor, at_us))
                if self._keeping.days is not None:
                    self.log.drop_before(at_us - int(self._keeping.days * DAY_US))
            taken = monitor.take([job.batch for job in jobs], at_us) if jobs else None
            if taken is None:
                taken = Taken.of_alerts(monitor.watch(at_us))
            planned, self._planned = self._planned, []
            frames = _frames(monitor, taken, planned, at_us)
        if frames:
            self.log.append(frames)
        self._messages += len(taken.messages)
        return taken

    def _opening(self, monitor: Monitor, at_us: int) -> list[bytes]:
        monitor.names.new()
        self._planned = []
        plans = self._book.plans if self._book is not None else ()
        return [
            write_frame(PLANS, write_plans(plans), count=len(plans), at_us=at_us),
            write_frame(NAMES, monitor.names.written(), count=0, at_us=at_us),
            write_frame(PICTURE, monitor.live.written(), count=len(monitor.live), at_us=at_us),
        ]

    def _mend(self) -> None:
        """Begin anew from what is on disk."""
        self.log.close()
        log, monitor = self._open()
        if self._book is not None:
            monitor.follow(self._book)
            self._planned = list(self._book.plans)
        with self._lock:
            self.log, self._monitor = log, monitor
        self._is_broken = False

    def _settle(self, jobs: Sequence[_Job], answers: Sequence[Receipt | BaseException]) -> None:
        with self._room:
            self._waiting -= sum(len(job.batch) for job in jobs)
        for job, answer in zip(jobs, answers, strict=True):
            if not job.future.set_running_or_notify_cancel():
                continue
            if isinstance(answer, BaseException):
                job.future.set_exception(answer)
            else:
                job.future.set_result(answer)

    def _tell(self, alerts: Sequence[Alert]) -> None:
        with self._lock:
            self._recent.extend(alerts)
            self._given += len(alerts)
        for listener in list(self._listeners):
            listener(alerts)


def _frames(monitor: Monitor, taken: Taken, planned: Sequence[Plan], at_us: int) -> list[bytes]:
    frames: list[bytes] = []
    names = monitor.names.new()
    if names:
        frames.append(write_frame(NAMES, names, count=0, at_us=at_us))
    if planned:
        frames.append(write_frame(PLANS, write_plans(planned), count=len(planned), at_us=at_us))
    if len(taken.messages):
        rows, times = taken.messages, taken.messages["time"]
        span = int(times.min()), int(times.max())
        payload = pack_messages(rows)
        frames.append(write_frame(MESSAGES, payload, count=len(rows), at_us=at_us, span_us=span))
    if taken.alerts:
        payload = write_alerts(taken.alerts)
        frames.append(write_frame(ALERTS, payload, count=len(taken.alerts), at_us=at_us))
    return frames


def _learn(monitor: Monitor, kind: int, payload: bytes, count: int, at_us: int) -> None:
    if kind == NAMES:
        monitor.names.learn(payload)
    elif kind == PICTURE:
        monitor.live.learn(payload)
    elif kind == MESSAGES:
        monitor.replay(unpack_messages(payload, count), at_us)
    elif kind == ALERTS:
        for alert in read_alerts(payload):
            monitor.replay_alert(alert, STATES.index(alert.state))
