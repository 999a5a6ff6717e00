"""Who should have updated what, and when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from chengmo.catalog.dataset import Dataset
from chengmo.inventory.assessment import duration

# New rows are an update; new words about old rows, or old rows brought back, are none.
_UPDATES = {"replace", "append"}


@dataclass(frozen=True)
class Duty:
    """A dataset beside what its steward promised.

    Attributes:
        dataset: The newest version.
        updated_utc: When rows last came in, RFC 3339.
        due_utc: When the next ones are due; None without a duty that can be read.
        days_overdue: Whole days since then; 0 if it is not due yet.
        is_readable: False if the update duty is stated in words that are no ISO 8601 duration.
    """

    dataset: Dataset
    updated_utc: str
    due_utc: str | None
    days_overdue: int
    is_readable: bool = True

    @property
    def is_overdue(self) -> bool:
        """Whether the update is late."""
        return self.due_utc is not None and self.days_overdue > 0


def duty_of(versions: Sequence[Dataset], now: datetime) -> Duty:
    """Return the duty of a dataset by all its versions, oldest first."""
    newest = versions[-1]
    updated = next((each for each in reversed(versions) if each.change in _UPDATES), versions[0])
    if newest.update_frequency is None:
        return Duty(newest, updated.created_utc, None, 0)
    try:
        allowed = duration(newest.update_frequency)
    except ValueError:
        return Duty(newest, updated.created_utc, None, 0, is_readable=False)
    due = datetime.fromisoformat(updated.created_utc) + allowed
    late = max(0, (now - due).days)
    stamp = due.isoformat(timespec="seconds").replace("+00:00", "Z")
    return Duty(newest, updated.created_utc, stamp, late)


def overdue(duties: Iterable[Duty]) -> list[Duty]:
    """Return those that are late, the latest first."""
    return sorted((each for each in duties if each.is_overdue), key=lambda each: -each.days_overdue)
