"""Who asks, as every rule sees it: an identity, its roles and its organisation, nothing secret."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["administrator", "steward", "analyst", "developer", "operator", "auditor"]
OrganisationKind = Literal["department", "district", "company", "public"]
Scope = Literal["read", "run", "import", "sql", "audit", "administer"]


@dataclass(frozen=True)
class Actor:
    """A person or a program that asks.

    Attributes:
        id: Of the account; `anonymous` for whoever did not sign in.
        roles: What the account may be; nobody without a role reads more than the public.
        organisation: Id of the organisation, empty for none.
        kind: What the organisation is.
        district: Name of the district that the organisation serves, empty for none.
        scopes: What the key in use may be used for; None is all that the roles allow.
    """

    id: str
    roles: frozenset[Role] = frozenset()
    organisation: str = ""
    kind: OrganisationKind = "public"
    district: str = ""
    scopes: frozenset[Scope] | None = None

    def is_a(self, *roles: Role) -> bool:
        """Tell whether the actor has one of `roles`."""
        return not self.roles.isdisjoint(roles)

    def has_scope(self, scope: Scope) -> bool:
        """Tell whether the key in use may be used for `scope`."""
        return self.scopes is None or scope in self.scopes


# Whoever works at this machine, as long as no password is set.
LOCAL_ADMINISTRATOR = Actor(id="local", roles=frozenset({"administrator"}), kind="department")
ANONYMOUS = Actor(id="anonymous")
