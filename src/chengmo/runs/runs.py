"""What the ways in call: submit a run, follow it, read it, do it again, compare."""

import builtins
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chengmo.catalog.dataset import Dataset
from chengmo.compute import LocalPool, Pool
from chengmo.errors import Conflict, ResourceExhausted, UnknownDataset, UnknownModel, UnknownRun
from chengmo.identity import Actor, check_permission
from chengmo.ledger import DatasetVersion, Ledger, RunActor, RunRecord
from chengmo.model import VerticalModel
from chengmo.runs.clock import now_utc, seconds_between
from chengmo.runs.closing import Closing
from chengmo.runs.comparison import Comparison, cannot_repeat, compare
from chengmo.runs.decide import WARM_UP
from chengmo.runs.environment import describe_environment
from chengmo.runs.estimate import estimate_rest_s
from chengmo.runs.execution import Execution
from chengmo.runs.job import Order
from chengmo.runs.job_store import JobStore
from chengmo.runs.owner import Owner
from chengmo.runs.settings import RunSettings
from chengmo.runs.status import RunStatus
from chengmo.runs.validation import KEY_LENGTH, PURPOSE_LENGTH, check_text, validate_request
from chengmo.runs.worker import Worker
from chengmo.sharing import Sharing
from chengmo.sharing.used import version_of

__all__ = ["Comparison", "RunStatus", "Runs"]

_LOOK_EVERY_S = 0.2
_SCAN_ROWS, _SCAN_PAGES = 500, 20
_RERUN_PATIENCE_S = 24 * 3600.0


class Runs:
    """Every run of a city. Threads may share it."""

    def __init__(
        self,
        *,
        sharing: Sharing,
        ledger: Ledger,
        models: Mapping[str, VerticalModel],
        home: Path,
        settings: RunSettings | None = None,
        pool: Pool | None = None,
    ) -> None:
        """Join the parts; nothing runs before `start_worker`.

        Args:
            sharing: The datasets, and who may use them.
            ledger: Where ended runs are written down; runs on their way share its database.
            models: Every model, by id.
            home: Folder of the platform.
            settings: Limits; None for this machine's defaults.
            pool: Where to compute; None for processes of this machine.
        """
        self.sharing = sharing
        self._ledger = ledger
        self._jobs = JobStore(ledger.database)
        self._models = models
        self._home = home
        self._settings = settings or RunSettings()
        self._pool = pool or LocalPool(warm_up=(WARM_UP,), log=home / "pool.log")
        # Fingerprints are of the files as they are now, when the models were just loaded.
        environments = {name: describe_environment(model) for name, model in models.items()}
        self._closing = Closing(self._jobs, ledger, models, environments)
        self._worker: Worker | None = None
        self._owner: Owner | None = None

    def submit(
        self,
        model_id: str,
        request: Mapping[str, Any],
        *,
        actor: Actor,
        purpose: str,
        idempotency_key: str | None = None,
    ) -> RunStatus:
        """Accept a run; it is on disk when this returns.

        The versions of the datasets are those of now. The same key of the same actor with the
        same request gives the run of before.

        Raises:
            UnknownModel: If there is no such model.
            InvalidRequest: If the request does not fit the model.
            UnknownDataset: If it names a dataset that is not there.
            NotAllowed: If the actor may not run models.
            SharingDenied: If the actor may not use one of the datasets for this purpose.
            Conflict: If the key stands for another request.
            LakeUnavailable: If the database does not answer.
        """
        check_permission(actor, "run")
        model = self._model(model_id)
        checked = validate_request(model, request)
        check_text("purpose", purpose, PURPOSE_LENGTH)
        check_text("idempotency key", idempotency_key or "", KEY_LENGTH)
        view = self.sharing.view(actor, purpose, "run", scope="run")
        granted = [view.grant(name) for name in model.datasets_of(checked)]
        order = Order(
            model=model.id,
            model_version=model.version,
            request=checked.model_dump(mode="json"),
            datasets={
                each.dataset.id: version_of(each.dataset, each.verdict.treatment)
                for each in granted
            },
            actor=_written(actor),
            purpose=purpose,
            idempotency_key=idempotency_key,
        )
        for each in granted:
            view.take_for_run(each.dataset, order.run)
        return self._accept(order)

    def _accept(self, order: Order) -> RunStatus:
        run = self._jobs.accept(order)
        if run != order.run:
            return self.status(run)
        if self._worker is not None:
            self._worker.wake()
        return RunStatus(
            id=run, model=order.model, status="accepted", submitted_utc=order.submitted_utc
        )

    def status(self, run: str) -> RunStatus:
        """Return where `run` stands.

        Raises:
            UnknownRun: If there is no such run.
        """
        status = self._jobs.status(run)
        if status.has_ended:
            return status
        stage, share = status.stage, status.progress_0to1
        running = self._worker.running(run) if self._worker else None
        if running is not None and status.status == "running":
            stage, share = running.progress.stage, running.progress.share_0to1
        elapsed_s = seconds_between(status.started_utc, now_utc()) if status.started_utc else 0.0
        return status.model_copy(
            update={
                "stage": stage,
                "progress_0to1": share,
                "estimate_s": estimate_rest_s(
                    elapsed_s, share, self._jobs.durations_s(status.model)
                ),
            }
        )

    def exists(self, run: str) -> bool:
        """Tell whether there is such a run."""
        try:
            self._jobs.status(run)
        except UnknownRun:
            return False
        return True

    def wait(self, run: str, timeout: float | None = None) -> RunStatus:
        """Return where `run` stands as soon as it has ended, or after `timeout` seconds.

        Raises:
            UnknownRun: If there is no such run.
        """
        end_s = time.monotonic() + (timeout if timeout is not None else float("inf"))
        while True:
            seen = self._worker.ends if self._worker else 0
            status = self.status(run)
            left_s = end_s - time.monotonic()
            if status.has_ended or left_s <= 0:
                return status
            pause_s = min(_LOOK_EVERY_S, left_s)
            if self._worker is not None:
                self._worker.wait_for_an_end(seen, pause_s)
            else:
                time.sleep(pause_s)

    def result(self, run: str) -> RunRecord:
        """Return what the ledger says about a run that has ended.

        Raises:
            UnknownRun: If there is no such run.
            Conflict: If it has not ended.
            LedgerBroken: If what is stored does not fit its fingerprint.
        """
        status = self._jobs.status(run)
        if not status.has_ended:
            raise Conflict(f"run {run} is {status.status}", hint="wait until it has ended")
        return self._ledger.get(run)

    def list(
        self,
        *,
        model: str | None = None,
        status: str | None = None,
        limit: int = 100,
        before: str | None = None,
        actor_id: str | None = None,
    ) -> builtins.list[RunStatus]:
        """Return runs, the last submitted first.

        Args:
            model: Only of this model.
            status: Only in this state.
            limit: At most so many.
            before: Only those submitted before this run.
            actor_id: Only of this actor.
        """
        return self._jobs.recent(
            {"model": model, "status": status, "actor_id": actor_id}, limit=limit, before=before
        )

    def using(
        self, dataset: str, *, limit: int, actor_id: str | None = None
    ) -> Sequence[RunRecord]:
        """Return ended runs that read any version of a dataset, the last first, no decisions.

        Args:
            dataset: Its id.
            limit: At most so many.
            actor_id: Only those that this actor asked for; None for all.
        """
        found: list[RunRecord] = []
        before: str | None = None
        for _ in range(_SCAN_PAGES):
            page = self._ledger.find(reads=dataset, before=before, limit=_SCAN_ROWS)
            found += [each for each in page if actor_id in {None, each.actor.id}]
            if not page or len(found) >= limit:
                break
            before = page[-1].run
        return found[:limit]

    def owner_of(self, run: str) -> str:
        """Return the id of the actor who submitted `run`.

        Raises:
            UnknownRun: If there is no such run.
        """
        return self._jobs.order(run).actor.id

    def cancel(self, run: str) -> RunStatus:
        """Ask for the end of `run`; a run that has ended stays as it is.

        Raises:
            UnknownRun: If there is no such run.
        """
        order = self._jobs.order(run)
        if not self._closing.dismiss(order):
            self._jobs.request_cancel(run)
            running = self._worker.running(run) if self._worker else None
            if running is not None:
                running.cancel()
        return self.status(run)

    def rerun(self, run: str, *, actor: Actor, timeout: float = _RERUN_PATIENCE_S) -> Comparison:
        """Do a run again on the same versions of its data, and compare.

        Args:
            run: One that has ended.
            actor: Who asks for it, whoever asked first.
            timeout: Seconds to wait for it.

        Raises:
            UnknownRun: If there is no such run.
            Conflict: If it has not ended.
            SharingDenied: If the rules do not allow the actor one of its datasets.
            ResourceExhausted: If the second run has not ended in time.
        """
        first = self.result(run)
        if first.model not in self._models:
            return cannot_repeat(first, "model", first.model, "no longer installed")
        # For what it was first: a rule that names purposes must hold for a repetition, too.
        view = self.sharing.view(actor, first.purpose, "run", scope="run")
        again: list[tuple[Dataset, str]] = []
        for name, used in first.datasets.items():
            where, stored = f"datasets.{name}", f"version {used.version}"
            try:
                # The rules of today decide, not those of the day it was first run.
                found = view.same_edition(name, used.version, used.edition)
            except UnknownDataset as error:
                return cannot_repeat(first, where, stored, error.message)
            if not _is_of(used, found):
                return cannot_repeat(first, where, stored, "holds other data now")
            again.append((found, used.edition))
        order = Order(
            model=first.model,
            model_version=self._models[first.model].version,
            request=first.request,
            datasets=first.datasets,
            actor=_written(actor),
            purpose=first.purpose,
        )
        for found, edition in again:
            view.take_again_for_run(found, edition, order.run)
        status = self._accept(order)
        if not self.wait(status.id, timeout).has_ended:
            raise ResourceExhausted(
                f"run {status.id} has not ended in {timeout:g} s",
                hint=f"compare it later with diff {first.run} {status.id}",
            )
        return compare(first, self.result(status.id))

    def diff(self, first: str, second: str) -> Comparison:
        """Compare two runs that have ended.

        Raises:
            UnknownRun: If one is not there.
            Conflict: If one has not ended.
        """
        return compare(self.result(first), self.result(second))

    def start_worker(self) -> None:
        """Begin to take accepted runs, and those that a process left when it was killed."""
        if self._worker is not None:
            return
        self._owner = Owner(self._home / "runs")
        execution = Execution(
            catalog=self.sharing.catalog,
            pool=self._pool,
            closing=self._closing,
            limits=self._settings.limits,
            spool=self._owner.folder,
            logs=self._home / "logs",
        )
        self._worker = Worker(
            jobs=self._jobs, execution=execution, owner=self._owner, settings=self._settings
        )
        self._worker.start()

    def warm(self) -> None:
        """Load the models' libraries in the background, so that the first run does not wait."""
        self._pool.warm()

    def stop_worker(self) -> None:
        """Take no more runs; those going on are given back for the next worker."""
        if self._worker is not None:
            self._worker.stop()
            self._worker = None
        if self._owner is not None:
            self._owner.close()
            self._owner = None

    def close(self) -> None:
        """Stop working and end every process."""
        self.stop_worker()
        self._pool.close()

    def _model(self, model_id: str) -> VerticalModel:
        model = self._models.get(model_id)
        if model is None:
            raise UnknownModel(
                f"there is no model {model_id[:100]!r}",
                hint=f"there are: {', '.join(self._models) or 'none'}",
            )
        return model


def _is_of(used: DatasetVersion, version: Dataset) -> bool:
    """Tell whether a run used this version; of an edition only the snapshot tells."""
    if used.edition:
        return used.snapshot == version.snapshot
    return used.sha256 == version.lineage.sha256


def _written(actor: Actor) -> RunActor:
    roles = " ".join(sorted(actor.roles))
    return RunActor(id=actor.id, role=roles, organisation=actor.organisation)
