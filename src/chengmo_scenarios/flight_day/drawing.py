"""The map layers: volumes in space and time, paths, cells by hour, what is closed."""

import json
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import cast

import numpy as np
import shapely
from pydantic import JsonValue
from shapely.geometry.base import BaseGeometry

from chengmo import Column, Feature, Layer, Text, encode_solid_codes
from chengmo_airspace.altitude import Altitudes, Height, Reference, egm96
from chengmo_airspace.volume.columns import BEGIN, END, LOWER, UPPER
from chengmo_airspace.volume.lattice import PER_DEGREE, PER_METRE, from_instant
from chengmo_scenarios.flight_day.closing import Closed
from chengmo_scenarios.flight_day.load import CellHour
from chengmo_scenarios.flight_day.method.occupancy import CELLS_PER_DEGREE
from chengmo_scenarios.flight_day.planning import Outcome
from chengmo_scenarios.flight_day.request import Request
from chengmo_scenarios.flight_day.wording import CLOSED_LABELS, STATUS_LABELS, both, iso

CODE_LEVEL, MOST_CELLS = 5, 600
_TIMES = (
    Column(key="from", title=Text(zh="自", en="From")),
    Column(key="to", title=Text(zh="至", en="To")),
)
_BAND = (
    Column(key="lower_m", title=Text(zh="真高下限", en="Floor above ground"), unit="m"),
    Column(key="upper_m", title=Text(zh="真高上限", en="Ceiling above ground"), unit="m"),
)
_FLIGHT = (
    Column(key="flight", title=Text(zh="架次", en="Flight")),
    Column(key="operator", title=Text(zh="运营人", en="Operator")),
    Column(key="status", title=Text(zh="结果", en="Result"), labels=STATUS_LABELS),
)


def draw_volumes(outcomes: Iterable[Outcome], request: Request) -> tuple[Layer | None, int]:
    """Return the volumes of the flights that fly, and how many flights were left out of it.

    Whole flights are drawn in the order of their ids, as far as there is room.
    """
    shown: list[Outcome] = []
    room, left_out = request.most_drawn, 0
    for outcome in outcomes:
        if outcome.status != "refused":
            room -= len(outcome.volumes)
            if room < 0:
                left_out += 1
            else:
                shown.append(outcome)
    features = [feature for outcome in shown for feature in _draw_flight(outcome, request)]
    layer = Layer(
        key="volumes",
        title=Text(zh="飞行空间（高度与时间）", en="Flights in space and time"),
        geometry="polygon",
        columns=(
            *_FLIGHT,
            *_BAND,
            *_TIMES,
            Column(key="code", title=Text(zh="北斗三维网格码", en="BeiDou 3-D code")),
        ),
        features=tuple(features),
        colour_by="status",
    )
    return (layer if features else None), left_out


def draw_paths(outcomes: Iterable[Outcome]) -> Layer:
    """Return the path of each flight asked for, as planned where it flies."""
    features = [
        Feature(
            geometry={"type": "LineString", "coordinates": _rounded(outcome.course.path)},
            properties={
                **_about(outcome),
                "delay_min": round(outcome.delay_min, 2),
                "lower_m": outcome.flight.lower_m + outcome.course.lift_m,
                "upper_m": outcome.flight.upper_m + outcome.course.lift_m,
                "cost": round(outcome.cost, 3),
            },
        )
        for outcome in outcomes
    ]
    return Layer(
        key="paths",
        title=Text(zh="航线", en="Paths"),
        geometry="line",
        columns=(
            *_FLIGHT,
            Column(key="delay_min", title=Text(zh="推迟", en="Delay"), unit="min"),
            *_BAND,
            Column(key="cost", title=Text(zh="代价", en="Cost")),
        ),
        features=tuple(features),
        colour_by="status",
    )


def draw_loads(loads: Sequence[CellHour], request: Request) -> Layer | None:
    """Return the fullest cells by hour."""
    size = 1 / CELLS_PER_DEGREE
    features = [
        Feature(
            geometry=_geometry(
                shapely.box(load.west, load.south, load.west + size, load.south + size)
            ),
            properties={
                "code": load.code,
                "from": iso(load.hour),
                "to": iso(load.hour + timedelta(hours=1)),
                "asked": load.asked,
                "planned": load.planned,
                "peak": load.peak,
                "share_0to1": round(load.planned / request.cell_capacity, 3),
            },
        )
        for load in loads[:MOST_CELLS]
    ]
    layer = Layer(
        key="load",
        title=Text(zh="网格每小时流量与容量", en="Entries of cells by hour, and capacity"),
        geometry="polygon",
        columns=(
            Column(key="code", title=Text(zh="北斗网格码", en="BeiDou code")),
            *_TIMES,
            Column(key="asked", title=Text(zh="申请进入", en="Entries asked for")),
            Column(key="planned", title=Text(zh="计划进入", en="Entries planned")),
            Column(key="peak", title=Text(zh="同时最多", en="Most at one time")),
            Column(key="share_0to1", title=Text(zh="占容量", en="Share of capacity")),
        ),
        features=tuple(features),
        colour_by="share_0to1",
        role="context",
    )
    return layer if features else None


def draw_closed(closed: Sequence[Closed], outcomes: Iterable[Outcome]) -> Layer | None:
    """Return what is closed within the day of the flights."""
    starts = [one.flight.departure for one in outcomes]
    begin, end = min(starts) - timedelta(hours=12), max(starts) + timedelta(hours=24)
    features = [
        Feature(
            geometry=_geometry(part.area),
            properties={
                "name": both(part.title),
                "kind": part.kind,
                "lower_m": part.lower_m,
                "upper_m": part.upper_m,
                "from": iso(max(first, begin)),
                "to": iso(min(last, end)),
            },
        )
        for part in closed
        if part.kind != "ceiling"
        for first, last in part.times
        if first <= end and begin <= last
    ]
    layer = Layer(
        key="closed",
        title=Text(zh="未经批准不得进入", en="Closed without authorisation"),
        geometry="polygon",
        columns=(
            Column(key="name", title=Text(zh="名称", en="Name")),
            Column(key="kind", title=Text(zh="类别", en="Kind"), labels=CLOSED_LABELS),
            *_BAND,
            *_TIMES,
        ),
        features=tuple(features),
        colour_by="kind",
        role="context",
    )
    return layer if features else None


def _draw_flight(outcome: Outcome, request: Request) -> list[Feature]:
    columns = outcome.volumes
    corners = columns.vertices.reshape(len(columns), -1, 2) / PER_DEGREE
    boxes = columns.boxes
    bands = boxes[:, [LOWER, UPPER]] / PER_METRE
    middle = corners.mean(axis=1)
    codes = _codes(middle, bands.mean(axis=1), request)
    rings = np.concatenate([corners, corners[:, :1]], axis=1)
    about = _about(outcome)
    return [
        Feature(
            geometry={"type": "Polygon", "coordinates": [_rounded(ring)]},
            properties={
                **about,
                "lower_m": lower,
                "upper_m": upper,
                "from": iso(from_instant(int(box[BEGIN]))),
                "to": iso(from_instant(int(box[END]))),
                "code": code,
            },
        )
        for ring, (lower, upper), box, code in zip(rings, bands.tolist(), boxes, codes, strict=True)
    ]


def _codes(places: np.ndarray, above_ground_m: np.ndarray, request: Request) -> list[str]:
    """Return the codes of cells of 4″ that hold the volumes' middles."""
    lon, lat = places[:, 0], places[:, 1]
    sea = Height(request.ground_m, Reference.SEA)
    ground = Altitudes(egm96()).convert(sea, lon, lat, to=Reference.ELLIPSOID).metres
    codes = encode_solid_codes(lon, lat, ground + above_ground_m, level=CODE_LEVEL)
    return [code.decode() for code in codes.tolist()]


def _about(outcome: Outcome) -> dict[str, bool | int | float | str | None]:
    return {
        "flight": outcome.flight.id,
        "operator": outcome.flight.operator,
        "status": outcome.status,
    }


def _rounded(places: np.ndarray) -> list[JsonValue]:
    return cast("list[JsonValue]", np.round(places, 6).tolist())


def _geometry(area: BaseGeometry) -> dict[str, JsonValue]:
    text = shapely.to_geojson(shapely.set_precision(area, 1e-7))
    return cast("dict[str, JsonValue]", json.loads(text))
