"""What the platform has written down about one dataset, gathered from where it is kept."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chengmo.audit import AuditEntry, AuditLog, AuditQuery, Checkpoint, Verification
from chengmo.audit.access import now_utc
from chengmo.audit.chain import all_checkpoints
from chengmo.audit.checkpoint import newest
from chengmo.catalog.dataset import Dataset
from chengmo.errors import InvalidQuery, LedgerBroken
from chengmo.identity import Actor
from chengmo.interfaces.compliance.period import Period
from chengmo.ledger import Ledger, RunRecord
from chengmo.runs.platform import Platform
from chengmo.sharing.policy import ALL_DATASETS
from chengmo.sharing.policy_store import PolicyChange
from chengmo.sharing.request import SharingRequest

# Measured for the printed form: see docs/how-to/report-on-a-dataset.md.
MOST_ENTRIES = 20_000
MOST_RUNS = 20_000
_PAGE = 1_000


@dataclass(frozen=True)
class HeldRule:
    """What a policy said, and for how long.

    Attributes:
        change: When it was stated, by whom, and what it says; nothing where it was taken back.
        until_utc: When the next change of the same policy ended it; None: it is the last word.
    """

    change: PolicyChange
    until_utc: str | None


@dataclass(frozen=True)
class Proof:
    """Whether what the report tells is what was written down.

    Attributes:
        audit: What the check of the whole audit found.
        checkpoint: The newest signed one; None if there is none.
        runs: Entries of the ledger of runs that verify.
        runs_fault: What is wrong with that ledger; empty if nothing.
    """

    audit: Verification
    checkpoint: Checkpoint | None
    runs: int
    runs_fault: str


@dataclass(frozen=True)
class Facts:
    """Everything that a report tells. Lists are in the order of time.

    Attributes:
        versions: All versions, of any time.
        rules: Policies about the dataset that held at any time of the period.
        entries: Accesses within the period, and what was done to rules and requests.
        requests: Those that were submitted or answered within the period.
        runs: Those that read the dataset and ended within the period, without their decisions.
    """

    versions: Sequence[Dataset]
    period: Period
    taken_utc: str
    taken_by: Actor
    rules: Sequence[HeldRule]
    entries: Sequence[AuditEntry]
    requests: Sequence[SharingRequest]
    runs: Sequence[RunRecord]
    proof: Proof

    @property
    def dataset(self) -> Dataset:
        """The newest version."""
        return self.versions[-1]


def gather(platform: Platform, dataset: str, period: Period, taken_by: Actor) -> Facts:
    """Return what there is to tell about a dataset; who may ask has been decided.

    Raises:
        UnknownDataset: If there is none.
        InvalidQuery: If more happened in the period than a report can list.
        LakeUnavailable: If the database does not answer.
    """
    entries = list(_entries(platform.audit, dataset, period))[::-1]
    return Facts(
        versions=platform.catalog.versions(dataset),
        period=period,
        taken_utc=now_utc(),
        taken_by=taken_by,
        rules=held_rules(platform.sharing.policies.history(), dataset, period),
        entries=entries,
        requests=_requests(platform, dataset, period),
        runs=list(_runs(platform.ledger, dataset, period))[::-1],
        proof=_proof(platform),
    )


def held_rules(changes: Sequence[PolicyChange], dataset: str, period: Period) -> list[HeldRule]:
    """Return the changes of policies about `dataset` that held within `period`, oldest first.

    Args:
        changes: Of all policies, oldest first.
        dataset: Its id; policies about all datasets are about it too.
        period: Of the report.
    """
    own: dict[str, list[PolicyChange]] = {}
    for change in changes:
        own.setdefault(change.policy, []).append(change)
    held = [each for said in own.values() for each in _held(said, dataset) if _meets(each, period)]
    return sorted(held, key=lambda each: each.change.sequence)


def _held(said: Sequence[PolicyChange], dataset: str) -> Iterator[HeldRule]:
    """Yield what one policy said about `dataset`, and the taking back of it."""
    was_about = False
    for change, after in zip(said, [*said[1:], None], strict=True):
        stated = change.stated
        is_about = stated is not None and stated.dataset in {dataset, ALL_DATASETS}
        if is_about or (was_about and stated is None):
            yield HeldRule(change, after.time_utc if after else None)
        was_about = is_about


def _meets(held: HeldRule, period: Period) -> bool:
    if held.change.stated is None:
        # Taken back: that is an instant, not a time in which anything held.
        return period.holds(held.change.time_utc)
    return period.meets(held.change.time_utc, held.until_utc)


def _entries(audit: AuditLog, dataset: str, period: Period) -> Iterator[AuditEntry]:
    before: int | None = None
    count = 0
    while True:
        query = AuditQuery(
            dataset=dataset,
            since_utc=period.since_utc,
            until_utc=period.until_utc,
            before=before,
            limit=_PAGE,
        )
        page = audit.search(query)
        count += len(page)
        if count > MOST_ENTRIES:
            raise _too_much(f"{MOST_ENTRIES} accesses")
        yield from page
        if len(page) < _PAGE:
            return
        before = page[-1].sequence


def _requests(platform: Platform, dataset: str, period: Period) -> list[SharingRequest]:
    return [
        each
        for each in reversed(platform.sharing.requests.list(dataset=dataset))
        if period.holds(each.submitted_utc) or (each.decided_utc and period.holds(each.decided_utc))
    ]


def _runs(ledger: Ledger, dataset: str, period: Period) -> Iterator[RunRecord]:
    before: str | None = None
    count = 0
    while page := ledger.find(reads=dataset, before=before, limit=_PAGE):
        fitting = [each for each in page if period.holds(each.ended_utc)]
        count += len(fitting)
        if count > MOST_RUNS:
            raise _too_much(f"{MOST_RUNS} runs")
        yield from fitting
        before = page[-1].run


def _proof(platform: Platform) -> Proof:
    # Signed now, so that the report's own access is vouched for, too.
    platform.audit.checkpoint()
    verified = platform.audit.verify()
    with platform.database.read() as transaction:
        signed = newest(all_checkpoints(transaction))
    try:
        runs, fault = platform.ledger.verify(), ""
    except LedgerBroken as error:
        runs, fault = 0, error.message
    return Proof(verified, signed, runs, fault)


def _too_much(what: str) -> InvalidQuery:
    return InvalidQuery(
        f"in this period there are more than {what}: a report cannot list them",
        hint="name a shorter period, or take the whole audit: chengmo audit export",
    )
