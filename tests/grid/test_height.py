import json
from decimal import Decimal, localcontext
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chengmo.errors import InvalidCell
from chengmo.grid import height_kernel
from chengmo.grid.height import (
    LAYER_SIZES,
    PROFILES,
    height_bounds,
    height_fields,
    height_keys,
    height_range,
    keys_of_height_fields,
    parent_height_keys,
)
from chengmo.grid.height_kernel import HIGHEST_M, LAYERS, LOWEST_M, SNAP

VECTORS = json.loads(Path(__file__).with_name("vectors.json").read_text(encoding="utf-8"))
PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494")
RADIUS, PER_DEGREE = Decimal(6378137), Decimal(7372800)
HEIGHT = st.floats(LOWEST_M, HIGHEST_M, exclude_max=True) | st.integers(-11000, 9000).map(float)
KEY = st.integers(-LAYERS, LAYERS - 1)
LEVEL = st.integers(1, 10)
PROFILE = st.sampled_from(list(PROFILES))
# What binary64 may add to or take from an exact index, in layers; see SNAP.
TOLERANCE = Decimal("3.5e-6")


def of_kind(kind):
    return [pytest.param(v, id=f"{kind}-{i}") for i, v in enumerate(VECTORS) if v["kind"] == kind]


def exact_layers(height):
    """Annex C's formula to fifty digits: the slow reference."""
    with localcontext() as context:
        context.prec = 50
        ratio = (Decimal(height) + RADIUS) / RADIUS
        return PER_DEGREE * ratio.ln() / (1 + PI / 180).ln()


def assert_exact(heights):
    found = height_keys(heights)
    decided = 0
    for height, key in zip(np.asarray(heights).tolist(), found.tolist(), strict=True):
        layers = exact_layers(height) + Decimal(SNAP)
        whole = int(layers.to_integral_value(rounding="ROUND_FLOOR"))
        rest = layers - whole
        if min(rest, 1 - rest) > TOLERANCE:
            assert key == min(max(whole, -LAYERS), LAYERS - 1), height
            decided += 1
        else:
            assert abs(key - whole) <= 1
    return decided


def adversarial_heights(count, seed):
    """Floors of random layers, and the numbers a hair and a snap away from them."""
    rng = np.random.default_rng(seed)
    keys = np.r_[
        rng.integers(-LAYERS, LAYERS, count // 2), rng.integers(-700_000, 700_000, count // 2)
    ]
    floors, _ = height_bounds(keys.astype(np.int32))
    thin = np.abs(height_bounds(keys.astype(np.int32))[1] - floors)
    steps = rng.choice([0.0, 1e-5, -2e-5, 1e-4, -1e-4, 0.5, 1 - 1e-4], count)
    return np.clip(floors + steps * thin, LOWEST_M, np.nextafter(HIGHEST_M, 0))


def test_heights_equal_arithmetic_to_fifty_digits():
    rng = np.random.default_rng(5)
    assert assert_exact(rng.uniform(-11000, 9000, 100)) > 95
    assert assert_exact(adversarial_heights(100, 6)) > 50


@pytest.mark.slow
def test_many_heights_equal_arithmetic_to_fifty_digits():
    rng = np.random.default_rng(7)
    near = rng.uniform(-11000, 9000, 60_000)
    far = np.r_[rng.uniform(LOWEST_M, 0, 20_000), rng.uniform(0, HIGHEST_M, 20_000)]
    short = rng.integers(-1_100_000, 900_000, 10_000) / 100
    assert assert_exact(np.r_[near, far, short]) > 109_000
    assert assert_exact(adversarial_heights(110_000, 8)) > 60_000


def test_the_logarithm_of_a_step_is_the_nearest_number():
    with localcontext() as context:
        context.prec = 50
        exact = (1 + PI / 180).ln()
    assert float(exact) == height_kernel._LN_STEP


@settings(deadline=None)
@example(0)
@example(-1)
@example(-LAYERS)
@example(LAYERS - 1)
@given(KEY)
def test_the_floor_of_a_layer_lies_in_it_and_its_ceiling_in_the_next(key):
    floor, ceiling = height_bounds(key)
    assert floor < ceiling
    assert height_keys(floor) == key
    if key < LAYERS - 1:
        assert height_keys(ceiling) == key + 1
        assert height_bounds(key + 1)[0] == ceiling


@pytest.mark.slow
def test_a_million_floors_lie_in_their_layers():
    rng = np.random.default_rng(9)
    keys = rng.integers(-LAYERS, LAYERS, 1_000_000).astype(np.int32)
    floor, ceiling = height_bounds(keys)
    assert (height_keys(floor) == keys).all()
    assert (height_keys(ceiling[keys < LAYERS - 1]) == keys[keys < LAYERS - 1] + 1).all()


@settings(deadline=None)
@given(HEIGHT, HEIGHT, LEVEL, PROFILE)
def test_keys_sort_by_height_and_layers_hold_their_heights(one, other, level, profile):
    low, high = min(one, other), max(one, other)
    assert height_keys(low) <= height_keys(high)
    keys = height_keys([low, high], level=level, profile=profile)
    assert keys[0] <= keys[1]
    floor, ceiling = height_bounds(keys, level=level, profile=profile)
    thin = 1e-5 * (height_bounds(keys)[1] - height_bounds(keys)[0])
    assert (floor - thin <= [low, high]).all()
    assert ([low, high] < ceiling).all()


@settings(deadline=None)
@given(KEY, st.integers(2, 10), PROFILE)
def test_a_parent_is_a_layer_one_level_coarser_around_its_child(key, level, profile):
    child = parent_height_keys(key, level, profile=profile)
    parent = parent_height_keys(key, level - 1, profile=profile)
    assert parent_height_keys(child, level - 1, profile=profile) == parent
    first, last = height_range(child, level, profile=profile)
    outer_first, outer_last = height_range(parent, level - 1, profile=profile)
    assert outer_first <= first <= key <= last <= outer_last
    assert first == child
    edges = height_range(np.array([first, last]), level, profile=profile)
    assert edges[0].tolist() == [first, first]
    assert edges[1].tolist() == [last, last]


@settings(deadline=None)
@given(KEY, LEVEL, PROFILE)
def test_the_next_layer_begins_where_one_ends(key, level, profile):
    _, last = height_range(key, level, profile=profile)
    if last < LAYERS - 1:
        assert height_range(int(last) + 1, level, profile=profile)[0] == last + 1


@settings(deadline=None)
@given(KEY, PROFILE)
def test_fields_read_as_the_keys_they_were_written_from(key, profile):
    assert keys_of_height_fields(height_fields(key, profile=profile), profile=profile) == key


def test_layers_are_as_thick_as_the_standard_says_near_the_ground():
    keys = np.zeros(10, np.int32)
    floor, ceiling = height_bounds(keys, level=np.arange(1, 11))
    degrees = LAYER_SIZES[1:] / 7_372_800
    # 0.9914 of the length of as many degrees of the equator.
    ratio = (ceiling - floor)[3:] / (np.radians(degrees) * 6_378_137)[3:]
    assert ratio == pytest.approx(0.9914, abs=2e-4)
    assert ceiling[6] == pytest.approx(7.664, abs=1e-3)


def test_standard_and_two_complement_layers_lie_evenly_through_zero():
    for level in range(1, 11):
        size = int(LAYER_SIZES[level])
        assert height_range(-1, level)[0] == -size
        assert height_range(0, level)[1] == size - 1
        for profile in PROFILES:
            assert height_range(0, level, profile=profile)[0] == 0
            assert height_range(-1, level, profile=profile)[1] == -1


@pytest.mark.parametrize("vector", of_kind("height_of_degrees"))
def test_whole_degrees_lie_at_the_published_heights(vector):
    n = vector["input"]["n"]
    key = min(n * 7_372_800, LAYERS - 1)
    found = height_bounds(key)[0 if n < 256 else 1]
    assert found == pytest.approx(vector["expect"], rel=1e-13)


@pytest.mark.parametrize("vector", of_kind("zcode"))
def test_a_height_has_the_published_field(vector):
    assert height_fields(height_keys(vector["input"]["h"])) == vector["expect"]


@pytest.mark.parametrize("vector", of_kind("zcode_level"))
def test_a_coarse_field_is_the_first_bits_of_the_published_one(vector):
    shift = 32 - vector["input"]["level"]
    field = int(height_fields(height_keys(vector["input"]["h"])))
    assert field >> shift << shift == vector["expect"]


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 1e9, -7e6, HIGHEST_M])
def test_a_height_without_a_layer_is_named(wrong):
    with pytest.raises(InvalidCell, match="at index 1 has no layer"):
        height_keys([0.0, wrong, wrong])


def test_what_is_no_height_is_refused():
    with pytest.raises(InvalidCell, match="no heights"):
        height_keys(["high"])
    with pytest.raises(InvalidCell, match="level 11"):
        height_keys(0.0, level=11)
    with pytest.raises(InvalidCell, match="level that does not exist"):
        height_range([0, 1], [4, 0])
    with pytest.raises(InvalidCell, match="no height profile 'bit'"):
        height_keys(0.0, level=4, profile="bit")
    with pytest.raises(InvalidCell, match="holds no height keys"):
        height_bounds([1.5])
    with pytest.raises(InvalidCell, match="index 1 names no layer"):
        height_bounds([0, LAYERS])
    with pytest.raises(InvalidCell, match="holds no fields"):
        keys_of_height_fields([0.5])


def test_a_field_that_names_no_layer_is_named():
    good, second_sixty, too_high = 0, 60 << 11, (1 << 31) - 1
    for profile, bad in (("geosot", second_sixty), ("standard", 15 << 17), ("bits", too_high)):
        with pytest.raises(InvalidCell, match=f"field {bad} at index 1 .*'{profile}'"):
            keys_of_height_fields([good, bad], profile=profile)


def test_columns_keep_their_shape():
    assert height_keys([[1.0, 2.0]]).shape == (1, 2)
    assert height_keys([]).shape == (0,)
    assert height_bounds(np.zeros((2, 3), int), level=4)[0].shape == (2, 3)
    assert height_range([0, 1], [4, 5])[1].dtype == np.int32
