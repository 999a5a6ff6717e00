import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from chengmo.errors import InvalidCell, InvalidGeometry
from chengmo.grid import GEOSOT_LEVELS, cover_polygon, encode_keys, key_bounds, parent_keys
from chengmo.grid.height import PROFILES, height_bounds, height_keys, height_range
from chengmo.grid.solid import encode_solid_codes
from chengmo.grid.volume import (
    cover_prism,
    cover_prism_hierarchical,
    layer_interval,
    merge_rows,
)

BLOCK = shapely.Polygon([(114.3, 30.5), (114.302, 30.5003), (114.301, 30.502), (114.3, 30.501)])
HEIGHT = st.floats(-5000, 20_000)
LEVEL = st.integers(4, 9)
MODE = st.sampled_from(["touching", "centre", "within"])


def places_in(polygon, count, seed):
    rng = np.random.default_rng(seed)
    west, south, east, north = polygon.bounds
    lon, lat = rng.uniform(west, east, count), rng.uniform(south, north, count)
    inside = shapely.contains_xy(polygon, lon, lat)
    return lon[inside], lat[inside]


@settings(deadline=None, max_examples=60)
@given(HEIGHT, st.floats(0, 3000), LEVEL, MODE, st.sampled_from(list(PROFILES)))
def test_layers_between_two_heights_are_those_of_the_mode(bottom, thick, level, mode, profile):
    top = bottom + thick
    first, last = layer_interval(bottom, top, level=level, mode=mode, profile=profile)
    near = np.concatenate([height_keys([bottom, top]) + step for step in range(-2, 3)])
    near = np.unique(height_range(near, level, profile=profile)[0])
    near = np.unique(np.r_[near, height_range(near, level, profile=profile)[1] + 1])
    floor, ceiling = height_bounds(near.astype(np.int32), level=level, profile=profile)
    hair = 1e-6
    sure = {
        "touching": (floor < top - hair) & (ceiling > bottom + hair),
        "centre": ((floor + ceiling) / 2 >= bottom) & ((floor + ceiling) / 2 < top),
        "within": (floor >= bottom + hair) & (ceiling <= top - hair),
    }[mode]
    never = {
        "touching": (floor > top + hair) | (ceiling < bottom - hair),
        "centre": ~sure,
        "within": (floor < bottom - hair) | (ceiling > top + hair),
    }[mode]
    found = (first <= near) & (near <= last)
    assert found[sure].all()
    assert not found[never].any()
    if first <= last:
        assert height_range(first, level, profile=profile)[0] == first
        assert height_range(last, level, profile=profile)[1] == last


@pytest.mark.parametrize(("bottom", "top"), [(-30, -5), (-20, 20), (0, 120), (95, 95)])
def test_a_cover_holds_the_places_of_its_body_and_no_cell_without_any(bottom, top):
    cover = cover_prism(BLOCK, band_m=(bottom, top), level=7)
    lon, lat = places_in(BLOCK, 2000, 1)
    height = np.random.default_rng(2).uniform(bottom, top, lon.size)
    assert cover.holds(encode_keys(lon, lat), height_keys(height)).all()
    codes = cover.codes()
    assert np.isin(encode_solid_codes(lon, lat, height, level=7), codes).all()
    assert len(np.unique(codes)) == len(codes)
    keys, layers = cover.cells()
    assert cover.holds(keys, layers).all()
    west, south, east, north = key_bounds(keys, level=23)
    assert shapely.intersects(BLOCK, shapely.box(west, south, east, north)).all()
    floor, ceiling = height_bounds(layers, level=7)
    assert ((floor <= top) & (ceiling >= bottom)).all()
    # A metre outside, or a layer above, is not held.
    outside = encode_keys(lon + 0.01, lat)
    assert not cover.holds(outside, height_keys(height)).any()
    assert not cover.holds(encode_keys(lon, lat), height_keys(height + top - bottom + 8)).any()


@pytest.mark.parametrize("mode", ["touching", "centre", "within"])
@pytest.mark.parametrize("profile", PROFILES)
def test_the_flat_and_the_hierarchical_cover_hold_the_same(mode, profile):
    options = {"band_m": (-3.0, 140.0), "mode": mode, "profile": profile}
    flat = cover_prism(BLOCK, level=7, **options)
    mixed = cover_prism_hierarchical(BLOCK, finest_level=7, **options)
    assert len(mixed) < len(flat) / 3
    rng = np.random.default_rng(3)
    west, south, east, north = BLOCK.bounds
    keys = encode_keys(rng.uniform(west, east, 3000), rng.uniform(south, north, 3000))
    layers = height_keys(rng.uniform(-20, 160, 3000))
    assert (flat.holds(keys, layers) == mixed.holds(keys, layers)).all()
    assert (parent_keys(flat.keys, GEOSOT_LEVELS[7]) == flat.keys).all()
    assert set(flat.keys.tolist()) == set(cover_polygon(BLOCK, level=23, mode=mode).tolist())
    with pytest.raises(InvalidGeometry, match="mixed levels"):
        mixed.cells()


def test_the_cells_of_a_row_are_all_layers_from_its_first_to_its_last():
    corner = shapely.box(114.3, 30.5, 114.3001, 30.5001)
    for profile in PROFILES:
        for level, band in ((4, (-4000, 61_000)), (5, (-4000, 9000)), (7, (-90, 60))):
            cover = cover_prism(corner, band_m=band, level=level, profile=profile)
            keys, layers = cover.cells()
            one = layers[keys == keys[0]]
            first, last = height_range(one, level, profile=profile)
            assert (first[1:] == last[:-1] + 1).all()
            assert (first[0], last[-1]) == (cover.first[0], cover.last[0])
            assert len(keys) == len(cover) * len(one)
            assert (np.diff(keys.astype(float)) >= 0).all()


def test_a_body_thinner_than_a_hair_touches_the_layer_whose_floor_it_lies_on():
    floor = float(height_bounds(height_keys(100.0, level=7), level=7)[0])
    for top in (floor, np.nextafter(floor, 1e9), floor + 1e-8):
        first, last = layer_interval(floor, top, level=7)
        assert last - first == 511


def test_a_plane_touches_one_layer_and_lies_in_none():
    plane = {"band_m": (100.0, 100.0), "level": 7}
    assert len(np.unique(cover_prism(BLOCK, **plane).cells()[1])) == 1
    assert len(cover_prism(BLOCK, mode="within", **plane)) == 0
    empty = cover_prism(shapely.Polygon(), **plane)
    assert len(empty) == 0
    assert empty.cells()[0].size == 0
    assert empty.codes().size == 0
    assert not empty.holds(encode_keys([114.0], [30.0]), [0]).any()


def test_the_outline_of_a_solid_cell_is_covered_by_that_cell_alone():
    key = encode_keys(114.3, 30.5, level=23)
    layer = height_keys(100.0, level=7)
    floor, ceiling = height_bounds(layer, level=7)
    box = shapely.box(*(float(edge) for edge in key_bounds(key, level=23)))
    for mode in ("touching", "centre", "within"):
        cover = cover_prism(box, band_m=(float(floor), float(ceiling)), level=7, mode=mode)
        keys, layers = cover.cells()
        assert keys.tolist() == [int(key)]
        assert layers.tolist() == [int(layer)]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-20, 20), st.integers(0, 8)), max_size=30))
def test_merged_rows_hold_what_the_rows_held_and_do_not_touch(rows):
    table = np.array(rows, np.int64).reshape(-1, 3)
    keys, first = table[:, 0].astype(np.uint64), table[:, 1].astype(np.int32)
    last = (table[:, 1] + table[:, 2]).astype(np.int32)
    found = merge_rows(keys, first, last)
    expected = {(k, h) for k, a, n in rows for h in range(a, a + n + 1)}
    cells = [(int(k), h) for k, a, b in zip(*found, strict=True) for h in range(a, b + 1)]
    assert sorted(cells) == sorted(expected)
    same = found[0][1:] == found[0][:-1]
    assert (found[1][1:][same] > found[2][:-1][same] + 1).all()


def test_what_is_no_body_is_refused_with_the_way_out():
    with pytest.raises(InvalidGeometry, match="no inside"):
        cover_prism(BLOCK, band_m=(10, 5), level=7)
    with pytest.raises(InvalidGeometry, match="no inside"):
        layer_interval([0, np.nan], 5.0, level=7)
    with pytest.raises(InvalidCell, match="level 3 has no keys"):
        cover_prism(BLOCK, band_m=(0, 5), level=3)
    with pytest.raises(InvalidCell, match="has no layer"):
        cover_prism(BLOCK, band_m=(-1e7, 5), level=7)
    with pytest.raises(InvalidGeometry, match="has no cover"):
        cover_prism(shapely.Point(114, 30), band_m=(0, 5), level=7)
    with pytest.raises(InvalidGeometry, match="more than"):
        cover_prism(shapely.box(114, 30, 114.02, 30.02), band_m=(0, 50_000), level=7).cells()
