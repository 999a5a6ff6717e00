"""The end of a run: its ledger entry and its final state, in one transaction or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chengmo.compute import Outcome
from chengmo.errors import ChengmoError, RunFailed
from chengmo.ledger import Ledger, RunError, RunRecord, digest_of_bytes, parse_canonical
from chengmo.ledger.record import FinalStatus
from chengmo.model import VerticalModel
from chengmo.runs.clock import now_utc
from chengmo.runs.environment import describe_environment
from chengmo.runs.job import Job, Order
from chengmo.runs.job_store import JobStore

DISMISSED = RunError(slug="dismissed", message="the run was cancelled", hint="submit it again")


@dataclass(frozen=True)
class Closing:
    """Writes down how runs end.

    Attributes:
        models: Every model, by id.
        environments: What decided, by model id; computed once, for code does not change while
            this process goes on.
    """

    jobs: JobStore
    ledger: Ledger
    models: Mapping[str, VerticalModel]
    environments: Mapping[str, dict[str, str]]

    def environment_of(self, model: str) -> dict[str, str]:
        """Return what decides for a model; of one published since the start it is looked up."""
        kept = self.environments.get(model)
        return kept or describe_environment(self.models.get(model))

    def close(self, job: Job, outcome: Outcome) -> bool:
        """End `job` with `outcome`; False if it is no longer this worker's to end.

        Raises:
            LakeUnavailable: If the database does not answer. Nothing is written then.
        """
        record = self._record(job.order, job.started_utc, outcome)
        with self.jobs.database.write() as transaction:
            if not self.jobs.finish(transaction, job, record):
                return False
            self.ledger.append(record, decision=outcome.result, transaction=transaction)
        return True

    def dismiss(self, order: Order) -> bool:
        """End a run that no worker has taken; False if one has."""
        record = self._record(order, None, Outcome(cancelled=True))
        with self.jobs.database.write() as transaction:
            if not self.jobs.dismiss_accepted(transaction, record):
                return False
            self.ledger.append(record, transaction=transaction)
        return True

    def close_lost(self, job: Job, most_attempts: int) -> bool:
        """End a run whose worker is gone, or give it back while it has attempts left."""
        if job.is_cancel_requested:
            return self.close(job, Outcome(cancelled=True))
        if job.attempt < most_attempts:
            return self.jobs.give_back(job, counts=True)
        error = RunFailed(
            f"the process that worked on it ended {job.attempt} times before there was a decision",
            hint="if the machine was not switched off, the run is too large for its memory",
        )
        return self.close(job, Outcome(error=error))

    def _record(self, order: Order, started_utc: str | None, outcome: Outcome) -> RunRecord:
        decision: dict[str, Any] = (
            parse_canonical(outcome.result) if outcome.result is not None else {}
        )
        seed = order.request.get("seed")
        is_number = isinstance(seed, int) and not isinstance(seed, bool)
        return RunRecord(
            run=order.run,
            model=order.model,
            model_version=order.model_version,
            request=order.request,
            datasets=order.datasets,
            seed=seed if is_number else None,
            actor=order.actor,
            purpose=order.purpose,
            environment=self.environment_of(order.model),
            submitted_utc=order.submitted_utc,
            started_utc=started_utc,
            ended_utc=now_utc(),
            status=_status_of(outcome),
            outcome=decision.get("outcome"),
            decision_digest=(
                digest_of_bytes(outcome.result) if outcome.result is not None else None
            ),
            error=_error_of(outcome),
        )


def _status_of(outcome: Outcome) -> FinalStatus:
    if outcome.result is not None:
        return "successful"
    return "dismissed" if outcome.cancelled else "failed"


def _error_of(outcome: Outcome) -> RunError | None:
    if outcome.result is not None:
        return None
    error: ChengmoError | None = outcome.error
    if error is None:
        return DISMISSED
    return RunError(slug=error.slug, message=error.message, hint=error.hint)
