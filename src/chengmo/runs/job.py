"""A run on its way: what was asked, and who works on it."""

from dataclasses import dataclass, field
from typing import Any

from chengmo.ledger import DatasetVersion, RunActor
from chengmo.runs.clock import now_utc
from chengmo.runs.run_id import new_run_id


@dataclass(frozen=True)
class Order:
    """A run that is permitted and whose data are fixed.

    Attributes:
        request: The checked request with every default filled in, as JSON.
        datasets: The version of each dataset that the run reads, by id.
        idempotency_key: The caller's own name for this order.
    """

    model: str
    model_version: str
    request: dict[str, Any]
    datasets: dict[str, DatasetVersion]
    actor: RunActor
    purpose: str
    idempotency_key: str | None = None
    run: str = field(default_factory=new_run_id)
    submitted_utc: str = field(default_factory=now_utc)


@dataclass(frozen=True)
class Job:
    """An order in the hands of a worker.

    Attributes:
        owner: The worker's id. With `attempt` it tells this worker from one that came after.
        attempt: 1 at first, 2 if the first worker ended before the run did.
    """

    order: Order
    owner: str
    attempt: int
    started_utc: str
    is_cancel_requested: bool = False
