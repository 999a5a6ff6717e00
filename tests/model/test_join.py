"""Rows of two datasets of a city meet by where they are."""

import numpy as np
import pyproj
import pytest
import shapely

import chengmo
from chengmo import ExampleCity, InvalidRequest


@pytest.fixture(scope="module")
def city(tmp_path_factory) -> ExampleCity:
    folder = tmp_path_factory.mktemp("example")
    tables = {
        # The last has no place.
        "homes": [f'"POINT {at}"' for at in ("(114.5 30.5)", "(115.5 30.5)", "(90 10)", "EMPTY")],
        "districts": [f'"{shapely.box(west, 30, west + 1, 31).wkt}"' for west in (114, 115)],
        "blocks": [f'"{shapely.box(114.5, 30, 115.5, 31).wkt}"'],
        "mixed": ['"POINT (114 30)"', f'"{shapely.box(114, 30, 115, 31).wkt}"'],
    }
    (folder / "city").mkdir()
    for name, shapes in tables.items():
        rows = "\n".join(f"{name[0]}{i},{shape}" for i, shape in enumerate(shapes))
        (folder / "city" / f"{name}.csv").write_text(f"name,wkt\n{rows}\n")
    return ExampleCity.from_folder(folder)


def names(city, dataset: str, rows) -> list[str | None]:
    column = city.table(dataset)["name"].to_pylist()
    return [column[row] if row >= 0 else None for row in np.asarray(rows).tolist()]


def by_name(city, found: list) -> dict:
    return dict(zip(city.table("homes")["name"].to_pylist(), found, strict=True))


def test_each_place_finds_the_area_that_it_lies_in(city):
    found = by_name(city, names(city, "districts", chengmo.rows_around(city, "homes", "districts")))
    assert found == {"h0": "d0", "h1": "d1", "h2": None, "h3": None}
    with pytest.raises(InvalidRequest, match="'mixed' does not hold polygons alone"):
        chengmo.rows_around(city, "homes", "mixed")


def test_each_place_finds_its_nearest_and_one_without_a_place_finds_none(city):
    rows, metres = chengmo.nearest_rows(city, "homes", "districts")
    found = by_name(city, names(city, "districts", rows))
    assert found == {"h0": "d0", "h1": "d1", "h2": "d0", "h3": None}
    far = by_name(city, metres.tolist())
    assert far["h0"] == pytest.approx(0, abs=1e-6)
    geodesic = pyproj.Geod(ellps="GRS80").inv(90, 10, 114.5, 30.5)[2]
    assert far["h2"] == pytest.approx(geodesic, rel=0.005)
    assert far["h3"] == np.inf
    nothing = ExampleCity({"homes": city.table("homes"), "none": city.table("homes").slice(0, 0)})
    assert chengmo.nearest_rows(nothing, "homes", "none")[0].tolist() == [-1] * 4


def test_people_of_districts_are_spread_over_blocks_by_area(city):
    overlay = chengmo.overlay_rows(city, "districts", "blocks")
    assert overlay.interpolate([100.0, 300.0], quantity="count").tolist() == pytest.approx([200.0])
