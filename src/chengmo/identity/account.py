"""What an organisation, an account and a key are, as everybody may see them: nothing secret."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from chengmo.identity.actor import (
    ANONYMOUS,
    LOCAL_ADMINISTRATOR,
    OrganisationKind,
    Role,
    Scope,
)

AccountKind = Literal["person", "service"]
State = Literal["active", "suspended"]
RESERVED_IDS = frozenset({ANONYMOUS.id, LOCAL_ADMINISTRATOR.id})
Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)]
# Lower case only, so that no two accounts look alike; an e-mail address is one.
AccountId = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._@-]*$", min_length=2, max_length=100)
]
OrganisationId = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", min_length=2, max_length=100)
]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Organisation(_Frozen):
    """A department, a district, a company, or the public."""

    id: OrganisationId
    name_zh: Name = Field(min_length=1)
    name_en: Name = Field(min_length=1)
    kind: OrganisationKind
    district: Name = ""


class NewAccount(_Frozen):
    """An account to be made."""

    id: AccountId
    name: Name = ""
    roles: frozenset[Role] = frozenset()
    organisation: OrganisationId | None = None
    kind: AccountKind = "person"

    @field_validator("id")
    @classmethod
    def _is_nobody_elses(cls, value: str) -> str:
        if value in RESERVED_IDS:
            raise ValueError(f"'{value}' stands for somebody without an account")
        return value


class Account(NewAccount):
    """An account as it is.

    Attributes:
        state: A suspended account can do nothing, by whichever way.
        has_password: Whether it can sign in with one.
        is_external: Whether it signs in at an OpenID provider.
        created_utc: RFC 3339.
    """

    state: State
    has_password: bool
    is_external: bool
    created_utc: str


class ApiKey(_Frozen):
    """A key as its owner may see it after it was made: all but the secret. Times are RFC 3339."""

    prefix: str
    account: str
    name: str
    scopes: frozenset[Scope]
    created_utc: str
    expires_utc: str
    used_utc: str | None = None
    revoked_utc: str | None = None
