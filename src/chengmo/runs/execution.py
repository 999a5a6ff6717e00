"""One run from its lease to its end."""

import shutil
import threading
from dataclasses import dataclass, field
from pathlib import Path

from chengmo.catalog.catalogue import Catalog
from chengmo.compute import Handle, Limits, Outcome, Pool, Progress, Task
from chengmo.contests.published import ARCHIVE_FILE
from chengmo.errors import ChengmoError
from chengmo.runs.closing import Closing
from chengmo.runs.decide import ENTRY
from chengmo.runs.job import Job
from chengmo.sharing.used import treatment_of


@dataclass
class Running:
    """A run that this process works on.

    Attributes:
        handle: Its process, once there is one.
        is_cancelled: Whether the caller wants its end.
        is_released: Whether it is not to be ended here: the worker stops, or the lease is lost.
    """

    job: Job
    handle: Handle | None = None
    is_cancelled: bool = False
    is_released: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def progress(self) -> Progress:
        """Where it stands."""
        return self.handle.progress if self.handle else Progress()

    def cancel(self) -> None:
        """End it because the caller wants it so."""
        self.is_cancelled = True
        self._stop()

    def release(self) -> None:
        """End its process here, without ending the run."""
        self.is_released = True
        self._stop()

    def _stop(self) -> None:
        with self.lock:
            if self.handle is not None:
                self.handle.cancel()

    def start(self, pool: Pool, task: Task) -> Handle | None:
        """Start its process, unless it is to stop already."""
        with self.lock:
            if not (self.is_cancelled or self.is_released):
                self.handle = pool.start(task)
            return self.handle


@dataclass(frozen=True)
class Execution:
    """How a run is done: fix the data, decide in a process, write down.

    Attributes:
        spool: Folder for the runs' tables, of this process alone.
        logs: Folder for what models print; private to the operator.
    """

    catalog: Catalog
    pool: Pool
    closing: Closing
    limits: Limits
    spool: Path
    logs: Path

    def do(self, running: Running) -> None:
        """Do a run to its end.

        Raises:
            LakeUnavailable: If its end cannot be written down; its lease then runs out.
        """
        # Of this attempt alone: one that lost its lease cleans up behind itself only.
        folder = self.spool / f"{running.job.order.run}.{running.job.attempt}"
        try:
            outcome = self._outcome(running, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        if outcome.log:
            self._keep_log(running.job.order.run, outcome.log)
        if not running.is_released or outcome.result is not None:
            self.closing.close(running.job, outcome)

    def _outcome(self, running: Running, folder: Path) -> Outcome:
        order = running.job.order
        try:
            editions = [
                self.catalog.edition(name, used.version, treatment_of(used))
                for name, used in order.datasets.items()
            ]
            self.catalog.snapshot_city(editions, folder)
            arguments = {
                "model": order.model,
                "request": order.request,
                "code": self.closing.environment_of(order.model).get("code", ""),
                "archive": self._bring_code(order.model, folder),
            }
            handle = running.start(self.pool, Task(ENTRY, arguments, folder, self.limits))
        except ChengmoError as error:
            # A dataset that vanished, a full disk: the run fails and says why.
            return Outcome(error=error)
        outcome = handle.wait() if handle else None
        return outcome or Outcome(cancelled=True)

    def _bring_code(self, model: str, folder: Path) -> str | None:
        """Write the code of a model that is not installed into the run's folder."""
        found = self.closing.models.get(model)
        if found is None or found.archive is None:
            return None
        (folder / ARCHIVE_FILE).write_bytes(found.archive.read())
        return found.archive.about

    def _keep_log(self, run: str, log: str) -> None:
        self.logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self.logs / f"{run}.log").write_text(log, encoding="utf-8", errors="replace")
