"""How the doors of the airspace are configured: by the environment, and closed without it.

- `CHENGMO_AIRSPACE_KEYS`: a file with the public keys of who issues tokens, JWKS or PEM; without
  it there are no doors at all;
- `CHENGMO_AIRSPACE_AUDIENCE`: the names that tokens for this server carry in `aud`, by comma;
- `CHENGMO_AIRSPACE_ISSUER`: what they carry in `iss`; unset, any;
- `CHENGMO_AIRSPACE_ROLES`: of `dss`, `uss` and `tracking`, by comma; unset, `dss`.

A USS calls others, and so needs more:

- `CHENGMO_AIRSPACE_USS`: what it is called, the `sub` of its tokens;
- `CHENGMO_AIRSPACE_BASE_URL`: where others call it, without `/uss/v1`;
- `CHENGMO_AIRSPACE_DSS`: where the discovery service is, without `/dss/v1`;
- `CHENGMO_AIRSPACE_PEERS`: `host` or `host:port` of each USS that may be called, by comma;
- its tokens: `CHENGMO_AIRSPACE_TOKEN_URL`, `…_CLIENT_ID` and `…_CLIENT_SECRET` of an authority, or
  `CHENGMO_AIRSPACE_SIGNING_KEY`, a file with a private key, where it is its own;
- `CHENGMO_AIRSPACE_CONSTRAINTS=1`: it processes constraints, for which its tokens need that role;
- `CHENGMO_AIRSPACE_TESTING=1` opens the doors for automated tests besides;
- `CHENGMO_AIRSPACE_SOURCES`: `host` or `host:port` from which those tests may have zones loaded.

The data centre (`tracking`): see `tracking_settings.py`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from chengmo import InvalidRequest

PREFIX = "CHENGMO_AIRSPACE_"
ROLES = frozenset({"dss", "uss", "tracking"})
_OF_A_USS = ("USS", "BASE_URL", "DSS", "TOKEN_URL", "CLIENT_ID", "CLIENT_SECRET", "SIGNING_KEY")
_PORT = re.compile(r":\d+$")


@dataclass(frozen=True)
class AirspaceSettings:
    """What the doors need to know.

    Attributes:
        keys: File with the issuer's public keys.
        audiences: Of which a token must name one.
        issuer: That a token must name; None for any.
        roles: Which doors are open.
    """

    keys: Path
    audiences: frozenset[str]
    issuer: str | None
    roles: frozenset[str]


@dataclass(frozen=True)
class SupplierSettings:
    """What the role of a USS needs to know besides.

    Attributes:
        uss: What it is called.
        base_url: Where others call it.
        discovery: Where the discovery service is.
        peers: `host:port` of the USSs that may be called.
        token_url: Of an authority; None where `signing_key` is used.
        client_id: What it is called there.
        client_secret: Never shown, also not by `repr`.
        signing_key: File with a private key; None where an authority is asked.
        heeds_constraints: Whether it processes constraints.
        is_testing: Whether the doors for automated tests are open.
        sources: `host:port` from which those may have zones loaded.
    """

    uss: str
    base_url: str
    discovery: str
    peers: frozenset[str]
    token_url: str | None
    client_id: str
    client_secret: str = field(repr=False)
    signing_key: Path | None = None
    heeds_constraints: bool = False
    is_testing: bool = False
    sources: frozenset[str] = frozenset()


def supplier_settings_from(environment: Mapping[str, str]) -> SupplierSettings:
    """Return what the environment says of the role of a USS.

    Raises:
        InvalidRequest: If it says it by half.
    """
    given = {name: environment.get(f"{PREFIX}{name}", "") for name in _OF_A_USS}
    missing = [f"{PREFIX}{name}" for name in ("USS", "BASE_URL", "DSS") if not given[name]]
    if not given["SIGNING_KEY"]:
        wanted = ("TOKEN_URL", "CLIENT_ID", "CLIENT_SECRET")
        missing += [f"{PREFIX}{name}" for name in wanted if not given[name]]
    if missing:
        raise InvalidRequest(
            f"the role uss is configured, but not {', '.join(missing)}",
            hint="docs/how-to/coordinate-flights.md",
        )
    return SupplierSettings(
        uss=given["USS"],
        base_url=given["BASE_URL"].rstrip("/"),
        discovery=given["DSS"].rstrip("/"),
        peers=_with_port(words_of(environment, "PEERS")),
        token_url=given["TOKEN_URL"] or None,
        client_id=given["CLIENT_ID"],
        client_secret=given["CLIENT_SECRET"],
        signing_key=Path(given["SIGNING_KEY"]).expanduser() if given["SIGNING_KEY"] else None,
        heeds_constraints=environment.get(f"{PREFIX}CONSTRAINTS") == "1",
        is_testing=environment.get(f"{PREFIX}TESTING") == "1",
        sources=_with_port(words_of(environment, "SOURCES")),
    )


def _with_port(hosts: frozenset[str]) -> frozenset[str]:
    return frozenset(host if _PORT.search(host) else f"{host}:443" for host in hosts)


def settings_from(environment: Mapping[str, str]) -> AirspaceSettings | None:
    """Return what the environment says, or None if the airspace has no doors.

    Raises:
        InvalidRequest: If it says it by half.
    """
    keys = environment.get(f"{PREFIX}KEYS")
    if not keys:
        return None
    audiences = words_of(environment, "AUDIENCE")
    if not audiences:
        raise InvalidRequest(
            f"{PREFIX}KEYS is set, but not {PREFIX}AUDIENCE",
            hint="name this server as its tokens do: dss.example.com",
        )
    roles = words_of(environment, "ROLES") or frozenset({"dss"})
    if not roles <= ROLES:
        raise InvalidRequest(
            f"{PREFIX}ROLES: there is no role {', '.join(sorted(roles - ROLES))}",
            hint="of dss, uss and tracking, by comma",
        )
    return AirspaceSettings(
        Path(keys).expanduser(), audiences, environment.get(f"{PREFIX}ISSUER") or None, roles
    )


def words_of(environment: Mapping[str, str], name: str) -> frozenset[str]:
    """Return the values of a setting that are divided by commas."""
    given = environment.get(f"{PREFIX}{name}", "")
    return frozenset(word.strip() for word in given.split(",") if word.strip())
