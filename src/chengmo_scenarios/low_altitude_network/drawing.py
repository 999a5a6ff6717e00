"""The map layers: corridors by height, sites, crossings, closed zones."""

import json
from typing import cast

import numpy as np
import shapely
from pydantic import JsonValue

from chengmo import Column, Feature, Layer, Text
from chengmo_airspace.zones.regulation import RULE_NAMES
from chengmo_scenarios.low_altitude_network.planning import Plan
from chengmo_scenarios.low_altitude_network.reading import Ground

_DEGREES = 1e-7


def draw(ground: Ground, plan: Plan) -> tuple[Layer, ...]:
    """Return the layers; none is empty."""
    layers = (
        _corridors(ground, plan),
        _sites(ground, plan),
        _crossings(ground, plan),
        _zones(ground),
    )
    return tuple(layer for layer in layers if layer.features)


def heights_of(ground: Ground, pair: int) -> str:
    """Return the two heights of a pair as they are shown."""
    low, high = ground.rules.layers.heights(pair)
    return f"{low:g} / {high:g} m"


def _corridors(ground: Ground, plan: Plan) -> Layer:
    features: list[Feature] = []
    for number, item in enumerate(plan.opened):
        line = shapely.LineString(item.route.spots[:, :2])
        risk = plan.risks[number]
        features.append(
            Feature(
                geometry=_geometry(line),
                properties={
                    "corridor": f"{item.ends[0] + 1}-{item.ends[1] + 1}",
                    "heights": heights_of(ground, item.pair),
                    "flights_per_h": round(float(plan.flows.lanes[number].sum()), 1),
                    "used": round(float(plan.flows.lanes[number].max()) / plan.lane_per_h, 3),
                    "class": int(risk.intrinsic.max()),
                    "people": round(float(risk.people.sum())),
                },
            )
        )
    return Layer(
        key="corridors",
        title=Text(zh="航路（按高度着色）", en="Corridors (coloured by height)"),
        geometry="line",
        columns=(
            Column(key="corridor", title=Text(zh="航路", en="Corridor")),
            Column(key="heights", title=Text(zh="真高", en="Above the ground")),
            Column(
                key="flights_per_h",
                title=Text(zh="架次（虚构需求）", en="Flights (synthetic)"),
                unit="/h",
            ),
            Column(key="used", title=Text(zh="容量占用", en="Share of capacity")),
            Column(key="class", title=Text(zh="固有地面风险等级", en="Ground risk class")),
            Column(key="people", title=Text(zh="下方常住人口", en="Residents below")),
        ),
        features=tuple(features),
        colour_by="heights",
        size_by="flights_per_h",
    )


_SITE_KINDS = {
    "site": Text(zh="起降点", en="site"),
    "sole-link": Text(zh="唯一连通处，缺它即断开", en="alone holds parts together"),
}


def _sites(ground: Ground, plan: Plan) -> Layer:
    features = tuple(
        Feature(
            geometry={"type": "Point", "coordinates": [round(lon, 7), round(lat, 7)]},
            properties={
                "number": number + 1,
                "name": ground.places.name[int(plan.rows[number])],
                "code": plan.codes[number],
                "served": round(float(plan.served[number])),
                "movements_per_h": round(float(plan.flows.movements[number]), 1),
                "used": round(float(plan.flows.movements[number]) / plan.site_per_h, 3),
                "kind": "sole-link" if number in plan.joints else "site",
            },
        )
        for number, (lon, lat) in enumerate(plan.sites.tolist())
    )
    return Layer(
        key="sites",
        title=Text(zh="起降点", en="Sites"),
        geometry="point",
        columns=(
            Column(key="number", title=Text(zh="编号", en="Number")),
            Column(key="name", title=Text(zh="名称", en="Name")),
            Column(key="code", title=Text(zh="北斗三维网格码", en="BeiDou 3-D code")),
            Column(key="served", title=Text(zh="服务常住人口", en="Residents served")),
            Column(
                key="movements_per_h",
                title=Text(zh="起降（虚构需求）", en="Movements (synthetic)"),
                unit="/h",
            ),
            Column(key="used", title=Text(zh="容量占用", en="Share of capacity")),
            Column(key="kind", title=Text(zh="类别", en="Kind"), labels=_SITE_KINDS),
        ),
        features=features,
        colour_by="kind",
        size_by="movements_per_h",
    )


def _crossings(ground: Ground, plan: Plan) -> Layer:
    """Return where corridors come near one another, each at heights of its own."""
    plane = ground.spaces[0].frame.plane
    features: list[Feature] = []
    for i, j in plan.design.near:
        one, other = plan.design.corridors[i], plan.design.corridors[j]
        if one.pair < 0 or other.pair < 0:
            continue
        nearest = shapely.shortest_line(one.line, other.line)
        (lon, lat), *_ = plane.to_places(np.asarray(nearest.coords)[:1]).tolist()
        features.append(
            Feature(
                geometry={"type": "Point", "coordinates": [round(lon, 7), round(lat, 7)]},
                properties={
                    "heights": f"{heights_of(ground, one.pair)} | {heights_of(ground, other.pair)}"
                },
            )
        )
    return Layer(
        key="crossings",
        title=Text(
            zh="航路交叉或靠近处（高度错开）",
            en="Where corridors cross or come near (heights differ)",
        ),
        geometry="point",
        columns=(Column(key="heights", title=Text(zh="真高", en="Above the ground")),),
        features=tuple(features),
        role="context",
    )


def _zones(ground: Ground) -> Layer:
    features = tuple(
        Feature(
            geometry=_geometry(shapely.set_precision(area, _DEGREES)),
            properties={
                "name": f"{zone.title('zh')} / {zone.title('en')}",
                "rule": zone.rule.value,
            },
        )
        for zone, area in ground.closed
    )
    return Layer(
        key="zones",
        title=Text(zh="避开的空域", en="Zones kept out of"),
        geometry="polygon",
        columns=(
            Column(key="name", title=Text(zh="名称", en="Name")),
            Column(
                key="rule",
                title=Text(zh="规则", en="Rule"),
                labels={str(rule): said for rule, said in RULE_NAMES.items()},
                order=tuple(map(str, RULE_NAMES)),
            ),
        ),
        features=features,
        colour_by="rule",
        role="context",
    )


def _geometry(shape: shapely.Geometry) -> dict[str, JsonValue]:
    return cast("dict[str, JsonValue]", json.loads(shapely.to_geojson(shape)))
