"""The BeiDou 3-D codes (GB/T 39409) of a zone: the cells it has a share of."""

import numpy as np
import shapely
from numpy.typing import NDArray

from chengmo import InvalidRequest, SolidCover, cover_above_ground, cover_prism
from chengmo_airspace.altitude import Altitudes, Height, Reference
from chengmo_airspace.volume import Circle
from chengmo_airspace.volume.lattice import PER_DEGREE
from chengmo_airspace.zones.zone import Zone, ZoneLayer

_GROUND = Height(0.0, Reference.GROUND)


def zone_codes(
    zone: Zone, *, level: int, altitudes: Altitudes, ceiling: Height | None = None
) -> NDArray[np.str_]:
    """Return the 3-D codes of all cells of one level that a zone shares volume with, sorted.

    Args:
        zone: The zone.
        level: BeiDou level, 4 (1′) to 10.
        altitudes: Terrain for limits above the ground, geoid for limits above the sea.
        ceiling: Where a layer without an upper limit is cut off.

    Raises:
        InvalidRequest: If a surface that is needed is missing, a layer has no ceiling, or its floor
            and ceiling count from different references.
    """
    covers = [cover_layer(layer, level=level, altitudes=altitudes, ceiling=ceiling)
              for layer in zone.layers]  # fmt: skip
    return np.unique(np.concatenate([np.asarray(cover.codes(), np.str_) for cover in covers]))


def cover_layer(
    layer: ZoneLayer, *, level: int, altitudes: Altitudes, ceiling: Height | None = None
) -> SolidCover:
    """Return the cells of one layer; see `zone_codes`."""
    upper = layer.upper or ceiling
    if upper is None:
        raise InvalidRequest("a layer has no upper limit", hint="give ceiling=, a Height")
    lower = layer.lower or (_GROUND if upper.reference is Reference.GROUND else None)
    if lower is None or lower.reference is not upper.reference:
        raise InvalidRequest(
            f"a layer from {lower.reference if lower else Reference.GROUND} up to "
            f"{upper.reference} has no band above one surface",
            hint="convert one of its limits first (Altitudes.convert)",
        )
    band = lower.metres, upper.metres
    area = _outer_area(layer)
    if lower.reference is Reference.ELLIPSOID:
        return cover_prism(area, band_m=band, level=level)
    if lower.reference is Reference.GROUND:
        return cover_above_ground(
            area, band_m=band, level=level, terrain=altitudes.terrain, geoid=altitudes.geoid
        )
    if altitudes.geoid is None:
        raise InvalidRequest("limits above the sea need a geoid", hint="Altitudes(geoid=egm96())")
    # A band above the sea follows the geoid as one above the ground follows the terrain.
    return cover_above_ground(area, band_m=band, level=level, terrain=altitudes.geoid)


def _outer_area(layer: ZoneLayer) -> shapely.Geometry:
    if isinstance(layer.outline, Circle):
        return shapely.Polygon(layer.outline.ring / PER_DEGREE)
    return layer.outline
