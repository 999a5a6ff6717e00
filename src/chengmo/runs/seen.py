"""Runs as one actor may see them: its own, or all for those who keep the platform going."""

import builtins
from collections.abc import Sequence
from dataclasses import dataclass

from chengmo.audit import Via
from chengmo.errors import UnknownRun
from chengmo.identity.actor import Actor
from chengmo.ledger import RunRecord
from chengmo.runs.comparison import Comparison
from chengmo.runs.runs import Runs
from chengmo.runs.status import RunStatus
from chengmo.sharing import sees_all_runs


@dataclass(frozen=True)
class SeenRuns:
    """What `Runs` does, for one actor.

    A decision tells of the data behind it, so a run of somebody else is not there.
    """

    runs: Runs
    actor: Actor
    via: Via = "python"

    def status(self, run: str) -> RunStatus:
        """Return where `run` stands; see `Runs.status`."""
        self._check(run)
        return self.runs.status(run)

    def exists(self, run: str) -> bool:
        """Tell whether there is such a run for this actor."""
        try:
            self._check(run)
        except UnknownRun:
            return False
        return True

    def wait(self, run: str, timeout: float | None = None) -> RunStatus:
        """Wait for the end of `run`; see `Runs.wait`."""
        self._check(run)
        return self.runs.wait(run, timeout)

    def result(self, run: str) -> RunRecord:
        """Return what the ledger says about `run`; see `Runs.result`."""
        self._check(run)
        self._note_others(run)
        return self.runs.result(run)

    def list(
        self,
        *,
        model: str | None = None,
        status: str | None = None,
        limit: int = 100,
        before: str | None = None,
    ) -> builtins.list[RunStatus]:
        """Return this actor's runs; see `Runs.list`."""
        whose = None if sees_all_runs(self.actor) else self.actor.id
        return self.runs.list(
            model=model, status=status, limit=limit, before=before, actor_id=whose
        )

    def using(self, dataset: str, *, limit: int = 100) -> Sequence[RunRecord]:
        """Return this actor's ended runs that read a dataset; see `Runs.using`."""
        whose = None if sees_all_runs(self.actor) else self.actor.id
        return self.runs.using(dataset, limit=limit, actor_id=whose)

    def cancel(self, run: str) -> RunStatus:
        """Ask for the end of `run`; see `Runs.cancel`."""
        self._check(run)
        return self.runs.cancel(run)

    def rerun(self, run: str) -> Comparison:
        """Do `run` again; see `Runs.rerun`."""
        self._check(run)
        return self.runs.rerun(run, actor=self.actor)

    def diff(self, first: str, second: str) -> Comparison:
        """Compare two runs; see `Runs.diff`."""
        self._check(first)
        self._check(second)
        self._note_others(first)
        self._note_others(second)
        return self.runs.diff(first, second)

    def _note_others(self, run: str) -> None:
        """Write down that somebody reads what another one decided."""
        if self.runs.owner_of(run) != self.actor.id:
            self.runs.sharing.note(self.actor, self.via, "result", run=run)

    def _check(self, run: str) -> None:
        owner = self.runs.owner_of(run)
        if owner != self.actor.id and not sees_all_runs(self.actor):
            # The same words as for a run that is not there.
            raise UnknownRun(
                f"there is no run {run[:100]!r}", hint="list the runs to see their ids"
            )
