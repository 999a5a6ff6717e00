"""Many volumes as NumPy columns: one row of bounds each, and all vertices one after the other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from chengmo_airspace.volume.ring_kernel import Integers, gather_rings
from chengmo_airspace.volume.volume import Volume

WEST, EAST, SOUTH, NORTH, LOWER, UPPER, BEGIN, END = range(8)


@dataclass(frozen=True)
class VolumeColumns:
    """Volumes on the lattice of `lattice`, for the compiled loops.

    Attributes:
        boxes: (n, 8) bounds in the order of `Box`; one row is one line of a processor's cache.
        vertices: (v, 2) longitudes and latitudes of all outlines, 1e-9 degrees.
        offsets: (n + 1,) where the vertices of each volume begin, and the end.
    """

    boxes: Integers
    vertices: Integers
    offsets: Integers

    def __len__(self) -> int:
        return len(self.boxes)

    @classmethod
    def from_volumes(cls, volumes: Iterable[Volume]) -> Self:
        """Return the columns of volumes, in their order.

        Example:
            >>> len(VolumeColumns.from_volumes([]))
            0
        """
        listed = list(volumes)
        rings = [volume.ring for volume in listed]
        offsets = np.zeros(len(listed) + 1, np.int64)
        np.cumsum([len(ring) for ring in rings], out=offsets[1:])
        if not listed:
            return cls(np.empty((0, 8), np.int64), np.empty((0, 2), np.int64), offsets)
        boxes = np.array([volume.box for volume in listed], np.int64)
        return cls(boxes, np.concatenate(rings), offsets)

    @classmethod
    def join(cls, parts: Sequence[Self]) -> Self:
        """Return the volumes of several columns, one after the other."""
        ends = np.cumsum([0, *(len(part.vertices) for part in parts)])
        offsets = [part.offsets[:-1] + end for part, end in zip(parts, ends, strict=False)]
        return cls(
            np.concatenate([np.empty((0, 8), np.int64), *(part.boxes for part in parts)]),
            np.concatenate([np.empty((0, 2), np.int64), *(part.vertices for part in parts)]),
            np.concatenate([*offsets, ends[-1:]]),
        )

    def take(self, rows: Integers) -> Self:
        """Return some of the volumes, in the order of `rows`."""
        vertices, offsets = gather_rings(self.vertices, self.offsets, rows)
        return type(self)(self.boxes[rows], vertices, offsets)

    def moved(self, *, time_us: int = 0, height_mm: int = 0) -> Self:
        """Return the volumes later by microseconds and higher by millimetres."""
        step = np.zeros(8, np.int64)
        step[[LOWER, UPPER]], step[[BEGIN, END]] = height_mm, time_us
        return type(self)(self.boxes + step, self.vertices, self.offsets)
