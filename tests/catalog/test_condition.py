from datetime import UTC, date, datetime

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from chengmo.catalog.catalogue import open_catalog
from chengmo.catalog.condition import Condition
from chengmo.errors import InvalidQuery


@pytest.fixture(scope="module")
def hospitals(tmp_path_factory, staging, metadata):
    folder = tmp_path_factory.mktemp("hospitals")
    with open_catalog(folder / "home") as catalog:
        catalog.commit(staging(folder, 1200, seed=1), metadata())
        yield catalog


def brute_force(table, bbox):
    west, south, east, north = bbox
    inside = []
    for row in table.to_pylist():
        if row["_west"] is None or row["_south"] > north or row["_north"] < south:
            continue
        meets = (row["_west"] <= east, row["_east"] >= west)
        if all(meets) if west <= east else any(meets):
            inside.append(row["_row"])
    return inside


boxes = st.tuples(
    st.floats(-180, 180), st.floats(-90, 90), st.floats(-180, 180), st.floats(-90, 90)
).map(lambda b: (b[0], min(b[1], b[3]), b[2], max(b[1], b[3])))


@pytest.fixture(scope="module")
def scattered(tmp_path_factory, staging, metadata):
    """A dataset of all kinds of shapes in two commits, and its rows."""
    folder = tmp_path_factory.mktemp("scattered")
    rng = np.random.default_rng(8)
    shapes = []
    for lon, lat, kind in zip(
        rng.uniform(-180, 179, 600), rng.uniform(-90, 89, 600), rng.integers(0, 4, 600), strict=True
    ):
        size = float(rng.choice([1e-6, 0.01, 0.9]))
        shape = shapely.box(lon, lat, lon + size, lat + size) if kind else shapely.Point(lon, lat)
        shapes.append(None if kind == 3 and size == 0.9 else shape)
    with open_catalog(folder / "home") as catalog:
        for number in range(2):
            (folder / str(number)).mkdir()
            half = shapes[number * 300 : number * 300 + 300]
            staged = staging(folder / str(number), half, kind="mixed")
            catalog.commit(staged, metadata(), mode="append")
        yield catalog, catalog.read("hospitals")


@settings(max_examples=50, deadline=None)
@given(boxes)
def test_a_box_gives_exactly_the_rows_whose_bounds_meet_it(scattered, bbox):
    catalog, table = scattered
    found = catalog.read("hospitals", bbox=bbox)
    assert found["_row"].to_pylist() == brute_force(table, bbox)
    assert catalog.count("hospitals", bbox=bbox) == found.num_rows
    assert catalog.read("hospitals", bbox=bbox, limit=5).equals(found.slice(0, 5))


@settings(max_examples=50, deadline=None)
@given(boxes, st.integers(1, 600), st.integers(0, 20), st.sampled_from(["cell", "row"]))
def test_a_page_of_a_box_is_the_next_part_of_it(scattered, bbox, after, limit, order):
    catalog, _ = scattered
    whole = catalog.read("hospitals", order=order)["_row"].to_pylist()
    inside = set(catalog.read("hospitals", bbox=bbox)["_row"].to_pylist())
    rest = [row for row in whole[whole.index(after) + 1 :] if row in inside]
    page = catalog.read("hospitals", bbox=bbox, after_row=after, limit=limit, order=order)
    assert page["_row"].to_pylist() == rest[:limit]


@pytest.mark.parametrize(
    ("condition", "keeps"),
    [
        (Condition("beds", "=", 7), lambda row: row["beds"] == 7),
        (Condition("beds", "=", "7"), lambda row: row["beds"] == 7),
        (Condition("beds", "!=", 7), lambda row: row["beds"] != 7),
        (Condition("area", ">=", "500.5"), lambda row: row["area"] >= 500.5),
        (Condition("open", "=", "false"), lambda row: row["open"] is False),
        (Condition("open", "=", True), lambda row: row["open"] is True),
        (Condition("since", "<", "2025-03-01"), lambda row: row["since"] < date(2025, 3, 1)),
        (
            Condition("seen", "<=", "2025-01-01T08:10:00+08:00"),
            lambda row: row["seen"] <= datetime(2025, 1, 1, 0, 10, tzinfo=UTC),
        ),
        (
            Condition("seen", ">", "2025-01-01T00:10:00"),
            lambda row: row["seen"] > datetime(2025, 1, 1, 0, 10, tzinfo=UTC),
        ),
        (Condition("名称", "like", "医院1_"), lambda row: row["名称"] in
            {f"医院{i}" for i in range(10, 20)}),
        (Condition("名称", "=", "医院' OR 1=1 --"), lambda _: False),
        (Condition("beds", "in", [1, "2", 3]), lambda row: row["beds"] in {1, 2, 3}),
        (Condition("beds", "in", []), lambda _: False),
        (Condition("beds", "=", None), lambda row: row["beds"] is None),
        (Condition("beds", "!=", None), lambda row: row["beds"] is not None),
        (Condition("_row", ">", 1190), lambda row: row["_row"] > 1190),
        (Condition("_cell", "=", str(2**64 - 1)), lambda _: False),
    ],
)  # fmt: skip
def test_a_condition_keeps_exactly_the_rows_it_says(hospitals, condition, keeps):
    wanted = [row for row in hospitals.read("hospitals").to_pylist() if keeps(row)]
    assert hospitals.read("hospitals", where=[condition]).to_pylist() == wanted
    assert hospitals.count("hospitals", where=[condition]) == len(wanted)


@pytest.mark.parametrize(
    "condition",
    [
        Condition("nurses", "=", 1),
        Condition("_geometry", "=", "x"),
        Condition('beds" OR 1=1 --', "=", 1),
        Condition("beds", "=", "many"),
        Condition("beds", "=", 1.5),
        Condition("beds", "=", True),
        Condition("beds", "=", 2**70),
        Condition("area", "=", [1]),
        Condition("area", "=", "1e"),
        Condition("open", "=", "perhaps"),
        Condition("since", "=", "31.1.2025"),
        Condition("since", "=", 20250131),
        Condition("seen", "=", "noon"),
        Condition("seen", "=", 5),
        Condition("名称", "=", 5),
        Condition("beds", "like", "1%"),
        Condition("名称", "like", None),
        Condition("beds", "in", "123"),
        Condition("beds", "<", None),
        Condition("beds", "; DROP TABLE", 1),
    ],
)
def test_a_condition_that_makes_no_sense_is_explained(hospitals, condition):
    with pytest.raises(InvalidQuery) as refusal:
        hospitals.read("hospitals", where=[condition])
    assert refusal.value.hint


@pytest.mark.parametrize(
    "bbox",
    [(114, 31, 115, 30), (114, 30, 115), (114, 30, float("nan"), 31), (1, 2, float("inf"), 3)],
)
def test_a_box_that_is_none_is_explained(hospitals, bbox):
    with pytest.raises(InvalidQuery, match="box") as refusal:
        hospitals.read("hospitals", bbox=bbox)
    assert "degrees" in refusal.value.hint


def test_a_page_of_fewer_than_no_rows_is_explained(hospitals):
    with pytest.raises(InvalidQuery, match="-1 rows"):
        hospitals.read("hospitals", limit=-1)
    assert hospitals.read("hospitals", limit=0).num_rows == 0
