"""The picture of the sky as a map draws it: compact binary frames, and GeoJSON.

The layout of a frame is written down in README.md.
"""

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from chengmo_airspace.tracking.batch import NO_HEIGHT
from chengmo_airspace.tracking.monitor import Monitor
from chengmo_airspace.tracking.record import GROUND, STATES, SYNTHETIC, Records
from chengmo_airspace.volume.lattice import PER_DEGREE, PER_METRE

MAGIC = b"CMP1"
WHOLE, CHANGES = 1, 2
HEAD = struct.Struct("<4sBxxxIIdII")
# Marks of an aircraft in a frame.
LANDED, MADE_UP, LOST = GROUND, SYNTHETIC, 8
MOTION = ("speed", "course", "climb")
_PLACE_STEP = 100  # 1e-9 degrees to 1e-7
_HEIGHT_STEP = 10  # mm to cm
_NO_U16, _NO_I16 = 65535, -32768
_MICROSECONDS_A_MILLISECOND = 1000
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Sight:
    """The aircraft at one moment, and who has left.

    Attributes:
        at_us: The moment, microseconds since 1970.
        turn: How many changes there had been; what comes later has more.
        since: Which changes were known before; −1 for none, then this is the whole picture.
        crafts: `AIRCRAFT` records of those that have changed since.
        gone: Numbers of those that have left since.
        names: Number, operator, aircraft, intent of those that are new or fly another intent.
    """

    at_us: int
    turn: int
    since: int
    crafts: Records
    gone: Sequence[int]
    names: Sequence[tuple[int, str, str, str]]

    def within(self, bounds: Bounds | None) -> "Sight":
        """Return the part within bounds: west, south, east, north in degrees.

        West may be more than east, for bounds across 180°.
        """
        if bounds is None:
            return self
        chosen = within(self.crafts, bounds)
        kept = set(chosen["track"].tolist())
        return replace(self, crafts=chosen, names=[name for name in self.names if name[0] in kept])


def see(monitor: Monitor, *, at_us: int, since: int = -1) -> Sight:
    """Return what has changed since so many changes, −1 for all there is."""
    crafts = monitor.live.crafts
    chosen = crafts[(crafts["is_live"] == 1) & (crafts["change"] > since)]
    gone: list[int] = []
    if since >= 0:
        for turn, track in reversed(monitor.live.gone):
            if turn <= since:
                break
            gone.append(track)
    new = chosen[chosen["renamed"] > since]
    names = [(int(craft["track"]), *monitor.names_of(craft)) for craft in new]
    return Sight(at_us, monitor.turn, since, chosen, gone, names)


def write_sight(sight: Sight) -> bytes:
    """Return a sight as one frame; the same number of aircraft gives the same length, names apart.

    Example:
        >>> from chengmo_airspace.tracking.limits import Limits
        >>> len(write_sight(see(Monitor(Limits()), at_us=0)))
        34
    """
    crafts = sight.crafts
    names = json.dumps(sight.names, ensure_ascii=False, separators=(",", ":")).encode()
    head = HEAD.pack(
        MAGIC,
        WHOLE if sight.since < 0 else CHANGES,
        len(crafts),
        len(sight.gone),
        sight.at_us / _MICROSECONDS_A_MILLISECOND,
        sight.turn & 0xFFFFFFFF,
        len(names),
    )
    age = np.clip(
        (sight.at_us - crafts["time"]) // _MICROSECONDS_A_MILLISECOND, -(2**31), 2**31 - 1
    )
    unknown = crafts["above"] == NO_HEIGHT
    height = np.where(unknown, NO_HEIGHT, np.rint(crafts["above"] / _HEIGHT_STEP))
    columns = [
        crafts["track"],
        np.rint(crafts["lon"] / _PLACE_STEP).astype("<i4"),
        np.rint(crafts["lat"] / _PLACE_STEP).astype("<i4"),
        height.astype("<i4"),
        age.astype("<i4"),
        _short(crafts["speed"] * 10, "<u2", _NO_U16),
        _short(crafts["course"] * 100, "<u2", _NO_U16),
        _short(crafts["climb"] * 100, "<i2", _NO_I16),
        crafts["state"].astype("u1"),
        marks_of(crafts),
        np.array(sight.gone, "<u4"),
    ]
    return b"".join([head, *(np.ascontiguousarray(column).tobytes() for column in columns), names])


def marks_of(crafts: Records) -> Any:
    """Return (n,) marks: landed, made up, link lost."""
    return (crafts["marks"] & (LANDED | MADE_UP)) | (crafts["is_lost"] * np.uint8(LOST))


def features_of(sight: Sight) -> dict[str, Any]:
    """Return a whole sight as GeoJSON, heights in metres above the ellipsoid (EPSG:4979)."""
    names = {number: rest for number, *rest in sight.names}
    features: list[dict[str, Any]] = []
    for craft in sight.crafts:
        lon, lat = int(craft["lon"]) / PER_DEGREE, int(craft["lat"]) / PER_DEGREE
        place = [lon, lat]
        if craft["above"] != NO_HEIGHT:
            place.append(int(craft["above"]) / PER_METRE)
        operator, aircraft, intent = names.get(int(craft["track"]), ("", "", ""))
        properties = {
            "operator": operator,
            "aircraft": aircraft,
            "intent": intent or None,
            "time_us": int(craft["time"]),
            "state": STATES[craft["state"]] or None,
            "speed": _number(craft["speed"]),
            "course": _number(craft["course"]),
            "climb": _number(craft["climb"]),
            "on_ground": bool(craft["marks"] & GROUND),
            "lost_link": bool(craft["is_lost"]),
            "synthetic": bool(craft["marks"] & SYNTHETIC),
        }
        features.append(
            {
                "type": "Feature",
                "id": int(craft["track"]),
                "geometry": {"type": "Point", "coordinates": place},
                "properties": properties,
            }
        )
    return {"type": "FeatureCollection", "features": features}


def table_of(sight: Sight) -> pa.Table:
    """Return a whole sight as a table: a row for each aircraft, units as in `telemetry.py`."""
    names = {number: rest for number, *rest in sight.names}
    crafts = sight.crafts
    rows = [names.get(track, ("", "", "")) for track in crafts["track"].tolist()]
    operator, aircraft, intent = zip(*rows, strict=True) if rows else ((), (), ())
    unknown = crafts["above"] == NO_HEIGHT
    numbers = {name: pa.array(crafts[name], from_pandas=True) for name in MOTION}
    return pa.table(
        {
            "number": pa.array(crafts["track"], pa.uint32()),
            "operator": pa.array(operator, pa.string()),
            "aircraft": pa.array(aircraft, pa.string()),
            "intent": pa.array([one or None for one in intent], pa.string()),
            "time": pa.array(crafts["time"], pa.timestamp("us", "UTC")),
            "longitude": pa.array(crafts["lon"] / PER_DEGREE),
            "latitude": pa.array(crafts["lat"] / PER_DEGREE),
            "ellipsoidal_height": pa.array(crafts["above"] / PER_METRE, mask=unknown),
            **numbers,
            "state": pa.array([STATES[one] or None for one in crafts["state"]], pa.string()),
            "on_ground": pa.array((crafts["marks"] & GROUND) > 0),
            "synthetic": pa.array((crafts["marks"] & SYNTHETIC) > 0),
        }
    )


def within(crafts: Records, bounds: Bounds) -> Records:
    """Return the records of places within bounds in degrees; west > east goes across 180°."""
    west, south, east, north = (edge * PER_DEGREE for edge in bounds)
    lon, lat = crafts["lon"], crafts["lat"]
    across = (lon >= west) | (lon <= east) if west > east else (lon >= west) & (lon <= east)
    return crafts[across & (lat >= south) & (lat <= north)]


def _number(value: Any) -> float | None:
    return None if np.isnan(value) else round(float(value), 3)


def _short(values: Any, sort: str, unknown: int) -> Any:
    limits = np.iinfo(np.dtype(sort))
    missing = np.isnan(values)
    kept = np.clip(np.rint(np.where(missing, 0, values)), limits.min + (unknown < 0), limits.max)
    # The last value of a column without sign means unknown.
    kept = np.where((unknown > 0) & (kept == unknown), unknown - 1, kept)
    return np.where(missing, unknown, kept).astype(sort)
