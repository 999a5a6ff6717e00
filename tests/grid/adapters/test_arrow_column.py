"""Arrow columns give what NumPy columns give, nulls kept."""

import numpy as np
import pyarrow as pa
import pytest

from chengmo.errors import InvalidCell
from chengmo.grid import encode_codes, encode_solid_codes, key_of_code
from chengmo.grid.adapters import arrow_column
from chengmo.grid.adapters.text_column import from_bytes, to_bytes

LON, LAT = [114.3055, -58.4, 12.5], [30.5433, -34.6, -0.0]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
@pytest.mark.parametrize("texts", [["abc", "def"], ["a", "", "bcd"], [], [""]])
def test_texts_go_to_bytes_and_back(kind, texts):
    column = pa.array(["x", *texts], kind)[1:]
    assert to_bytes(column).tolist() == [text.encode() for text in texts]
    assert from_bytes(to_bytes(column)).to_pylist() == texts


@pytest.mark.parametrize("chunked", [False, True])
def test_codes_and_boxes_are_those_of_numpy(chunked):
    lon, lat = pa.array(LON), pa.array(LAT)
    if chunked:
        lon, lat = (pa.chunked_array([one[:1], one[1:]]) for one in (lon, lat))
    codes = arrow_column.encode(lon, lat, level=9)
    assert codes.to_pylist() == encode_codes(LON, LAT, level=9).astype(str).tolist()
    assert arrow_column.key_of(codes).to_pylist() == key_of_code(codes.to_pylist())[0].tolist()
    assert arrow_column.encode(lon.slice(0, 0), lat.slice(0, 0), level=9).to_pylist() == []


def test_a_null_gives_a_null_and_moves_nothing():
    lon, lat = pa.array([None, *LON]), pa.array([1.0, LAT[0], None, LAT[2]])
    codes = arrow_column.encode(lon, lat, level=6)
    expected = encode_codes(LON, LAT, level=6).astype(str).tolist()
    assert codes.to_pylist() == [None, expected[0], None, expected[2]]
    boxes = arrow_column.decode(codes).to_pylist()
    assert [box is None for box in boxes] == [True, False, True, False]
    assert arrow_column.level_of(codes).to_pylist() == [None, 6, None, 6]


def test_flat_and_solid_codes_of_all_levels_are_told_apart():
    places = np.array([114.3]), np.array([30.5])
    flat = [encode_codes(*places, level=level).item().decode() for level in range(1, 11)]
    solid = [
        encode_solid_codes(*places, [20.0], level=level).item().decode() for level in range(1, 11)
    ]
    levels = arrow_column.level_of(pa.array(flat + solid)).to_pylist()
    assert levels == [*range(1, 11)] * 2
    assert arrow_column.parent_code(pa.array(flat + solid), level=1).to_pylist() == (
        [flat[0]] * 10 + [solid[0]] * 10
    )
    assert arrow_column.level_of(pa.array(["N000", "N00001"])).to_pylist() == [1, 2]


def test_a_polar_cell_across_the_date_line_has_its_centre_there():
    box = arrow_column.decode(pa.array(["S00000"]))[0].as_py()
    assert (box["south"], box["north"]) == (-90, -89.5)


def test_what_is_no_place_is_named():
    with pytest.raises(InvalidCell, match="lon 200"):
        arrow_column.encode(pa.array([1.0, 200.0]), pa.array([1.0, 2.0]), level=4)


def test_views_of_text_with_nulls_are_read_as_texts():
    codes = pa.array(["N50H05132", None], pa.string_view())
    for column in (codes, pa.chunked_array([codes.slice(0, 1), codes.slice(1)])):
        assert arrow_column.level_of(column).to_pylist() == [4, None]
