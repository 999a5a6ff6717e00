"""Codes as Polars expressions."""

import pytest

from chengmo.grid import encode_codes, encode_keys, encode_solid_codes

pl = pytest.importorskip("polars", reason="Polars is an optional extra", exc_type=ImportError)
LON, LAT, HEIGHT = [114.3055, 12.5, None], [30.5433, -40.25, 1.0], [20.0, -3.0, 5.0]


@pytest.fixture
def bd():
    from chengmo.grid.adapters import polars_expression

    return polars_expression


@pytest.fixture
def places():
    return pl.DataFrame({"lon": LON, "lat": LAT, "height": HEIGHT})


def test_places_become_codes_and_codes_places(bd, places):
    coded = places.with_columns(code=bd.encode("lon", "lat", level=8))
    expected = encode_codes(LON[:2], LAT[:2], level=8).astype(str).tolist()
    assert coded["code"].to_list() == [*expected, None]
    boxes = coded.select(pl.col("code").bd.decode().alias("box")).unnest("box")
    assert boxes["west"][0] <= LON[0] < boxes["east"][0]
    assert boxes["west"][2] is None
    levels = coded.lazy().select(pl.col("code").bd.parent(5).bd.level()).collect()
    assert levels.to_series().to_list() == [5, 5, None]


def test_keys_and_solid_codes_too(bd, places):
    keys = places.select(bd.encode_key("lon", pl.col("lat"), level=26)).to_series().to_list()
    assert keys[:2] == encode_keys(LON[:2], LAT[:2], level=26).tolist()
    solid = places.select(c=bd.encode_solid("lon", "lat", "height", level=8))
    expected = encode_solid_codes(LON[:2], LAT[:2], HEIGHT[:2], level=8).astype(str).tolist()
    assert solid["c"].to_list() == [*expected, None]
    floors = solid.select(pl.col("c").bd.decode_solid().struct.field("floor_m"))
    assert floors.to_series()[0] <= HEIGHT[0]
    flat = places.select(k=bd.encode("lon", "lat", level=8).bd.key())
    assert flat["k"].to_list()[:2] == keys[:2]


def test_a_literal_stands_for_every_row(bd, places):
    codes = places.select(bd.encode_solid("lon", "lat", pl.lit(7.5), level=6)).to_series()
    assert codes[0] == encode_solid_codes(LON[0], LAT[0], 7.5, level=6).item().decode()
