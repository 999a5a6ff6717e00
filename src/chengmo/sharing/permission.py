"""What an actor may do besides reading data: one table of roles."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from chengmo.catalog.dataset import Dataset
from chengmo.errors import SharingDenied
from chengmo.identity.actor import Actor, Role, Scope
from chengmo.sharing.decision import is_steward_of

Action = Literal[
    "run", "see-all-runs", "import", "policies", "requests", "sql", "audit", "accounts", "operate"
]

_ROLES: Mapping[Action, frozenset[Role]] = MappingProxyType(
    {
        "run": frozenset({"administrator", "steward", "analyst", "developer", "operator"}),
        "see-all-runs": frozenset({"administrator", "operator", "auditor"}),
        "import": frozenset({"administrator", "steward"}),
        "policies": frozenset({"administrator", "steward"}),
        "requests": frozenset({"administrator", "steward", "analyst", "developer", "operator"}),
        "sql": frozenset({"administrator", "steward", "analyst", "developer"}),
        "audit": frozenset({"administrator", "auditor"}),
        "accounts": frozenset({"administrator"}),
        "operate": frozenset({"administrator", "operator"}),
    }
)
_SCOPES: Mapping[Action, Scope] = MappingProxyType(
    {
        "run": "run",
        "see-all-runs": "run",
        "import": "import",
        "policies": "administer",
        "requests": "administer",
        "sql": "sql",
        "audit": "audit",
        "accounts": "administer",
        "operate": "administer",
    }
)


def may(actor: Actor, action: Action) -> bool:
    """Tell whether the actor's roles and the key in use allow an action."""
    return actor.is_a(*_ROLES[action]) and actor.has_scope(_SCOPES[action])


def check_may(actor: Actor, action: Action) -> None:
    """Pass if the actor may do `action`.

    Raises:
        SharingDenied: If not.
    """
    if not may(actor, action):
        raise SharingDenied(
            f"'{actor.id}' may not do this: it needs the role of "
            f"{' or '.join(sorted(_ROLES[action]))} and a key for '{_SCOPES[action]}'",
            hint="sign in as somebody who may, or ask the administrator for the role",
        )


def check_steward(actor: Actor, action: Action, dataset: Dataset | None) -> None:
    """Pass if the actor may do `action` to a dataset: its steward, or an administrator.

    Args:
        actor: Who asks.
        action: What is to be done.
        dataset: As it is now; None if it is to be made.

    Raises:
        SharingDenied: If not.
    """
    check_may(actor, action)
    if actor.is_a("administrator") or dataset is None or is_steward_of(actor, dataset):
        return
    raise SharingDenied(
        f"'{dataset.id}' is not in the care of {actor.organisation or 'your organisation'}",
        hint=f"ask its steward, {dataset.steward or 'the administrator'}",
    )
