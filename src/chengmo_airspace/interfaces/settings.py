"""How the doors of the airspace are configured: by the environment, and closed without it.

- `CHENGMO_AIRSPACE_KEYS`: a file with the public keys of who issues tokens, JWKS or PEM; without
  it there are no doors at all;
- `CHENGMO_AIRSPACE_AUDIENCE`: the names that tokens for this server carry in `aud`, by comma;
- `CHENGMO_AIRSPACE_ISSUER`: what they carry in `iss`; unset, any;
- `CHENGMO_AIRSPACE_ROLES`: `dss`, `uss` or `dss,uss`; unset, `dss`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from chengmo import InvalidRequest

PREFIX = "CHENGMO_AIRSPACE_"
ROLES = frozenset({"dss", "uss"})


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
            hint="dss, uss or dss,uss",
        )
    return AirspaceSettings(
        Path(keys).expanduser(), audiences, environment.get(f"{PREFIX}ISSUER") or None, roles
    )


def words_of(environment: Mapping[str, str], name: str) -> frozenset[str]:
    """Return the values of a setting that are divided by commas."""
    given = environment.get(f"{PREFIX}{name}", "")
    return frozenset(word.strip() for word in given.split(",") if word.strip())
