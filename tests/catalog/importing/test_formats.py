"""Every format, in every encoding it comes in, gives the same table."""

import datetime as dt
import json
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from chengmo.catalog.importing.columnar import ParquetSource
from chengmo.catalog.importing.options import ImportOptions, Limits
from chengmo.errors import UnreadableFile
from chengmo.grid import encode_codes, encode_keys, key_bounds

NAMES = ["武昌站", "江汉路", "光谷广场", "汉口北"]
LON = [114.3170, 114.2880, 114.3980, 114.3260]
LAT = [30.5290, 30.5820, 30.5070, 30.7050]
OPENED = ["2013-12-28", "2012-12-28", None, "2014-05-28"]
COUNTS = [12, None, 40, 7]
HEADER = ["名称", "经度", "纬度", "开通日期", "客流"]


def rows():
    return zip(NAMES, LON, LAT, OPENED, COUNTS, strict=True)


def delimited(separator=",", header=HEADER):
    lines = [header, *rows()] if header else list(rows())
    return "\r\n".join(
        separator.join("" if cell is None else str(cell) for cell in line) for line in lines
    )


def check(result, names=tuple(HEADER)):
    table = result.table
    assert table.num_rows == 4
    assert table.column(names[0]).to_pylist() == NAMES
    assert table.column(names[3]).to_pylist() == [
        day and dt.date.fromisoformat(day) for day in OPENED
    ]
    assert table.column(names[4]).to_pylist() == COUNTS
    check_places(result)
    assert result.staged.quality[names[4]] == 0.75
    assert not result.quarantine


def check_places(result, tolerance=1e-9):
    table = result.table
    for name, values in (("_west", LON), ("_east", LON), ("_south", LAT), ("_north", LAT)):
        np.testing.assert_allclose(table.column(name).to_numpy(), values, atol=tolerance)
    points = shapely.from_wkb(np.array(table.column("_geometry").to_pylist(), object))
    np.testing.assert_allclose(shapely.get_x(points), LON, atol=tolerance)
    keys = table.column("_cell").to_numpy()
    np.testing.assert_array_equal(keys, encode_keys(shapely.get_x(points), shapely.get_y(points)))
    assert result.staged.geometry_type == "point"
    assert result.staged.cell_levels == (32,)
    np.testing.assert_allclose(
        result.staged.extent, (min(LON), min(LAT), max(LON), max(LAT)), atol=tolerance
    )


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
    ],
)
@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
def test_delimited_text_is_read_in_any_encoding(write, stage, encoding, found, separator):
    result = stage(write(delimited(separator), encoding=encoding))
    check(result)
    assert result.staged.lineage.encoding == found
    assert result.types == {
        "名称": "text",
        "经度": "number",
        "纬度": "number",
        "开通日期": "date",
        "客流": "integer",
    }


def test_traditional_chinese_in_big5_is_read(write, stage):
    names = ["臺北車站", "國父紀念館", "中正紀念堂", "龍山寺"]
    text = "名稱,lon,lat\n" + "".join(f"{name},121.5,25.0\n" for name in names)
    result = stage(write(text, encoding="big5"))
    assert result.column("名稱") == names
    assert result.staged.lineage.encoding == "big5"


def test_a_stated_encoding_is_taken(write, stage):
    result = stage(write("名称,lon,lat\n站,114,30\n", encoding="gbk"), encoding="gbk")
    assert result.column("名称") == ["站"]


def test_a_file_without_a_header_gets_names_by_position(write, stage):
    result = stage(write(delimited(header=None)), lon="column_2", lat="column_3")
    check(result, names=[f"column_{i}" for i in range(1, 6)])


def test_quoted_cells_may_hold_line_ends_separators_and_quotes(write, stage):
    result = stage(write('a,b,lon,lat\n"x\ny","1,""2""",114,30\n'))
    assert result.column("a") == ["x\ny"]
    assert result.column("b") == ['1,"2"']


@pytest.mark.parametrize("column", ["geom", "WKT", "位置"])
def test_wkt_is_read_and_not_kept_twice(write, stage, column):
    lines = [f'"{name}","POINT ({x} {y})"' for name, x, y in zip(NAMES, LON, LAT, strict=True)]
    result = stage(write(f"名称,{column}\n" + "\n".join(lines)))
    check_places(result)
    assert list(result.types) == ["名称"]


def test_ewkt_declares_its_system(write, stage):
    shapes = gpd.GeoSeries(gpd.points_from_xy(LON, LAT), crs=4490).to_crs(4547)
    lines = [f'{name};"SRID=4547;{shape.wkt}"' for name, shape in zip(NAMES, shapes, strict=True)]
    result = stage(write("名称;shape\n" + "\n".join(lines)))
    check_places(result)
    assert result.staged.lineage.crs_received == "EPSG:4547"


def test_hexadecimal_wkb_is_read(write, stage):
    lines = [f"{shapely.Point(x, y).wkb_hex}" for x, y in zip(LON, LAT, strict=True)]
    check_places(stage(write("geom\n" + "\n".join(lines))))


@pytest.mark.parametrize("separator", [",", "，", " "])
def test_a_column_of_pairs_is_read(write, stage, separator):
    lines = [f"{name}|{x}{separator}{y}" for name, x, y in zip(NAMES, LON, LAT, strict=True)]
    check_places(stage(write("名称|location\n" + "\n".join(lines))))


def test_beidou_codes_give_cells_as_polygons(write, stage):
    codes = [code.decode() for code in encode_codes(LON, LAT, level=6).tolist()]
    result = stage(
        write("名称,网格码\n" + "\n".join(map(",".join, zip(NAMES, codes, strict=True))))
    )
    assert result.column("网格码") == codes
    assert result.staged.geometry_type == "polygon"
    assert result.staged.cell_levels == (20,)
    west, south, east, north = key_bounds(encode_keys(LON, LAT, level=20), level=20)
    for name, values in (("_west", west), ("_south", south), ("_east", east), ("_north", north)):
        np.testing.assert_allclose(result.table.column(name).to_numpy(), values, atol=1e-12)


def test_a_code_that_is_none_is_refused_with_its_row(write, stage):
    codes = [code.decode() for code in encode_codes(LON, LAT, level=6).tolist()]
    text = "grid_code\n" + "\n".join([*codes * 10, "N99Z", ""]) + "\n"
    result = stage(write(text), code="grid_code")
    assert [row["row_number"] for row in result.quarantine] == [41]


def workbook(path, *, title=False):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "车站"
    if title:
        sheet.append(["武汉地铁车站一览表"])
        sheet.append([])
    sheet.append(HEADER)
    for name, x, y, day, count in rows():
        sheet.append([name, x, y, day and dt.date.fromisoformat(day), count])
    book.create_sheet("说明").append(["只有说明"])
    book.save(path)
    book.close()
    return path


@pytest.mark.parametrize("title", [False, True])
def test_a_workbook_is_read_below_its_title(tmp_path, stage, title):
    result = stage(workbook(tmp_path / "车站.xlsx", title=title))
    check(result)
    assert result.staged.lineage.format == "xlsx"
    assert any("说明" in warning for warning in result.staged.lineage.warnings)


def test_a_sheet_can_be_chosen(tmp_path, stage, preview):
    path = workbook(tmp_path / "a.xlsx")
    assert preview(path).layers == ("车站", "说明")
    assert stage(path, sheet="说明", header=False).column("column_1") == ["只有说明"]
    with pytest.raises(UnreadableFile, match="no sheet 'x'") as caught:
        stage(path, sheet="x")
    assert "车站" in caught.value.hint


def test_a_workbook_is_known_by_content_not_by_name(tmp_path, stage):
    check(stage(workbook(tmp_path / "real.xlsx").rename(tmp_path / "table.csv")))


def features():
    return [
        {
            "type": "Feature",
            "properties": dict(zip(["名称", "开通日期", "客流"], [name, day, count], strict=True)),
            "geometry": {"type": "Point", "coordinates": [x, y]},
        }
        for name, x, y, day, count in rows()
    ]


def check_features(result):
    assert result.column("名称") == NAMES
    assert result.column("客流") == COUNTS
    assert result.types["开通日期"] == "date"
    check_places(result)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_geojson_is_read_in_any_encoding(write, stage, encoding):
    text = json.dumps({"type": "FeatureCollection", "features": features()}, ensure_ascii=False)
    result = stage(write(text, name="a.json", encoding=encoding))
    check_features(result)
    assert result.staged.lineage.format == "geojson"


@pytest.mark.parametrize("mark", ["", "\x1e"])
def test_newline_delimited_geojson_is_read(write, stage, mark):
    lines = [mark + json.dumps(each, ensure_ascii=False) for each in features()]
    lines.insert(2, '{"type": "Feature", "properties": {')
    result = stage(write("\n".join(lines), name="a.geojsonl"))
    assert result.column("名称") == NAMES
    assert result.staged.lineage.format == "geojsonl"
    assert [row["row_number"] for row in result.quarantine] == [3]


def test_an_array_of_plain_objects_is_a_table(write, stage):
    plain = [dict(zip(HEADER, row, strict=True)) for row in rows()]
    check(stage(write(json.dumps(plain), name="a.json")))


def test_a_legacy_crs_member_is_kept_to_wherever_it_stands(write, stage):
    shapes = gpd.GeoSeries(gpd.points_from_xy(LON, LAT), crs=4490).to_crs(4547)
    listed = features()
    for each, shape in zip(listed, shapes, strict=True):
        each["geometry"]["coordinates"] = [shape.x, shape.y]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4547"}}
    for text in (
        {"type": "FeatureCollection", "crs": crs, "features": listed},
        {"type": "FeatureCollection", "features": listed, "crs": crs},
    ):
        result = stage(write(json.dumps(text), name="a.geojson"))
        check_features(result)
        assert result.staged.lineage.crs_received == "EPSG:4547"


@pytest.mark.slow
def test_properties_that_appear_late_are_columns_too(write, stage):
    listed = [{"type": "Feature", "properties": {"a": i}, "geometry": None} for i in range(25_000)]
    listed[-1]["properties"]["late"] = "x"
    listed[-1]["geometry"] = {"type": "Point", "coordinates": [114.0, 30.0]}
    text = json.dumps({"type": "FeatureCollection", "features": listed})
    result = stage(write(text, name="a.geojson"))
    assert result.column("late")[-1] == "x"
    assert result.table.column("_cell").null_count == 24_999
    assert result.staged.lineage.rows_kept == 25_000


def frame(crs=4490):
    polygons = [
        shapely.Point(x, y).buffer(0.01, quad_segs=4) for x, y in zip(LON, LAT, strict=True)
    ]
    # A hole, and a second part.
    polygons[1] = polygons[1].difference(shapely.Point(LON[1], LAT[1]).buffer(0.005))
    polygons[2] = shapely.MultiPolygon([polygons[2], shapely.box(114.5, 30.1, 114.6, 30.2)])
    return gpd.GeoDataFrame(
        {
            "名称": NAMES,
            "人数": [1, 2, 3, 4],
            "面积": [1.5, None, 2.25, 1e6],
            "启用": [True, False, True, False],
        },
        geometry=polygons,
        crs=4490,
    ).to_crs(crs)


def check_polygons(result, expected):
    got = shapely.from_wkb(np.array(result.table.column("_geometry").to_pylist(), object))
    want = expected.to_crs(4490).geometry.to_numpy()
    # Hausdorff distance in degrees; 1e-9 is 0.1 mm.
    assert max(shapely.hausdorff_distance(got, want)) < 1e-9
    assert list(shapely.area(shapely.symmetric_difference(got, want)) < 1e-10) == [True] * 4
    bounds = shapely.bounds(got).T
    for name, values in zip(("_west", "_south", "_east", "_north"), bounds, strict=True):
        np.testing.assert_allclose(result.table.column(name).to_numpy(), values, atol=1e-12)
    inside = shapely.point_on_surface(got)
    keys = encode_keys(shapely.get_x(inside), shapely.get_y(inside))
    np.testing.assert_array_equal(result.table.column("_cell").to_numpy(), keys)
    assert result.staged.geometry_type == "polygon"


@pytest.mark.parametrize("crs", [4490, 4326, 4547, 4526, 3857])
def test_a_geopackage_is_read_as_pyogrio_reads_it(tmp_path, stage, crs):
    path = tmp_path / "a.gpkg"
    frame(crs).to_file(path, layer="社区", engine="pyogrio")
    result = stage(path)
    expected = pyogrio.read_dataframe(path)
    check_polygons(result, expected)
    for name in ("名称", "人数", "启用"):
        assert result.column(name) == expected[name].tolist()
    assert result.column("面积") == [1.5, None, 2.25, 1e6]
    assert result.staged.lineage.crs_received == f"EPSG:{crs}"


def test_a_layer_of_a_geopackage_can_be_chosen(tmp_path, stage, preview):
    path = tmp_path / "a.gpkg"
    frame().to_file(path, layer="一", engine="pyogrio")
    frame().iloc[:2].to_file(path, layer="二", engine="pyogrio")
    assert preview(path).layers == ("一", "二")
    assert stage(path, layer="二").table.num_rows == 2
    assert any("二" in warning for warning in stage(path).staged.lineage.warnings)
    with pytest.raises(UnreadableFile, match="no layer '三'"):
        stage(path, layer="三")


def zipped(frame, folder: Path, *, encoding="utf-8", without=(), inside="数据/"):
    source = folder / "shape"
    source.mkdir()
    frame.to_file(source / "社区.shp", engine="pyogrio", encoding=encoding)
    path = folder / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(source.iterdir()):
            if part.suffix not in without:
                archive.write(part, inside + part.name)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
@pytest.mark.parametrize("without", [(), (".cpg", ".shx")])
@pytest.mark.parametrize("crs", [4490, 4547])
def test_a_zipped_shapefile_is_read_as_pyogrio_reads_it(tmp_path, stage, encoding, without, crs):
    columns = frame(crs).drop(columns=["启用"])
    result = stage(zipped(columns, tmp_path, encoding=encoding, without=without))
    expected = pyogrio.read_dataframe(tmp_path / "shape" / "社区.shp", encoding=encoding)
    check_polygons(result, expected)
    assert result.column("名称") == expected["名称"].tolist() == NAMES
    assert result.column("人数") == expected["人数"].tolist()
    assert result.column("面积") == [1.5, None, 2.25, 1e6]
    assert result.staged.lineage.crs_received == f"EPSG:{crs}"


@pytest.mark.parametrize(
    "shapes",
    [
        [shapely.Point(114, 30), shapely.Point(114.5, 30.5)],
        [shapely.LineString([(114, 30), (114.1, 30.2)]), None],
        [shapely.MultiLineString([[(114, 30), (114.1, 30.2)], [(115, 30), (115, 31)]])] * 2,
        [shapely.MultiPoint([(114, 30), (114.1, 30.2)])] * 2,
        [shapely.Point(114, 30, 12.5), shapely.Point(114.5, 30.5, 3)],
    ],
)
def test_every_kind_of_shape_is_read(tmp_path, stage, shapes):
    source = gpd.GeoDataFrame({"a": range(len(shapes))}, geometry=shapes, crs=4490)
    result = stage(zipped(source, tmp_path, inside=""))
    got = result.column("_geometry")
    expected = [shape and shapely.force_2d(shape) for shape in shapes]
    assert [found and shapely.from_wkb(found) for found in got] == expected


@pytest.mark.parametrize("driver", ["GPKG", "ESRI Shapefile"])
def test_dates_and_times_keep_their_declared_type(tmp_path, stage, driver):
    source = pa.table(
        {
            "day": pa.array([dt.date(2024, 3, 1), None], pa.date32()),
            "moment": pa.array([dt.datetime(2024, 3, 1, 8, tzinfo=dt.UTC), None]).cast(
                pa.timestamp("ms", "UTC")
            ),
            "geometry": shapely.to_wkb([shapely.Point(114, 30)] * 2),
        }
    ).drop(["moment"] if driver != "GPKG" else [])
    (folder := tmp_path / "made").mkdir()
    path = folder / ("a.gpkg" if driver == "GPKG" else "a.shp")
    pyogrio.write_arrow(
        source,
        path,
        driver=driver,
        geometry_name="geometry",
        geometry_type="Point",
        crs="EPSG:4490",
    )
    if driver != "GPKG":
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for part in folder.iterdir():
                archive.write(part, part.name)
    result = stage(path)
    assert result.column("day") == [dt.date(2024, 3, 1), None]
    if driver == "GPKG":
        assert result.column("moment") == [dt.datetime(2024, 3, 1, 8, tzinfo=dt.UTC), None]


@pytest.mark.parametrize("crs", [4490, 4547])
def test_geoparquet_is_read(tmp_path, stage, crs):
    path = tmp_path / "a.bin"
    source = frame(crs)
    source.to_parquet(path)
    result = stage(path)
    check_polygons(result, source)
    assert result.column("名称") == NAMES
    assert result.staged.lineage.format == "geoparquet"
    assert result.staged.lineage.crs_received == f"EPSG:{crs}"


def test_plain_parquet_is_read_by_its_columns(tmp_path, stage):
    moments = [dt.datetime(2024, 3, 1, 8, tzinfo=dt.UTC)] * 4
    table = pa.table(
        {
            "名称": pa.array(NAMES).dictionary_encode(),
            "lng": LON,
            "lat": LAT,
            "when": pa.array(moments, pa.timestamp("ms", "Asia/Shanghai")),
            "list": [[1, 2], None, [], [3]],
            "small": pa.array([1, 2, 3, None], pa.int8()),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    result = stage(tmp_path / "a.parquet")
    check_places(result)
    assert result.column("when") == moments
    assert result.column("list") == ["[1, 2]", None, "[]", "[3]"]
    assert result.types["small"] == "integer"


def test_a_table_without_place_has_none(write, stage):
    result = stage(write("年份,产值\n2023,1.5\n2024,2.5\n"))
    assert result.staged.geometry_type == "none"
    assert result.staged.extent is None
    assert result.staged.cell_levels == ()
    assert result.staged.lineage.crs_received is None
    assert result.table.column("_cell").null_count == 2
    assert result.types == {"年份": "integer", "产值": "number"}


def test_geoparquet_with_its_notes_at_the_end_keeps_its_system_and_no_bounds(tmp_path):
    bounds = pa.array([{"xmin": 114.0, "ymin": 30.0, "xmax": 114.0, "ymax": 30.0}])
    shape = pa.array([shapely.to_wkb(shapely.Point(114, 30))])
    table = pa.table({"name": ["站"], "shape": shape, "bbox": bounds})
    covering = {"bbox": {edge: ["bbox", edge] for edge in ("xmin", "ymin", "xmax", "ymax")}}
    column = {"encoding": "WKB", "geometry_types": ["Point"], "covering": covering}
    geo = {"version": "1.1.0", "primary_column": "shape", "columns": {"shape": column}}
    path = tmp_path / "stations.parquet"
    with pq.ParquetWriter(path, table.schema) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({"geo": json.dumps(geo)})
    facts = ParquetSource(path, ImportOptions(), Limits()).facts
    assert (facts.format, facts.names, facts.crs) == ("geoparquet", ("name",), "OGC:CRS84")
