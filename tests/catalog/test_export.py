import csv
import json
import math
from uuid import uuid4

import geopandas
import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from chengmo.catalog.catalogue import open_catalog
from chengmo.catalog.dataset import DatasetColumn
from chengmo.catalog.export import ExportOptions
from chengmo.catalog.export.columnar import _geometry_types
from chengmo.errors import InvalidQuery, PlatformError
from chengmo.model.decision import Text

SHAPES = [
    shapely.box(114.1, 30.1, 114.2, 30.2, ccw=False),
    shapely.Polygon(
        [(114.3, 30.3), (114.6, 30.3), (114.6, 30.6), (114.3, 30.6)],
        [[(114.4, 30.4), (114.5, 30.4), (114.5, 30.5)]],
    ),
    shapely.MultiPolygon([shapely.box(115, 30, 115.1, 30.1), shapely.box(115.2, 30, 115.3, 30.1)]),
    None,
]
MADE_UP = {"synthetic": True, "attribution": '© "OSM" contributors, 武汉\'s', "steward": "规划局"}


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
)
def catalog(request, tmp_path_factory):
    """One catalogue for all; its records lie in SQLite, or in PostgreSQL."""
    database = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql_server")
        name = f"t_{uuid4().hex}"
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        database = f"{server}/{name}"
    with open_catalog(tmp_path_factory.mktemp("exports") / "home", database=database) as opened:
        yield opened


@pytest.fixture(scope="module")
def both(catalog, tmp_path_factory, staging, metadata):
    folder = tmp_path_factory.mktemp("shops")
    catalog.commit(staging(folder, SHAPES, kind="polygon"), metadata("shops", **MADE_UP))
    folder = tmp_path_factory.mktemp("stops")
    catalog.commit(staging(folder, 500, seed=5), metadata("stops"))
    return catalog


@pytest.fixture
def shops(both):
    return both


@pytest.fixture
def stops(both):
    return both


def frame_of(catalog, dataset):
    """The rows as geopandas sees them, from what the catalogue reads."""
    table = catalog.read(dataset)
    frame = table.drop([name for name in table.column_names if name[0] == "_"]).to_pandas()
    shapes = shapely.from_wkb(table["_geometry"].to_numpy(zero_copy_only=False))
    return geopandas.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4490")


def same_shapes(first, second):
    pairs = zip(first, second, strict=True)
    return all((a is None and b is None) or shapely.equals(a, b) for a, b in pairs)


def same_values(found, wanted):
    for name in ("名称", "beds", "area", "open"):
        assert found[name].tolist() == wanted[name].tolist()
    assert [str(day)[:10] for day in found["since"]] == [str(day) for day in wanted["since"]]


@pytest.mark.parametrize("dataset", ["shops", "stops"])
def test_geoparquet_reads_back_the_same_with_its_terms(both, tmp_path, dataset):
    path = both.export(dataset, tmp_path / "new" / "a.parquet", "geoparquet")
    found, wanted = geopandas.read_parquet(path), frame_of(both, dataset)
    assert found.crs.to_epsg() == 4490
    assert same_shapes(found.geometry, wanted.geometry)
    same_values(found, wanted)
    assert found["seen"].tolist() == wanted["seen"].tolist()
    metadata = pq.read_metadata(path).metadata
    assert json.loads(metadata[b"chengmo"])["licence"] == "ODbL-1.0"
    geo = json.loads(metadata[b"geo"])
    kinds = ["Point"] if dataset == "stops" else ["MultiPolygon", "Polygon"]
    assert geo["columns"]["geometry"]["geometry_types"] == kinds


def test_the_geoparquet_covering_finds_the_rows_of_a_box(shops, tmp_path):
    path = shops.export("shops", tmp_path / "a.parquet", "geoparquet")
    found = geopandas.read_parquet(path, bbox=(114.9, 29.9, 115.15, 30.2))
    assert found["名称"].tolist() == ["医院2"]


@pytest.mark.parametrize("dataset", ["shops", "stops"])
def test_geopackage_reads_back_the_same_with_its_terms(both, tmp_path, dataset):
    path = both.export(dataset, tmp_path / "a.gpkg", "geopackage")
    found, wanted = pyogrio.read_dataframe(path), frame_of(both, dataset)
    assert pyogrio.list_layers(path)[0][0] == dataset
    assert found.crs.to_epsg() == 4490
    assert same_shapes(found.geometry, wanted.geometry)
    same_values(found, wanted)
    info = pyogrio.read_info(path)
    terms = json.loads(info["layer_metadata"]["DESCRIPTION"])
    assert terms["synthetic"] == both.dataset(dataset).synthetic
    assert terms["attribution"] == both.dataset(dataset).attribution


@pytest.mark.parametrize("dataset", ["shops", "stops"])
def test_geojson_reads_back_the_same_with_its_terms(both, tmp_path, dataset):
    path = both.export(dataset, tmp_path / "a.geojson", "geojson")
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["chengmo"] == {
        **document["chengmo"],
        "id": dataset,
        "version": 1,
        "synthetic": dataset == "shops",
    }
    assert document["bbox"] == list(both.dataset(dataset).extent)
    assert [each["id"] for each in document["features"]] == both.read(dataset)["_row"].to_pylist()
    found, wanted = pyogrio.read_dataframe(path), frame_of(both, dataset)
    assert same_shapes(found.geometry, wanted.geometry)
    same_values(found, wanted)


def test_outer_rings_of_geojson_run_counter_clockwise(shops, tmp_path):
    path = shops.export("shops", tmp_path / "a.geojson", "geojson")
    for feature in json.loads(path.read_text())["features"]:
        if feature["geometry"] and feature["geometry"]["type"] == "Polygon":
            outer, *inner = feature["geometry"]["coordinates"]
            assert shapely.is_ccw(shapely.LinearRing(outer))
            assert not any(shapely.is_ccw(shapely.LinearRing(ring)) for ring in inner)


def test_csv_of_points_has_lon_and_lat(stops, tmp_path):
    path = stops.export("stops", tmp_path / "a.csv", "csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    table = stops.read("stops")
    assert [float(row["lon"]) for row in rows] == table["_west"].to_pylist()
    assert [float(row["lat"]) for row in rows] == table["_south"].to_pylist()
    assert [row["名称"] for row in rows] == table["名称"].to_pylist()
    assert rows[0]["seen"].endswith("Z")


def test_csv_of_other_shapes_has_wkt(shops, tmp_path):
    path = shops.export("shops", tmp_path / "a.csv", "csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    wanted = frame_of(shops, "shops").geometry
    found = [shapely.from_wkt(row["wkt"]) if row["wkt"] else None for row in rows]
    assert same_shapes(found, wanted)


def test_beside_a_csv_lies_what_describes_it(both, tmp_path):
    for dataset in ("stops", "shops"):
        path = both.export(dataset, tmp_path / "a b.csv", "csv")
        told = json.loads((tmp_path / "a b.csv-metadata.json").read_text("utf-8"))
        assert told["url"] == path.name
        assert told["@context"] == "http://www.w3.org/ns/csvw"
        assert told["notes"][0]["licence"] == "ODbL-1.0"
        assert told["notes"][0]["treated"] == []
        columns = [each["titles"] for each in told["tableSchema"]["columns"]]
        named = [each["und"] if isinstance(each, dict) else each for each in columns]
        with path.open(encoding="utf-8", newline="") as file:
            assert named == next(csv.reader(file))


def test_csv_for_people_has_a_mark_and_runs_no_formula(catalog, stage, metadata, tmp_path):
    staged = stage(6)
    table = pq.read_table(staged.table)
    texts = ["=1+1", "+86", "-2", "@x", "plain", "a=b"]
    pq.write_table(table.set_column(0, "名称", pa.array(texts)), staged.table)
    catalog.commit(staged, metadata("texts"))
    options = ExportOptions(formula_safe=True, excel_mark=True)
    path = catalog.export("texts", tmp_path / "a.csv", "csv", options=options)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        found = {row["名称"] for row in csv.DictReader(file)}
    assert found == {"'=1+1", "'+86", "'-2", "'@x", "plain", "a=b"}
    plain = catalog.export("texts", tmp_path / "b.csv", "csv")
    with plain.open(encoding="utf-8", newline="") as file:
        assert {row["名称"] for row in csv.DictReader(file)} == set(texts)


def test_arrow_reads_back_the_same_and_says_what_the_geometry_is(shops, tmp_path):
    path = shops.export("shops", tmp_path / "a.arrow", "arrow")
    table = pa.ipc.open_file(path).read_all()
    field = table.schema.field("geometry")
    assert field.metadata[b"ARROW:extension:name"] == b"geoarrow.wkb"
    assert json.loads(field.metadata[b"ARROW:extension:metadata"])["crs"]["id"]["code"] == 4490
    terms = json.loads(table.schema.metadata[b"chengmo"])
    assert terms["title"] == Text(zh="医院", en="Hospitals").model_dump()
    assert table["geometry"].to_pylist() == shops.read("shops")["_geometry"].to_pylist()


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("geoparquet", "parquet"), ("geopackage", "gpkg"), ("geojson", "geojson"), ("csv", "csv"),
        ("arrow", "arrow"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("rows", [0, 3])
def test_tables_without_place_or_rows_are_exported_too(
    catalog, stage, metadata, tmp_path, name, ending, rows
):
    catalog.commit(stage([None] * rows, kind="none"), metadata("plain"))
    path = catalog.export("plain", tmp_path / f"a.{ending}", name)
    if name == "csv":
        assert len(path.read_text().splitlines()) == rows + 1
    elif name == "arrow":
        assert pa.ipc.open_file(path).read_all().num_rows == rows
    elif name == "geoparquet":
        assert pq.read_table(path).num_rows == rows
    else:
        assert len(pyogrio.read_dataframe(path)) == rows


@pytest.mark.parametrize(
    ("name", "ending"),
    [("geoparquet", "parquet"), ("geopackage", "gpkg"), ("geojson", "geojson"), ("arrow", "arrow")],
)
def test_an_owners_columns_never_clash_with_the_geometry(
    catalog, stage, metadata, tmp_path, name, ending
):
    clashing = {"名称": "geometry", "beds": "FID", "area": "Geom", "open": "bbox", "since": "lon"}
    staged = stage(4)
    table = pq.read_table(staged.table)
    pq.write_table(
        table.rename_columns([clashing.get(each, each) for each in table.column_names]),
        staged.table,
    )
    columns = tuple(
        DatasetColumn(
            name=clashing.get(column.name, column.name), source_name="x", type=column.type
        )
        for column in staged.columns
    )
    catalog.commit(type(staged)(**{**vars(staged), "columns": columns}), metadata("clash"))
    path = catalog.export("clash", tmp_path / f"a.{ending}", name)
    if name == "arrow":
        assert "geometry_" in pa.ipc.open_file(path).read_all().column_names
        return
    found = geopandas.read_parquet(path) if name == "geoparquet" else pyogrio.read_dataframe(path)
    assert found.geometry.geom_type.tolist() == ["Point"] * 4
    assert sorted(found["FID"]) == sorted(table["beds"].to_pylist())


def test_an_export_of_a_box_has_only_the_rows_that_meet_it(stops, tmp_path):
    box = (114.0, 30.0, 114.5, 30.5)
    path = stops.export("stops", tmp_path / "a.geojson", "geojson", bbox=box)
    document = json.loads(path.read_text())
    assert len(document["features"]) == stops.count("stops", bbox=box) > 0
    assert "bbox" not in document
    packed = stops.export("stops", tmp_path / "a.gpkg", "geopackage", bbox=box)
    assert len(pyogrio.read_dataframe(packed)) == len(document["features"])


def test_numbers_that_json_does_not_know_become_null(catalog, stage, metadata, tmp_path):
    staged = stage(3)
    table = pq.read_table(staged.table)
    numbers = pa.array([math.nan, math.inf, 1.5])
    pq.write_table(table.set_column(2, "area", numbers), staged.table)
    catalog.commit(staged, metadata("numbers"))
    path = catalog.export("numbers", tmp_path / "a.geojson", "geojson")
    found = [each["properties"]["area"] for each in json.loads(path.read_text())["features"]]
    assert sorted(found, key=str) == [1.5, None, None]


def test_a_failed_export_leaves_nothing_behind(stops, tmp_path):
    target = tmp_path / "taken"
    target.mkdir()
    (target / "inside").write_text("")
    with pytest.raises(PlatformError, match="cannot be written"):
        stops.export("stops", target, "csv")
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []
    with pytest.raises(InvalidQuery, match="no export format"):
        stops.export("stops", tmp_path / "a.docx", "docx")


def test_covering_bounds_contain_their_shapes(shops, tmp_path):
    path = shops.export("shops", tmp_path / "a.parquet", "geoparquet")
    table = pq.read_table(path)
    boxes = [each for each in table["bbox"].to_pylist() if each["xmin"] is not None]
    shapes = [each for each in geopandas.read_parquet(path).geometry if each is not None]
    found = np.array([list(each.values()) for each in boxes])
    assert found.tolist() == shapely.bounds(shapes).tolist()


@pytest.mark.parametrize("how", [{}, {"flavor": "iso"}, {"byte_order": 0}])
def test_the_kinds_of_geometry_are_told_by_how_each_begins(how):
    shapes = [
        shapely.Point(1, 2), None, shapely.LineString([(0, 0, 1), (1, 1, 1)]),
        shapely.Polygon([(0, 0), (1, 0), (1, 1)]), shapely.MultiPoint([(0, 0)]),
        shapely.GeometryCollection([shapely.Point(1, 2)]),
    ]  # fmt: skip
    column = pa.array(shapely.to_wkb(np.array(shapes), **how).tolist(), pa.binary())
    kinds = {"Point", "LineString Z", "Polygon", "MultiPoint", "GeometryCollection"}
    assert _geometry_types(column) == kinds
    assert _geometry_types(column.slice(2, 2)) == {"LineString Z", "Polygon"}
    assert _geometry_types(column.slice(1, 1)) == set()
