"""Zones as an ED-269 document, and what of either is lost on the way to the other.

What does not fit is refused, and limits are rounded outwards, so that a zone never shrinks. What is
written has no flaw by `ed269_checking`.
"""

from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime, time, tzinfo
from math import ceil, floor
from typing import Any

import shapely

from chengmo import InvalidRequest
from chengmo_airspace.altitude import Reference
from chengmo_airspace.volume import Circle
from chengmo_airspace.zones.ed269 import KEPT, RULES, read_ed269
from chengmo_airspace.zones.ed269_checking import REASONS, find_flaws, find_lost
from chengmo_airspace.zones.ed318 import DAYS
from chengmo_airspace.zones.ed318_writing import own_members, write_instant
from chengmo_airspace.zones.schedule import DailyPeriod, Period
from chengmo_airspace.zones.shape import write_area
from chengmo_airspace.zones.zone import Authority, Zone, ZoneLayer


def write_ed269(
    zones: Sequence[Zone], *, title: str = "", language: str = "en-GB"
) -> dict[str, Any]:
    """Return zones as an ED-269 document, texts in one language.

    Raises:
        InvalidRequest: If a zone does not fit: a height above the ellipsoid, hours by the sun, a
            text or an identifier that is too long.
    """
    document = _compose(zones, title, language)
    for flaw in find_flaws(document):
        raise InvalidRequest(
            f"ED-269 cannot say this: {flaw.path} {flaw.what}",
            hint="shorten it, or write ED-318",
        )
    return document


def _compose(zones: Sequence[Zone], title: str, language: str) -> dict[str, Any]:
    named: dict[str, Any] = {"title": title} if title else {}
    return {**named, "features": [_write_zone(zone, language) for zone in zones]}


def lost_by_reading(document: object, *, language: str = "en-GB") -> tuple[str, ...]:
    """Return the paths of an ED-269 document that its zones do not keep as they were.

    Raises:
        InvalidRequest: If it cannot be read.
    """
    return find_lost(document, _compose(read_ed269(document, language=language), "", language))


def lost_by_writing(zones: Sequence[Zone], *, language: str = "en-GB") -> tuple[str, ...]:
    """Return what of zones does not come back from ED-269: `identifier: field` each.

    Texts in other languages are dropped, limits rounded outwards to whole metres, reasons that
    ED-269 does not know become OTHER, layers of several parts become several layers.

    Raises:
        InvalidRequest: If a zone does not fit at all.
    """
    lost: list[str] = []
    for zone in zones:
        (found,) = read_ed269(write_ed269([zone], language=language), language=language)
        ours, back = _comparable(zone), _comparable(found)
        lost += [f"{zone.identifier}: {name}" for name in ours if ours[name] != back[name]]
    return tuple(lost)


def _comparable(zone: Zone) -> dict[str, object]:
    """Return a zone's fields, what ED-269 says in other words put into the same ones."""
    plain = {item.name: getattr(zone, item.name) for item in fields(zone)}
    plain["periods"] = [_write_period(period, zone) for period in zone.periods]
    # A zone without an authority is written with one that says nothing.
    plain["authorities"] = zone.authorities or (Authority(purpose="INFORMATION"),)
    return plain


def _write_zone(zone: Zone, language: str) -> dict[str, Any]:
    names = {rule: name for name, rule in RULES.items()}
    authorities = zone.authorities or (Authority(purpose="INFORMATION"),)
    written: dict[str, Any] = {
        "identifier": zone.identifier,
        "country": zone.country,
        "name": zone.name.within(language),
        "type": zone.variant,
        "restriction": names[zone.rule],
        "restrictionConditions": [zone.conditions] if zone.conditions else [],
        "reason": [reason if reason in REASONS else "OTHER" for reason in zone.reason],
        "otherReasonInfo": zone.reason_words.within(language),
        "message": zone.message.within(language),
        "applicability": _write_periods(zone),
        "zoneAuthority": [_write_authority(item, language) for item in authorities],
        "geometry": [part for layer in zone.layers for part in _write_layer(layer, zone)],
        "extendedProperties": _write_extended(zone),
        **{name: zone.extra[name] for name in KEPT if name in zone.extra},
    }
    return {name: value for name, value in written.items() if value not in ("", [], {})}


def _write_extended(zone: Zone) -> Any:
    others, own = zone.extra.get("extendedProperties", {}), own_members(zone)
    return {**others, **own} if isinstance(others, dict) else own or others


def _write_authority(authority: Authority, language: str) -> dict[str, Any]:
    written = {
        "purpose": authority.purpose,
        "name": authority.name.within(language),
        "service": authority.unit.within(language),
        "contactName": authority.contact.within(language),
        "email": authority.email,
        "siteURL": authority.site_url,
        "phone": authority.phone,
        "intervalBefore": authority.notice,
    }
    return {name: value for name, value in written.items() if value}


def _write_layer(layer: ZoneLayer, zone: Zone) -> list[dict[str, Any]]:
    written: dict[str, Any] = {"uomDimensions": "M"}
    for side, height, whole in (("lower", layer.lower, floor), ("upper", layer.upper, ceil)):
        reference = Reference.GROUND if height is None else height.reference
        if reference is Reference.ELLIPSOID:
            raise InvalidRequest(
                f"zone '{zone.identifier}' has a limit above the ellipsoid",
                hint="ED-269 knows only AGL and AMSL: convert it first, or write ED-318",
            )
        written[f"{side}VerticalReference"] = reference.value
        if height is not None:
            written[f"{side}Limit"] = whole(height.metres)
    if isinstance(layer.outline, Circle):
        circle = layer.outline
        centre = [circle.longitude, circle.latitude]
        shapes = [{"type": "Circle", "center": centre, "radius": circle.radius_m}]
    else:
        shapes = [write_area(part) for part in shapely.get_parts(layer.outline)]
    return [{**written, "horizontalProjection": shape} for shape in shapes]


def _write_periods(zone: Zone) -> list[dict[str, Any]]:
    if not zone.periods:
        return [{"permanent": "YES"}]
    return [_write_period(period, zone) for period in zone.periods]


def _write_period(period: Period, zone: Zone) -> dict[str, Any]:
    written: dict[str, Any] = {"permanent": "NO"}
    moments: tuple[tuple[str, datetime | None], ...] = (
        ("startDateTime", period.start),
        ("endDateTime", period.end),
    )
    written |= {name: write_instant(moment) for name, moment in moments if moment is not None}
    if period.schedule:
        written["schedule"] = [_write_daily(entry, zone) for entry in period.schedule]
    return written


def _write_daily(entry: DailyPeriod, zone: Zone) -> dict[str, Any]:
    written: dict[str, Any] = {"day": [DAYS[day] for day in entry.days] or ["ANY"]}
    # A time that is left out is midnight in the offset of the other; the end goes on past it.
    midnight = time(0, tzinfo=_offset_of(entry))
    for name, given in (("startTime", entry.start), ("endTime", entry.end)):
        moment = midnight if given is None else given
        if isinstance(moment, time):
            written[name] = _write_clock(moment)
        else:
            raise InvalidRequest(
                f"zone '{zone.identifier}' holds by the sun ({moment})",
                hint="ED-269 has no such hours: write ED-318, or give clock times",
            )
    return written


def _offset_of(entry: DailyPeriod) -> tzinfo:
    moments = (entry.start, entry.end)
    return next((m.tzinfo for m in moments if isinstance(m, time) and m.tzinfo), UTC)


def _write_clock(moment: time) -> str:
    """Return a time of day in the form of the standard's examples: 08:00:00.00+08:00."""
    text, offset = moment.strftime("%H:%M:%S.%f"), moment.strftime("%z")
    # Hundredths of a second, more only where there are some.
    short = text.removesuffix("0000")
    return short + ("Z" if offset == "+0000" else f"{offset[:3]}:{offset[3:]}")
