"""What a careless or hostile sender may hand over ends in a clear message with the way out."""

import io
import json
import struct
import zipfile

import pytest
import shapely

from chengmo.catalog.importing.options import Limits
from chengmo.errors import UnreadableFile


def refuses(read, path, match, **rest):
    with pytest.raises(UnreadableFile, match=match) as caught:
        read(path, **rest)
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"\n\n  \n", "empty"),
        ("a.csv", b"\xef\xbb\xbf", "holds no rows"),
        ("a.geojson", b'{"type": "FeatureCollection", "features": []}', "no features"),
        ("a.geojson", b'{"type": "FeatureCollection", "features": [{"type": "Fea', "breaks off"),
        ("a.geojson", b'{"type": "FeatureCollection" "features": []}', "is missing"),
        ("a.geojson", b"{", "breaks off"),
        ("a.xls", b"<html><table><tr><td>1</td></tr></table></html>", "XML or a web page"),
        ("a.pdf", b"%PDF-1.7 ...", "a PDF"),
        ("a.csv", b"\x1f\x8b\x08\x00abc", "gzip"),
        ("a.shp", b"\x00\x00\x27\x0a" + b"\0" * 96, "one part of a shapefile"),
        ("a.bin", bytes(range(1, 32)) * 40, "no text"),
        ("a.zip", b"PK\x03\x04 and nothing more", "archive .* is broken"),
        ("a.gpkg", b"SQLite format 3\0" + b"\xff" * 200, "broken database"),
        ("a.parquet", b"PAR1 and nothing more", "no Parquet file"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "no workbook"),
    ],
)
def test_a_file_that_is_no_table_says_so(write, stage, preview, name, content, match):
    path = write(content, name=name)
    refuses(stage, path, match)
    refuses(preview, path, match)


def test_a_header_alone_is_a_table_without_rows(write, stage, preview):
    path = write("名称,lon,lat\n")
    assert stage(path).table.num_rows == 0
    shown = preview(path)
    assert [column.name for column in shown.columns] == ["名称", "lon", "lat"]
    assert shown.row_estimate == 0


def test_ten_thousand_columns_are_refused_with_the_limit(write, stage):
    header = ",".join(f"c{i}" for i in range(10_000))
    error = refuses(stage, write(header + "\n" + ",".join(["1"] * 10_000) + "\n"), "10000 columns")
    assert "4096" in error.message


@pytest.mark.slow
def test_columns_up_to_the_limit_are_read(write, stage):
    header = ",".join(f"c{i}" for i in range(4096))
    assert len(stage(write(header + "\n" + ",".join(["1"] * 4096) + "\n")).types) == 4096


def test_hostile_column_names_become_safe_and_the_received_ones_are_kept(write, stage):
    names = ["名称", "名称", "", "_row", "'; drop table x; --", "A", "a", "\u202eevil", "x" * 200]
    result = stage(write("|".join(names) + "\n" + "|".join("123456789") + "\n"))
    assert [column.source_name for column in result.staged.columns] == names
    assert list(result.types) == [
        "名称", "名称_2", "column_3", "row", "drop_table_x", "A", "a_2", "evil", "x" * 63,
    ]  # fmt: skip


def test_a_row_longer_than_the_limit_is_refused_with_its_place(write, stage):
    limits = Limits(record_bytes=5 << 20)
    content = b'a,b\n1,2\n3,"' + b"x" * (24 << 20) + b"\n"
    error = refuses(stage, write(content), "longer than 5 MB", limits=limits)
    assert "quote" in error.hint


def test_a_row_longer_than_a_block_is_read(write, stage):
    result = stage(write(b'a,b\n1,2\n3,"' + b"x" * (6 << 20) + b'"\n5,6\n'))
    assert [len(text) for text in result.column("b")] == [1, 6 << 20, 1]


def bomb(path, name, size=300 << 20):
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w", force_zip64=True) as member,
    ):
        for _ in range(size >> 20):
            member.write(b"\0" * (1 << 20))
    return path


@pytest.mark.slow
def test_a_zip_bomb_is_not_unpacked(tmp_path, stage):
    refuses(stage, bomb(tmp_path / "a.zip", "a.shp"), "would unpack")


def test_a_workbook_bomb_is_not_unpacked(tmp_path, stage):
    refuses(stage, bomb(tmp_path / "a.xlsx", "xl/workbook.xml"), "would unpack")


def test_an_archive_of_too_many_members_is_refused(tmp_path, stage):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for i in range(20):
            archive.writestr(f"{i}.shp", b"")
    refuses(stage, tmp_path / "a.zip", "20 members", limits=Limits(archive_entries=10))


def test_an_archive_that_lies_about_a_size_is_refused(tmp_path, stage):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.shp", b"x" * 5000)
        archive.writestr("a.dbf", b"x" * 5000)
    # Both the member's header and the directory now promise ten bytes.
    lying = buffer.getvalue().replace(struct.pack("<I", 5000), struct.pack("<I", 10))
    (tmp_path / "a.zip").write_bytes(lying)
    refuses(stage, tmp_path / "a.zip", "cannot be unpacked")


def test_a_member_cannot_leave_the_folder(tmp_path, stage):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("../../evil.shp", b"x" * 200)
        archive.writestr("../../evil.dbf", b"x" * 200)
    refuses(stage, tmp_path / "a.zip", "no header")
    assert not list(tmp_path.parent.rglob("evil*"))


def test_an_archive_without_a_table_is_refused(tmp_path, stage):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("readme.txt", "hello")
    refuses(stage, tmp_path / "a.zip", "no shapefile")


def test_a_shapefile_without_attributes_is_refused(tmp_path, stage):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.shp", struct.pack(">i", 9994) + b"\0" * 96)
    refuses(stage, tmp_path / "a.zip", "no .dbf")


def test_json_nested_without_end_is_refused(write, stage):
    deep = '{"type": "FeatureCollection", "features": [{"a": ' + "[" * 100_000
    with pytest.raises((UnreadableFile, RecursionError)):
        stage(write(deep, name="a.geojson"))


def test_a_geometry_nested_deeply_is_set_aside_or_read(write, stage):
    shape = {"type": "Point", "coordinates": [114.0, 30.0]}
    for _ in range(50):
        shape = {"type": "GeometryCollection", "geometries": [shape]}
    features = [{"type": "Feature", "properties": {"a": 1}, "geometry": shape}]
    text = json.dumps({"type": "FeatureCollection", "features": features})
    lineage = stage(write(text, name="a.geojson")).staged.lineage
    assert lineage.rows_read == 1


@pytest.mark.parametrize(
    ("geometry", "reason"),
    [
        ('{"type": "Point", "coordinates": [NaN, 30]}', "no number"),
        ('{"type": "Point", "coordinates": ["a", 30]}', "cannot be read"),
        ('{"type": "Point", "coordinates": [1e999, 30]}', "no number"),
        ('{"type": "Point", "coordinates": [1e300, 30]}', "off the Earth"),
        ('{"type": "Polygon", "coordinates": [[[0, NaN], [1, 1], [1, 0], [0, NaN]]]}', "read"),
        ('{"type": "Polygon", "coordinates": 5}', "cannot be read"),
        ('{"type": "Nonsense"}', "cannot be read"),
        ("[]", "cannot be read"),
        ("5", "cannot be read"),
    ],
)
def test_a_feature_whose_geometry_makes_no_sense_is_set_aside(write, stage, geometry, reason):
    place = '{"type": "Point", "coordinates": [114, 30]}'
    good = f'{{"type": "Feature", "properties": {{"a": 1}}, "geometry": {place}}}'
    bad = f'{{"type": "Feature", "properties": {{"a": 2}}, "geometry": {geometry}}}'
    text = f'{{"type": "FeatureCollection", "features": [{good}, {bad}, 7, {good}]}}'
    result = stage(write(text, name="a.geojson"))
    assert [row["row_number"] for row in result.quarantine] == [2, 3]
    assert reason in result.quarantine[0]["reason"]
    assert result.column("a") == [1, 1]


def test_text_that_is_no_unicode_inside_json_is_set_aside(write, stage):
    text = '[{"a": "\\ud800", "lon": 114, "lat": 30}, {"a": "b", "lon": 114, "lat": 30}]'
    result = stage(write(text, name="a.json"))
    assert [row["row_number"] for row in result.quarantine] == [1]
    assert result.column("a") == ["b"]


def test_a_broken_geopackage_geometry_sets_aside_its_row(tmp_path, stage):
    import sqlite3

    import geopandas as gpd

    path = tmp_path / "a.gpkg"
    points = [shapely.Point(114 + i / 10, 30) for i in range(3)]
    gpd.GeoDataFrame({"a": [1, 2, 3]}, geometry=points, crs=4490).to_file(path, layer="x")
    database = sqlite3.connect(path)
    triggers = database.execute("select name from sqlite_master where type = 'trigger'").fetchall()
    for (name,) in triggers:
        database.execute(f'drop trigger "{name}"')
    database.execute("update x set geom = x'4750ff' where a = 2")
    database.execute("update x set a = 'many' where a = 3")
    database.commit()
    database.close()
    result = stage(path)
    assert {row["row_number"] for row in result.quarantine} == {2, 3}
    assert result.column("a") == [1]


def test_a_named_column_that_is_not_there_is_told(write, stage):
    error = refuses(stage, write("a,b\n1,2\n"), "no column 'lon'", lon="lon", lat="lat")
    assert "a, b" in error.hint


def test_an_unknown_encoding_is_told(write, stage):
    refuses(stage, write("a,b\n1,2\n"), "no text encoding", encoding="klingon")


def test_a_declared_system_that_nobody_can_read_is_left_out_and_told(write, stage):
    crs = '{"type": "name", "properties": {"name": "local grid"}}'
    place = '{"type": "Point", "coordinates": [114, 30]}'
    point = f'{{"type": "Feature", "properties": {{}}, "geometry": {place}}}'
    text = f'{{"type": "FeatureCollection", "crs": {crs}, "features": [{point}]}}'
    result = stage(write(text, name="a.geojson"))
    assert result.staged.lineage.crs_received == "EPSG:4490"
    assert any("cannot be read" in warning for warning in result.staged.lineage.warnings)


def test_a_quote_that_never_closes_sets_its_row_aside(write, stage):
    # The row swallows the rest of the file: all of it is shown in the quarantine.
    result = stage(write('a,b\n1,2\n"3,4\n5,6\n'))
    (row,) = result.quarantine
    assert row["row_number"] == 2
    assert "5,6" in row["raw"]
