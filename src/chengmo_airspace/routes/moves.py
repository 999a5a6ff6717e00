"""The 26 moves of the grid: how long each is, and which cells it needs free.

A cell is a box, and a way goes from centre to centre. A blocked cell is closed with its faces,
edges and corners: a way may not even touch it, so a diagonal move needs all the 4 or 8 cells
around its middle free. This is also the rule by which the costs of the published voxel benchmark
were made (Brewer and Sturtevant, SoCS 2018): with corners open, ways come out shorter than those.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Cells are padded by one blocked cell on every side, so that no move leaves the arrays.
PAD = 1
STAY = 13
# Sums of lengths with so many binary places are exact, so ways of equal length compare as equal.
_PLACES = 32


class Moves(NamedTuple):
    """All moves, in the order of `deltas`; move 13 stays where it is and is never made.

    Attributes:
        deltas: (27, 3) cells east, north and up.
        offsets: (27,) the same in the flat, padded array.
        lengths: (27,) lengths, in the unit of the sizes of a cell.
        needs: (27,) bits of the moves whose ends must be free.
    """

    deltas: NDArray[np.int64]
    offsets: NDArray[np.int64]
    lengths: NDArray[np.float64]
    needs: NDArray[np.int64]


def strides_of(shape: tuple[int, int, int]) -> NDArray[np.int64]:
    """Return how far apart neighbours east, north and up lie in the flat, padded array.

    Example:
        >>> strides_of((4, 3, 2)).tolist()
        [20, 4, 1]
    """
    return np.array([(shape[1] + 2 * PAD) * (shape[2] + 2 * PAD), shape[2] + 2 * PAD, 1])


def lay_moves(shape: tuple[int, int, int], sizes: tuple[float, float, float]) -> Moves:
    """Return the moves of a grid.

    Args:
        shape: Cells east, north and up, without padding.
        sizes: Of a cell, in the unit that lengths shall have.

    Example:
        >>> lay_moves((9, 9, 9), (1.0, 1.0, 1.0)).lengths[:3].round(3).tolist()
        [1.732, 1.414, 1.732]
    """
    deltas = np.stack(np.unravel_index(np.arange(27), (3, 3, 3)), axis=1).astype(np.int64) - 1
    unit = 2.0**-_PLACES * 2.0 ** np.ceil(np.log2(max(sizes)))
    lengths = np.rint(np.sqrt(((deltas * sizes) ** 2).sum(axis=1)) / unit) * unit
    return Moves(deltas, deltas @ strides_of(shape), lengths, _needs(deltas))


def _needs(deltas: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each move the bits of the cells it touches: those that go part of its way."""
    touched = ((deltas == 0) | (deltas == deltas[:, None])).all(axis=2)
    touched[:, STAY] = False
    return touched @ (1 << np.arange(27))
