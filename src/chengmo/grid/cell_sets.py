"""Sets of cells of mixed levels: union, intersection, difference, and what lies in them.

A set is kept as ascending, disjoint intervals of level-32 keys in one canonical form, so two sets
of the same places are equal whatever cells they were made from, and every operation is one pass
over sorted integers. `fewest` gives the cells back, as few as there can be.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from chengmo.errors import InvalidCell
from chengmo.grid.cell_sets_kernel import (
    DIFFERENCE,
    INTERSECTION,
    SYMMETRIC_DIFFERENCE,
    UNION,
    combine_turns,
    ranges_of_turns,
    turns_of_ranges,
    write_fewest,
)
from chengmo.grid.cover import Mode, cover_hierarchical
from chengmo.grid.kernel import Keys, Levels
from chengmo.grid.key import check_level, key_range, level_mask
from chengmo.grid.topology import children_keys


@dataclass(frozen=True, slots=True, eq=False)
class CellSet:
    """A set of places made of cells: immutable, comparable, with Python's set operators.

    Example:
        >>> one = CellSet.of([0, 1 << 62], levels=1)
        >>> other = CellSet.of([0], levels=5)
        >>> (one - other) | other == one, other <= one, len(one & other)
        (True, True, 1)
    """

    # Ascending used keys where the set begins and ends in turn; see `cell_sets_kernel`.
    turns: Keys = field(default_factory=lambda: np.empty(0, np.uint64))

    @classmethod
    def of(cls, keys: ArrayLike, levels: int | ArrayLike) -> Self:
        """Return the set of all places in some cells, which may overlap, in any order.

        Args:
            keys: Keys, any shape.
            levels: One level, or one for each key.

        Raises:
            InvalidCell: If these are no keys or no levels. Keys that name no place add nothing.
        """
        first, last = key_range(keys, levels)
        return cls.of_ranges(np.column_stack([np.ravel(first), np.ravel(last)]))

    @classmethod
    def of_ranges(cls, ranges: ArrayLike) -> Self:
        """Return the set of intervals (n, 2) of level-32 keys, both ends included, in any order."""
        column = np.asarray(ranges, np.uint64).reshape(-1, 2)
        order = np.argsort(column[:, 0], kind="stable")
        return cls(turns_of_ranges(np.ascontiguousarray(column[order])))

    @classmethod
    def of_geometry(
        cls, geometry: shapely.Geometry, *, finest_level: int, mode: Mode = "touching"
    ) -> Self:
        """Return the set of the cells that cover a polygon; see `cover_hierarchical`."""
        return cls.of(*cover_hierarchical(geometry, finest_level=finest_level, mode=mode))

    @classmethod
    def union(cls, sets: Iterable["CellSet"]) -> Self:
        """Return the union of any number of sets."""
        every = [each.ranges() for each in sets]
        return cls.of_ranges(np.concatenate(every)) if every else cls()

    def ranges(self) -> Keys:
        """Return the intervals of level-32 keys, shape (n, 2), both ends included, ascending."""
        return ranges_of_turns(self.turns)

    def fewest(self) -> tuple[Keys, Levels]:
        """Return the fewest cells that make up the set: (keys, levels), ascending, disjoint."""
        nothing = np.empty(0, np.uint64), np.empty(0, np.uint8)
        count = write_fewest(self.turns, *nothing)
        keys, levels = np.empty(count, np.uint64), np.empty(count, np.uint8)
        write_fewest(self.turns, keys, levels)
        return keys, levels

    def at_level(self, level: int) -> Keys:
        """Return all cells of one level that lie in the set, ascending.

        Raises:
            InvalidCell: If some of the set is finer than that, or it has more than 2²⁷ cells.
        """
        return uncompact_cells(*self.fewest(), level=level)

    def holds(self, keys: ArrayLike, *, level: int | ArrayLike = 32) -> NDArray[np.bool_]:
        """Tell for each cell whether the whole of it lies in the set."""
        before, until = self._turns_before(keys, level)
        return (before % 2 == 1) & (before == until)

    def meets(self, keys: ArrayLike, *, level: int | ArrayLike = 32) -> NDArray[np.bool_]:
        """Tell for each cell whether any of it lies in the set."""
        before, until = self._turns_before(keys, level)
        return (before % 2 == 1) | (before != until)

    def __or__(self, other: "CellSet") -> "CellSet":
        return CellSet(combine_turns(self.turns, other.turns, UNION))

    def __and__(self, other: "CellSet") -> "CellSet":
        return CellSet(combine_turns(self.turns, other.turns, INTERSECTION))

    def __sub__(self, other: "CellSet") -> "CellSet":
        return CellSet(combine_turns(self.turns, other.turns, DIFFERENCE))

    def __xor__(self, other: "CellSet") -> "CellSet":
        return CellSet(combine_turns(self.turns, other.turns, SYMMETRIC_DIFFERENCE))

    def __le__(self, other: "CellSet") -> bool:
        return not self - other

    def __bool__(self) -> bool:
        return self.turns.size > 0

    def __len__(self) -> int:
        """Return how many cells `fewest` gives."""
        return write_fewest(self.turns, np.empty(0, np.uint64), np.empty(0, np.uint8))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CellSet) and np.array_equal(self.turns, other.turns)

    def __hash__(self) -> int:
        return hash(self.turns.tobytes())

    def _turns_before(
        self, keys: ArrayLike, level: int | ArrayLike
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        first, last = key_range(keys, level)
        before = np.searchsorted(self.turns, first, side="right")
        return before, np.searchsorted(self.turns, last, side="right")


def compact_cells(keys: ArrayLike, levels: int | ArrayLike) -> tuple[Keys, Levels]:
    """Return the fewest cells that cover the same places: (keys, levels), ascending, disjoint.

    Args:
        keys: Keys of cells, in any order; they may overlap.
        levels: One level, or one for each key.

    Example:
        >>> keys, levels = compact_cells(children_keys(0, level=7, finer=12), 12)
        >>> keys.tolist(), levels.tolist()
        ([0], [7])
    """
    return CellSet.of(keys, levels).fewest()


def uncompact_cells(keys: ArrayLike, levels: int | ArrayLike, *, level: int) -> Keys:
    """Return all cells of one level inside disjoint cells of mixed levels, ascending.

    Raises:
        InvalidCell: If a cell is finer than `level`, or there would be more than 2²⁷ cells.
    """
    level = check_level(level)
    column, fine = np.broadcast_arrays(np.asarray(keys, np.uint64), np.asarray(levels))
    if fine.size and fine.max() > level:
        raise InvalidCell(
            f"a cell of level {fine.max()} cannot be split to level {level}",
            hint="use a finer level, or parent_keys",
        )
    parts = [
        children_keys(column[fine == each] & level_mask(each), level=each, finer=level)
        for each in np.unique(fine).tolist()
    ]
    return np.sort(np.concatenate(parts)) if parts else np.empty(0, np.uint64)
