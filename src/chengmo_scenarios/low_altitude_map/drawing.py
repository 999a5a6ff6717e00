"""The map layers: how high one flies, the cells in three dimensions, the zones."""

import json
from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import shapely
from pydantic import JsonValue

from chengmo import Column, Feature, Layer, Text
from chengmo_airspace.atlas import Atlas, Use, columns_of, spells_of
from chengmo_scenarios.low_altitude_map.reading import Ground
from chengmo_scenarios.low_altitude_map.request import Request
from chengmo_scenarios.low_altitude_map.wording import (
    KIND_LABELS,
    RULE_LABELS,
    USE_LABELS,
    USE_ORDER,
    both,
    cited,
)

_ANSWER = Column(
    key="use", title=Text(zh="能否飞", en="Answer"), labels=USE_LABELS, order=USE_ORDER
)
_RULE = Column(
    key="rule", title=Text(zh="规则", en="Rule"), labels=RULE_LABELS, order=tuple(RULE_LABELS)
)
_VOLUME = (
    Column(key="why", title=Text(zh="依据", en="Because of")),
    Column(key="lower_m", title=Text(zh="真高下限", en="From"), unit="m"),
    Column(key="upper_m", title=Text(zh="真高上限", en="To"), unit="m"),
    Column(key="from", title=Text(zh="开始", en="Since")),
    Column(key="to", title=Text(zh="结束", en="Until")),
)
_CELL = (
    _RULE,
    Column(key="known", title=Text(zh="已知规定下", en="By what is known"), labels=USE_LABELS),
    Column(key="free_up_to_m", title=Text(zh="免申请可飞至", en="Free up to"), unit="m"),
    Column(key="code", title=Text(zh="北斗三维网格码", en="BeiDou 3-D code")),
    Column(key="cell", title=Text(zh="北斗网格码", en="BeiDou code")),
    Column(key="people_night", title=Text(zh="下方常住人口", en="Residents below")),
    Column(key="people_day", title=Text(zh="下方白天人口", en="People below by day")),
    Column(key="ground_class", title=Text(zh="固有地面风险等级", en="Ground risk class")),
    Column(key="noise_over_db", title=Text(zh="超过噪声限值", en="Above noise limit"), unit="dB"),
    Column(key="open_sky_0to1", title=Text(zh="看得见的天空", en="Open sky")),
    Column(key="rsrp_dbm", title=Text(zh="接收功率", en="Received power"), unit="dBm"),
    Column(key="wind_mps", title=Text(zh="风速", en="Wind"), unit="m/s"),
    Column(key="synthetic", title=Text(zh="虚构", en="Synthetic")),
)
_VERDICTS = ("allowed", "conditional", "authorisation", "unknown", "prohibited")
_DEGREES = 1e-7


def draw_layers(request: Request, ground: Ground, atlas: Atlas) -> tuple[Layer, ...]:
    """Return the layers; none is empty."""
    many = len(spells_of(atlas)) > request.most_features
    solid = _draw_regions(atlas) if many else _draw_cells(ground, atlas)
    layers = (solid, _draw_ceiling(atlas), _draw_zones(ground))
    return tuple(layer for layer in layers if layer.features)


def _draw_cells(ground: Ground, atlas: Atlas) -> Layer:
    columns = columns_of(atlas, ground.sources.zone_map)
    whys, uses = [cited(reason) for reason in atlas.reasons], _uses_of_verdicts()
    half, size = atlas.frame.lattice.step / 2, len(columns["why"])
    synthetic = columns["synthetic"] | columns.get("masts_synthetic", np.zeros(size, np.bool_))
    shown: dict[str, list[Any]] = {
        "why": [whys[why] for why in columns["why"].tolist()],
        "known": [uses[name] for name in columns["known"].tolist()],
        "synthetic": synthetic.tolist(),
        "people_night": columns["people_night"].round(1).tolist(),
    }
    if ground.sources.people_day is not None:
        shown["people_day"] = columns["people_day"].round(1).tolist()
    kept = (
        "lower_m", "upper_m", "from", "to", "use", "rule", "key", "free_up_to_m", "code", "cell",
        "ground_class", "noise_over_db", "open_sky_0to1", "rsrp_dbm", "covered", "wind_mps",
    )  # fmt: skip
    shown |= {name: columns[name].tolist() for name in kept if name in columns}
    lon, lat = columns["lon"].tolist(), columns["lat"].tolist()
    features = tuple(
        Feature(
            geometry=_box(lon[row], lat[row], half),
            properties={name: _plain(values[row]) for name, values in shown.items()},
        )
        for row in range(size)
    )
    return Layer(
        key="cells",
        title=Text(zh="空域网格", en="Cells of the airspace"),
        geometry="polygon",
        columns=(_ANSWER, *_VOLUME, *(column for column in _CELL if column.key in shown)),
        features=features,
        colour_by="use",
    )


def _draw_regions(atlas: Atlas) -> Layer:
    """Return cells of one answer, reason, band and time as one feature each."""
    columns = columns_of(atlas)
    names = ("use", "why", "lower_m", "upper_m", "from", "to", "synthetic")
    keys = list(zip(*(columns[name].tolist() for name in names), strict=True))
    rows: dict[tuple[Any, ...], list[int]] = {}
    for number, key in enumerate(keys):
        rows.setdefault(key, []).append(number)
    half = atlas.frame.lattice.step / 2
    boxes = shapely.box(
        columns["lon"] - half, columns["lat"] - half, columns["lon"] + half, columns["lat"] + half
    )
    features: list[Feature] = []
    for key, numbers in rows.items():
        values = dict(zip(names, key, strict=True))
        region = shapely.set_precision(shapely.union_all(boxes[numbers]), _DEGREES)
        values["why"] = cited(atlas.reasons[values["why"]])
        features.append(
            Feature(
                geometry=_geometry(region),
                properties={name: _plain(value) for name, value in values.items()},
            )
        )
    return Layer(
        key="regions",
        title=Text(zh="空域分区", en="Regions of the airspace"),
        geometry="polygon",
        columns=(_ANSWER, *_VOLUME),
        features=tuple(features),
        colour_by="use",
    )


def _draw_ceiling(atlas: Atlas) -> Layer:
    """Return how high one flies without asking in all hours, as regions of one height."""
    known = atlas.law.free_up_to(atlas.frame.edges_m, known=True)
    heights = np.column_stack([atlas.free_up_to_m.min(axis=0), known.min(axis=0)])
    pairs, which = np.unique(heights, axis=0, return_inverse=True)
    boxes = atlas.frame.lattice.boxes()
    features = [
        Feature(
            geometry=_geometry(
                shapely.set_precision(shapely.union_all(boxes[which.ravel() == row]), _DEGREES)
            ),
            properties={"free_up_to_m": free, "known_free_up_to_m": at_most},
        )
        for row, (free, at_most) in enumerate(pairs.tolist())
    ]
    return Layer(
        key="ceiling",
        title=Text(zh="全时段免申请可飞至", en="Free up to, in all hours"),
        geometry="polygon",
        columns=(
            Column(key="free_up_to_m", title=Text(zh="真高", en="Above the ground"), unit="m"),
            Column(
                key="known_free_up_to_m",
                title=Text(zh="只看已知规定", en="By the known rules alone"),
                unit="m",
            ),
        ),
        features=tuple(features),
        colour_by="free_up_to_m",
        role="context",
    )


def _draw_zones(ground: Ground) -> Layer:
    window = shapely.box(*ground.frame.lattice.bounds)
    zone_map = ground.sources.zone_map
    features: list[Feature] = []
    for number in zone_map.boxes_meeting(window):
        zone_number, layer = zone_map.layers[number]
        zone, area = zone_map.zones[zone_number], layer.area()
        if not shapely.intersects(area, window):
            continue
        features.append(
            Feature(
                geometry=_geometry(shapely.set_precision(area, _DEGREES)),
                properties={
                    "name": both(Text(zh=zone.title("zh"), en=zone.title("en"))),
                    "rule": zone.rule.value,
                    "kind": zone.kind,
                    "synthetic": zone.is_synthetic,
                },
            )
        )
    return Layer(
        key="zones",
        title=Text(zh="空域", en="Zones"),
        geometry="polygon",
        columns=(
            Column(key="name", title=Text(zh="名称", en="Name")),
            _RULE,
            Column(key="kind", title=Text(zh="类别", en="Kind"), labels=KIND_LABELS),
            Column(key="synthetic", title=Text(zh="虚构", en="Synthetic")),
        ),
        features=tuple(features),
        colour_by="rule",
        role="context",
    )


def _uses_of_verdicts() -> Mapping[str, str]:
    return {name: use.name.lower() for name, use in zip(_VERDICTS, Use, strict=True)}


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: nothing for what is not known or holds always."""
    if value == "" or (isinstance(value, float) and not np.isfinite(value)):
        return None
    return value


def _box(lon: float, lat: float, half: float) -> dict[str, JsonValue]:
    west, south, east, north = (
        round(value, 7) for value in (lon - half, lat - half, lon + half, lat + half)
    )
    ring: list[JsonValue] = [
        [west, south], [east, south], [east, north], [west, north], [west, south],
    ]  # fmt: skip
    return {"type": "Polygon", "coordinates": [ring]}


def _geometry(shape: object) -> dict[str, JsonValue]:
    return cast("dict[str, JsonValue]", json.loads(shapely.to_geojson(cast("Any", shape))))
