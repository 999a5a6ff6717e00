"""The map layers: the place, the zones that bear on it, the zones around."""

import json
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import cast

import shapely
from pydantic import JsonValue

from chengmo import Column, Feature, Layer, Text
from chengmo_airspace.altitude import Height, Reference
from chengmo_airspace.zones import Permission, Question, Zone, ZoneLayer
from chengmo_scenarios.flight_permission.reading import Ground
from chengmo_scenarios.flight_permission.request import Request
from chengmo_scenarios.flight_permission.wording import (
    KIND_LABELS,
    NAME,
    RULE_LABELS,
    VERDICT_LABELS,
    both,
    say_height,
)

# Zones within so many degrees of the place are drawn, the nearest first: the map stays light.
REACH_DEGREES = 0.5
MOST_DRAWN = 300
# A zone that holds more often within the timeline is drawn for so many times.
MOST_TIMES = 12
_ZONE_COLUMNS = (
    Column(key="name", title=Text(zh="名称", en="Name")),
    Column(
        key="rule", title=Text(zh="规则", en="Rule"), labels=RULE_LABELS, order=tuple(RULE_LABELS)
    ),
    Column(key="kind", title=Text(zh="类别", en="Kind"), labels=KIND_LABELS),
    Column(key="lower", title=Text(zh="下限", en="Floor")),
    Column(key="upper", title=Text(zh="上限", en="Ceiling")),
    Column(key="citation", title=Text(zh="依据", en="Written in")),
    # What the map stands up: metres above the ground, and the times that its slider goes through.
    Column(key="lower_m", title=Text(zh="真高下限", en="Floor above ground"), unit="m"),
    Column(key="upper_m", title=Text(zh="真高上限", en="Ceiling above ground"), unit="m"),
    Column(key="from", title=Text(zh="自", en="From")),
    Column(key="to", title=Text(zh="至", en="To")),
)


def draw_place(request: Request, question: Question, answer: Permission) -> Layer:
    """Return the place with its answer."""
    at: list[JsonValue] = [round(question.lon, 7), round(question.lat, 7)]
    feature = Feature(
        geometry={"type": "Point", "coordinates": at},
        properties={"verdict": NAME[answer.verdict], "height_m": request.height_m},
    )
    return Layer(
        key="place",
        title=Text(zh="起飞点", en="The place"),
        geometry="point",
        columns=(
            Column(
                key="verdict",
                title=Text(zh="能否飞", en="Answer"),
                labels=VERDICT_LABELS,
                order=tuple(VERDICT_LABELS),
            ),
            Column(key="height_m", title=Text(zh="高度", en="Height"), unit="m"),
        ),
        features=(feature,),
        colour_by="verdict",
    )


def draw_zones(request: Request, ground: Ground, answer: Permission) -> tuple[Layer, ...]:
    """Return the zones that bear on the answer, and the others around; no layer is empty.

    A zone is drawn once for each time that it holds within the timeline.
    """
    place = shapely.Point(ground.question.lon, ground.question.lat)
    bearing = {item.key for item in answer.findings if item.zone is not None}
    here: list[Feature] = []
    around: list[tuple[float, list[Feature]]] = []
    for zone in ground.zone_map.zones:
        times = _times(request, ground, zone)
        for layer in zone.layers:
            if zone.identifier in bearing:
                here.extend(_draw(ground, zone, layer, times))
            elif (away := layer.area().distance(place)) <= REACH_DEGREES:
                around.append((away, _draw(ground, zone, layer, times)))
    around.sort(key=lambda pair: pair[0])
    near = [feature for _, features in around[:MOST_DRAWN] for feature in features]
    layers = (
        _layer("zones", Text(zh="涉及的空域", en="Zones that bear on it"), here, role="answer"),
        _layer("around", Text(zh="周边空域", en="Zones around"), near, role="context"),
    )
    return tuple(layer for layer in layers if layer.features)


def _times(request: Request, ground: Ground, zone: Zone) -> list[dict[str, str | None]]:
    """Return when a zone holds within the timeline, as the map's slider reads it."""
    if not zone.periods:
        return [{"from": None, "to": None}]
    start = ground.question.start
    until = start + max(timedelta(hours=request.horizon_h), request.duration)
    held = ground.zone_map.when(zone, start, until)
    return [{"from": _utc(begin), "to": _utc(end)} for begin, end in held[:MOST_TIMES]]


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _layer(key: str, title: Text, features: list[Feature], *, role: str) -> Layer:
    return Layer(
        key=key,
        title=title,
        geometry="polygon",
        columns=_ZONE_COLUMNS,
        features=tuple(features),
        colour_by="rule",
        role="answer" if role == "answer" else "context",
    )


def _draw(
    ground: Ground, zone: Zone, layer: ZoneLayer, times: list[dict[str, str | None]]
) -> list[Feature]:
    geometry = json.loads(shapely.to_geojson(shapely.set_precision(layer.area(), 1e-7)))
    properties: dict[str, float | str | None] = {
        "name": both(Text(zh=zone.title("zh"), en=zone.title("en"))),
        "rule": zone.rule.value,
        "kind": zone.kind,
        "lower": _limit(layer.lower),
        "upper": _limit(layer.upper),
        "citation": both(Text(zh=zone.citation, en=zone.citation_en or zone.citation)),
        **_volume(ground, layer),
    }
    return [
        Feature(
            geometry=cast("dict[str, JsonValue]", geometry),
            properties={**properties, **when},
        )
        for when in times
    ]


def _volume(ground: Ground, layer: ZoneLayer) -> dict[str, float | None]:
    """Return the limits above the ground, at the place or else within; none where not known.

    Without a ceiling `upper_m` is empty: the zone is open above. Without a known floor both are.
    """
    lower = 0.0 if layer.lower is None else _above_ground(ground, layer, layer.lower)
    upper = None if layer.upper is None else _above_ground(ground, layer, layer.upper)
    if lower is None or (layer.upper is not None and upper is None):
        return {"lower_m": None, "upper_m": None}
    return {"lower_m": lower, "upper_m": upper}


def _above_ground(ground: Ground, layer: ZoneLayer, height: Height) -> float | None:
    middle = layer.area().representative_point()
    found = ground.zone_map.altitudes.convert_known(height, middle.x, middle.y, to=Reference.GROUND)
    metres = float(found.metres[0])
    return round(metres, 1) if isfinite(metres) else None


def _limit(height: Height | None) -> str | None:
    return None if height is None else both(say_height(height.metres, height.reference))
