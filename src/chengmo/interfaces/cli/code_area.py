"""What `chengmo code cover` finds: the cells of areas, from GeoJSON, or from texts of a column."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from chengmo.errors import InvalidGeometry
from chengmo.grid import (
    GEOSOT_LEVELS,
    Mode,
    Profile,
    children_keys,
    code_of_key,
    cover_hierarchical,
    cover_polygon,
    cover_prism,
    solid_code_of_key,
)
from chengmo.interfaces.cli.code_column import COARSEST_KEY
from chengmo.interfaces.cli.code_table import Row

_CODE_OF_GEOSOT = {geosot: level for level, geosot in GEOSOT_LEVELS.items()}


@dataclass(frozen=True)
class Covering:
    """How areas become cells.

    Attributes:
        level: The finest level, 4 to 10.
        mode: Which cells take part.
        mixed: Whether big cells stand inside, small ones at the edge.
        band_m: Floor and ceiling in metres, if the cells are 3-D.
        profile: How heights are written.
    """

    level: int
    mode: Mode = "touching"
    mixed: bool = False
    band_m: tuple[float, float] | None = None
    profile: Profile = "standard"

    @property
    def added(self) -> Row:
        """Names of what an area gains."""
        return ["code", "key", "level", *(["height_key"] if self.band_m else [])]

    def cover(self, area: shapely.Geometry) -> list[Row]:
        """Return code, key and level (and height key) of each cell, ascending by key, as text.

        With `mixed`, cells that have a GeoSOT key only (no BeiDou level) are split to the next
        BeiDou level, so that every cell has a code.
        """
        if self.level < COARSEST_KEY:
            raise InvalidGeometry(
                f"level {self.level} is a sheet that is no GeoSOT cell",
                hint=f"use {COARSEST_KEY} to 10",
            )
        if self.band_m is not None:
            return self._solid(area, self.band_m)
        if not self.mixed:
            keys = cover_polygon(area, level=GEOSOT_LEVELS[self.level], mode=self.mode)
            return _cells(np.sort(keys), self.level)
        return self._mixed(area)

    def _mixed(self, area: shapely.Geometry) -> list[Row]:
        from_geosot = cover_hierarchical(
            area, finest_level=GEOSOT_LEVELS[self.level], mode=self.mode
        )
        rows: list[tuple[int, Row]] = []
        for keys, level in _split_to_codes(*from_geosot):
            rows += zip(keys.tolist(), _cells(keys, level), strict=True)
        return [row for _, row in sorted(rows)]

    def _solid(self, area: shapely.Geometry, band_m: tuple[float, float]) -> list[Row]:
        solid = cover_prism(
            area, band_m=band_m, level=self.level, mode=self.mode, profile=self.profile
        )
        keys, heights = solid.cells()
        codes = solid_code_of_key(keys, heights, level=self.level, profile=self.profile)
        return [
            [code, str(key), str(self.level), str(height)]
            for code, key, height in zip(
                codes.astype(str).tolist(), keys.tolist(), heights.tolist(), strict=True
            )
        ]


def _cells(keys: NDArray[np.uint64], level: int) -> list[Row]:
    codes = code_of_key(keys, level=level).astype(str).tolist()
    return [[code, str(key), str(level)] for code, key in zip(codes, keys.tolist(), strict=True)]


def _split_to_codes(
    keys: NDArray[np.uint64], levels: NDArray[np.uint8]
) -> list[tuple[NDArray[np.uint64], int]]:
    """Return the cells of each BeiDou level, those between two of them split to the finer one."""
    parts: list[tuple[NDArray[np.uint64], int]] = []
    for geosot in np.unique(levels).tolist():
        target = next(level for level in _CODE_OF_GEOSOT if level >= geosot)
        inside = children_keys(keys[levels == geosot], level=geosot, finer=target)
        parts.append((inside, _CODE_OF_GEOSOT[target]))
    return parts


def read_areas(document: Any) -> list[shapely.Geometry]:
    """Return the areas of a GeoJSON document: of each feature, or the one of a bare geometry.

    Raises:
        InvalidGeometry: If it is no GeoJSON; names the feature, counted from 1.
    """
    match document:
        case {"type": "FeatureCollection", "features": list(features)}:
            return [_area_of(one, f"feature {i}") for i, one in enumerate(features, start=1)]
        case {"type": str()}:
            return [_area_of(document, "the geometry")]
        case _:
            raise InvalidGeometry("the document is no GeoJSON", hint="RFC 7946 says what that is")


def read_area(text: str) -> shapely.Geometry:
    """Return the geometry that a text means: WKT, or GeoJSON.

    Raises:
        InvalidGeometry: If it is neither.
    """
    read = shapely.from_geojson if text.startswith("{") else shapely.from_wkt
    return _read(read, text, f"'{text[:40]}'" if text else "the empty cell")


def _area_of(value: Any, where: str) -> shapely.Geometry:
    geometry = value.get("geometry") if isinstance(value, dict) and "geometry" in value else value
    return _read(shapely.from_geojson, json.dumps(geometry), where)


def _read(read: Callable[[str], Any], text: str, where: str) -> shapely.Geometry:
    try:
        found = read(text)
    except shapely.errors.ShapelyError as error:
        raise InvalidGeometry(
            f"{where} is no geometry: {error}", hint="write WKT or a GeoJSON geometry, in degrees"
        ) from error
    if not isinstance(found, shapely.Geometry):
        raise InvalidGeometry(f"{where} has no geometry", hint="give a polygon or multipolygon")
    return found
