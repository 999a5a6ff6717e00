"""What a zone is, as JSON: its edges, its area, its relatives."""

import math
from typing import Any

import numpy as np
import shapely

from chengmo.catalog.dataset import Extent
from chengmo.interfaces.ogc.dggs_system import Ids, System, Zone, halves
from chengmo.interfaces.ogc.endpoint import GEOJSON, Call

RELATION = "https://www.opengis.net/def/rel/ogc/1.0/dggrs"
# The ellipsoid of CGCS2000: half axis in metres, and flattening.
_HALF_AXIS_M, _FLATTENING = 6_378_137.0, 1 / 298.257222101
_ECCENTRICITY_2 = _FLATTENING * (2 - _FLATTENING)


def zone_area_m2(box: Extent) -> float:
    """Return the area of a box on the ellipsoid of CGCS2000, in square metres.

    Between two parallels and two meridians it has a closed form: b²/2 · Δλ · [q(φ₂) − q(φ₁)] with
    q = sin φ / (1 − e² sin² φ) + artanh(e sin φ) / e (Snyder, Map Projections, USGS 1395, 3-12).
    """
    west, south, east, north = box
    width = math.radians((east - west) % 360 or (360 if east != west else 0))
    half_2 = (_HALF_AXIS_M * (1 - _FLATTENING)) ** 2 / 2
    return half_2 * width * (_authalic(north) - _authalic(south))


def _authalic(lat: float) -> float:
    sine, eccentricity = math.sin(math.radians(lat)), math.sqrt(_ECCENTRICITY_2)
    return sine / (1 - _ECCENTRICITY_2 * sine**2) + math.atanh(eccentricity * sine) / eccentricity


def zone_geometry(box: Extent) -> dict[str, Any]:
    """Return the outline of a zone as a GeoJSON geometry, cut at ±180°."""
    parts = [shapely.box(*half) for half in halves(box)]
    whole = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
    return shapely.geometry.mapping(whole)


def zone_centre(box: Extent) -> tuple[float, float]:
    """Return the middle of a zone as (lon, lat)."""
    west, south, east, north = box
    lon = west + ((east - west) % 360 or (360 if east != west else 0)) / 2
    return (lon - 360 if lon > 180 else lon), (south + north) / 2  # noqa: PLR2004 - degrees


def describe_zone(call: Call[Any], system: System, zone: Zone, path: str) -> dict[str, Any]:
    """Return the zone information document.

    Args:
        call: Who asks, for links.
        system: The zone's.
        zone: What is asked about.
        path: Of the reference system: `/dggs/BeiDou`, or that of a collection.
    """

    def to(name: str, relation: str) -> dict[str, Any]:
        link = call.link(f"{path}/zones/{name}", f"{RELATION}-zone-{relation}", title=name)
        return link.model_dump(exclude_none=True)

    links = [call.here().model_dump(exclude_none=True)]
    links.append(call.link(path, RELATION).model_dump(exclude_none=True))
    parent = system.parent(zone)
    links += [to(parent, "parent")] if parent else []
    links += [to(name, "child") for name in system.children(zone)]
    links += [to(name, "neighbor") for name in system.neighbours(zone)]
    if path.startswith("/collections/"):
        data = call.link(f"{path}/zones/{zone.id}/data", f"{RELATION}-zone-data", GEOJSON)
        links.append(data.model_dump(exclude_none=True))
    return {
        "id": zone.id,
        "level": zone.level,
        "areaMetersSquare": zone_area_m2(zone.box),
        "bbox": list(zone.box),
        "centroid": list(zone_centre(zone.box)),
        "geometry": zone_geometry(zone.box),
        "links": links,
    }


def zone_features(system: System, ids: list[str], geometry: str) -> list[dict[str, Any]]:
    """Return zones as GeoJSON features.

    Args:
        system: Theirs.
        ids: The zones.
        geometry: `zone-region`, `zone-centroid` or `none`.
    """
    named: Ids = np.array(ids, "S") if ids else np.array([], "S1")
    boxes = np.stack(system.boxes(named), axis=1).tolist() if ids else []
    return [
        {
            "type": "Feature",
            "id": name,
            "properties": {"zoneID": name},
            "geometry": _shown((box[0], box[1], box[2], box[3]), geometry),
        }
        for name, box in zip(ids, boxes, strict=True)
    ]


def _shown(box: Extent, geometry: str) -> dict[str, Any] | None:
    if geometry == "none":
        return None
    if geometry == "zone-centroid":
        return {"type": "Point", "coordinates": list(zone_centre(box))}
    return zone_geometry(box)
