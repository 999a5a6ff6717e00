"""Volumes in a tree of four-dimensional cells: what the searches go through."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from chengmo_airspace.conflict.pair_kernel import (
    Cells,
    Flags,
    Rows,
    find_windings,
    query_cells,
)
from chengmo_airspace.conflict.tree_kernel import build_cells
from chengmo_airspace.volume import VolumeColumns
from chengmo_airspace.volume.lattice import TURN
from chengmo_airspace.volume.ring_kernel import Integers

ALL_SHIFTS = np.array([0, TURN, -TURN])


@dataclass(frozen=True)
class CellTree:
    """Volumes in the order of a tree of cells, never changed.

    Attributes:
        volumes: In the tree's order.
        order: The row each had before.
        rows: The same volumes as the compiled loops read them.
        scale: See `find_scale`.
        cells: Short bounds of volumes and nodes.
    """

    volumes: VolumeColumns
    order: Integers
    rows: Rows
    scale: Integers
    cells: Cells

    @classmethod
    def over(cls, volumes: VolumeColumns) -> Self:
        """Return the tree over one volume or more."""
        order, scale, bounds, nodes = build_cells(volumes.boxes)
        placed = volumes.take(order)
        return cls(placed, order, rows_of(placed), scale, (bounds, nodes))

    def find(self, asked: Rows, *, alive: Flags, shifts: Integers = ALL_SHIFTS) -> Integers:
        """Return (m, 2) rows asked about and places in the tree that meet, in no set order."""
        return query_cells(self.rows, alive, self.scale, self.cells, asked, shifts)


def rows_of(volumes: VolumeColumns) -> Rows:
    """Return volumes as the compiled loops read them."""
    windings = find_windings(volumes.vertices, volumes.offsets)
    return volumes.boxes, volumes.vertices, volumes.offsets, windings
