"""ED-318 written: zones as the standard's GeoJSON. See `ed318` for what is kept where."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any

from chengmo_airspace.volume import Circle
from chengmo_airspace.zones.ed318 import DAYS, KEPT, RULES, USPACE, read_ed318
from chengmo_airspace.zones.schedule import DailyPeriod, Period
from chengmo_airspace.zones.shape import write_area
from chengmo_airspace.zones.wording import Wording
from chengmo_airspace.zones.zone import Authority, Zone, ZoneLayer


def write_ed318(
    zones: Sequence[Zone], *, name: str = "", metadata: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return zones as an ED-318 document.

    Raises:
        InvalidRequest: If a zone does not fit, such as by an identifier of over 7 characters.
    """
    document: dict[str, Any] = {"type": "FeatureCollection"}
    if name:
        document["name"] = name
    if metadata:
        document["metadata"] = dict(metadata)
    document["features"] = [_write_feature(zone) for zone in zones]
    read_ed318(document)  # what is written can be read, or it is said why not
    return document


def write_wording(wording: Wording) -> list[dict[str, str]]:
    """Return a wording as ED-318 has it."""
    return [{"text": text, "lang": language} for language, text in wording.texts]


def write_periods(periods: Sequence[Period]) -> list[dict[str, Any]]:
    """Return periods as a `limitedApplicability`."""
    return [_write_period(period) for period in periods]


def _write_feature(zone: Zone) -> dict[str, Any]:
    layers = [_write_layer(layer) for layer in zone.layers]
    geometry = layers[0] if len(layers) == 1 else {
        "type": "GeometryCollection", "geometries": layers,
    }  # fmt: skip
    return {"type": "Feature", "geometry": geometry, "properties": _write_properties(zone)}


def _write_properties(zone: Zone) -> dict[str, Any]:
    kinds = {rule: kind for kind, rule in RULES.items() if kind != "USPACE"}
    authorities = zone.authorities or (Authority(purpose="INFORMATION"),)
    properties: dict[str, Any] = {
        "identifier": zone.identifier,
        "country": zone.country,
        "name": write_wording(zone.name),
        "type": "USPACE" if zone.kind == USPACE else kinds[zone.rule],
        "variant": zone.variant,
        "restrictionConditions": zone.conditions,
        "reason": list(zone.reason),
        "otherReasonInfo": write_wording(zone.reason_words),
        "message": write_wording(zone.message),
        "zoneAuthority": [_write_authority(authority) for authority in authorities],
        "limitedApplicability": write_periods(zone.periods),
        **{name: zone.extra[name] for name in KEPT if name in zone.extra},
        "extendedProperties": {**zone.extra.get("extendedProperties", {}), **own_members(zone)},
    }
    return {name: value for name, value in properties.items() if value not in ("", [], {})}


def own_members(zone: Zone) -> dict[str, Any]:
    """Return what only Chengmo says of a zone, as an extension."""
    own = {
        "kind": "" if zone.kind in {"other", USPACE} else zone.kind,
        "citation": zone.citation,
        "citation_en": zone.citation_en,
        "source": zone.source,
        "synthetic": "yes" if zone.is_synthetic else "",
    }
    own = {name: value for name, value in own.items() if value}
    return {"chengmo": own} if own else {}


def _write_authority(authority: Authority) -> dict[str, Any]:
    written = {
        "purpose": authority.purpose,
        "name": write_wording(authority.name),
        "service": write_wording(authority.unit),
        "contactName": write_wording(authority.contact),
        "email": authority.email,
        "siteURL": authority.site_url,
        "phone": authority.phone,
        "intervalBefore": authority.notice,
    }
    return {name: value for name, value in written.items() if value}


def _write_layer(layer: ZoneLayer) -> dict[str, Any]:
    if isinstance(layer.outline, Circle):
        circle = layer.outline
        written: dict[str, Any] = {
            "type": "Point",
            "coordinates": [circle.longitude, circle.latitude],
            "extent": {"subType": "Circle", "radius": circle.radius_m},
        }
    else:
        written = write_area(layer.outline)
    limits: dict[str, Any] = {}
    for side, height in (("upper", layer.upper), ("lower", layer.lower)):
        if height is not None:
            limits |= {side: height.metres, f"{side}Reference": height.reference.value}
    return {**written, "layer": {**limits, "uom": "m"}} if limits else written


def _write_period(period: Period) -> dict[str, Any]:
    written: dict[str, Any] = {}
    if period.start is not None:
        written["startDateTime"] = write_instant(period.start)
    if period.end is not None:
        written["endDateTime"] = write_instant(period.end)
    if period.schedule:
        written["schedule"] = [_write_daily(entry) for entry in period.schedule]
    return written


def write_instant(moment: datetime | time) -> str:
    """Return an aware time as ISO 8601, UTC with a Z."""
    return moment.isoformat().replace("+00:00", "Z")


def _write_daily(entry: DailyPeriod) -> dict[str, Any]:
    written: dict[str, Any] = {"day": [DAYS[day] for day in entry.days] or ["ANY"]}
    for side, moment in (("start", entry.start), ("end", entry.end)):
        if isinstance(moment, time):
            written[f"{side}Time"] = write_instant(moment)
        elif moment is not None:
            written[f"{side}Event"] = moment.value
    return written
