"""An OpenID provider to sign in at: how it is configured, and what its claims mean here.

Everything comes from the environment:

- `CHENGMO_OIDC_ISSUER`: its address, as it stands in its tokens; without it there is none;
- `CHENGMO_OIDC_CLIENT_ID` and `CHENGMO_OIDC_CLIENT_SECRET`: what it knows this platform by;
- `CHENGMO_OIDC_ROLES`: `groups:gis-admins=administrator,planners=analyst`, a claim and what its
  values mean; a dot goes into a claim that holds others (`realm_access.roles:…`);
- `CHENGMO_OIDC_ORGANISATIONS`: the same for organisations, which must be there.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast, get_args
from urllib.parse import urlsplit

from chengmo.errors import InvalidRequest
from chengmo.identity.account import RESERVED_IDS, NewAccount
from chengmo.identity.actor import Role

_PREFIX = "CHENGMO_OIDC_"
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_ID_LETTERS = 80
_NAME_LETTERS = 100


@dataclass(frozen=True)
class ClaimMeaning:
    """What the values of one claim mean here.

    Attributes:
        claim: Its name, with dots into claims that hold others.
        meanings: Value at the provider → role or organisation here.
    """

    claim: str
    meanings: Mapping[str, str]

    def read(self, claims: Mapping[str, Any]) -> frozenset[str]:
        """Return what the claim says in our words; what it says beyond them is nothing."""
        found: Any = claims.get(self.claim)
        if found is None:
            found = claims
            for part in self.claim.split("."):
                found = cast("Any", found).get(part) if isinstance(found, Mapping) else None
        values = cast("list[Any]", found) if isinstance(found, list) else [found]
        return frozenset(
            self.meanings[value]
            for value in values
            if isinstance(value, str) and value in self.meanings
        )


@dataclass(frozen=True)
class ProviderSettings:
    """One OpenID provider.

    Attributes:
        issuer: Its address, as it stands in its tokens.
        client_id: What it knows this platform by.
        client_secret: Never shown, also not by `repr`.
        roles: Which roles people have; None leaves them to the administrators here.
        organisations: Which organisation they belong to; None leaves that likewise.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    roles: ClaimMeaning | None = None
    organisations: ClaimMeaning | None = None

    @property
    def is_managing(self) -> bool:
        """Whether the provider says which roles and organisation people have."""
        return self.roles is not None or self.organisations is not None

    def account_of(self, claims: Mapping[str, Any], *, own_name: bool = True) -> NewAccount:
        """Return the account that somebody with these claims would get.

        Args:
            claims: Of a token that was checked.
            own_name: Whether under the name they have there; else one that only they can have.
        """
        subject = str(claims["sub"])
        said = next(
            (text for name in ("preferred_username", "email") if (text := claims.get(name))),
            subject,
        )
        account = re.sub(r"[^a-z0-9._@-]+", "-", str(said).lower()).strip("-._@")[:_ID_LETTERS]
        is_short = len(account) < 2  # noqa: PLR2004 - the shortest user name
        if not own_name or is_short or account in RESERVED_IDS:
            mark = hashlib.sha256(f"{self.issuer}\n{subject}".encode()).hexdigest()[:12]
            account = f"{account or 'user'}-{mark}"
        roles = self.roles.read(claims) if self.roles else frozenset[str]()
        organisations = sorted(self.organisations.read(claims)) if self.organisations else []
        return NewAccount(
            id=account,
            name=str(claims.get("name") or said)[:_NAME_LETTERS],
            roles=cast("frozenset[Role]", roles),
            organisation=organisations[0] if organisations else None,
        )


def provider_settings_from(environment: Mapping[str, str]) -> ProviderSettings | None:
    """Return the provider that the environment names, or None.

    Raises:
        InvalidRequest: If it is named by half, or its address or a mapping cannot be used.
    """
    issuer = environment.get(f"{_PREFIX}ISSUER")
    if not issuer:
        return None
    check_provider_address(issuer)
    missing = [
        f"{_PREFIX}{name}"
        for name in ("CLIENT_ID", "CLIENT_SECRET")
        if not environment.get(f"{_PREFIX}{name}")
    ]
    if missing:
        raise InvalidRequest(
            f"{_PREFIX}ISSUER is set, but not {' and '.join(missing)}",
            hint="the provider's operator gives both out for this platform",
        )
    roles = _meaning(environment, "ROLES")
    unknown = sorted(set(roles.meanings.values()) - set(get_args(Role))) if roles else []
    if unknown:
        raise InvalidRequest(
            f"{_PREFIX}ROLES: there is no role {', '.join(unknown)}",
            hint=f"the roles are {', '.join(get_args(Role))}",
        )
    return ProviderSettings(
        issuer=issuer,
        client_id=environment[f"{_PREFIX}CLIENT_ID"],
        client_secret=environment[f"{_PREFIX}CLIENT_SECRET"],
        roles=roles,
        organisations=_meaning(environment, "ORGANISATIONS"),
    )


def check_provider_address(address: str) -> None:
    """Pass if `address` may be asked: https, or this machine.

    Raises:
        InvalidRequest: If not.
    """
    parts = urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return
    raise InvalidRequest(
        "the sign-in provider must be asked over https", hint=f"{_PREFIX}ISSUER=https://…"
    )


def _meaning(environment: Mapping[str, str], name: str) -> ClaimMeaning | None:
    text = environment.get(f"{_PREFIX}{name}")
    if not text:
        return None
    claim, _, pairs = text.partition(":")
    split = [pair.rpartition("=") for pair in pairs.split(",") if pair.strip()]
    meanings = {value.strip(): meaning.strip() for value, _, meaning in split}
    if not claim.strip() or not meanings or not all((*meanings.keys(), *meanings.values())):
        raise InvalidRequest(
            f"{_PREFIX}{name} cannot be read", hint="claim:value=meaning,value=meaning"
        )
    return ClaimMeaning(claim.strip(), meanings)
