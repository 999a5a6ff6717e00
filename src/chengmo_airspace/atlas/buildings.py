"""Buildings: the air that they stand in, and the air that is kept clear around and above them.

A cell is closed where it comes nearer to a building than the clearance, across and upwards; the
round edge between roof and wall is taken as square, so nothing nearer is left open. Of a building
whose height is not known the air is closed from the ground up to the clearance, since it stands at
least there, and unknown above.

China's decree 761 sets no distance to buildings. 30 m (straight) is Japan's: 航空法 第132条の86 and
its ordinance; Norway asked for 50 m. A city writes its own, with where that is written.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from chengmo import City, InvalidRequest, Plane, Text
from chengmo_airspace.altitude import number_column
from chengmo_airspace.atlas.lattice import Floats, Frame, Lattice

CLEARANCE_M = 30.0
CLEARANCE_SOURCE = Text(
    zh="距离为参数：日本《航空法》第132条之86取30米（直线）；第761号令未规定",
    en="The distance is a parameter: 30 m (straight) in Japan's Civil Aeronautics Act, article "
    "132-86; decree 761 sets none",
)
# Corners of a round end lie on the circle; a little more, and its chords hold it.
_ROUND_UP, _QUARTER = 1.01, 16
_METRES_A_DEGREE = 111_320.0


@dataclass(frozen=True)
class Buildings:
    """Buildings, and how far one keeps from them.

    Attributes:
        outlines: (k,) shapely geometries in degrees.
        height_m: (k,) above the ground; NaN where not known.
        clearance_m: How far a flight keeps from each, metres across and upwards.
        citation: Where that is written.
        is_synthetic: Whether they are made up.
    """

    outlines: NDArray[Any]
    height_m: Floats
    clearance_m: float = CLEARANCE_M
    citation: Text = CLEARANCE_SOURCE
    is_synthetic: bool = False

    def __post_init__(self) -> None:
        """Refuse columns that do not fit, and a distance that is none."""
        if len(self.outlines) != len(self.height_m):
            raise InvalidRequest(
                "outlines and heights of buildings differ in number", hint="one row a building"
            )
        if not 0 <= self.clearance_m < np.inf:
            raise InvalidRequest(
                f"a clearance of {self.clearance_m} m", hint="metres, 0 or more: 30, 60"
            )

    def around(self, box: tuple[float, float, float, float]) -> tuple[NDArray[Any], Floats]:
        """Return areas, in degrees, kept clear of those buildings that bear on a box, and heights.

        Args:
            box: Degrees west, south, east, north.
        """
        west, south, east, north = box
        wide = 2 * self.clearance_m / _METRES_A_DEGREE
        wider = wide / max(np.cos(np.radians(max(abs(south), abs(north)))), 0.05)
        window = shapely.box(west - wider, south - wide, east + wider, north + wide)
        near = np.flatnonzero(shapely.intersects(self.outlines, window))
        if not near.size or not self.clearance_m:
            return self.outlines[near], self.height_m[near]
        plane = Plane((west + east) / 2, (south + north) / 2)
        flat = shapely.transform(self.outlines[near], plane.to_metres)
        kept = shapely.buffer(flat, _ROUND_UP * self.clearance_m, quad_segs=_QUARTER)
        return np.asarray(shapely.transform(kept, plane.to_places)), self.height_m[near]


def buildings_of_dataset(
    city: City,
    dataset: str,
    *,
    column: str = "height_m",
    clearance_m: float = CLEARANCE_M,
    assumed_m: float | None = None,
) -> Buildings:
    """Return the buildings of one of the city's datasets; rows without a place are left out.

    Args:
        city: Whose dataset it is.
        dataset: One row a building, its outline as geometry.
        column: Its column with metres above the ground; 0 and empty mean: not known.
        clearance_m: See `Buildings`.
        assumed_m: Take those without a height to be so high: an assumption.

    Raises:
        InvalidRequest: If the column is missing or holds no numbers.
    """
    height = number_column(city, dataset, column)
    outlines = city.geometry(dataset)
    placed = ~(shapely.is_missing(outlines) | shapely.is_empty(outlines))
    known = np.where(height > 0, height, np.nan if assumed_m is None else assumed_m)
    return Buildings(
        shapely.force_2d(outlines[placed]),
        known[placed],
        clearance_m,
        is_synthetic=city.about(dataset).synthetic,
    )


def close_cells(frame: Frame, buildings: Buildings) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which cells buildings close, and in which they may stand, each (b, n)."""
    top, is_doubtful = _tops(frame.lattice, buildings)
    floors = np.array([floor for floor, _ in frame.bands])[:, None]
    closed = floors < top
    return closed, ~closed & is_doubtful


def _tops(lattice: Lattice, buildings: Buildings) -> tuple[Floats, NDArray[np.bool_]]:
    """Return (n,) up to where each cell is kept clear, and whether it may be further."""
    top, is_doubtful = np.full(len(lattice), -np.inf), np.zeros(len(lattice), np.bool_)
    for area, height in zip(*buildings.around(lattice.bounds), strict=True):
        rows = lattice.meeting(area)
        if np.isnan(height):
            is_doubtful[rows] = True
        own = np.nan_to_num(height) + buildings.clearance_m
        top[rows] = np.maximum(top[rows], own)
    return top, is_doubtful
