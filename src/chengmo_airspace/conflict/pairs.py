"""All volumes of different intents that meet, at once."""

import numpy as np
from numpy.typing import ArrayLike

from chengmo import InvalidRequest
from chengmo_airspace.conflict.cells import CellTree, rows_of
from chengmo_airspace.conflict.join_kernel import join_cells
from chengmo_airspace.conflict.pair_kernel import part_keys, place_keys
from chengmo_airspace.volume import VolumeColumns
from chengmo_airspace.volume.columns import EAST
from chengmo_airspace.volume.lattice import TURN
from chengmo_airspace.volume.ring_kernel import Integers


def find_conflicts(volumes: VolumeColumns, owner: ArrayLike) -> Integers:
    """Return every pair of volumes of different intents that meet, exactly.

    Args:
        volumes: The volumes of all intents.
        owner: (n,) the whole number of the intent each volume belongs to.

    Returns:
        (m, 2) rows of volumes, the smaller first in each pair, the pairs ascending.

    Raises:
        InvalidRequest: If there is not one owner to each volume.
    """
    owners = np.ascontiguousarray(owner, np.int64)
    if owners.shape != (len(volumes),):
        raise InvalidRequest(
            f"{owners.size} owners of {len(volumes)} volumes", hint="give one for each volume"
        )
    if not len(volumes):
        return np.empty((0, 2), np.int64)
    tree = CellTree.over(volumes)
    owners = owners[tree.order]
    places = join_cells(tree.rows, owners, tree.cells)
    across = _pairs_across(tree, owners)
    if len(across):
        places = np.concatenate([places, across])
    keys = place_keys(places, tree.order)
    keys.sort()
    return part_keys(keys, len(volumes))


def intent_pairs(pairs: Integers, owner: ArrayLike) -> Integers:
    """Return the (k, 2) pairs of intents that pairs of volumes belong to, each once, ascending."""
    owners = np.sort(np.asarray(owner, np.int64)[pairs], axis=1)
    return np.unique(owners, axis=0)


def _pairs_across(tree: CellTree, owners: Integers) -> Integers:
    """Return the pairs that meet only across ±180°: one ends beyond it, the other begins there.

    No volume is wider than 90°, so none of these meet without being moved as well.
    """
    beyond = np.flatnonzero(tree.volumes.boxes[:, EAST] >= TURN // 2)
    if not len(beyond):
        return np.empty((0, 2), np.int64)
    alive = np.ones(len(owners), np.bool_)
    asked = rows_of(tree.volumes.take(beyond))
    found = tree.find(asked, alive=alive, shifts=np.array([-TURN]))
    places = np.column_stack([beyond[found[:, 0]], found[:, 1]])
    return places[owners[places[:, 0]] != owners[places[:, 1]]]
