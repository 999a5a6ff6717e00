"""Whether a document is ED-269, member by member, and what is lost on the way there and back.

EUROCAE's schema is sold, so the rules here are facts that others state in public: names, choices,
lengths and numbers of members as in github.com/interuss/uas_standards (Apache-2.0),
`eurocae_ed269.py`. That file is not the standard: a document without flaws here is one that the
open tools read. `read_ed269` takes more than this, since what countries publish has more forms.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

Check = Callable[[object, str], Iterator["Flaw"]]

RESTRICTIONS = ("PROHIBITED", "REQ_AUTHORISATION", "CONDITIONAL", "NO_RESTRICTION")
REASONS = (
    "AIR_TRAFFIC", "SENSITIVE", "PRIVACY", "POPULATION", "NATURE", "NOISE", "FOREIGN_TERRITORY",
    "EMERGENCY", "OTHER",
)  # fmt: skip
PURPOSES = ("AUTHORIZATION", "NOTIFICATION", "INFORMATION")
WEEK = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN", "ANY")
# hh:mmS as in the standard's words, or hh:mm:ss.ssS as in its examples, S the offset from UTC.
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d\.\d+)?(Z|[+-]\d\d:?\d\d)")


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong, and where: a path such as `features[0].geometry[0].uomDimensions`."""

    path: str
    what: str


def find_flaws(document: object) -> tuple[Flaw, ...]:
    """Return all that keeps a document (JSON already parsed) from being ED-269; none if it is.

    Example:
        >>> [(flaw.path, flaw.what) for flaw in find_flaws({"features": [], "author": "x"})]
        [('author', 'is no member of ED-269')]
    """
    return tuple(_DOCUMENT(document, ""))


def find_lost(document: object, rewritten: object) -> tuple[str, ...]:
    """Return the paths of what a document says and its rewritten form does not say so.

    Null counts as left out, `UASZoneList` as `features`, `dailyPeriod` as `schedule`, a number in
    quotes as that number, one text as a list of it. What else differs is listed, changed or gone.
    """
    return tuple(_differences(document, rewritten, ""))


def _text(longest: int | None = None, *, exactly: int | None = None) -> Check:
    def check(value: object, path: str) -> Iterator[Flaw]:
        if not isinstance(value, str):
            yield Flaw(path, "is no text")
        elif exactly is not None and len(value) != exactly:
            yield Flaw(path, f"has {len(value)} characters, not {exactly}")
        elif longest is not None and len(value) > longest:
            yield Flaw(path, f"has {len(value)} characters, at most {longest}")

    return check


def _choice(allowed: Collection[str]) -> Check:
    def check(value: object, path: str) -> Iterator[Flaw]:
        if not isinstance(value, str) or value not in allowed:
            yield Flaw(path, "is none of " + ", ".join(allowed))

    return check


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _whole(value: object, path: str) -> Iterator[Flaw]:
    if not isinstance(value, int) or isinstance(value, bool):
        yield Flaw(path, "is no whole number")


def _above_0(value: object, path: str) -> Iterator[Flaw]:
    if not _is_number(value) or not cast("float", value) > 0:
        yield Flaw(path, "is no number above 0")


def _clock(value: object, path: str) -> Iterator[Flaw]:
    if not isinstance(value, str) or not _CLOCK.fullmatch(value):
        yield Flaw(path, "is no time as 08:00Z or 08:00:00.00+08:00")


def _instant(value: object, path: str) -> Iterator[Flaw]:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.utcoffset() is None:
        yield Flaw(path, "is no time with an offset from UTC")


def _anything(_: object, _path: str) -> Iterator[Flaw]:
    yield from ()


def _list(item: Check, *, least: int = 0, most: int | None = None) -> Check:
    def check(value: object, path: str) -> Iterator[Flaw]:
        if not isinstance(value, list):
            yield Flaw(path, "is no array")
            return
        items = cast("list[object]", value)
        if len(items) < least or (most is not None and len(items) > most):
            span = f"at least {least}" if most is None else f"{least} to {most}"
            yield Flaw(path, f"has {len(items)} items, not {span}")
        for number, one in enumerate(items):
            yield from item(one, f"{path}[{number}]")

    return check


def _object(needed: Mapping[str, Check], free: Mapping[str, Check] | None = None) -> Check:
    known = {**needed, **(free or {})}

    def check(value: object, path: str) -> Iterator[Flaw]:
        if not isinstance(value, dict):
            yield Flaw(path, "is no object")
            return
        members = cast("dict[str, object]", value)
        for name in needed:
            if members.get(name) is None:
                yield Flaw(path, f"has no '{name}'")
        for name, one in members.items():
            own = f"{path}.{name}".lstrip(".")
            if name not in known:
                yield Flaw(own, "is no member of ED-269")
            elif one is not None:
                yield from known[name](one, own)

    return check


def _conditions(value: object, path: str) -> Iterator[Flaw]:
    check = _text() if isinstance(value, str) else _list(_text())
    yield from check(value, path)


def _position(value: object, path: str) -> Iterator[Flaw]:
    items = cast("list[object]", value) if isinstance(value, list) else []
    if len(items) != 2 or not all(_is_number(one) for one in items):  # noqa: PLR2004 - lon, lat
        yield Flaw(path, "is no position of two numbers")


def _ring(value: object, path: str) -> Iterator[Flaw]:
    yield from _list(_position, least=4)(value, path)
    if isinstance(value, list):
        items = cast("list[object]", value)
        if items and items[0] != items[-1]:
            yield Flaw(path, "is no closed ring")


def _projection(value: object, path: str) -> Iterator[Flaw]:
    kind = cast("dict[str, object]", value).get("type") if isinstance(value, dict) else None
    check = _CIRCLE if kind == "Circle" else _POLYGON
    yield from check(value, path)


_CIRCLE = _object({"type": _choice(("Circle",)), "center": _position, "radius": _above_0})
_POLYGON = _object({"type": _choice(("Circle", "Polygon")), "coordinates": _list(_ring, least=1)})
_VOLUME = _object(
    {
        "uomDimensions": _choice(("M", "FT")),
        "lowerVerticalReference": _choice(("AGL", "AMSL")),
        "upperVerticalReference": _choice(("AGL", "AMSL")),
        "horizontalProjection": _projection,
    },
    {"lowerLimit": _whole, "upperLimit": _whole},
)
_AUTHORITY = _object(
    {},
    {
        "name": _text(200), "service": _text(200), "email": _text(), "contactName": _text(200),
        "siteURL": _text(), "phone": _text(200), "purpose": _choice(PURPOSES),
        "intervalBefore": _text(),
    },
)  # fmt: skip
_DAILY = _object(
    {"day": _list(_choice(WEEK), least=1, most=7), "startTime": _clock, "endTime": _clock}
)
_PERIOD = _object(
    {"permanent": _choice(("YES", "NO"))},
    {"startDateTime": _instant, "endDateTime": _instant, "schedule": _list(_DAILY, least=1)},
)
_ZONE = _object(
    {
        "identifier": _text(7),
        "country": _text(exactly=3),
        "type": _text(),
        "restriction": _choice(RESTRICTIONS),
        "applicability": _list(_PERIOD),
        "zoneAuthority": _list(_AUTHORITY),
        "geometry": _list(_VOLUME, least=1),
    },
    {
        "title": _text(), "name": _text(200), "restrictionConditions": _conditions,
        "region": _whole, "reason": _list(_choice(REASONS), most=9), "otherReasonInfo": _text(30),
        "regulationExemption": _choice(("YES", "NO")), "uSpaceClass": _text(100),
        "message": _text(200), "extendedProperties": _anything,
    },
)  # fmt: skip
_DOCUMENT = _object({"features": _list(_ZONE)}, {"title": _text(), "description": _text()})

_RENAMED = {"UASZoneList": "features", "dailyPeriod": "schedule"}


def _differences(one: object, other: object, path: str) -> Iterator[str]:
    if isinstance(one, dict):
        found = cast("dict[str, Any]", other) if isinstance(other, dict) else {}
        yield from _lost_members(cast("dict[str, Any]", one), found, path)
    elif isinstance(one, list):
        again = cast("list[Any]", other) if isinstance(other, list) else [other]
        yield from _lost_items(cast("list[Any]", one), again, path)
    elif not _says_the_same(one, other):
        yield path


def _lost_members(one: dict[str, Any], other: dict[str, Any], path: str) -> Iterator[str]:
    for name, value in one.items():
        own = f"{path}.{name}".lstrip(".")
        again = other.get(name, other.get(_RENAMED.get(name, name)))
        if value is None or value in ([], {}, ""):
            continue
        if again is None:
            yield own
        else:
            yield from _differences(value, again, own)


def _lost_items(one: list[Any], other: list[Any], path: str) -> Iterator[str]:
    if len(one) != len(other):
        yield path
        return
    for number, (value, again) in enumerate(zip(one, other, strict=True)):
        yield from _differences(value, again, f"{path}[{number}]")


def _says_the_same(one: object, other: object) -> bool:
    if isinstance(other, list):
        return other == [one]
    if isinstance(one, str) and _is_number(other):
        try:
            return float(one) == other
        except ValueError:
            return False
    if isinstance(one, str) and isinstance(other, str) and one != other:
        return _as_time(one) is not None and _as_time(one) == _as_time(other)
    return one == other


def _as_time(text: str) -> datetime | None:
    """Return a clock time or an instant, a clock time on some day."""
    try:
        return datetime.fromisoformat(f"2000-01-01T{text}" if _CLOCK.fullmatch(text) else text)
    except ValueError:
        return None
