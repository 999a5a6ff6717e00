"""Sharing, whole: views for every way in, policies, requests."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from chengmo.audit import Access, Action, AuditLog, Via, undertaking
from chengmo.audit.access import Plain, Verdict
from chengmo.catalog.catalogue import Catalog
from chengmo.catalog.dataset import Dataset, DatasetMetadata
from chengmo.catalog.treatment import NO_TREATMENT, Treatment
from chengmo.errors import NotAllowed, NotSignedIn, UnknownDataset
from chengmo.identity import Actor, Scope, check_permission
from chengmo.ledger import Transaction
from chengmo.sharing.allowance import Allowance
from chengmo.sharing.decision import may_know_of
from chengmo.sharing.notes import Asker, Notes
from chengmo.sharing.policy import ALL_DATASETS, Policy, check_policy
from chengmo.sharing.policy_store import PolicyStore, no_policy
from chengmo.sharing.release import ReleaseStore
from chengmo.sharing.request import RequestStore, SharingRequest, Wish, policy_of
from chengmo.sharing.seldom import Seldom
from chengmo.sharing.stewardship import check_steward, is_steward_of
from chengmo.sharing.view import View, no_dataset


@dataclass(frozen=True)
class Sharing:
    """Who may see what, and what became of it. Threads may share it."""

    catalog: Catalog
    policies: PolicyStore
    requests: RequestStore
    audit: AuditLog
    allowance: Allowance
    releases: ReleaseStore
    looks: Seldom = field(default_factory=Seldom)

    def view(self, actor: Actor, purpose: str, via: Via, *, scope: Scope = "read") -> View:
        """Return the catalogue as `actor` may see it for `purpose`."""
        asker = Asker(actor, purpose, via, scope)
        policies = self.policies.all()
        notes = Notes(self.audit, self.looks, asker, policies)
        return View(self.catalog, policies, notes, self.allowance, self.releases, asker)

    def check_change(self, actor: Actor, dataset: str) -> None:
        """Pass if the actor may make the next version of a dataset, or a dataset of this id.

        Raises:
            NotAllowed: If its role does not allow it, or the dataset is in the care of others.
            NotSignedIn: If nobody is known to ask.
        """
        check_permission(actor, "import")
        try:
            found = self.catalog.dataset(dataset)
        except UnknownDataset:
            return
        check_steward(actor, found, "import")

    def restore(self, dataset: str, version: int, actor: Actor, via: Via) -> Dataset:
        """Make the rows of an old version the newest.

        Raises:
            NotAllowed: As `check_change`.
            UnknownDataset: If there is no such version that the actor may know of.
        """
        self._check_known(actor, dataset)
        self.check_change(actor, dataset)
        old = self.catalog.dataset(dataset, version)
        with undertaking(self.audit):
            self.note(actor, via, "restore", dataset, detail={"what": f"version {version}"}, of=old)
            return self.catalog.restore(dataset, version)

    def describe(self, metadata: DatasetMetadata, actor: Actor, via: Via) -> Dataset:
        """State new metadata of a dataset: a new version with the same rows.

        Raises:
            NotAllowed: As `check_change`.
            UnknownDataset: If there is none that the actor may know of.
            InvalidRequest: If they do not fit it.
        """
        self._check_known(actor, metadata.id)
        self.check_change(actor, metadata.id)
        before = self.catalog.dataset(metadata.id).metadata.model_dump()
        changed = [name for name, value in metadata.model_dump().items() if value != before[name]]
        with undertaking(self.audit):
            self.note(actor, via, "metadata", metadata.id, detail={"what": " ".join(changed)})
            return self.catalog.describe(metadata.id, metadata)

    def state(self, policy: Policy, actor: Actor, via: Via) -> None:
        """State a policy, anew or instead of the one with its id.

        Raises:
            NotAllowed: If the actor is not the dataset's steward.
            UnknownDataset: If there is no such dataset.
            InvalidRequest: If its treatment does not fit the dataset.
        """
        dataset = self._dataset_of(policy, actor)
        check_policy(policy, dataset)
        with undertaking(self.audit):
            self.note(actor, via, "policy", policy.dataset, detail={"what": policy.id})
            self.policies.put(policy, actor=actor.id)

    def take_back(self, policy: str, actor: Actor, via: Via) -> None:
        """Take a policy back.

        Raises:
            NotAllowed: If the actor is not the dataset's steward.
            UnknownPolicy: If there is none.
        """
        found = self.policies.get(policy)
        try:
            self._dataset_of(found, actor)
        except UnknownDataset as error:
            # A policy about what the actor may not know of is not there either.
            raise no_policy(policy) from error
        with undertaking(self.audit):
            self.note(actor, via, "policy", found.dataset, detail={"what": f"-{policy}"})
            self.policies.remove(policy, actor=actor.id)

    def policies_of(self, actor: Actor) -> list[Policy]:
        """Return the policies about the datasets in the actor's care, by id."""
        found = self.policies.all().policies
        if not actor.is_a("administrator"):
            mine = {each.id for each in self.catalog.datasets() if is_steward_of(actor, each)}
            found = tuple(each for each in found if each.dataset in mine)
        return sorted(found, key=lambda policy: policy.id)

    def ask(self, wish: Wish, actor: Actor, via: Via) -> SharingRequest:
        """Ask for the use of a dataset that one may know of.

        Raises:
            NotSignedIn: If the actor has no role.
            UnknownDataset: If there is none that the actor may know of.
            InvalidRequest: If the time asked for is over.
        """
        if not actor.roles:
            raise NotSignedIn(
                "only who has a role may ask for data", hint="sign in, or ask for a role"
            )
        dataset = self.catalog.dataset(wish.dataset)
        if not may_know_of(actor, dataset):
            raise no_dataset(wish.dataset)
        with undertaking(self.audit):
            return self.requests.submit(
                wish,
                actor,
                lambda request: self.note(
                    actor, via, "request", wish.dataset, detail={"what": request}
                ),
            )

    def requests_of(self, actor: Actor) -> list[SharingRequest]:
        """Return what the actor asked for and what it is to decide, the newest first."""
        return [
            each
            for each in self.requests.list()
            if each.actor == actor.id or self._may_decide(actor, each)
        ]

    def approve(
        self,
        request: str,
        actor: Actor,
        via: Via,
        *,
        treatment: Treatment = NO_TREATMENT,
        comment: str = "",
    ) -> SharingRequest:
        """Grant a request: a policy is made, for its purpose and until its end.

        Raises:
            UnknownRequest: If there is none that the actor may decide.
            Conflict: If it has been answered.
            InvalidRequest: If the treatment does not fit the dataset, or the time is over.
        """
        asked = self.requests.get(request)
        dataset = self.catalog.dataset(asked.wish.dataset)
        check_steward(actor, dataset, "administer")
        policy = policy_of(asked, dataset, treatment)
        check_policy(policy, dataset)

        def state(transaction: Transaction) -> None:
            self.policies.append(transaction, policy, actor=actor.id)
            self.note(actor, via, "approval", dataset.id, detail={"what": request})

        with undertaking(self.audit):
            closed = self.requests.close(
                asked.answered("approved", actor.id, comment, policy.id), state
            )
        self.policies.refresh()
        return closed

    def refuse(self, request: str, actor: Actor, via: Via, *, comment: str = "") -> SharingRequest:
        """Refuse a request.

        Raises:
            UnknownRequest: If there is none.
            NotAllowed: If the actor may not decide it.
            Conflict: If it has been answered.
        """
        asked = self.requests.get(request)
        check_steward(actor, self.catalog.dataset(asked.wish.dataset), "administer")
        what, dataset = {"what": f"-{request}"}, asked.wish.dataset
        with undertaking(self.audit):
            return self.requests.close(
                asked.answered("refused", actor.id, comment),
                lambda _: self.note(actor, via, "approval", dataset, detail=what),
            )

    def withdraw(self, request: str, actor: Actor, via: Via) -> SharingRequest:
        """Take back what one asked for.

        Raises:
            UnknownRequest: If there is none.
            NotAllowed: If somebody else asked.
            Conflict: If it has been answered.
        """
        asked = self.requests.get(request)
        if asked.actor != actor.id:
            raise NotAllowed("somebody else asked for this", hint="withdraw your own requests")
        what, dataset = {"what": f"-{request}"}, asked.wish.dataset
        with undertaking(self.audit):
            return self.requests.close(
                asked.answered("withdrawn", actor.id),
                lambda _: self.note(actor, via, "request", dataset, detail=what),
            )

    def note(  # noqa: PLR0913 - one for each thing that an entry says
        self,
        actor: Actor,
        via: Via,
        action: Action,
        dataset: str = "",
        *,
        verdict: Verdict = "allowed",
        reason: str = "",
        detail: Mapping[str, Plain] | None = None,
        rows: int | None = None,
        of: Dataset | None = None,
        run: str = "",
    ) -> None:
        """Write down, before it holds, what is no taking of rows.

        Args:
            actor: Who does it.
            via: The way in.
            action: What it is.
            dataset: Id of the dataset, empty where none is concerned.
            verdict: Whether it was allowed.
            reason: Slug of what gave the verdict.
            detail: Plain facts, such as `what`.
            rows: How many rows come in or go out.
            of: The version that is concerned.
            run: Id of the run that is concerned.

        Raises:
            PlatformError: If it cannot be written: then it must not be done.
        """
        self.audit.record(
            Access(
                actor=actor.id,
                via=via,
                action=action,
                verdict=verdict,
                roles=tuple(sorted(actor.roles)),
                organisation=actor.organisation,
                dataset="" if dataset == ALL_DATASETS else dataset,
                version=of.version if of is not None else None,
                reason=reason,
                rows=of.row_count if of is not None and rows is None else rows,
                run=run,
                detail=detail or {},
            )
        )

    def _check_known(self, actor: Actor, dataset: str) -> None:
        if not may_know_of(actor, self.catalog.dataset(dataset)):
            raise no_dataset(dataset)

    def _may_decide(self, actor: Actor, request: SharingRequest) -> bool:
        if actor.is_a("administrator"):
            return True
        dataset = self.catalog.dataset(request.wish.dataset)
        return is_steward_of(actor, dataset)

    def _dataset_of(self, policy: Policy, actor: Actor) -> Dataset | None:
        if policy.dataset == ALL_DATASETS:
            if not actor.is_a("administrator"):
                raise NotAllowed(
                    "a policy for all datasets is the administrator's to state",
                    hint="name one dataset",
                )
            return None
        dataset = self.catalog.dataset(policy.dataset)
        if not may_know_of(actor, dataset):
            raise no_dataset(policy.dataset)
        check_steward(actor, dataset, "administer")
        return dataset
