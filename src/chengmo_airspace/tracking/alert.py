"""Alerts: what somebody must be told now, in English and Chinese, with where and why."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from chengmo import ChengmoError, encode_codes, encode_solid_codes
from chengmo_airspace.tracking.batch import NO_HEIGHT
from chengmo_airspace.tracking.record import STATES, SYNTHETIC, Records
from chengmo_airspace.tracking.track_kernel import (
    BLIND,
    DEVIATED,
    EARLY,
    LOST,
    NEAR,
    PARTED,
    REGAINED,
    RESTORED,
    UNPLANNED,
    UNRECOVERED,
)
from chengmo_airspace.volume.lattice import PER_DEGREE, PER_METRE

# About 8 m wide at the equator.
CODE_LEVEL = 7
_WORDS: Mapping[int, tuple[str, str, str]] = MappingProxyType(
    {
        DEVIATED: (
            "nonconforming",
            "outside the volumes of its operational intent, or not known to be inside",
            "偏离飞行意图的空域体，或无法确认在其内",
        ),
        UNRECOVERED: (
            "contingent",
            "off its operational intent for longer than counts as recoverable",
            "偏离飞行意图超过可恢复的时限",
        ),
        RESTORED: ("conforming", "inside its volumes again", "已回到飞行意图的空域体内"),
        LOST: ("lost-link", "no message for too long", "超过时限未收到报文（失联）"),
        REGAINED: ("link-regained", "messages come again", "恢复收到报文"),
        UNPLANNED: (
            "unplanned",
            "the operational intent it names is not known here, or another's",
            "所报的飞行意图未登记，或不属于该运营人",
        ),
        EARLY: (
            "not-activated",
            "it flies, but its operational intent is not activated",
            "飞行意图尚未激活即已飞行",
        ),
        BLIND: (
            "height-unknown",
            "its height above the ellipsoid is not known, so conformance cannot be decided",
            "椭球高未知，无法判定是否符合飞行意图",
        ),
        NEAR: ("near", "too near to another aircraft", "与另一航空器间隔不足"),
        PARTED: ("parted", "no longer too near to the other", "与另一航空器恢复间隔"),
    }
)
# How urgent: 3 act now, 2 look, 1 know.
_URGENCY = MappingProxyType(
    {
        DEVIATED: 2,
        UNRECOVERED: 3,
        LOST: 2,
        UNPLANNED: 2,
        EARLY: 2,
        NEAR: 3,
    }
)


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that somebody must be told.

    Attributes:
        id: Of this alert alone.
        kind: A word, such as `lost-link`.
        urgency: 3 act now, 2 look, 1 know.
        at_us: When it was decided, microseconds since 1970.
        message_us: Of the aircraft's last message.
        track: Number of the aircraft in the picture.
        operator: Whose aircraft it is.
        aircraft: What it is called.
        intent: That it flies; empty for none.
        state: Of the aircraft, after this.
        longitude: Degrees, of the last message.
        latitude: Degrees.
        above_m: Metres above the WGS 84 ellipsoid; None where not known.
        code: BeiDou 3-D code of the place (GB/T 39409), 2-D where the height is not known.
        reason: Why, in English.
        reason_zh: Why, in Chinese.
        is_synthetic: Whether nobody flies this aircraft.
        evidence: More, by kind.
    """

    id: str
    kind: str
    urgency: int
    at_us: int
    message_us: int
    track: int
    operator: str
    aircraft: str
    intent: str
    state: str
    longitude: float
    latitude: float
    above_m: float | None
    code: str
    reason: str
    reason_zh: str
    is_synthetic: bool
    evidence: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def document(self) -> dict[str, Any]:
        """Return it as JSON is made of."""
        return asdict(self)


def make_alert(
    event: int,
    craft: Records,
    names: tuple[str, str, str],
    *,
    at_us: int,
    evidence: Mapping[str, Any] | None = None,
) -> Alert:
    """Return the alert of an event.

    Args:
        event: Kind, of `track_kernel`.
        craft: The aircraft's record.
        names: Operator, aircraft, intent.
        at_us: When it was decided.
        evidence: More to say.
    """
    kind, reason, reason_zh = _WORDS[event]
    lon, lat = int(craft["lon"]) / PER_DEGREE, int(craft["lat"]) / PER_DEGREE
    above = None if craft["above"] == NO_HEIGHT else int(craft["above"]) / PER_METRE
    return Alert(
        id=str(uuid.uuid4()),
        kind=kind,
        urgency=_URGENCY.get(event, 1),
        at_us=at_us,
        message_us=int(craft["time"]),
        track=int(craft["track"]),
        operator=names[0],
        aircraft=names[1],
        intent=names[2],
        state=STATES[craft["state"]],
        longitude=lon,
        latitude=lat,
        above_m=above,
        code=place_code(lon, lat, above),
        reason=reason,
        reason_zh=reason_zh,
        is_synthetic=bool(craft["marks"] & SYNTHETIC),
        evidence=evidence or {},
    )


def place_code(lon: float, lat: float, above_m: float | None) -> str:
    """Return the BeiDou code of a place, 3-D if its height is known.

    Example:
        >>> place_code(114.3, 30.5, 100.0)
        'N050H000501030000001005'
    """
    try:
        if above_m is None:
            return encode_codes(lon, lat, level=CODE_LEVEL).item().decode()
        return encode_solid_codes(lon, lat, above_m, level=CODE_LEVEL).item().decode()
    except ChengmoError:  # pragma: no cover - batches hold places on the Earth alone
        return ""


def write_alerts(alerts: Sequence[Alert]) -> bytes:
    """Return alerts as the payload of a frame."""
    documents = [alert.document() for alert in alerts]
    return json.dumps(documents, ensure_ascii=False, separators=(",", ":")).encode()


def read_alerts(payload: bytes) -> list[Alert]:
    """Return the alerts in the payload of a frame."""
    return [Alert(**document) for document in json.loads(payload)]


def pair_evidence(
    names: tuple[str, str, str], gaps: np.ndarray[Any, np.dtype[np.float64]]
) -> dict[str, Any]:
    """Return what an alert says of the other aircraft.

    Args:
        names: Operator, aircraft and intent of the other.
        gaps: Horizontal and vertical distance, metres.
    """
    return {
        "other_operator": names[0],
        "other_aircraft": names[1],
        "other_intent": names[2],
        "horizontal_m": round(float(gaps[0]), 1),
        "vertical_m": round(float(gaps[1]), 1),
    }
