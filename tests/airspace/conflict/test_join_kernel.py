"""The quick test of two quadrangles agrees with the exact one, most of all where they touch."""

import numpy as np
import pytest

from chengmo_airspace.conflict.cells import rows_of
from chengmo_airspace.conflict.join_kernel import find_quads, quads_meet
from chengmo_airspace.conflict.pair_kernel import outlines_meet
from chengmo_airspace.volume import VolumeColumns


def quadrangles(rng, count, wide):
    """Return convex quadrangles, some turned the other way; many share a corner or part of an edge.

    They are parallelograms of whole numbers that start at a corner of another, moved by a little.
    """
    rings = np.empty((count, 4, 2), np.int64)
    for n in range(count):
        start = rings[rng.integers(n), rng.integers(4)] if n else np.zeros(2, np.int64)
        one, other = rng.integers(-wide, wide + 1, (2, 2))
        if n and rng.random() < 0.5:  # along an edge of another
            ring = rings[rng.integers(n)]
            one, start = ring[1] - ring[0], ring[0]
        if one[0] * other[1] == one[1] * other[0]:
            other = np.array([-one[1], one[0] + 1])
        start = start + rng.integers(-1, 2, 2)
        ring = np.array([start, start + one, start + one + other, start + other])
        rings[n] = ring[::-1] if rng.random() < 0.5 else ring
    return rings


@pytest.mark.parametrize("wide", [3, 1000, 250_000_000])
def test_quadrangles_meet_just_if_the_exact_test_says_so(wide):
    rings = quadrangles(np.random.default_rng(wide), 60, wide)
    edges = [edge(rings[..., axis], 1) for axis in (0, 1) for edge in (np.min, np.max)]
    boxes = np.ascontiguousarray(np.column_stack([*edges, np.zeros((60, 4), np.int64)]))
    rows = rows_of(VolumeColumns(boxes, rings.reshape(-1, 2), np.arange(0, 241, 4)))
    quads = find_quads(rows)
    answers = [
        (quads_meet(rows, quads, i, j), outlines_meet(rows, i, rows, j, 0))
        for i in range(60)
        for j in range(i)
        if (boxes[i, [0, 2]] <= boxes[j, [1, 3]]).all()
        and (boxes[j, [0, 2]] <= boxes[i, [1, 3]]).all()
    ]
    assert [quick for quick, _ in answers] == [exact for _, exact in answers]
    assert {exact for _, exact in answers} == {True, False}
    assert quads[1].all()
