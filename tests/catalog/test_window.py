"""Windows give what queries give."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from chengmo.catalog import window
from chengmo.catalog.catalogue import open_catalog
from chengmo.catalog.condition import Condition
from chengmo.errors import InvalidQuery

COLUMNS = ["名称", "beds", "_row", "_west", "_geometry"]


@pytest.fixture(scope="module")
def places(tmp_path_factory, staging, metadata):
    """Polygons, points and rows without a place, read through windows of 32 rows."""
    folder = tmp_path_factory.mktemp("window")
    rng = np.random.default_rng(5)
    centres = shapely.points(rng.uniform(-180, 180, 400), rng.uniform(-80, 80, 400))
    shapes = [*shapely.buffer(centres, 3), *[None] * 40]
    patch = pytest.MonkeyPatch()
    patch.setattr(window, "BLOCK_ROWS", 32)
    with open_catalog(folder / "home") as catalog:
        for name, given in (("areas", shapes), ("points", list(centres)), ("empty", 0)):
            (folder / name).mkdir()
            staged = staging(folder / name, given, kind="polygon" if name == "areas" else "point")
            catalog.commit(staged, metadata(name))
        catalog.windows.start()
        for name in ("areas", "points"):
            assert catalog.windows.of(catalog.dataset(name), wait_s=60)
        yield catalog
    patch.undo()


degrees = st.floats(-180, 180)
latitudes = st.tuples(st.floats(-90, 90), st.floats(-90, 90)).map(sorted)
boxes = st.builds(lambda w, e, ns: (w, ns[0], e, ns[1]), degrees, degrees, latitudes)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["areas", "points"]),
    st.none() | boxes,
    st.none() | st.integers(0, 440),
    st.integers(0, 60),
)
def test_a_window_gives_what_a_query_gives(places, name, bbox, after, limit):
    asked = {"columns": COLUMNS, "bbox": bbox, "after_row": after, "limit": limit}
    through = places.read(name, **asked)
    places.windows.stop()
    by_query = places.read(name, **asked)
    places.windows.start()
    assert places.windows.of(places.dataset(name), wait_s=60)
    assert through.equals(by_query)


def test_what_a_window_cannot_answer_a_query_does(places):
    assert places.read("areas", where=[Condition("beds", "<", 0)], limit=5).num_rows == 0
    assert places.read("areas", after_row=10**9, limit=5).num_rows == 0
    assert places.read("empty", limit=5).num_rows == 0
    assert places.windows.of(places.dataset("empty")) is None


@pytest.mark.parametrize("asked", [{"bbox": (0, 10, 1, 0)}, {"bbox": (0, 0, 1)}, {"limit": -1}])
def test_what_makes_no_sense_is_refused(places, asked):
    with pytest.raises(InvalidQuery):
        places.read("areas", **{"limit": 1, **asked})


def test_without_a_server_no_window_is_made(catalog, stage, metadata):
    catalog.commit(stage(10), metadata())
    assert catalog.read("hospitals", limit=3).num_rows == 3
    assert catalog.windows.of(catalog.dataset("hospitals")) is None
    assert not catalog.lake.settings.cache.exists()


def test_rows_out_of_place_order_have_no_window(catalog, stage, metadata):
    catalog.commit(stage(10), metadata())
    catalog.commit(stage(10, seed=9), metadata(), mode="append")
    catalog.windows.start()
    assert catalog.windows.of(catalog.dataset("hospitals"), wait_s=5) is None
    rows = catalog.read("hospitals", limit=20, order="row").column("_row")
    assert rows.to_pylist() == [*range(1, 21)]


def test_a_cache_that_cannot_be_written_leaves_the_answer_to_queries(catalog, stage, metadata):
    catalog.commit(stage(10), metadata())
    catalog.lake.settings.cache.write_text("a file where the folder should be")
    catalog.windows.start()
    assert catalog.windows.of(catalog.dataset("hospitals"), wait_s=30) is None
    assert catalog.read("hospitals", limit=3).num_rows == 3
