"""Tiles show what lies there: read back by GDAL's own reader of vector tiles."""

import math

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from chengmo.catalog.catalogue import open_catalog
from chengmo.catalog.tiles import FINEST_LEVEL, HALF_M, RADIUS_M, Tile, drawn, thinned
from chengmo.errors import InvalidQuery, UnknownDataset

CITY = Tile(8, 105, 209)


@pytest.fixture(scope="module")
def places(tmp_path_factory, staging, metadata):
    """Points, lines and areas of Wuhan in a catalogue; one dataset is out of place order."""
    folder = tmp_path_factory.mktemp("tiles")
    rng = np.random.default_rng(7)
    points = shapely.points(rng.uniform(114.1, 114.5, 300), rng.uniform(30.4, 30.8, 300))
    lines = shapely.linestrings(rng.uniform([114.1, 30.4], [114.5, 30.8], (60, 30, 2)))
    areas = shapely.buffer(points[:80], rng.uniform(0.002, 0.02, 80))
    with open_catalog(folder / "home") as catalog:
        for name, shapes in (("point", points), ("line", lines), ("polygon", [*areas, None])):
            (folder / name).mkdir()
            staged = staging(folder / name, list(shapes), kind=name)
            catalog.commit(staged, metadata(name))
        (folder / "more").mkdir()
        catalog.commit(staging(folder / "more", list(points[:5]), seed=3), metadata("appended"))
        (folder / "again").mkdir()
        staged = staging(folder / "again", list(points[5:9]), seed=4)
        catalog.commit(staged, metadata("appended"), mode="append")
        yield catalog


def tile_at(lon, lat, level):
    count = 2**level
    row = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * count
    return Tile(level, int(row), int((lon + 180) / 360 * count))


def read_back(content, tile, folder):
    """Return the only layer of a tile as GDAL reads it, in EPSG:3857."""
    path = folder / "tile.pbf"
    path.write_bytes(content)
    where = {"X": tile.column, "Y": tile.row, "Z": tile.level, "CLIP": "NO"}
    return pyogrio.read_dataframe(path, **where)


@pytest.mark.parametrize("name", ["point", "line", "polygon"])
@pytest.mark.parametrize("level", [5, 9, 12])
def test_gdal_reads_every_row_where_it_lies(places, name, level, tmp_path):
    tile = tile_at(114.3, 30.6, level)
    frame = read_back(places.tile(name, tile), tile, tmp_path)
    table = places.read(name, columns=["_row", "_geometry", "beds", "since"])
    shapes = shapely.from_wkb(table.column("_geometry").to_numpy())
    projected = shapely.transform(shapes, project)
    unit = tile.side_m / 4096
    inside = shapely.box(*tile.square()).buffer(-8 * unit, join_style="mitre")
    expected = {
        row: (shape, beds, str(since))
        for row, shape, beds, since in zip(
            table["_row"].to_pylist(),
            projected,
            table["beds"].to_pylist(),
            table["since"].to_pylist(),
            strict=True,
        )
        if shape is not None and shape.intersects(inside)
    }
    found = dict(zip(frame["mvt_id"].tolist(), frame.itertuples(), strict=True))
    assert expected.keys() <= found.keys()
    margin = shapely.box(*tile.square()).buffer(64 * unit, join_style="mitre")
    for row, (shape, beds, since) in expected.items():
        assert (found[row].beds, found[row].since) == (beds, since)
        # A pixel is eight units; simplifying moves a line by half of one at most.
        assert found[row].geometry.hausdorff_distance(shape & margin) < 9 * unit


def project(positions):
    x = RADIUS_M * np.radians(positions[:, 0])
    y = RADIUS_M * np.log(np.tan(np.pi / 4 + np.radians(positions[:, 1]) / 2))
    return np.column_stack([x, y])


@pytest.mark.parametrize("name", ["point", "line", "polygon"])
def test_a_window_and_a_query_give_the_same_tile(places, name):
    by_query = places.tile(name, CITY)
    places.shelves.tiles._kept.clear()
    places.windows.start()
    assert places.windows.of(places.dataset(name), wait_s=60)
    assert places.tile(name, CITY) == by_query != b""
    places.windows.stop()


def test_a_tile_is_cut_once(places, monkeypatch):
    kept = places.tile("point", CITY)
    monkeypatch.setattr(places.shelves.tiles, "_cut", None)
    assert places.tile("point", CITY) is kept


def test_rows_that_were_appended_are_shown_too(places, tmp_path):
    frame = read_back(places.tile("appended", CITY), CITY, tmp_path)
    assert sorted(frame["mvt_id"]) == [*range(1, 10)]


def test_where_nothing_lies_there_is_no_tile(places):
    assert places.tile("point", Tile(9, 0, 0)) == b""
    assert places.tile("polygon", tile_at(114.3, 30.1, 12)) == b""


def test_an_unknown_dataset_has_no_tiles(places):
    with pytest.raises(UnknownDataset):
        places.tile("nothing", CITY)


@pytest.mark.parametrize("place", [(-1, 0, 0), (FINEST_LEVEL + 1, 0, 0), (3, 8, 0), (3, 0, -1)])
def test_a_tile_that_is_none_is_refused(place):
    with pytest.raises(InvalidQuery):
        Tile(*place)


@given(st.integers(0, FINEST_LEVEL).flatmap(
    lambda z: st.tuples(st.just(z), st.integers(0, 2**z - 1), st.integers(0, 2**z - 1))
))  # fmt: skip
def test_four_tiles_make_up_their_parent(place):
    level, row, column = place
    west, south, east, north = Tile(level, row, column).square()
    if level < FINEST_LEVEL:
        corners = [(2 * row + i, 2 * column + j) for i in (0, 1) for j in (0, 1)]
        parts = np.array([Tile(level + 1, *corner).square() for corner in corners])
        whole = [*parts[:, :2].min(axis=0), *parts[:, 2:].max(axis=0)]
        assert np.allclose(whole, (west, south, east, north), rtol=0, atol=1e-6)
    assert -HALF_M - 1e-6 <= west < east <= HALF_M + 1e-6


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(0, 300))
def test_of_many_rows_each_part_of_a_tile_keeps_some(seed, most, count):
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(114.1, 114.5, count), rng.uniform(30.4, 30.7, count)
    size = rng.choice([0.0, 1e-9, 0.01], count)
    bounds = np.array([lon, lat, lon + size, lat + size])
    chosen = thinned(bounds, CITY, most)
    assert (np.diff(chosen) > 0).all()
    assert chosen.size <= most
    if count <= most:
        assert chosen.size == count
    large = np.flatnonzero(size > 1e-3)
    if large.size <= most:
        assert np.isin(large, chosen).all()
    if count:
        assert chosen.size


def test_rings_turn_as_the_format_wants_and_small_areas_are_a_pixel():
    ring = shapely.Polygon([(114.1, 30.4), (114.1, 30.6), (114.3, 30.6), (114.3, 30.4)], [
        [(114.15, 30.45), (114.25, 30.45), (114.25, 30.55), (114.15, 30.55)]
    ])  # fmt: skip
    small = shapely.Point(114.2, 30.5).buffer(1e-5)
    crossing = shapely.Polygon([(114.1, 30.4), (114.3, 30.6), (114.3, 30.4), (114.1, 30.6)])
    shapes = drawn(np.array([ring, ring.reverse(), small, crossing, None], object), CITY)
    for one in shapes[:2]:
        assert shapely.is_ccw(one.exterior)
        assert not shapely.is_ccw(one.interiors[0])
    west, south, east, north = shapes[2].bounds
    assert (east - west, north - south) == (8, 8)
    assert shapes[3].is_valid
    assert shapes[4] is None


@pytest.mark.parametrize("lat", [-90.0, 89.9, 90.0])
def test_the_poles_are_drawn_at_the_edge(lat):
    (shape,) = drawn(np.array([shapely.Point(10, lat)], object), Tile(0, 0, 0))
    assert shape.y in {0.0, 4096.0}
