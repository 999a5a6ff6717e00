"""Who looks after a dataset, and so may change it and rule over it."""

from chengmo.catalog.dataset import Dataset
from chengmo.errors import NotAllowed
from chengmo.identity import Actor, Scope


def is_steward_of(actor: Actor, dataset: Dataset) -> bool:
    """Tell whether the actor answers for the dataset in the name of its organisation."""
    answers = bool(actor.organisation) and actor.organisation == dataset.steward
    return answers and actor.is_a("steward")


def check_steward(actor: Actor, dataset: Dataset, scope: Scope) -> None:
    """Pass if the actor looks after a dataset: its steward, or an administrator.

    Args:
        actor: Who asks.
        dataset: As it is now.
        scope: What a key in use must be for.

    Raises:
        NotAllowed: If not.
    """
    if not actor.has_scope(scope):
        raise NotAllowed(
            f"the key in use may not be used for '{scope}'", hint=f"make one with scope {scope}"
        )
    if not (actor.is_a("administrator") or is_steward_of(actor, dataset)):
        raise NotAllowed(
            f"'{dataset.id}' is not in the care of your organisation",
            hint=f"ask its steward, {dataset.steward or 'the administrator'}",
        )


def sees_all_runs(actor: Actor) -> bool:
    """Tell whether the actor keeps the platform going, or watches over it."""
    return actor.is_a("administrator", "operator", "auditor") and actor.has_scope("run")
