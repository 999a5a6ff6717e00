"""GeoJSON shapes to outlines and back."""

from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from chengmo import InvalidRequest
from chengmo_airspace.volume import Circle
from chengmo_airspace.zones.json_node import Node
from chengmo_airspace.zones.zone import check_area

_LEAST_CORNERS = 4


def read_area(node: Node) -> BaseGeometry:
    """Return the polygon or multipolygon of a GeoJSON geometry.

    Raises:
        InvalidRequest: If it is none, with the path of what is wrong.
    """
    kind = node.need("type").choice(("Polygon", "MultiPolygon"))
    parts = node.need("coordinates")
    polygons = [_read_polygon(part) for part in (parts.items() if kind != "Polygon" else [parts])]
    area = polygons[0] if kind == "Polygon" else shapely.MultiPolygon(polygons)
    try:
        return check_area(area)
    except InvalidRequest as error:
        raise InvalidRequest(f"{node.path}: {error.message}", hint=error.hint) from error


def read_circle(node: Node, centre: Node, radius: Node) -> Circle:
    """Return a circle of a centre (longitude, latitude) and a radius in metres.

    Raises:
        InvalidRequest: If it is none, with the path of what is wrong.
    """
    lon, lat = _read_position(centre)
    try:
        return Circle(lon, lat, radius.number())
    except InvalidRequest as error:
        raise InvalidRequest(f"{node.path}: {error.message}", hint=error.hint) from error


def write_area(area: BaseGeometry) -> dict[str, Any]:
    """Return the GeoJSON geometry of a polygon or multipolygon."""
    if area.geom_type == "MultiPolygon":
        parts = [_write_polygon(part) for part in shapely.get_parts(area)]
        return {"type": "MultiPolygon", "coordinates": parts}
    return {"type": "Polygon", "coordinates": _write_polygon(area)}


def _read_polygon(node: Node) -> shapely.Polygon:
    rings = [_read_ring(ring) for ring in node.items()]
    if not rings:
        node.fail("has no ring", hint="give the outer ring first")
    return shapely.Polygon(rings[0], rings[1:])


def _read_ring(node: Node) -> list[tuple[float, float]]:
    places = [_read_position(place) for place in node.items()]
    if len(places) < _LEAST_CORNERS or places[0] != places[-1]:
        node.fail("is no closed ring", hint="four positions at least, the last equal to the first")
    return places


def _read_position(node: Node) -> tuple[float, float]:
    numbers = [item.number() for item in node.items()[:2]]
    if len(numbers) != 2:  # noqa: PLR2004 - longitude and latitude
        node.fail("is no position", hint="write [longitude, latitude]")
    return numbers[0], numbers[1]


def _write_polygon(polygon: BaseGeometry) -> list[list[list[float]]]:
    if not isinstance(polygon, shapely.Polygon):
        raise TypeError(polygon.geom_type)
    rings = [polygon.exterior, *polygon.interiors]
    return [np.asarray(ring.coords)[:, :2].tolist() for ring in rings]
