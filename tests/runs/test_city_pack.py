"""City packs: found by entry point, read strictly, loaded once and in order."""

import pytest

from chengmo.app import open_platform
from chengmo.catalog.catalogue import open_catalog
from chengmo.catalog.dataset import DatasetMetadata
from chengmo.errors import ContractError, InvalidQuery, UnreadableFile
from chengmo.model.text import Text
from chengmo.runs.city_pack import (
    find_city,
    list_cities,
    load_city,
    load_pack,
    loaded_city,
    read_pack,
)

MANIFEST = """
format = 1
id = "smalltown"
name = { zh = "小城", en = "Smalltown" }
centre = [114.3, 30.6]
zoom = 11.0
bounds = [114.0, 30.0, 115.0, 31.0]
first_map = ["stops"]

[[datasets]]
id = "stops"
file = "mit/stops.csv"
title = { zh = "站点", en = "Stops" }
synthetic = true
import = { crs = "EPSG:4326", lon = "lon", lat = "lat" }
[datasets.notes.passengers]
title = { zh = "乘客", en = "Passengers" }
unit = "person"

[[datasets]]
id = "budget"
file = "mit/budget.csv"
title = { zh = "预算", en = "Budget" }
synthetic = true
import = {}
"""
STOPS = "name,passengers,lon,lat\nNorth,10,114.31,30.61\nSouth,20,114.32,30.52\n"
BUDGET = "year,amount\n2024,5.5\n2025,6.5\n"


@pytest.fixture
def folder(tmp_path):
    pack = tmp_path / "pack"
    (pack / "mit").mkdir(parents=True)
    (pack / "city.toml").write_text(MANIFEST, "utf-8")
    (pack / "mit" / "stops.csv").write_text(STOPS, "utf-8")
    (pack / "mit" / "budget.csv").write_text(BUDGET, "utf-8")
    return pack


@pytest.fixture
def home(tmp_path):
    place = tmp_path / "home"
    place.mkdir()
    return place


@pytest.fixture
def catalog(home):
    opened = open_catalog(home, None)
    yield opened
    opened.close()


def test_the_demo_city_is_found_by_its_entry_point():
    assert "wuhan" in list_cities()
    pack = find_city("wuhan")
    assert pack.name == Text(zh="武汉", en="Wuhan")
    assert pack.first_map == tuple(each.metadata.id for each in pack.datasets)[:3]
    west, south, east, north = pack.bounds
    assert west < pack.centre[0] < east
    assert south < pack.centre[1] < north


def test_an_unknown_city_is_refused_with_those_installed():
    with pytest.raises(InvalidQuery, match="wuhan"):
        find_city("atlantis")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("format = 1", "format = 99", "another format"),
        ("zoom = 11.0", "zoom = 99.0", "zoom"),
        ('id = "stops"', 'id = "No Slug"', "id"),
        ("mit/stops.csv", "mit/absent.csv", "absent.csv"),
        ("mit/stops.csv", "../../outside.csv", "outside.csv"),
        ("mit/stops.csv", "/etc/hostname", "hostname"),
        ("[[datasets]]", "[[tables]]", "list of tables"),
        ('[[datasets]]\nid = "stops"', 'datasets = [7]\nid = "stops"', "no city manifest"),
        ('crs = "EPSG:4326"', 'colour = "red"', "colour"),
        ("[114.3, 30.6]", "[114.3, 30.6", "city.toml"),
    ],
)
def test_a_broken_manifest_is_refused_with_its_reason(folder, old, new, reason):
    (folder.parent.parent / "outside.csv").write_text("a\n1\n")
    (folder / "city.toml").write_text(MANIFEST.replace(old, new), "utf-8")
    with pytest.raises(ContractError, match=reason):
        read_pack(folder)


def test_a_folder_without_manifest_is_refused(tmp_path):
    with pytest.raises(ContractError, match=r"city\.toml"):
        read_pack(tmp_path)


def test_loading_brings_every_dataset_with_what_the_manifest_states(folder, catalog, home):
    stops, budget = load_pack(catalog, read_pack(folder), home=home)
    assert (stops.id, stops.row_count, stops.geometry_type) == ("stops", 2, "point")
    assert (budget.id, budget.row_count, budget.geometry_type) == ("budget", 2, "none")
    assert stops.synthetic
    passengers = stops.column("passengers")
    assert passengers is not None
    assert passengers.title == Text(zh="乘客", en="Passengers")
    assert [dataset.id for dataset in catalog.datasets()] == ["budget", "stops"]


def test_loading_reports_its_progress_in_the_order_of_the_manifest(folder, catalog, home):
    told: list[tuple[str, float]] = []
    load_pack(catalog, read_pack(folder), home=home, on_progress=lambda *each: told.append(each))
    assert told == [("stops", 0.0), ("budget", 0.5), ("smalltown", 1.0)]


def test_loading_again_changes_nothing_and_reads_no_file(folder, catalog, home):
    first = load_pack(catalog, read_pack(folder), home=home)
    told: list[str] = []
    again = load_pack(
        catalog, read_pack(folder), home=home, on_progress=lambda stage, _: told.append(stage)
    )
    assert again == first
    assert told == ["smalltown"]


def test_a_part_can_be_loaded_first_and_the_rest_later(folder, catalog, home):
    pack = read_pack(folder)
    assert [each.id for each in load_pack(catalog, pack, home=home, only=pack.first_map)] == [
        "stops"
    ]
    assert [each.version for each in load_pack(catalog, pack, home=home)] == [1, 1]


def test_a_part_that_is_not_in_the_pack_is_refused(folder, catalog, home):
    with pytest.raises(InvalidQuery, match="trams"):
        load_pack(catalog, read_pack(folder), home=home, only=["trams"])


def test_a_newer_pack_becomes_a_new_version(folder, catalog, home):
    load_pack(catalog, read_pack(folder), home=home)
    (folder / "mit" / "budget.csv").write_text(BUDGET + "2026,7.5\n", "utf-8")
    stops, budget = load_pack(catalog, read_pack(folder), home=home)
    assert (stops.version, budget.version, budget.row_count) == (1, 2, 3)


def test_what_somebody_put_under_the_same_id_is_left_alone(folder, catalog, home):
    load_pack(catalog, read_pack(folder), home=home)
    theirs = DatasetMetadata(id="budget", title=Text(zh="我的预算", en="My budget"))
    catalog.describe("budget", theirs)
    (folder / "mit" / "budget.csv").write_text(BUDGET + "2026,7.5\n", "utf-8")
    _, budget = load_pack(catalog, read_pack(folder), home=home)
    assert budget.title.en == "My budget"
    assert budget.row_count == 2


def test_an_unreadable_file_stops_the_loading_but_keeps_what_came_before(folder, catalog, home):
    (folder / "mit" / "budget.csv").write_bytes(b"")
    with pytest.raises(UnreadableFile):
        load_pack(catalog, read_pack(folder), home=home)
    assert [dataset.id for dataset in catalog.datasets()] == ["stops"]


def test_loading_leaves_no_file_behind_beside_the_lake(folder, catalog, home):
    before = {path.name for path in home.iterdir()}
    load_pack(catalog, read_pack(folder), home=home)
    left = {path.name for path in home.iterdir()} - before
    assert not [name for name in left if name.startswith("city-")]


def test_a_city_is_loaded_into_a_platform_by_its_name(home):
    with open_platform(home=home, work=False) as platform:
        (census,) = load_city(platform, "wuhan", only=["census-districts"])
        assert platform.catalog.dataset("census-districts") == census
        assert census.licence == "Public domain"


@pytest.mark.slow
def test_all_of_wuhan_is_loaded_without_a_refused_row(catalog, home):
    pack = find_city("wuhan")
    loaded = {dataset.id: dataset for dataset in load_pack(catalog, pack, home=home)}
    assert list(loaded) == [each.metadata.id for each in pack.datasets]
    assert sum(dataset.lineage.rows_quarantined for dataset in loaded.values()) == 0
    assert {name: dataset.row_count for name, dataset in loaded.items()} == {
        "districts": 13,
        "water": 23,
        "metro-lines": 897,
        "population": 10_443,
        "roads": 2_314,
        "metro-stations": 277,
        "candidate-sites": 974,
        "communities": 974,
        "hospitals": 157,
        "universities": 55,
        "landmarks": 33,
        "airports": 11,
        "census-districts": 17,
        "airspace-zones": 3,
        "buildings": 237,
    }
    assert loaded["population"].geometry_type == "point"
    assert loaded["communities"].geometry_type == "polygon"
    assert loaded["census-districts"].geometry_type == "none"
    residents = catalog.read("population", columns=["residents"])["residents"].to_pylist()
    assert sum(residents) == 12_326_518


def test_the_city_of_datasets_is_known_by_where_they_came_from(catalog, home):
    pack = find_city("wuhan")
    (brought,) = load_pack(catalog, pack, home=home, only=["districts"])
    assert loaded_city([brought]) == pack
    assert loaded_city([brought.model_copy(update={"idempotency_key": "city:atlantis:x"})]) is None
    assert loaded_city([brought.model_copy(update={"idempotency_key": None})]) is None
