"""All conflicting pairs: none missed, none invented."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.airspace.conflict.references import (
    columns_of,
    fractions_meet,
    hard_volumes,
    is_simple,
    shapely_pairs,
    simple_rings,
)

from chengmo import InvalidRequest
from chengmo_airspace.conflict import find_conflicts, intent_pairs
from chengmo_airspace.volume import Polygon, VolumeColumns
from chengmo_airspace.volume.lattice import TURN


def check_against_all_pairs(seed, count):
    rng = np.random.default_rng(seed)
    volumes = hard_volumes(rng, count)
    owner = rng.integers(0, max(2, count // 3), len(volumes))
    expected = shapely_pairs(volumes, owner)
    assert find_conflicts(volumes, owner).tolist() == expected.tolist()
    return len(volumes) * (len(volumes) - 1) // 2


@given(st.integers(0, 2**32))
@settings(max_examples=12, deadline=None)
def test_the_pairs_found_are_those_of_the_check_of_all_pairs(seed):
    check_against_all_pairs(seed, 30)


@pytest.mark.slow
def test_no_conflict_is_missed_among_a_million_hard_pairs():
    checked = 0
    for seed in range(3000):
        checked += check_against_all_pairs(seed, 30)
        if checked >= 1_000_000:
            break
    assert checked >= 1_000_000


@pytest.mark.slow
def test_rings_meet_as_in_rational_arithmetic():
    rng, checked = np.random.default_rng(3), 0
    while checked < 30_000:
        volumes = hard_volumes(rng, 12)
        flat = VolumeColumns(volumes.boxes * 0 + volumes.boxes, volumes.vertices, volumes.offsets)
        flat.boxes[:, 4:] = 0
        met = {tuple(pair) for pair in find_conflicts(flat, np.arange(len(flat))).tolist()}
        rings = [
            [(int(x), int(y)) for x, y in volumes.vertices[a:b]]
            for a, b in zip(volumes.offsets, volumes.offsets[1:], strict=False)
        ]
        for j in range(len(rings)):
            for i in range(j):
                assert fractions_meet(rings[i], rings[j]) == ((i, j) in met)
                checked += 1


@given(st.integers(0, 2**32))
@settings(max_examples=30, deadline=None)
def test_a_ring_is_taken_just_if_it_is_simple(seed):
    ring = np.random.default_rng(seed).integers(0, 5, (5, 2))
    # A vertex twice in a row is forgiven, which is no matter of crossing.
    if (ring == np.roll(ring, 1, axis=0)).all(axis=1).any():
        return
    try:
        Polygon([(x / 1000, y / 1000) for x, y in ring.tolist()])
        taken = True
    except InvalidRequest:
        taken = False
    assert taken == is_simple(ring)


def test_volumes_across_the_antimeridian_are_paired_with_those_on_either_side():
    rng = np.random.default_rng(5)
    rings = [ring * 1_000_000_000 for ring in simple_rings(rng, 40)]
    bands = np.tile([0, 1000, 0, 10], (40, 1))
    owner = np.arange(40)
    here = find_conflicts(columns_of(rings, bands), owner).tolist()
    # The same places round ±180°, each with its western edge within −180° and 180°.
    moved = [np.add(ring, [TURN // 2 - 3_000_000_000, 0]) for ring in rings]
    moved = [ring - [TURN * (ring[:, 0].min() >= TURN // 2), 0] for ring in moved]
    assert any(ring[:, 0].min() < 0 for ring in moved)
    assert find_conflicts(columns_of(moved, bands), owner).tolist() == here


def test_a_lasting_crowd_at_one_place_is_told_apart_by_height_or_time():
    square = np.array([[0, 0], [10, 0], [10, 10], [0, 10]])
    count = 2000
    steps = np.arange(count)
    bands = np.column_stack([steps * 2, steps * 2 + 1, steps * 0, steps * 0 + 10**9])
    assert not len(find_conflicts(columns_of([square] * count, bands), steps))
    assert not len(find_conflicts(columns_of([square] * count, bands[:, [2, 3, 0, 1]]), steps))


def test_volumes_of_one_intent_are_no_conflict_and_pairs_of_intents_come_once():
    square = np.array([[0, 0], [10, 0], [10, 10], [0, 10]])
    volumes = columns_of([square] * 4, np.tile([0, 1, 0, 1], (4, 1)))
    owner = np.array([7, 7, 3, 3])
    pairs = find_conflicts(volumes, owner)
    assert pairs.tolist() == [[0, 2], [0, 3], [1, 2], [1, 3]]
    assert intent_pairs(pairs, owner).tolist() == [[3, 7]]


def test_no_volumes_have_no_conflicts_and_owners_must_fit():
    nothing = VolumeColumns.from_volumes([])
    assert find_conflicts(nothing, []).shape == (0, 2)
    with pytest.raises(InvalidRequest):
        find_conflicts(nothing, [1])
