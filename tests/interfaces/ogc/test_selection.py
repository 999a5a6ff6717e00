"""Rows in a box: what lies in it as a whole, what crosses its edge, what only its bounds meet."""

import numpy as np
import pyarrow as pa
import pytest
import shapely

from chengmo.interfaces.ogc.selection import _meets  # pyright: ignore[reportPrivateUsage] - the test


def rows(shapes: list[shapely.Geometry]) -> pa.Table:
    bounds = shapely.bounds(np.array(shapes, object))
    names = ("_west", "_south", "_east", "_north")
    edges = {name: bounds[:, i] for i, name in enumerate(names)}
    return pa.table({"_geometry": shapely.to_wkb(np.array(shapes, object)).tolist(), **edges})


@pytest.mark.parametrize(
    "box", [(2.0, 2.0, 6.0, 6.0), (0.0, 0.0, 1.0, 1.0), (170.0, 0.0, 1.0, 9.0)]
)
def test_what_a_geometry_meets_is_what_shapely_says(box: tuple[float, float, float, float]):
    west, south, east, north = box
    spans = [(west, east)] if west <= east else [(west, 180), (-180, east)]
    area = shapely.union_all([shapely.box(a, south, b, north) for a, b in spans])
    rng = np.random.default_rng(3)
    corners = rng.uniform(-1, 9, (300, 3, 2))
    shapes = [shapely.Polygon(corner) for corner in corners if shapely.Polygon(corner).area > 0]
    wanted = shapely.intersects(np.array(shapes, object), area)
    assert 0 < wanted.sum() < len(shapes)
    assert _meets(rows(shapes), box).tolist() == wanted.tolist()


def test_no_rows_are_no_rows():
    empty = rows([shapely.Point(0, 0)]).slice(0, 0)
    assert _meets(empty, (0, 0, 1, 1)).tolist() == []
