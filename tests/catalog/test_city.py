import shutil

import numpy as np
import pytest
import shapely

from chengmo.catalog.catalogue import open_catalog
from chengmo.catalog.city import ArrowCity
from chengmo.errors import ContractError, PlatformError, UnknownDataset
from chengmo.model.city import City

SHAPES = [shapely.box(114.1, 30.1, 114.3, 30.2), shapely.Point(114.5, 30.5), None]


def versions(catalog, wanted):
    return [catalog.dataset(name, version) for name, version in wanted.items()]


def fill(catalog, folder, staging, metadata):
    known = metadata(synthetic=True, attribution="nobody")
    catalog.commit(staging(folder, 500, seed=1), known)
    catalog.commit(staging(folder, 70, seed=2), metadata(), mode="append")
    catalog.commit(staging(folder, SHAPES, kind="mixed"), metadata("mixed"))


@pytest.fixture(scope="module")
def filled_home(copy_of_home, staging, metadata, tmp_path_factory):
    """A catalogue over SQLite with `hospitals` in two versions and `mixed`, for tests to copy."""
    folder = tmp_path_factory.mktemp("filled")
    with open_catalog(copy_of_home(folder / "home"), None) as catalog:
        fill(catalog, folder, staging, metadata)
    return folder / "home"


@pytest.fixture
def home(tmp_path, database, filled_home):
    if database:
        return tmp_path / "home"
    return shutil.copytree(filled_home, tmp_path / "home")


@pytest.fixture
def folder(catalog, database, staging, metadata, tmp_path):
    if database:
        fill(catalog, tmp_path, staging, metadata)
    return catalog.snapshot_city(versions(catalog, {"hospitals": 2, "mixed": 1}), tmp_path / "run")


def test_the_city_has_each_table_by_cell_and_row(catalog, folder):
    city: City = ArrowCity.open(folder)
    table = city.table("hospitals")
    assert table.equals(catalog.read("hospitals"))
    keys = list(zip(table["_cell"].to_pylist(), table["_row"].to_pylist(), strict=True))
    assert keys == sorted(keys)
    assert city.table("hospitals", ["beds", "_cell"]).column_names == ["beds", "_cell"]


def test_the_city_gives_fixed_versions(catalog, stage, metadata, folder, tmp_path):
    catalog.commit(stage(9, seed=3), metadata())
    assert ArrowCity.open(folder).table("hospitals").num_rows == 570
    old = catalog.snapshot_city(versions(catalog, {"hospitals": 1}), tmp_path / "other")
    city = ArrowCity.open(old)
    assert city.table("hospitals").num_rows == 500
    facts = city.about("hospitals")
    assert (facts.version, facts.synthetic, facts.attribution) == (1, True, "nobody")


def test_two_runs_of_one_version_share_one_file(catalog, folder, tmp_path):
    second = catalog.snapshot_city(versions(catalog, {"hospitals": 2}), tmp_path / "second")
    first = folder / "hospitals.arrow"
    assert first.samefile(second / "hospitals.arrow")
    assert not first.stat().st_mode & 0o222


def test_a_place_is_the_point_or_the_middle_of_the_representative_cell(folder):
    city = ArrowCity.open(folder)
    lon, lat = city.places("hospitals")
    table = city.table("hospitals")
    assert lon.tolist() == table["_west"].to_pylist()
    assert lat.tolist() == table["_south"].to_pylist()
    lon, lat = city.places("mixed")
    rows = city.table("mixed")["_row"].to_pylist()
    assert rows == [1, 2, 3]
    inside = shapely.point_on_surface(SHAPES[0])
    found = {round(x, 6) for x in lon[:2]}
    assert found == {114.5, round(inside.x, 6)}
    assert np.isnan([lon[2], lat[2]]).all()


def test_the_city_gives_shapes(folder):
    shapes = ArrowCity.open(folder).geometry("mixed")
    assert shapes[2] is None
    assert {shape.wkt for shape in shapes[:2]} == {shape.wkt for shape in SHAPES[:2]}


def test_what_was_not_declared_cannot_be_seen(folder):
    city = ArrowCity.open(folder, ["mixed"])
    for ask in (city.table, city.places, city.geometry, city.about):
        with pytest.raises(ContractError, match="did not declare") as refusal:
            ask("hospitals")
        assert "mixed" in refusal.value.hint
    with pytest.raises(ContractError, match="no column 'nurses'") as refusal:
        city.table("mixed", ["nurses"])
    assert "beds" in refusal.value.hint


def test_a_folder_without_tables_is_reported(catalog, folder, tmp_path):
    with pytest.raises(PlatformError, match="does not hold"):
        ArrowCity.open(tmp_path / "nothing")
    (folder / "mixed.arrow").unlink()
    with pytest.raises(PlatformError, match="cannot be read"):
        ArrowCity.open(folder).table("mixed")
    with pytest.raises(UnknownDataset):
        catalog.snapshot_city(versions(catalog, {"nothing": 1}), tmp_path / "run")


def test_cached_tables_nobody_used_are_deleted_and_made_again(catalog, folder, tmp_path):
    assert catalog.maintain().cached == 0
    assert catalog.maintain(older_than_s=-1).cached == 2
    assert ArrowCity.open(folder).table("hospitals").num_rows == 570
    again = catalog.snapshot_city(versions(catalog, {"hospitals": 2}), tmp_path / "again")
    assert ArrowCity.open(again).table("hospitals").num_rows == 570
