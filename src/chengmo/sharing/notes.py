"""What one asker did with data, as it goes into the audit: takings each time, looks once a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chengmo.audit import Access, Action, AuditLog, Via
from chengmo.audit.access import Plain
from chengmo.catalog.dataset import Dataset
from chengmo.identity.actor import Actor, Scope
from chengmo.sharing.decision import MOST_GUARDED, Verdict
from chengmo.sharing.policy_store import PolicySet
from chengmo.sharing.seldom import Seldom


@dataclass(frozen=True)
class Asker:
    """Who asks, for what, and by which way in."""

    actor: Actor
    purpose: str
    via: Via
    scope: Scope = "read"


@dataclass(frozen=True)
class Notes:
    """Writes down what one asker does under the policies of one moment.

    Rows are written down each time they are taken. The description of a dataset is asked for at
    every step that a page makes, so looking at one is written down once a day for each asker,
    purpose, way in and version: it says as much as a thousand entries would.
    """

    audit: AuditLog
    looks: Seldom
    asker: Asker
    policies: PolicySet

    def taking(
        self,
        action: Action,
        dataset: Dataset,
        verdict: Verdict,
        *,
        rows: int | None = None,
        run: str = "",
        detail: Mapping[str, Plain] | None = None,
    ) -> None:
        """Write one access to a dataset down."""
        actor = self.asker.actor
        self.audit.record(
            Access(
                actor=actor.id,
                via=self.asker.via,
                action=action,
                verdict="allowed" if verdict.allowed else "denied",
                roles=tuple(sorted(actor.roles)),
                organisation=actor.organisation,
                dataset=dataset.id,
                version=dataset.version,
                purpose=self.asker.purpose,
                reason=f"{verdict.slug}:{verdict.policy}" if verdict.policy else verdict.slug,
                policy=self._policy,
                edition=dataset.edition,
                rows=rows,
                run=run,
                detail=detail or {},
            )
        )

    def look(self, dataset: Dataset, verdict: Verdict, day: str) -> None:
        """Write down, once a day, that the description of a guarded dataset was looked at."""
        if is_everybodys(dataset, verdict):
            return
        what = (dataset.id, dataset.version, dataset.edition, self.policies.version)
        key = (self.asker, what)
        if self.looks.is_due(key, day):
            self.taking("describe", dataset, verdict)
            self.looks.keep(key, day)

    def listing(self, how: str, guarded: Sequence[Dataset], day: str) -> None:
        """Write down, once a day, which guarded datasets stood in a list."""
        if not guarded:
            return
        ids = " ".join(each.id for each in guarded)
        key = (self.asker, how, hash(ids), self.policies.version)
        if not self.looks.is_due(key, day):
            return
        actor = self.asker.actor
        self.audit.record(
            Access(
                actor=actor.id,
                via=self.asker.via,
                action="list",
                verdict="allowed",
                roles=tuple(sorted(actor.roles)),
                organisation=actor.organisation,
                purpose=self.asker.purpose,
                reason=how,
                policy=self._policy,
                detail={"datasets": len(guarded), "ids": ids},
            )
        )
        self.looks.keep(key, day)

    @property
    def _policy(self) -> str:
        return f"{self.policies.version}:{self.policies.digest[:16]}"


def is_everybodys(dataset: Dataset, verdict: Verdict) -> bool:
    """Tell whether the asker may see it as everybody, or every body of government, may."""
    return verdict.slug == "type" or (
        dataset.opening == "unconditional" and dataset.grade < MOST_GUARDED
    )
