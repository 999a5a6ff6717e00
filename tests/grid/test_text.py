import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengmo.errors import InvalidCell
from chengmo.grid import encode_key, encode_keys, geosot_text, parent_keys, parse_geosot


@settings(deadline=None)
@given(
    lon=st.floats(-180, 180),
    lat=st.floats(-90, 90),
    level=st.integers(0, 32),
    grouped=st.booleans(),
)
def test_a_printed_key_reads_back(lon, lat, level, grouped):
    key = encode_key(lon, lat, level=level)
    text = geosot_text(key, level, grouped=grouped)
    found, found_level = parse_geosot(text)
    assert (int(found), int(found_level)) == (key, level)
    assert len(text.item().decode().translate({45: None, 46: None})) == level + 1


def test_levels_may_be_mixed_in_a_column():
    levels = np.arange(33, dtype=np.uint8)
    keys = parent_keys(encode_keys(np.full(33, 76.233), 27.688), levels)
    texts = geosot_text(keys, levels)
    assert texts[-1] == b"G001023122-203103-131010.33003300330"
    assert all(texts[-1].startswith(text) for text in texts)
    found, found_levels = parse_geosot(texts)
    np.testing.assert_array_equal(found, keys)
    np.testing.assert_array_equal(found_levels, levels)
    np.testing.assert_array_equal(
        parse_geosot([t.decode().lower() for t in texts.tolist()])[0], keys
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("001", "'0' at position 1"),
        ("G4", "'4' at position 2"),
        ("G00131-0322", "'-' at position 7"),
        ("G001310322.2", "'.' at position 11"),
        ("G" + "0" * 33, "'0' at position 34"),
        ("G033300000", "no place"),
    ],
)
def test_what_is_no_geosot_text_is_refused_with_the_position(text, words):
    with pytest.raises(InvalidCell, match=words):
        parse_geosot(["G0", text])
