"""How the data centre is configured, besides what `settings.py` reads.

- `CHENGMO_AIRSPACE_TRACKS`: the folder of its log;
- `CHENGMO_AIRSPACE_TRACKS_DAYS`: for how many days it is kept; unset, for ever;
- `CHENGMO_AIRSPACE_LIMITS`: by what aircraft are judged, `name=number` by comma; unset, as
  `chengmo_airspace.tracking.limits` says;
- `CHENGMO_AIRSPACE_MQTT`: a broker to listen to, `mqtt://127.0.0.1:1883` on this machine or
  `mqtts://host:8883`; unset, none;
- `CHENGMO_AIRSPACE_MQTT_TOPIC`: what its topics begin with; unset, `chengmo/telemetry`: then the
  topic of an operator is `chengmo/telemetry/OPERATOR`, to which the broker lets nobody else write;
- `CHENGMO_AIRSPACE_MQTT_USER`, `…_MQTT_PASSWORD`: as whom.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit

from chengmo import InvalidRequest
from chengmo_airspace.interfaces.settings import PREFIX, words_of
from chengmo_airspace.tracking.limits import Limits

_LIMITS = tuple(limit.name for limit in fields(Limits))
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_MQTT_PORT, _MQTTS_PORT = 1883, 8883


@dataclass(frozen=True)
class BrokerSettings:
    """Where telemetry is heard by MQTT.

    Attributes:
        host: Of the broker.
        port: Of the broker.
        is_secret: Whether by TLS.
        topic: What the topics begin with, without `/` at the end.
        user: As whom; None for nobody.
        password: Never shown, also not by `repr`.
    """

    host: str
    port: int
    is_secret: bool
    topic: str
    user: str | None
    password: str | None = field(repr=False)


@dataclass(frozen=True)
class TrackingSettings:
    """What the data centre needs to know.

    Attributes:
        folder: Of its log.
        days: For how many days it is kept; None for ever.
        limits: By what aircraft are judged.
        broker: To listen to; None for none.
    """

    folder: Path
    days: float | None
    limits: Limits
    broker: BrokerSettings | None


def tracking_settings_from(environment: Mapping[str, str]) -> TrackingSettings:
    """Return what the environment says of the data centre.

    Raises:
        InvalidRequest: If it says it by half.
    """
    folder = environment.get(f"{PREFIX}TRACKS", "")
    if not folder:
        raise InvalidRequest(
            f"the role tracking is configured, but not {PREFIX}TRACKS",
            hint="docs/how-to/watch-the-sky.md",
        )
    limits: dict[str, float] = {}
    for pair in words_of(environment, "LIMITS"):
        name, _, value = pair.partition("=")
        if name.strip() not in _LIMITS:
            raise InvalidRequest(f"{PREFIX}LIMITS: no limit '{name}'", hint=", ".join(_LIMITS))
        limits[name.strip()] = _number(f"{PREFIX}LIMITS", value)
    days = environment.get(f"{PREFIX}TRACKS_DAYS")
    return TrackingSettings(
        Path(folder).expanduser(),
        _number(f"{PREFIX}TRACKS_DAYS", days) if days else None,
        Limits(**limits),
        _broker_from(environment),
    )


def _broker_from(environment: Mapping[str, str]) -> BrokerSettings | None:
    name = f"{PREFIX}MQTT"
    if not environment.get(name):
        return None
    try:
        address = urlsplit(environment[name])
        host, port = address.hostname or "", address.port
    except ValueError as error:
        raise InvalidRequest(f"{name} is no address", hint="mqtts://host:8883") from error
    is_secret = address.scheme == "mqtts"
    if not host or not (is_secret or (address.scheme == "mqtt" and host in _LOOPBACK)):
        raise InvalidRequest(
            f"{name}: '{environment[name][:200]}' may not be called",
            hint="mqtts://host:8883, or mqtt://127.0.0.1:1883 on this machine",
        )
    return BrokerSettings(
        host,
        port or (_MQTTS_PORT if is_secret else _MQTT_PORT),
        is_secret,
        environment.get(f"{name}_TOPIC", "chengmo/telemetry").strip("/"),
        environment.get(f"{name}_USER") or None,
        environment.get(f"{name}_PASSWORD") or None,
    )


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise InvalidRequest(f"{name}: '{text[:50]}' is no number", hint="such as 10") from error
