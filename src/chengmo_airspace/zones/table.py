"""Zones as a dataset: one row a layer, plain columns, the outline as its geometry.

| column | what |
| --- | --- |
| `id` | of the layer, unique: the zone's identifier, with `/2`, `/3` … for further layers |
| `zone` | the zone's identifier |
| `name_zh`, `name_en` | its name |
| `kind` | airport, military, infrastructure, hospital, temporary … |
| `rule` | prohibited, requires-authorisation, conditional, information; or `complete` (see below) |
| `lower_m`, `lower_reference` | the floor: AGL, AMSL or WGS84; empty: the ground |
| `upper_m`, `upper_reference` | the ceiling; empty: without limit |
| `centre_lon`, `centre_lat`, `radius_m` | of a circle, whose geometry is only its picture |
| `periods` | when it holds: ED-318's `limitedApplicability` as JSON; empty: always |
| `authority_zh`, `authority_en`, `phone` | who decides |
| `message_zh`, `message_en`, `conditions` | what to read and to keep |
| `citation`, `citation_en`, `source`, `synthetic` | where it is written and from |

A row with the rule `complete` is no zone: it states that within its geometry all zones of `kind`
(`all`: of every kind) are in the dataset. Without it nothing is known to be free.
"""

import json
from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from chengmo import City, InvalidRequest
from chengmo_airspace.altitude import Height, Reference
from chengmo_airspace.volume import Circle
from chengmo_airspace.zones.ed318 import read_periods
from chengmo_airspace.zones.ed318_writing import write_periods
from chengmo_airspace.zones.json_node import Node
from chengmo_airspace.zones.shape import read_area, write_area
from chengmo_airspace.zones.wording import NO_WORDS, Wording
from chengmo_airspace.zones.zone import Authority, Coverage, Rule, Zone, ZoneLayer

COMPLETE = "complete"
COLUMNS = (
    "id", "zone", "name_zh", "name_en", "kind", "rule", "lower_m", "lower_reference", "upper_m",
    "upper_reference", "centre_lon", "centre_lat", "radius_m", "periods", "authority_zh",
    "authority_en", "phone", "message_zh", "message_en", "conditions", "citation",
    "citation_en", "source",
    "synthetic",
)  # fmt: skip
Row = Mapping[str, Any]


def zones_of_dataset(city: City, dataset: str) -> tuple[list[Zone], list[Coverage]]:
    """Return the zones of one of the city's datasets, and what it states to be complete.

    Raises:
        InvalidRequest: If a row cannot be read (names the dataset, the row and the column).
    """
    table = city.table(dataset)
    # Columns that begin so are the platform's own.
    columns = [name for name in table.column_names if not name.startswith("_")]
    try:
        return zones_of_rows(table.select(columns).to_pylist(), list(city.geometry(dataset)))
    except InvalidRequest as error:
        raise InvalidRequest(f"dataset '{dataset}', {error.message}", hint=error.hint) from error


def zones_of_rows(
    rows: Sequence[Row], shapes: Sequence[BaseGeometry | None]
) -> tuple[list[Zone], list[Coverage]]:
    """Return the zones of a dataset, and what it states to be complete.

    Args:
        rows: One mapping a row, by the columns above; of these only `rule` must be there.
        shapes: The geometry of each row.

    Raises:
        InvalidRequest: If a row cannot be read (names the row and the column).
    """
    parts: dict[str, list[ZoneLayer]] = {}
    firsts: dict[str, Row] = {}
    coverage: list[Coverage] = []
    for number, (row, shape) in enumerate(zip(rows, shapes, strict=True), start=1):
        where = f"row {_text(row, 'id') or number}"
        try:
            if _text(row, "rule") == COMPLETE:
                coverage.append(_read_coverage(row, shape))
                continue
            name = _text(row, "zone") or _text(row, "id") or str(number)
            parts.setdefault(name, []).append(_read_layer(row, shape))
            firsts.setdefault(name, row)
            _read_rule(row)
        except InvalidRequest as error:
            raise InvalidRequest(f"{where}: {error.message}", hint=error.hint) from error
    zones = [_read_zone(name, firsts[name], tuple(layers)) for name, layers in parts.items()]
    return zones, coverage


def rows_of_zones(
    zones: Sequence[Zone], coverage: Sequence[Coverage] = ()
) -> list[tuple[dict[str, Any], BaseGeometry]]:
    """Return rows and geometries of zones; languages other than Chinese and English are left."""
    rows = [
        (_write_row(zone, layer, number), layer.area())
        for zone in zones
        for number, layer in enumerate(zone.layers, start=1)
    ]
    for number, part in enumerate(coverage, start=1):
        row = dict.fromkeys(COLUMNS)
        row |= {"id": f"complete/{number}", "kind": part.kind, "rule": COMPLETE}
        rows.append((row | {"source": part.source, "synthetic": False}, part.area))
    return rows


def write_table(zones: Sequence[Zone], coverage: Sequence[Coverage] = ()) -> dict[str, Any]:
    """Return zones as the GeoJSON that `chengmo import` takes."""
    features = [
        {"type": "Feature", "geometry": write_area(shape), "properties": row}
        for row, shape in rows_of_zones(zones, coverage)
    ]
    return {"type": "FeatureCollection", "features": features}


def read_table(document: object) -> tuple[list[Zone], list[Coverage]]:
    """Return the zones of a GeoJSON document with the columns above, and what is complete.

    Raises:
        InvalidRequest: If it cannot be read, with the path or row of what is wrong.
    """
    features = Node(document).need("features").items()
    rows = [dict(feature.need("properties").members()) for feature in features]
    return zones_of_rows(rows, [read_area(feature.need("geometry")) for feature in features])


def _text(row: Row, column: str) -> str:
    value = row.get(column)
    return "" if value is None else str(value)


def _number(row: Row, column: str) -> float | None:
    value = row.get(column)
    if value is None or value == "" or (isinstance(value, float) and isnan(value)):
        return None
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise InvalidRequest(
            f"{column} {value!r} is not a number", hint="a number, or empty"
        ) from error


def _read_rule(row: Row) -> Rule:
    text = _text(row, "rule")
    if text not in set(Rule):
        names = ", ".join([*(rule.value for rule in Rule), COMPLETE])
        raise InvalidRequest(f"rule {text!r} is not allowed", hint=f"one of {names}")
    return Rule(text)


def _read_height(row: Row, side: str) -> Height | None:
    metres = _number(row, f"{side}_m")
    if metres is None:
        return None
    text = _text(row, f"{side}_reference")
    if text not in set(Reference):
        raise InvalidRequest(
            f"{side}_reference {text!r}: nobody knows what {metres} m count from",
            hint="AGL (ground), AMSL (sea) or WGS84 (ellipsoid)",
        )
    return Height(metres, Reference(text))


def _read_layer(row: Row, shape: BaseGeometry | None) -> ZoneLayer:
    limits = _read_height(row, "lower"), _read_height(row, "upper")
    circle = [_number(row, name) for name in ("centre_lon", "centre_lat", "radius_m")]
    lon, lat, radius = circle
    if lon is not None and lat is not None and radius is not None:
        return ZoneLayer(Circle(lon, lat, radius), *limits)
    if any(value is not None for value in circle):
        raise InvalidRequest(
            "a circle needs centre_lon, centre_lat and radius_m", hint="give all or none"
        )
    return ZoneLayer(_flat(shape), *limits)


def _flat(shape: BaseGeometry | None) -> BaseGeometry:
    if shape is None:
        raise InvalidRequest("there is no geometry", hint="give a polygon")
    return shapely.force_2d(shape)


def _read_coverage(row: Row, shape: BaseGeometry | None) -> Coverage:
    kind = _text(row, "kind")
    if not kind:
        raise InvalidRequest("kind is empty", hint="say which kind is complete here, or all")
    return Coverage(_flat(shape), kind, _text(row, "source"))


def _read_zone(name: str, row: Row, layers: tuple[ZoneLayer, ...]) -> Zone:
    who = Wording.of(zh=_text(row, "authority_zh"), en=_text(row, "authority_en"))
    phone = _text(row, "phone")
    return Zone(
        identifier=name,
        rule=_read_rule(row),
        layers=layers,
        name=Wording.of(zh=_text(row, "name_zh"), en=_text(row, "name_en")),
        kind=_text(row, "kind") or "other",
        periods=_read_times(row),
        authorities=(Authority(name=who, phone=phone),) if who or phone else (),
        message=Wording.of(zh=_text(row, "message_zh"), en=_text(row, "message_en")),
        conditions=_text(row, "conditions"),
        citation=_text(row, "citation"),
        citation_en=_text(row, "citation_en"),
        source=_text(row, "source"),
        is_synthetic=_text(row, "synthetic").lower() in {"true", "1", "yes"},
    )


def _read_times(row: Row) -> Any:
    text = _text(row, "periods")
    if not text:
        return ()
    try:
        parsed = json.loads(text)
    except ValueError as error:
        raise InvalidRequest(
            f"row {_text(row, 'id')}: periods is no JSON", hint="ED-318's limitedApplicability"
        ) from error
    return read_periods(Node(parsed, f"row {_text(row, 'id')}: periods"))


def _write_row(zone: Zone, layer: ZoneLayer, number: int) -> dict[str, Any]:
    circle = layer.outline if isinstance(layer.outline, Circle) else None
    who = zone.authorities[0] if zone.authorities else None
    name = NO_WORDS if who is None else who.name
    row: dict[str, Any] = {
        "id": zone.identifier if number == 1 else f"{zone.identifier}/{number}",
        "zone": zone.identifier,
        "kind": zone.kind,
        "rule": zone.rule.value,
        "lower_m": layer.lower and layer.lower.metres,
        "lower_reference": layer.lower and layer.lower.reference.value,
        "upper_m": layer.upper and layer.upper.metres,
        "upper_reference": layer.upper and layer.upper.reference.value,
        "centre_lon": circle and circle.longitude,
        "centre_lat": circle and circle.latitude,
        "radius_m": circle and circle.radius_m,
        "periods": json.dumps(write_periods(zone.periods)) if zone.periods else None,
        "phone": (who and who.phone) or None,
        "conditions": zone.conditions or None,
        "citation": zone.citation or None,
        "citation_en": zone.citation_en or None,
        "source": zone.source or None,
        "synthetic": zone.is_synthetic,
    }
    wordings = {"name": zone.name, "authority": name, "message": zone.message}
    for column, wording in wordings.items():
        for language in ("zh", "en"):
            row[f"{column}_{language}"] = wording.within(language) or None
    return {column: row[column] for column in COLUMNS}
