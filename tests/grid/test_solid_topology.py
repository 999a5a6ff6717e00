import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengmo.errors import InvalidCell
from chengmo.grid import GEOSOT_LEVELS, NO_CELL, encode_key, encode_keys, neighbour_keys
from chengmo.grid.height import PROFILES, height_range
from chengmo.grid.height_kernel import LAYERS
from chengmo.grid.solid_topology import solid_neighbour_keys

LEVEL = st.integers(4, 10)


@settings(deadline=None, max_examples=40)
@given(
    st.floats(-180, 180), st.floats(-89, 89), st.integers(-LAYERS, LAYERS - 1), LEVEL,
    st.sampled_from(list(PROFILES)),
)  # fmt: skip
def test_neighbours_are_mutual_and_share_a_face_or_a_corner(lon, lat, height_key, level, profile):
    key = encode_key(lon, lat, level=GEOSOT_LEVELS[level])
    first, last = height_range(height_key, level, profile=profile)
    for corners, count in ((False, 6), (True, 26)):
        options = {"level": level, "corners": corners, "profile": profile}
        keys, layers = solid_neighbour_keys(key, height_key, **options)
        assert keys.shape == layers.shape == (count,)
        there = keys != NO_CELL
        assert len(set(zip(keys[there], layers[there], strict=True))) == there.sum()
        back_keys, back_layers = solid_neighbour_keys(keys[there], layers[there], **options)
        found = (back_keys == key) & (back_layers == first)
        assert found.any(axis=1).all()
        own = np.unique(layers[there])
        edges = height_range(own, level, profile=profile)
        assert set(edges[0].tolist()) <= {int(first), int(last) + 1, *own[own < first].tolist()}
        assert all(edge in (int(first) - 1, int(last)) for edge in edges[1][edges[0] <= first])


def test_those_beside_come_first_then_those_below_and_above():
    key = encode_keys([114.3, -0.001], [30.6, -0.001], level=23)
    keys, layers = solid_neighbour_keys(key, [0, 512], level=7)
    beside = neighbour_keys(key, level=23)
    assert (keys[:, :8] == beside).all()
    assert (keys[:, 8:10] == key[:, None]).all()
    assert (keys[:, 10:18] == beside).all()
    assert (keys[:, 18:] == beside).all()
    assert layers[0].tolist() == [0] * 8 + [-512, 512] + [-512] * 8 + [512] * 8
    assert layers[1].tolist() == [512] * 8 + [0, 1024] + [0] * 8 + [1024] * 8


def test_there_is_nothing_below_the_lowest_and_above_the_highest_layer():
    key = encode_key(114.3, 30.6)
    keys, _ = solid_neighbour_keys([key, key], [-LAYERS, LAYERS - 1], level=10, corners=False)
    assert (keys == NO_CELL).tolist() == [[False] * 4 + [True, False], [False] * 5 + [True]]
    pole, _ = solid_neighbour_keys(encode_key(0, 90), 0, level=10)
    assert (pole == NO_CELL).any()


def test_what_are_no_pairs_is_refused():
    with pytest.raises(InvalidCell, match="are no pairs"):
        solid_neighbour_keys(encode_keys([1, 2], [1, 2]), [0], level=7)
    with pytest.raises(InvalidCell, match="level 3 has no keys"):
        solid_neighbour_keys(encode_key(1, 2), 0, level=3)
