"""How much of the sky a place in the air sees between buildings: whether satellites reach it.

A first answer to "does satellite navigation work here", by geometry alone: the share of the sky
above the mask that no building covers. No reflections (which in a street do as much harm), no
jamming, no constellation: satellites are taken to stand anywhere in the sky alike. The ground is
level; hills do not count.

    share = mean over azimuths of (1 - sin max(horizon, mask)) / (1 - sin mask)
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from chengmo import InvalidRequest, Plane
from chengmo_airspace.coverage.loss import Floats

# Buildings further away than this are left out: one of 100 m there stands 6° high.
REACH_M = 1000.0
_CELL_M, _MOST_CELLS = 4.0, 4000
_AZIMUTHS = 36
# Steps along a ray: a raster cell near by, this share of the distance further out.
_GROWTH = 0.05
_PIECE = 1 << 12


@dataclass(frozen=True, eq=False)
class Skyline:
    """Heights of buildings as a raster on a plane.

    Attributes:
        plane: The plane.
        west_m: Western edge of the first column.
        south_m: Southern edge of the first row.
        cell_m: Width of a cell.
        top_m: (east, north) the highest building that touches the cell, above the ground; 0 for
            none, NaN where one stands whose height is not known.
    """

    plane: Plane
    west_m: float
    south_m: float
    cell_m: float
    top_m: Floats

    @classmethod
    def of(
        cls, outlines: NDArray[Any], height_m: Floats, box: tuple[float, float, float, float]
    ) -> "Skyline":
        """Return the skyline of buildings that places within a box may see.

        Args:
            outlines: (k,) shapely polygons in degrees.
            height_m: (k,) above the ground; NaN where not known.
            box: Degrees west, south, east, north.

        Raises:
            InvalidRequest: If the columns differ in length.
        """
        if len(outlines) != len(height_m):
            raise InvalidRequest(
                "outlines and heights of buildings differ in number", hint="one row a building"
            )
        plane = Plane((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        corners = np.array([[x, y] for x in (box[0], box[2]) for y in (box[1], box[3])])
        metres = plane.to_metres(corners)
        low, high = metres.min(axis=0) - REACH_M, metres.max(axis=0) + REACH_M
        size = max(_CELL_M, float((high - low).max()) / _MOST_CELLS)
        shape = np.ceil((high - low) / size).astype(np.int64)
        top = np.zeros(tuple(shape.tolist()))
        flat = shapely.transform(outlines, plane.to_metres)
        # A cell whose middle lies within half its diagonal may be touched.
        wide = shapely.buffer(flat, size / np.sqrt(2))
        for outline, height in zip(wide, height_m, strict=True):
            _stamp(top, outline, float(height), (float(low[0]), float(low[1]), size))
        return cls(plane, float(low[0]), float(low[1]), size, top)

    def open_sky(
        self, lon: ArrayLike, lat: ArrayLike, heights_m: ArrayLike, *, mask_deg: float = 5.0
    ) -> Floats:
        """Return (h, n) what share of the sky above the mask each place sees at each height.

        NaN where a building that could stand in the way has no known height; 0 within a building.

        Args:
            lon: (n,) degrees east.
            lat: (n,) degrees north.
            heights_m: (h,) above the ground.
            mask_deg: Receivers use nothing below this elevation.

        Raises:
            InvalidRequest: If the mask is none.
        """
        if not 0 <= mask_deg < 90:  # noqa: PLR2004 - degrees
            raise InvalidRequest(f"a mask of {mask_deg}°", hint="0 to 90, 5 or 10 as a rule")
        place = self.plane.to_metres(np.column_stack([np.ravel(lon), np.ravel(lat)]))
        heights = np.asarray(heights_m, np.float64)
        found = np.empty((len(heights), len(place)))
        for start in range(0, len(place), _PIECE):
            part = slice(start, start + _PIECE)
            found[:, part] = self._open(place[part], heights, np.radians(mask_deg))
        return found

    def _open(self, place: Floats, heights: Floats, mask: float) -> Floats:
        away = _steps(self.cell_m)
        total = np.zeros((len(heights), len(place)))
        for turn in np.arange(_AZIMUTHS) * (2 * np.pi / _AZIMUTHS):
            ray = np.array([np.sin(turn), np.cos(turn)])
            tops = self._tops(place[:, None, :] + away[None, :, None] * ray)
            for row, height in enumerate(heights):
                # NaN, a height not known, makes the whole ray unknown; what is lower cannot.
                slope = ((tops - height) / away).max(axis=1)
                horizon = np.maximum(np.arctan(slope), mask)
                total[row] += (1 - np.sin(horizon)) / (1 - np.sin(mask))
        own = self._tops(place)
        share = total / _AZIMUTHS
        return np.where(own[None, :] > heights[:, None], 0.0, share + 0 * own)

    def _tops(self, metres: Floats) -> Floats:
        at = ((metres - [self.west_m, self.south_m]) / self.cell_m).astype(np.int64)
        east, north = (at[..., axis].clip(0, self.top_m.shape[axis] - 1) for axis in (0, 1))
        return self.top_m[east, north]


def _steps(cell_m: float) -> Floats:
    """Return distances along a ray, metres."""
    found = [cell_m]
    while found[-1] < REACH_M:
        found.append(found[-1] + max(cell_m, _GROWTH * found[-1]))
    return np.array(found[:-1])


def _stamp(top: Floats, outline: Any, height: float, grid: tuple[float, float, float]) -> None:
    """Raise the cells whose middles lie within an outline."""
    west, south, size = grid
    x0, y0, x1, y1 = outline.bounds
    if not np.isfinite(x0):
        return
    columns = np.arange(
        max(int((x0 - west) // size), 0), min(int((x1 - west) // size) + 1, len(top))
    )
    rows = np.arange(
        max(int((y0 - south) // size), 0), min(int((y1 - south) // size) + 1, top.shape[1])
    )
    if not (columns.size and rows.size):
        return
    x, y = np.meshgrid(west + (columns + 0.5) * size, south + (rows + 0.5) * size, indexing="ij")
    shapely.prepare(outline)
    part = top[columns[0] : columns[-1] + 1, rows[0] : rows[-1] + 1]
    # Not known stays not known: np.maximum hands NaN on.
    part[:] = np.where(shapely.contains_xy(outline, x, y), np.maximum(part, height), part)
