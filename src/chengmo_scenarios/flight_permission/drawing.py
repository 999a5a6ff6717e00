"""The map layers: the place, the zones that bear on it, the zones around."""

import json
from typing import cast

import shapely
from pydantic import JsonValue

from chengmo import Column, Feature, Layer, Text
from chengmo_airspace.altitude import Height
from chengmo_airspace.zones import Permission, Question, Zone, ZoneLayer
from chengmo_scenarios.flight_permission.reading import Ground
from chengmo_scenarios.flight_permission.request import Request
from chengmo_scenarios.flight_permission.wording import NAME, both, say_height

# Zones within so many degrees of the place are drawn, the nearest first: the map stays light.
REACH_DEGREES = 0.5
MOST_DRAWN = 300
_ZONE_COLUMNS = (
    Column(key="name", title=Text(zh="名称", en="Name")),
    Column(key="rule", title=Text(zh="规则", en="Rule")),
    Column(key="kind", title=Text(zh="类别", en="Kind")),
    Column(key="lower", title=Text(zh="下限", en="Floor")),
    Column(key="upper", title=Text(zh="上限", en="Ceiling")),
    Column(key="citation", title=Text(zh="依据", en="Written in")),
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
            Column(key="verdict", title=Text(zh="能否飞", en="Answer")),
            Column(key="height_m", title=Text(zh="高度", en="Height"), unit="m"),
        ),
        features=(feature,),
        colour_by="verdict",
    )


def draw_zones(ground: Ground, answer: Permission) -> tuple[Layer, ...]:
    """Return the zones that bear on the answer, and the others around; no layer is empty."""
    place = shapely.Point(ground.question.lon, ground.question.lat)
    bearing = {item.key for item in answer.findings if item.zone is not None}
    here: list[Feature] = []
    around: list[tuple[float, Feature]] = []
    for zone in ground.zone_map.zones:
        for layer in zone.layers:
            area = layer.area()
            if zone.identifier in bearing:
                here.append(_draw(zone, layer))
            elif (away := area.distance(place)) <= REACH_DEGREES:
                around.append((away, _draw(zone, layer)))
    around.sort(key=lambda pair: pair[0])
    layers = (
        _layer("zones", Text(zh="涉及的空域", en="Zones that bear on it"), here, role="answer"),
        _layer(
            "around",
            Text(zh="周边空域", en="Zones around"),
            [feature for _, feature in around[:MOST_DRAWN]],
            role="context",
        ),
    )
    return tuple(layer for layer in layers if layer.features)


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


def _draw(zone: Zone, layer: ZoneLayer) -> Feature:
    geometry = json.loads(shapely.to_geojson(shapely.set_precision(layer.area(), 1e-7)))
    return Feature(
        geometry=cast("dict[str, JsonValue]", geometry),
        properties={
            "name": both(Text(zh=zone.title("zh"), en=zone.title("en"))),
            "rule": zone.rule.value,
            "kind": zone.kind,
            "lower": _limit(layer.lower),
            "upper": _limit(layer.upper),
            "citation": both(Text(zh=zone.citation, en=zone.citation_en or zone.citation)),
        },
    )


def _limit(height: Height | None) -> str | None:
    return None if height is None else both(say_height(height.metres, height.reference))
