"""The voxel benchmark of Brewer and Sturtevant (SoCS 2018): maps, and the least costs of one."""

import os
import re
from functools import cache
from pathlib import Path

import numpy as np

from chengmo_airspace.routes.column_kernel import NOTHING_KNOWN
from chengmo_airspace.routes.lattice_kernel import find_way
from chengmo_airspace.routes.moves import PAD, lay_moves, strides_of

BENCH = Path(os.environ.get("CHENGMO_BENCH", Path(__file__).parents[4] / "shared" / "bench"))
FOLDER = BENCH / "16_lowalt" / "warframe3d"
NUMBERS = 8


def read_voxels(path):
    """Return the prices of a map, flat and padded (1, or inf where blocked), and its shape."""
    with path.open() as lines:
        shape = tuple(int(size) for size in next(lines).split()[1:])
        blocked = np.loadtxt(lines, dtype=np.int64) + PAD
    prices = np.full([size + 2 * PAD for size in shape], np.inf, np.float32)
    prices[PAD:-PAD, PAD:-PAD, PAD:-PAD] = 1.0
    prices[tuple(blocked.T)] = np.inf
    return prices.ravel(), shape


def read_instances(path):
    """Return the (2, 3) ends of each instance, and its published least cost."""
    found = []
    for line in path.read_text().splitlines():
        numbers = re.findall(r"[\d.]+", line)
        # The last line of the published file is cut off.
        if line.startswith("(") and len(numbers) == NUMBERS:
            found.append((np.array(numbers[:6], np.int64).reshape(2, 3), float(numbers[6])))
    return found


def voxel_way(prices, shape, ends):
    """Return the least-cost way between two voxels, its cost, and how many were looked at."""
    moves, strides = _laid(shape)
    return find_way(prices, strides, moves, ends + PAD, 1.0, 1.0, NOTHING_KNOWN)


@cache
def _laid(shape):
    """Return the moves and strides of a map: laid once, as `Prices` keeps those of a space."""
    return lay_moves(shape, (1.0, 1.0, 1.0)), strides_of(shape)
