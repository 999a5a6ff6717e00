"""Codes as a pandas accessor."""

import pytest

from chengmo.grid import encode_codes, encode_keys, encode_solid_codes

pd = pytest.importorskip("pandas", reason="pandas is an optional extra", exc_type=ImportError)
LON, LAT, HEIGHT = [114.3055, 12.5, None], [30.5433, -40.25, 1.0], [20, -3, 5]


@pytest.fixture
def places():
    import chengmo.grid.adapters.pandas_accessor  # noqa: F401 - registers `bd`

    frame = pd.DataFrame({"lon": LON, "lat": LAT, "height_m": HEIGHT})
    return frame.set_axis(["a", "b", "c"])


def test_places_become_codes_and_codes_places(places):
    codes = places.bd.encode(level=8)
    assert codes["a"] == encode_codes(LON[0], LAT[0], level=8).item().decode()
    assert pd.isna(codes["c"])
    boxes = codes.bd.decode()
    assert list(boxes.index) == ["a", "b", "c"]
    assert boxes.loc["a", "west"] <= LON[0] < boxes.loc["a", "east"]
    assert codes.bd.parent(5).bd.level()["b"] == 5


def test_keys_stay_whole_where_some_are_missing(places):
    keys = places.bd.encode_key(level=26)
    assert keys.tolist()[:2] == encode_keys(LON[:2], LAT[:2], level=26).tolist()
    assert pd.isna(keys["c"])
    assert places.bd.encode(level=8).bd.key()["b"] == keys["b"]


def test_heights_make_solid_codes(places):
    codes = places.bd.encode_solid(level=7)
    assert codes["b"] == encode_solid_codes(LON[1], LAT[1], HEIGHT[1], level=7).item().decode()
    assert codes.bd.decode_solid().loc["b", "floor_m"] <= HEIGHT[1]
