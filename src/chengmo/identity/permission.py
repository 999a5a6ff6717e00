"""What each role may do at all; which data it may do it with, the sharing rules decide."""

from collections.abc import Mapping
from types import MappingProxyType

from chengmo.errors import NotAllowed, NotSignedIn
from chengmo.identity.actor import ANONYMOUS, Actor, Role, Scope

# Reading is open to everybody: what is there to read is up to the sharing rules.
ROLES_OF: Mapping[Scope, frozenset[Role] | None] = MappingProxyType(
    {
        "read": None,
        "run": frozenset({"administrator", "steward", "analyst", "developer", "operator"}),
        "import": frozenset({"administrator", "steward"}),
        "sql": frozenset({"administrator", "steward", "analyst"}),
        "audit": frozenset({"administrator", "auditor"}),
        "administer": frozenset({"administrator"}),
    }
)


def is_permitted(actor: Actor, scope: Scope) -> bool:
    """Tell whether the roles of `actor`, and the key in use, reach to `scope`."""
    roles = ROLES_OF[scope]
    return actor.has_scope(scope) and (roles is None or actor.is_a(*roles))


def check_permission(actor: Actor, scope: Scope) -> None:
    """Pass if `actor` may do what `scope` stands for.

    Raises:
        NotSignedIn: If nobody is signed in, which might help.
        NotAllowed: If who is signed in may not.
    """
    if is_permitted(actor, scope):
        return
    if actor.id == ANONYMOUS.id:
        raise NotSignedIn(
            "this needs an account", hint="sign in on the page, or send Authorization: Bearer KEY"
        )
    if not actor.has_scope(scope):
        raise NotAllowed(
            f"the key in use may not be used for '{scope}'", hint=f"make one with scope {scope}"
        )
    roles = ", ".join(sorted(ROLES_OF[scope] or ()))
    raise NotAllowed(
        f"'{actor.id}' may not do this: it takes one of the roles {roles}",
        hint="ask an administrator of the platform for the role",
    )
