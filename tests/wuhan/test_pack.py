"""The data package of the demo city: complete, licensed, labelled, and true to the census."""

import csv
import json
import os
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from shapely.geometry import shape

import chengmo_wuhan
from chengmo.catalog.dataset import DATASET_ID_PATTERN, DatasetMetadata
from chengmo.contests.pack import read_contest

REPOSITORY = Path(__file__).parents[2]
PACK = Path(chengmo_wuhan.__file__).parent
MANIFEST = tomllib.loads((PACK / chengmo_wuhan.MANIFEST).read_text("utf-8"))
DATASETS = {dataset["id"]: dataset for dataset in MANIFEST["datasets"]}
RAW = Path(os.environ.get("CHENGMO_WUHAN_RAW", REPOSITORY.parent / "shared" / "data"))

HUBEI = (108.35, 29.0, 116.15, 33.3)
FOLDER_OF = {
    "CC0-1.0": "cc0",
    "CC-BY-4.0": "cc-by-4.0",
    "GPL-2.0-or-later": "gpl-2.0-or-later",
    "MIT": "mit",
    "ODbL-1.0": "odbl-1.0",
    "Public domain": "public-domain",
}
CONTESTS = [PACK / each for each in MANIFEST["contests"]]
every_dataset = pytest.mark.parametrize("dataset", DATASETS.values(), ids=DATASETS)


def read(dataset) -> tuple[list[str], list[dict], list]:
    """Return column names, rows and shapes (none for a table without place) of a pack file."""
    path = PACK / dataset["file"]
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        shapes = list(shapely.from_wkb(table["geometry"].to_numpy()))
        owned = table.drop_columns("geometry")
        return owned.column_names, owned.to_pylist(), shapes
    if path.suffix == ".geojson":
        features = json.loads(path.read_text("utf-8"))["features"]
        rows = [feature["properties"] for feature in features]
        return list(rows[0]), rows, [shape(feature["geometry"]) for feature in features]
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    shapes = [shapely.Point(float(row["lon"]), float(row["lat"])) for row in rows if "lon" in row]
    return list(rows[0]), rows, shapes


def files_of(contest: Path) -> list[Path]:
    """Return a contest's file and what it names."""
    pack = read_contest(contest)
    beside = [*(each.file for each in pack.datasets), *pack.baselines]
    return [contest, *((contest.parent / each).resolve() for each in beside)]


@every_dataset
def test_the_catalogue_accepts_what_the_manifest_states(dataset):
    stated = {key: value for key, value in dataset.items() if key not in {"file", "import"}}
    metadata = DatasetMetadata.model_validate(stated)
    assert re.match(DATASET_ID_PATTERN, metadata.id)
    assert metadata.licence
    assert metadata.attribution
    assert metadata.source
    assert metadata.steward
    assert metadata.title.zh
    assert metadata.title.en
    assert metadata.description is not None
    assert metadata.description.zh
    assert metadata.description.en
    assert metadata.keywords


@every_dataset
def test_every_file_lies_in_the_folder_of_its_licence(dataset):
    path = PACK / dataset["file"]
    assert path.is_file()
    assert path.parent == PACK / FOLDER_OF[dataset["licence"]]
    assert (path.parent / "LICENSE").read_text("utf-8").strip()
    assert path.name in (path.parent / "README.md").read_text("utf-8")


@every_dataset
def test_every_column_has_a_title_in_both_languages(dataset):
    columns, _, _ = read(dataset)
    assert list(dataset["notes"]) == columns
    assert all(note["title"]["zh"] and note["title"]["en"] for note in dataset["notes"].values())


@every_dataset
def test_geometries_are_valid_and_lie_in_hubei(dataset):
    _, rows, shapes = read(dataset)
    if not dataset["import"]:
        assert not shapes
        return
    assert len(shapes) == len(rows)
    assert shapely.is_valid(shapes).all()
    assert not shapely.is_empty(shapes).any()
    west, south, east, north = shapely.total_bounds(shapes)
    assert west > HUBEI[0]
    assert south > HUBEI[1]
    assert east < HUBEI[2]
    assert north < HUBEI[3]


@every_dataset
def test_the_first_column_tells_the_rows_apart(dataset):
    columns, rows, _ = read(dataset)
    keys = [row[columns[0]] for row in rows]
    assert None not in keys
    assert len(set(keys)) == len(keys)


def test_nothing_in_the_pack_is_synthetic():
    assert not [dataset["id"] for dataset in DATASETS.values() if dataset["synthetic"]]


def test_the_pack_has_no_file_that_nobody_states():
    stated = {dataset["file"] for dataset in DATASETS.values()}
    stated |= {"examples/metro_stations_gcj02.csv", "__init__.py", "city.toml"}
    stated |= {"contests/__init__.py", "contests/estate_prices/__init__.py"}
    for contest in CONTESTS:
        stated |= {path.relative_to(PACK).as_posix() for path in files_of(contest)}
    plain = {"README.md", "LICENSE"}
    found = {
        path.relative_to(PACK).as_posix()
        for path in PACK.rglob("*")
        if path.is_file() and path.name not in plain and "__pycache__" not in path.parts
    }
    assert found == stated


def test_the_pack_is_smaller_than_8_megabytes():
    assert sum(path.stat().st_size for path in PACK.rglob("*") if path.is_file()) < 8_000_000


def test_the_first_map_names_the_first_datasets():
    first = MANIFEST["first_map"]
    assert list(DATASETS)[: len(first)] == first


@pytest.mark.parametrize("contest", CONTESTS, ids=lambda path: path.parent.name)
def test_a_contest_s_tables_lie_in_the_folder_of_their_licence_and_are_documented(contest):
    pack = read_contest(contest)
    documents = [
        (REPOSITORY / name).read_text("utf-8") for name in ("NOTICE", "docs/data-wuhan.md")
    ]
    for table in pack.datasets:
        path = (contest.parent / table.file).resolve()
        assert path.parent == PACK / FOLDER_OF[table.metadata.licence]
        assert path.name in (path.parent / "README.md").read_text("utf-8")
        assert all(table.metadata.id in text for text in documents)
        header = path.read_text("utf-8").splitlines()[0].split(",")
        assert list(table.metadata.notes) == header
    assert pack.datasets[-1].metadata.id == pack.contest.hidden
    brought = {table.metadata.id for table in pack.datasets}
    assert set(pack.contest.training) <= brought | set(DATASETS)


def test_what_is_hidden_of_the_estates_is_in_no_table_that_is_open():
    tables = [read({"file": f"gpl-2.0-or-later/estates-{part}.csv"})[1]
              for part in ("training", "given", "hidden")]  # fmt: skip
    ids = [{row["estate_id"] for row in rows} for rows in tables]
    assert ids[1] == ids[2]
    assert not ids[0] & ids[2]
    assert "price_yuan_m2" not in tables[1][0]


def test_ids_are_unique():
    assert len(DATASETS) == len(MANIFEST["datasets"])


@pytest.mark.parametrize("document", ["NOTICE", "docs/data-wuhan.md"])
def test_every_dataset_is_named_in(document):
    text = (REPOSITORY / document).read_text("utf-8")
    assert [name for name in DATASETS if name not in text] == []


def test_every_group_of_districts_has_the_residents_of_the_census():
    census: dict[str, int] = defaultdict(int)
    for part in read(DATASETS["census-districts"])[1]:
        census[part["census_group"]] += int(part["residents"])
    cells: dict[str, int] = defaultdict(int)
    for cell in read(DATASETS["population"])[1]:
        cells[cell["census_group"]] += cell["residents"]
    assert cells == census
    assert sum(census.values()) == 12_326_518


def test_the_parts_of_a_bulletin_unit_add_up_to_the_bulletin():
    units: dict[str, int] = defaultdict(int)
    for part in read(DATASETS["census-districts"])[1]:
        units[part["bulletin_unit"]] += int(part["residents"])
    assert len(units) == 15
    assert units["青山区"] == 463_295
    assert units["武汉经开"] == 481_338


def test_residents_of_60_and_over_are_the_share_of_the_city():
    cells = read(DATASETS["population"])[1]
    residents = np.array([cell["residents"] for cell in cells])
    elderly = np.array([cell["residents_60plus"] for cell in cells])
    assert elderly.sum() == 2_124_283 == 12_326_518 - 1_608_768 - 8_593_467
    assert np.abs(elderly - residents * (2_124_283 / 12_326_518)).max() < 1
    assert (elderly <= residents).all()
    meaning = DATASETS["population"]["notes"]["residents_60plus"]["meaning"]
    assert "估计" in meaning["zh"]
    assert "Estimate" in meaning["en"]


def test_every_cell_has_a_district_of_its_group():
    names = {row["name"] for row in read(DATASETS["districts"])[1]}
    for cell in read(DATASETS["population"])[1]:
        assert cell["district"] in names
        assert cell["district"] in cell["census_group"].split("+")


def test_every_candidate_site_lies_in_its_community():
    _, sites, points = read(DATASETS["candidate-sites"])
    _, communities, polygons = read(DATASETS["communities"])
    ids = [community["community_id"] for community in communities]
    assert [site["community_id"] for site in sites] == ids
    assert shapely.covers(polygons, points).all()
    assert np.median([site["house_price_index"] for site in sites]) == pytest.approx(1, abs=1e-4)


def test_no_military_place_is_shown():
    for name in ("hospitals", "universities", "airports", "buildings"):
        for row in read(DATASETS[name])[1]:
            words = " ".join(str(value) for value in row.values())
            assert not re.search("解放军|海军|空军|空降兵|火箭军|战区|部队|Air Base", words)


def test_buildings_stand_once_each_at_guanggu_and_have_real_heights_or_none():
    _, rows, outlines = read(DATASETS["buildings"])
    assert len({row["osm_id"] for row in rows}) == len(rows) == 237
    west, south, east, north = shapely.total_bounds(outlines)
    assert (west, south) > (114.38, 30.50)
    assert (east, north) < (114.41, 30.52)
    heights = [row["height_m"] for row in rows if row["height_m"] is not None]
    assert (len(heights), min(heights), max(heights)) == (77, 10, 105)


def test_the_example_hands_over_gcj_02_in_gb_18030():
    text = (PACK / "examples" / "metro_stations_gcj02.csv").read_bytes().decode("gb18030")
    rows = {row["站名"]: row for row in csv.DictReader(text.splitlines())}
    stations = {row["name"]: row for row in read(DATASETS["metro-stations"])[1]}
    assert 50 < len(rows) < len(stations)
    for name, row in rows.items():
        station = stations[name]
        east = (float(row["经度"]) - float(station["lon"])) * 111_195 * np.cos(np.radians(30.6))
        north = (float(row["纬度"]) - float(station["lat"])) * 111_195
        assert 500 < np.hypot(east, north) < 700


@pytest.mark.slow
@pytest.mark.skipif(
    not (RAW / "population").is_dir(),
    reason="the raw files do not ship; name their folder in CHENGMO_WUHAN_RAW",
)
def test_the_raw_files_make_the_same_pack_again(tmp_path):
    script = REPOSITORY / "tools" / "prepare_wuhan.py"
    subprocess.run([sys.executable, script, RAW, "--to", tmp_path], check=True)
    made = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    tables = sum(len(read_contest(each).datasets) for each in CONTESTS)
    assert len(made) == len(DATASETS) + tables + 1
    for path in made:
        if path.suffix == ".parquet":
            # The bytes carry the version of pyarrow; the content must not.
            again, shipped = pq.read_table(tmp_path / path), pq.read_table(PACK / path)
            assert isinstance(again, pa.Table)
            assert again.equals(shipped, check_metadata=True), path
        else:
            assert (tmp_path / path).read_bytes() == (PACK / path).read_bytes(), path
