"""The threads that take accepted runs and see them through."""

import logging
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from chengmo.compute import Outcome
from chengmo.errors import ChengmoError, RunFailed
from chengmo.runs.execution import Execution, Running
from chengmo.runs.job_store import JobStore
from chengmo.runs.owner import Owner
from chengmo.runs.settings import RunSettings

MOST_ATTEMPTS = 2
_LOOK_EVERY_S = 0.3
_CANCEL_EVERY_S = 0.5
_RECOVER_EVERY_S = 5.0
_log = logging.getLogger(__name__)


class Worker:
    """Takes runs under a lease, keeps the leases, and looks after runs that others left."""

    def __init__(
        self, *, jobs: JobStore, execution: Execution, owner: Owner, settings: RunSettings
    ) -> None:
        self._jobs = jobs
        self._execution = execution
        self._owner = owner
        self._settings = settings
        self._running: dict[str, Running] = {}
        self._wake = threading.Event()
        self._is_stopping = False
        self._ended = threading.Condition()
        self.ends = 0
        self._executor = ThreadPoolExecutor(settings.slots, thread_name_prefix="chengmo-work")
        self._thread = threading.Thread(target=self._work, name="chengmo-worker", daemon=True)
        self._due_s = {self._recover: 0.0, self._obey_cancels: 0.0, self._renew: 0.0}

    def start(self) -> None:
        """Begin to take runs."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more; give back what goes on, so that the next worker does it."""
        self._is_stopping = True
        self._wake.set()
        self._thread.join()
        for running in list(self._running.values()):
            running.release()
        self._executor.shutdown()

    def wake(self) -> None:
        """Say that there may be a run to take."""
        self._wake.set()

    def running(self, run: str) -> Running | None:
        """Return `run` if this process works on it."""
        return self._running.get(run)

    def wait_for_an_end(self, seen: int, timeout_s: float) -> None:
        """Wait until more than `seen` runs have ended here, at most so many seconds."""
        with self._ended:
            self._ended.wait_for(lambda: self.ends > seen, timeout_s)

    def _work(self) -> None:
        while not self._is_stopping:
            try:
                self._look_after()
                self._take()
            except ChengmoError as error:
                # The database may be away for a while: leases see to it that nothing is lost.
                _log.warning("the worker waits: %s", error)
                time.sleep(1.0)
            self._wake.wait(_LOOK_EVERY_S)
            self._wake.clear()

    def _look_after(self) -> None:
        periods_s = {
            self._renew: min(1.0, self._settings.lease_s / 5),
            self._recover: _RECOVER_EVERY_S,
            self._obey_cancels: _CANCEL_EVERY_S,
        }
        for duty, period_s in periods_s.items():
            now = time.monotonic()
            if now >= self._due_s[duty]:
                self._due_s[duty] = now + period_s
                duty()

    def _take(self) -> None:
        while len(self._running) < self._settings.slots and not self._is_stopping:
            job = self._jobs.lease(self._owner.id, self._settings.lease_s)
            if job is None:
                return
            running = Running(job, is_cancelled=job.is_cancel_requested)
            self._running[job.order.run] = running
            future = self._executor.submit(self._execution.do, running)
            future.add_done_callback(partial(self._see_off, running))

    def _see_off(self, running: Running, future: Future[None]) -> None:
        """Leave nothing half done, whatever happened to the run."""
        error = future.exception()
        try:
            if error is not None:
                _log.error("run %s: %s", running.job.order.run, error, exc_info=error)
                self._fail(running)
            elif running.is_released:
                # Of no effect on a run that has ended or has another worker.
                self._jobs.give_back(running.job, counts=False)
        except ChengmoError as unwritten:
            _log.warning("run %s waits for its lease to end: %s", running.job.order.run, unwritten)
        finally:
            # A run that was lost here may be here again already, in its next attempt.
            if self._running.get(running.job.order.run) is running:
                del self._running[running.job.order.run]
            with self._ended:
                self.ends += 1
                self._ended.notify_all()
            self._wake.set()

    def _fail(self, running: Running) -> None:
        fault = RunFailed(
            "the platform failed while it worked on this run",
            hint="the server's log says why; submit it again",
        )
        self._execution.closing.close(running.job, Outcome(error=fault))

    def _recover(self) -> None:
        for job in self._jobs.lost(self._owner.is_dead):
            own = self._running.get(job.order.run)
            if own is not None and (own.job.owner, own.job.attempt) == (job.owner, job.attempt):
                # The machine slept; nobody else has taken it, so it goes on and renews its lease.
                continue
            _log.warning("run %s was left by its worker", job.order.run)
            self._execution.closing.close_lost(job, MOST_ATTEMPTS)

    def _obey_cancels(self) -> None:
        if self._running:
            for run in self._jobs.cancel_requested(self._owner.id):
                running = self._running.get(run)
                if running is not None:
                    running.cancel()

    def _renew(self) -> None:
        for running in list(self._running.values()):
            stands = running.progress
            lease_s = self._settings.lease_s
            if not self._jobs.renew(running.job, lease_s, stands.stage, stands.share_0to1):
                still_here = self._running.get(running.job.order.run) is running
                if still_here:
                    running.release()
