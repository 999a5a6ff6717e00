"""Who may read the audit of one dataset: who watches over all, and who answers for this one."""

from collections.abc import Mapping

from chengmo.audit import Access, Via
from chengmo.audit.access import Plain
from chengmo.catalog.dataset import Dataset
from chengmo.errors import NotAllowed, NotSignedIn
from chengmo.identity import ANONYMOUS, Actor
from chengmo.sharing.decision import may_know_of
from chengmo.sharing.sharing import Sharing
from chengmo.sharing.stewardship import is_steward_of
from chengmo.sharing.view import no_dataset


def may_review(actor: Actor, dataset: Dataset) -> bool:
    """Tell whether the actor may read who did what with a dataset."""
    return actor.has_scope("audit") and _role_of(actor, dataset) != ""


def begin_review(
    sharing: Sharing, actor: Actor, dataset: str, by: Via, told: Mapping[str, Plain]
) -> Dataset:
    """Return the dataset whose audit the actor is about to read, after that was written down.

    Args:
        sharing: Where the dataset is known.
        actor: Who asks.
        dataset: Its id.
        by: The way in.
        told: What is taken, in plain facts.

    Raises:
        UnknownDataset: If there is none that the actor may know of.
        NotAllowed: If the actor may not read its audit.
        NotSignedIn: If nobody is signed in.
    """
    found = sharing.catalog.dataset(dataset)
    allowed = may_review(actor, found)
    sharing.audit.record(
        Access(
            actor=actor.id,
            via=by,
            action="audit",
            verdict="allowed" if allowed else "denied",
            roles=tuple(sorted(actor.roles)),
            organisation=actor.organisation,
            dataset=found.id,
            version=found.version,
            reason=_role_of(actor, found) if allowed else "scope",
            detail=told,
        )
    )
    if allowed:
        return found
    if not may_know_of(actor, found):
        # As long, and in the same words, as for a dataset that is not there.
        sharing.catalog.versions_known.refresh()
        raise no_dataset(dataset)
    if actor.id == ANONYMOUS.id:
        raise NotSignedIn(
            "this needs an account", hint="sign in on the page, or send Authorization: Bearer KEY"
        )
    raise NotAllowed(
        f"the audit of '{dataset}' is read by its steward, auditors and administrators",
        hint=f"ask its steward, {found.steward or 'the administrator'}, for the report",
    )


def _role_of(actor: Actor, dataset: Dataset) -> str:
    """Return as what the actor may read the audit of a dataset; empty if it may not."""
    for role in ("administrator", "auditor"):
        if actor.is_a(role):
            return role
    return "steward" if is_steward_of(actor, dataset) else ""
