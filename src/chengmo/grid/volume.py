"""Bodies to cells: polygons with a floor and a ceiling, and what cells make them up.

A cover is kept compact, as rows of (2-D key, level, first and last height key): a row is some cells
one above the other. `SolidCover.cells` writes it out, one pair of keys a cell, and
`SolidCover.holds` looks places up without writing it out. Heights are ellipsoidal metres; heights
above the ground or the sea go through `chengmo.grid.surface` first.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from chengmo.errors import InvalidCell, InvalidGeometry
from chengmo.grid.characters import Texts
from chengmo.grid.code import GEOSOT_LEVELS
from chengmo.grid.cover import MAX_CELLS, Mode, cover_hierarchical, cover_polygon
from chengmo.grid.height import (
    LAYER_SIZES,
    HeightKeys,
    Profile,
    height_bounds,
    height_key_column,
    height_keys,
    height_range,
)
from chengmo.grid.kernel import Keys, Levels
from chengmo.grid.key import key_column, key_range
from chengmo.grid.solid import solid_code_of_key

_OFFSET, _U32 = np.int64(1 << 31), np.int64(32)
# A height this near (in thinnest layers) to a floor is on it: twice what `height_keys` snaps.
_ON_FLOOR = 1e-5


@dataclass(frozen=True, slots=True)
class SolidCover:
    """Cells of one body.

    Rows are sorted by key, then by height; they do not overlap.

    Attributes:
        keys: The 2-D cell of each row.
        levels: Its GeoSOT level.
        first: The lowest height key of the row.
        last: The highest, included.
        level: The BeiDou level of the layers: 4 to 10.
        profile: Whose layers they are.
    """

    keys: Keys
    levels: Levels
    first: HeightKeys
    last: HeightKeys
    level: int
    profile: Profile = "standard"

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.keys)

    def cells(self) -> tuple[Keys, HeightKeys]:
        """Return one pair of keys for each cell, row by row and each from the lowest upward.

        Raises:
            InvalidGeometry: If the cover is hierarchical, or has more than 2²⁷ cells.
        """
        if (self.levels != GEOSOT_LEVELS[self.level]).any():
            raise InvalidGeometry(
                "a cover of mixed levels has no one kind of cell", hint="use cover_prism"
            )
        size = LAYER_SIZES[self.level]
        counts = (self.last.astype(np.int64) - self.first + 1) // size
        check_count(int(counts.sum()))
        if self.profile != "standard":
            return self._cells_one_by_one()
        row = np.repeat(np.arange(len(self.keys)), counts)
        number = np.arange(row.size) - np.repeat(np.cumsum(counts) - counts, counts)
        return self.keys[row], (self.first[row] + number * size).astype(np.int32)

    def _cells_one_by_one(self) -> tuple[Keys, HeightKeys]:
        """Return the same where layers are not all of one size."""
        at, layer = np.arange(len(self.keys)), self.first
        rows, layers = [at[:0]], [layer[:0]]
        while at.size:
            rows.append(at)
            layers.append(layer)
            _, last = height_range(layer, self.level, profile=self.profile)
            further = last < self.last[at]
            at, layer = at[further], last[further] + np.int32(1)
        row = np.concatenate(rows)
        order = np.argsort(row, kind="stable")
        return self.keys[row[order]], np.concatenate(layers)[order]

    def codes(self) -> Texts:
        """Return the 3-D code of each cell, in the order of `cells`."""
        keys, layers = self.cells()
        return solid_code_of_key(keys, layers, level=self.level, profile=self.profile)

    def holds(self, keys: ArrayLike, heights: ArrayLike) -> NDArray[np.bool_]:
        """Tell for each pair of level-32 key and height key whether the cover holds it."""
        places, shape = key_column(keys)
        above, height_shape = height_key_column(heights)
        places, above = np.broadcast_arrays(places.reshape(shape), above.reshape(height_shape))
        if not len(self.keys):
            return np.zeros(places.shape, np.bool_)
        starts, ends = key_range(self.keys, self.levels)
        cells, rank = np.unique(starts, return_inverse=True)
        ends = ends[np.searchsorted(starts, cells)]
        at = np.searchsorted(cells, places, side="right") - 1
        found = (at >= 0) & (places <= ends[np.maximum(at, 0)])
        order = _ranked(rank, self.first)
        row = np.searchsorted(order, _ranked(at, above), side="right") - 1
        row = np.maximum(row, 0)
        return found & (rank[row] == at) & (self.first[row] <= above) & (above <= self.last[row])


def cover_prism(
    geometry: shapely.Geometry,
    *,
    band_m: tuple[float, float],
    level: int,
    mode: Mode = "touching",
    profile: Profile = "standard",
) -> SolidCover:
    """Return the solid cells of one level that cover a polygon between two heights.

    Args:
        geometry: A valid polygon or multipolygon in degrees.
        band_m: Floor and ceiling: ellipsoidal heights in metres, negative below the ellipsoid.
        level: BeiDou level, 4 (1′) to 10.
        mode: Cells that share volume with the body (`touching`), whose middle is in it (`centre`),
            or that lie in it wholly (`within`).
        profile: Whose layers.

    Raises:
        InvalidGeometry: If it is no valid polygon on Earth, the floor lies above the ceiling, or
            the cover needs more than 2²⁷ cells.

    Example:
        >>> block = shapely.box(114.3, 30.5, 114.301, 30.501)
        >>> cover = cover_prism(block, band_m=(30, 60), level=7)
        >>> len(cover), len(cover.cells()[0])
        (225, 1125)
    """
    keys = np.sort(cover_polygon(geometry, level=check_key_level(level), mode=mode))
    first, last = layer_interval(*band_m, level=level, mode=mode, profile=profile)
    levels = np.full(keys.size, GEOSOT_LEVELS[level], np.uint8)
    return _stacked(keys, levels, (first, last), level, profile)


def cover_prism_hierarchical(
    geometry: shapely.Geometry,
    *,
    band_m: tuple[float, float],
    finest_level: int,
    max_cells: int | None = None,
    mode: Mode = "touching",
    profile: Profile = "standard",
) -> SolidCover:
    """Return the same body as `cover_prism`, its ground plan in the fewest cells of mixed levels.

    Args:
        geometry: As in `cover_prism`.
        band_m: As in `cover_prism`.
        finest_level: BeiDou level of the smallest cells and of the layers.
        max_cells: If given, the most rows; see `cover_hierarchical`.
        mode: As in `cover_prism`, at the finest level.
        profile: Whose layers.

    Raises:
        InvalidGeometry: As `cover_prism`.
    """
    keys, levels = cover_hierarchical(
        geometry, finest_level=check_key_level(finest_level), max_cells=max_cells, mode=mode
    )
    band = layer_interval(*band_m, level=finest_level, mode=mode, profile=profile)
    return _stacked(keys, levels, band, finest_level, profile)


def layer_interval(
    bottom_m: ArrayLike,
    top_m: ArrayLike,
    *,
    level: int,
    mode: Mode = "touching",
    profile: Profile = "standard",
) -> tuple[HeightKeys, HeightKeys]:
    """Return the height keys (first, last), both included, of the layers between two heights.

    Args:
        bottom_m: Ellipsoidal heights in metres.
        top_m: Ellipsoidal heights in metres; where it equals `bottom_m`, that layer touches.
        level: BeiDou level of the layers.
        mode: As in `cover_prism`. Where no layer lies so, last < first.
        profile: Whose layers.

    Raises:
        InvalidGeometry: If a floor lies above its ceiling.
    """
    low, high = np.broadcast_arrays(np.asarray(bottom_m, float), np.asarray(top_m, float))
    if not (low <= high).all():
        i = int(np.flatnonzero(~(low <= high).reshape(-1))[0])
        raise InvalidGeometry(
            f"a body from {low.reshape(-1)[i]} m up to {high.reshape(-1)[i]} m has no inside",
            hint="floor ≤ ceiling, ellipsoidal metres, upward",
        )
    bottom, top = height_keys(low), height_keys(high)
    under, over = (
        height_range(bottom, level, profile=profile),
        height_range(top, level, profile=profile),
    )
    if mode == "centre":
        first = np.where(_middle(bottom, level, profile) >= low, under[0], under[1] + 1)
        last = np.where(_middle(top, level, profile) < high, over[1], over[0] - 1)
    elif mode == "within":
        whole = (bottom == under[0]) & _is_on_floor(low, bottom)
        first, last = np.where(whole, under[0], under[1] + 1), over[0] - 1
    else:
        # A ceiling on the floor of a layer leaves that layer out.
        outside = (top == over[0]) & _is_on_floor(high, top) & (low < high)
        first, last = under[0], np.maximum(np.where(outside, over[0] - 1, over[1]), under[1])
    return np.asarray(first, np.int32), np.asarray(last, np.int32)


def merge_rows(
    keys: Keys, first: HeightKeys, last: HeightKeys
) -> tuple[Keys, HeightKeys, HeightKeys]:
    """Sort rows by key and height, and join those of one key that touch or overlap."""
    if not len(keys):
        return keys, first, last
    cells, rank = np.unique(keys, return_inverse=True)
    low, high = _ranked(rank, first), _ranked(rank, last)
    order = np.argsort(low, kind="stable")
    low, high = low[order], np.maximum.accumulate(high[order])
    # Ranks lie far enough apart that the rows of two keys never touch.
    begins = np.flatnonzero(np.r_[True, low[1:] > high[:-1] + 1])
    ends = np.r_[begins[1:] - 1, len(low) - 1]
    mask = (np.int64(1) << _U32) - 1
    return (
        cells[low[begins] >> _U32],
        ((low[begins] & mask) - _OFFSET).astype(np.int32),
        ((high[ends] & mask) - _OFFSET).astype(np.int32),
    )


def check_key_level(level: int) -> int:
    """Return the GeoSOT level of a BeiDou level.

    Raises:
        InvalidCell: If it is not 4 to 10.
    """
    if level not in GEOSOT_LEVELS:
        raise InvalidCell(f"BeiDou level {level} has no keys", hint="use 4 to 10")
    return GEOSOT_LEVELS[level]


def check_count(cells: int) -> None:
    """Raise InvalidGeometry if a cover would have too many cells."""
    if cells > MAX_CELLS:
        raise InvalidGeometry(
            f"the cover would have more than {MAX_CELLS} cells",
            hint="use a coarser level, or keep the rows of the cover as they are",
        )


def _stacked(
    keys: Keys, levels: Levels, band: tuple[HeightKeys, HeightKeys], level: int, profile: Profile
) -> SolidCover:
    first, last = band
    if last < first:
        keys, levels = keys[:0], levels[:0]
    return SolidCover(
        keys,
        levels,
        np.full(keys.size, first, np.int32),
        np.full(keys.size, last, np.int32),
        level,
        profile,
    )


def _ranked(rank: NDArray[np.intp], height_key: HeightKeys) -> NDArray[np.int64]:
    """Return one sortable number for a cell's rank and a height key."""
    return (rank.astype(np.int64) << _U32) + (height_key.astype(np.int64) + _OFFSET)


def _middle(keys: HeightKeys, level: int, profile: Profile) -> NDArray[np.float64]:
    floor, ceiling = height_bounds(keys, level=level, profile=profile)
    return (floor + ceiling) * 0.5


def _is_on_floor(heights: NDArray[np.float64], keys: HeightKeys) -> NDArray[np.bool_]:
    floor, ceiling = height_bounds(keys)
    return heights - floor <= _ON_FLOOR * (ceiling - floor)
