"""Outlines against the union that shapely makes of the single cells."""

import geopandas
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chengmo.errors import InvalidCell
from chengmo.grid import (
    cells_to_polygons,
    children_keys,
    cover_hierarchical,
    cover_polygon,
    dissolve_cells,
    encode_key,
    encode_keys,
    key_bounds,
    keys_at,
    parent_keys,
)
from chengmo.grid.arrow import cells_to_table, cells_to_wkb

PIECES = [
    (encode_key(114.99, 30.99, level=10), 10, 13),
    (encode_key(-179.99, -89.99, level=16), 16, 19),
    (encode_key(0.01, 0.01, level=29), 29, 32),
]


@settings(deadline=None, max_examples=80)
@given(
    piece=st.sampled_from(PIECES),
    chosen=st.lists(st.tuples(st.integers(0, 63), st.integers(0, 2)), max_size=40),
)
@example(piece=PIECES[0], chosen=[(0, 0), (3, 0)])
@example(piece=PIECES[0], chosen=[(0, 2), (16, 1), (26, 1), (40, 1)])
@example(piece=PIECES[0], chosen=[(0, 0), (0, 0), (1, 1)])
def test_the_outline_is_the_union_of_the_cells(piece, chosen):
    key, coarsest, finest = piece
    cells = children_keys(key, level=coarsest, finer=finest)
    levels = np.array([finest - up for _, up in chosen], np.uint8)
    keys = np.array([int(cells[i % len(cells)]) for i, _ in chosen], np.uint64)
    keys = parent_keys(keys, levels) if chosen else keys
    outline = dissolve_cells(keys, levels)
    assert outline.is_valid
    union = shapely.union_all(cells_to_polygons(keys, levels))
    assert shapely.equals(outline, union) or (outline.is_empty and union.is_empty)
    # Vertices are corners of cells to the last bit.
    west, south, east, north = key_bounds(keys, level=levels)
    points = shapely.get_coordinates(outline)
    assert np.isin(points[:, 0], np.r_[west, east]).all()
    assert np.isin(points[:, 1], np.r_[south, north]).all()


def test_a_ring_of_cells_has_a_hole_and_a_diagonal_two_parts():
    columns, rows = np.meshgrid(np.arange(-2, 3), np.arange(-2, 3))
    ring = np.maximum(np.abs(columns), np.abs(rows)) == 2
    outline = dissolve_cells(keys_at(columns[ring], rows[ring], level=15), 15)
    assert (outline.geom_type, len(outline.interiors)) == ("Polygon", 1)
    # A hole that meets the outer ring in one corner is a hole still.
    ring[0, 0] = False
    assert len(dissolve_cells(keys_at(columns[ring], rows[ring], level=15), 15).interiors) == 1
    ring[0, 1] = False
    assert len(dissolve_cells(keys_at(columns[ring], rows[ring], level=15), 15).interiors) == 0
    diagonal = dissolve_cells(keys_at([0, 1], [0, 1], level=15), 15)
    assert (diagonal.geom_type, len(diagonal.geoms)) == ("MultiPolygon", 2)
    bitten = keys_at([0, 1, 2, 0, 2, 0, 1], [0, 0, 0, 1, 1, 2, 2], level=15)
    outline = dissolve_cells(bitten, 15)
    assert outline.is_valid
    assert outline.area == pytest.approx(7 / 3600)


def test_a_cover_has_the_same_outline_flat_and_hierarchical():
    shape = shapely.Point(114.3, 30.6).buffer(0.1) - shapely.Point(114.33, 30.6).buffer(0.03)
    whole = dissolve_cells(*cover_hierarchical(shape, finest_level=19))
    assert len(whole.interiors) == 1
    assert whole.buffer(1e-12).covers(shape)
    assert whole == dissolve_cells(cover_polygon(shape, level=19), 19)


def test_cells_across_the_date_line_stay_apart_there():
    keys = encode_keys([179.99, -179.99], 10.0, level=15)
    outline = dissolve_cells(keys, 15)
    assert sorted(part.bounds[0] for part in outline.geoms) == [-180.0, 180 - 1 / 60]


def test_nothing_has_an_empty_outline_and_unused_keys_none():
    assert dissolve_cells([], 9).is_empty
    with pytest.raises(InvalidCell, match="no cell"):
        dissolve_cells([0, 2**64 - 1], 9)


def test_arrow_columns_hold_the_same_polygons():
    rng = np.random.default_rng(1)
    levels = rng.integers(0, 33, 50).astype(np.uint8)
    keys = parent_keys(encode_keys(rng.uniform(-180, 180, 50), rng.uniform(-90, 90, 50)), levels)
    expected = cells_to_polygons(keys, levels)
    for column in (
        cells_to_wkb(keys, levels),
        cells_to_wkb(keys.reshape(5, 10), levels.reshape(5, 10)),
    ):
        column.validate(full=True)
        found = shapely.from_wkb(np.array(column.to_pylist(), object))
        assert shapely.equals(found, expected).all()
        assert shapely.is_ccw(shapely.get_exterior_ring(found)).all()
    assert len(cells_to_wkb([], 5)) == 0
    assert cells_to_wkb(keys[:2], 3).to_pylist() == cells_to_wkb(keys[:2], [3, 3]).to_pylist()


def test_an_arrow_table_of_cells_says_what_its_geometry_is():
    table = cells_to_table(encode_keys([114.3, 116.3], [30.6, 39.9], level=15), 15)
    assert table.column_names == ["key", "level", "geometry"]
    assert table.schema.types == [pa.uint64(), pa.uint8(), pa.large_binary()]
    metadata = table.schema.field("geometry").metadata
    assert metadata[b"ARROW:extension:name"] == b"geoarrow.wkb"
    assert b"EPSG:4490" in metadata[b"ARROW:extension:metadata"]


def test_an_arrow_table_of_cells_is_a_geoparquet_file_once_written(tmp_path):
    keys = encode_keys([114.3, 116.3], [30.6, 39.9], level=15)
    pq.write_table(cells_to_table(keys, 15), tmp_path / "cells.parquet")
    read = geopandas.read_parquet(tmp_path / "cells.parquet")
    assert read.crs.to_epsg() == 4490
    assert read["key"].tolist() == keys.tolist()
    assert shapely.equals(read.geometry.to_numpy(), cells_to_polygons(keys, 15)).all()
