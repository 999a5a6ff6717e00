"""`chengmo code`: single places, whole files, areas; mistakes name the row."""

import csv
import io
import json

import pytest

from chengmo.grid import Profile, encode_code, encode_solid_code, key_of_code
from chengmo.interfaces.cli.code_column import is_solid
from chengmo.interfaces.cli.code_table import CHUNK_ROWS, free_names

LON, LAT = 114.3055, 30.5433
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[114, 30], [114.1, 30], [114.1, 30.05], [114, 30.05], [114, 30]]],
}


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("CHENGMO_LANG", "en")


@pytest.fixture
def places(tmp_path):
    path = tmp_path / "places.csv"
    path.write_text("站名,经度,纬度,H\n汉口站,114.2553,30.6186,25\n武昌站,114.3174,30.5288,-3.5\n")
    return path


@pytest.mark.parametrize("level", range(1, 11))
def test_a_place_is_encoded_and_its_code_decoded(chengmo_command, level):
    code = chengmo_command("code", "encode", LON, LAT, "--level", level).out.strip()
    assert code == encode_code(LON, LAT, level)
    facts = chengmo_command("code", "decode", code, "--json").json
    assert facts["level"] == level
    assert facts["west"] <= LON < facts["east"]
    assert ("key" in facts) == (level >= 4)


@pytest.mark.parametrize("profile", ["standard", "bits", "bits2c", "geosot"])
def test_a_height_gives_a_solid_code_with_floor_and_ceiling(chengmo_command, profile: Profile):
    asked = ("--height", 120.5, "--level", 8, "--profile", profile)
    code = chengmo_command("code", "encode", LON, LAT, *asked).out.strip()
    assert code == encode_solid_code(LON, LAT, 120.5, 8, profile=profile)
    facts = chengmo_command("code", "decode", code, "--profile", profile, "--json").json
    assert facts["floor_m"] <= 120.5 < facts["ceiling_m"]
    assert facts["profile"] == profile


def test_the_southern_and_western_quarters_need_no_tricks(chengmo_command):
    answer = chengmo_command("code", "encode", -58.3816, -34.6037, "--level", 5)
    assert answer.out.strip() == encode_code(-58.3816, -34.6037, 5)


def test_the_key_is_a_text_because_json_numbers_end_at_53_bits(chengmo_command):
    found = chengmo_command("code", "encode", LON, LAT, "--level", 6, "--json").json
    assert found["key"] == str(key_of_code(found["code"])[0])
    assert chengmo_command("code", "encode", LON, LAT, "--level", 2, "--json").json["key"] is None


def test_reference_codes_and_geosot_texts_are_read_too(chengmo_command):
    short = chengmo_command("code", "decode", "N50J475493E-B0", "--json").json
    assert short["code"] == "N50J475491E"
    geosot = chengmo_command("code", "decode", "G001310322-230230", "--json").json
    assert (geosot["geosot_level"], geosot["key"]) == (15, "526548078363148288")


def test_a_file_keeps_its_columns_and_gains_code_key_and_level(chengmo_command, places):
    answer = chengmo_command("code", "encode", "--file", places, "--level", 5)
    rows = read(answer.out)
    assert list(rows[0]) == ["站名", "经度", "纬度", "H", "code", "key", "level"]
    assert rows[1]["code"] == encode_code(114.3174, 30.5288, 5)
    assert rows[1]["key"] == str(key_of_code(rows[1]["code"])[0])
    assert [row["level"] for row in rows] == ["5", "5"]


def test_a_decoded_file_encodes_to_the_same_codes(chengmo_command, places, tmp_path):
    codes, back = tmp_path / "codes.csv", tmp_path / "places-again.csv"
    assert chengmo_command("code", "encode", "--file", places, "-o", codes).code == 0
    assert chengmo_command("code", "decode", "--file", codes, "-o", back).code == 0
    rows = read(back.read_text(encoding="utf-8"))
    assert [*rows[0]][-6:] == ["west", "south", "east", "north", "lon", "lat"]
    again = chengmo_command(
        "code", "encode", "--file", back, "--lon-column", "lon", "--lat-column", "lat"
    )
    for row in read(again.out):
        assert row["cell_code"] == row["code"]


def test_heights_come_from_a_named_column_only(chengmo_command, places, tmp_path):
    flat = read(chengmo_command("code", "encode", "--file", places, "--level", 8).out)
    codes = tmp_path / "codes.csv"
    asked = ("--height-column", "H", "--level", 8, "-o", codes)
    chengmo_command("code", "encode", "--file", places, *asked)
    solid = read(codes.read_text(encoding="utf-8"))
    assert not is_solid(flat[0]["code"])
    assert solid[1]["code"] == encode_solid_code(114.3174, 30.5288, -3.5, 8)
    assert int(solid[1]["height_key"]) < 0
    row = read(chengmo_command("code", "decode", "--file", codes).out)[1]
    assert float(row["floor_m"]) <= -3.5 < float(row["ceiling_m"])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("999,30.5", "no place"),
        ("不详,30.5", "'不详' is no number"),
        (",30.5", "empty"),
        ("nan,30.5", "no place"),
        ("114,89", "polar cap"),
        ("114,30,1", "3 cells"),
    ],
)
def test_a_mistake_names_its_row(chengmo_command, tmp_path, row, said):
    path = tmp_path / "places.csv"
    path.write_text("\n".join(["lon,lat", '"114",30', "", "115,31", row, "116,32"]))
    answer = chengmo_command("code", "encode", "--file", path)
    assert answer.code == 2
    assert "row 3 (line 5)" in answer.err
    assert said in answer.err


def test_rows_without_an_answer_can_be_left_empty(chengmo_command, tmp_path):
    path = tmp_path / "codes.csv"
    path.write_text("code\nN50J47534\nN50J4753X\nN50J47\n")
    answer = chengmo_command("code", "decode", "--file", path, "--keep-going")
    assert [row["west"] != "" for row in read(answer.out)] == [True, False, True]
    assert "1 rows" in answer.err


def test_an_unfinished_file_never_takes_the_name_of_a_whole_one(chengmo_command, tmp_path):
    path, output = tmp_path / "places.csv", tmp_path / "codes.csv"
    path.write_text("lon,lat\n114,30\n999,30\n")
    assert chengmo_command("code", "encode", "--file", path, "-o", output).code == 2
    assert [one.name for one in tmp_path.glob("*codes*")] == []


def test_a_file_longer_than_a_chunk_comes_out_whole_and_in_order(chengmo_command, tmp_path):
    path = tmp_path / "places.csv"
    count = CHUNK_ROWS + 3
    lines = [f"{i},{i / count * 90},{i / count * 45}" for i in range(count)]
    path.write_bytes(
        "\n".join(["\ufeff序号;经度;纬度", *lines]).replace(",", ";").encode("gb18030")
    )
    rows = read(chengmo_command("code", "encode", "--file", path, "--encoding", "gb18030").out)
    assert [row["level"] for row in rows] == ["10"] * count
    assert rows[-1]["code"] == encode_code((count - 1) / count * 90, (count - 1) / count * 45, 10)


def test_a_solid_code_after_flat_ones_says_what_to_do(chengmo_command, tmp_path):
    path = tmp_path / "codes.csv"
    path.write_text("code\n" + "N50J47534\n" * CHUNK_ROWS + "N050J0047050340\n")
    answer = chengmo_command("code", "decode", "--file", path)
    assert answer.code == 2
    assert f"row {CHUNK_ROWS + 1} " in answer.err
    assert "--solid" in answer.err
    rows = read(chengmo_command("code", "decode", "--file", path, "--solid").out)
    assert (rows[0]["floor_m"], rows[-1]["floor_m"]) == ("", "0.0")


@pytest.mark.parametrize("arguments", [(), ("114",), ("114", "30", "--lon-column", "x")])
def test_a_call_without_a_place_or_a_file_explains_itself(chengmo_command, arguments):
    assert chengmo_command("code", "encode", *arguments).code == 2


def test_a_missing_column_is_named_with_those_there_are(chengmo_command, places):
    answer = chengmo_command("code", "decode", "--file", places)
    assert answer.code == 2
    assert "站名, 经度" in answer.err


def test_an_area_is_covered_and_its_cells_are_listed(chengmo_command, tmp_path):
    path = tmp_path / "area.geojson"
    path.write_text(json.dumps(SQUARE))
    rows = read(chengmo_command("code", "cover", path, "--level", 4).out)
    assert len(rows) == 18
    assert list(rows[0]) == ["feature", "code", "key", "level"]
    keys, _ = key_of_code([row["code"] for row in rows])
    assert [str(key) for key in keys] == [row["key"] for row in rows]


def test_a_mixed_cover_has_fewer_cells_of_the_same_ground(chengmo_command, tmp_path):
    path = tmp_path / "area.geojson"
    features = [{"type": "Feature", "properties": {}, "geometry": SQUARE}] * 2
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    fine = read(chengmo_command("code", "cover", path, "--level", 5).out)
    mixed = read(chengmo_command("code", "cover", path, "--level", 5, "--mixed").out)
    assert {row["feature"] for row in mixed} == {"1", "2"}
    size = {"4": 225, "5": 1}
    assert sum(size[row["level"]] for row in mixed) == len(fine) == 2 * 6 * 3 * 225
    assert len(mixed) == 2 * 6 * 3


def test_a_band_of_heights_gives_solid_cells(chengmo_command, tmp_path):
    path = tmp_path / "area.csv"
    path.write_text('id,wkt\n7,"POLYGON ((114 30, 114.001 30, 114.001 30.001, 114 30))"\n')
    asked = ("--level", 5, "--floor", 0, "--ceiling", 300)
    rows = read(chengmo_command("code", "cover", "--file", path, *asked).out)
    assert rows
    assert {row["id"] for row in rows} == {"7"}
    assert all(is_solid(row["code"]) for row in rows)
    assert len({row["height_key"] for row in rows}) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [("[]", "no GeoJSON"), ("{", "no JSON"), ('{"type": "Polygon"}', "geometry")],
)
def test_what_is_no_area_is_refused(chengmo_command, tmp_path, text, said):
    path = tmp_path / "area.geojson"
    path.write_text(text)
    answer = chengmo_command("code", "cover", path, "--level", 5)
    assert answer.code == 2
    assert said in answer.err


def test_sheets_cannot_cover_and_say_so(chengmo_command, tmp_path):
    path = tmp_path / "area.csv"
    path.write_text('geometry\n"POINT (1 2)"\n')
    assert "sheet" in chengmo_command("code", "cover", "--file", path, "--level", 3).err
    wrong = chengmo_command("code", "cover", "--file", path, "--level", 5)
    assert "row 1 (line 2)" in wrong.err


def test_help_is_in_chinese_where_the_terminal_is(chengmo_command, monkeypatch, places):
    monkeypatch.setenv("CHENGMO_LANG", "zh_CN.UTF-8")
    answer = chengmo_command("code", "decode", "--file", places)
    assert "没有网格码列" in answer.err


def test_a_column_that_is_there_already_is_not_written_over():
    assert free_names(["lon", "cell_lon"], ["lon", "lat"]) == ["cell_cell_lon", "lat"]


def test_places_of_another_system_are_converted_before_they_get_a_code(chengmo_command, tmp_path):
    from chengmo.catalog.crs import offset_places

    lon, lat = offset_places([LON], [LAT], system="gcj02")
    asked = ("--crs", "gcj02", "--level", 8, "--json")
    found = chengmo_command("code", "encode", lon[0], lat[0], *asked).json
    assert (found["code"], found["given_in"]) == (encode_code(LON, LAT, 8), "GCJ-02")
    path = tmp_path / "places.csv"
    path.write_text(f"gcj_lon,gcj_lat\n{lon[0]},{lat[0]}\n")
    asked = ("--lon-column", "gcj_lon", "--lat-column", "gcj_lat", "--level", 8)
    refused = chengmo_command("code", "encode", "--file", path, *asked)
    assert refused.code == 2
    assert "'gcj_lon' speaks of GCJ-02" in refused.err
    for system, place in (("gcj02", (LON, LAT)), ("CGCS2000", (lon[0], lat[0]))):
        rows = read(chengmo_command("code", "encode", "--file", path, *asked, "--crs", system).out)
        assert rows[0]["code"] == encode_code(*place, 8)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("encode", "nan", "30"), "✗ lon nan, lat 30.0 is no place on Earth\n"),
        (("encode", "114", "89"), "✗ lat 89.0 is in a polar cap"),
        (("decode", "G0013103229"), "✗ 'G0013103229' is no GeoSOT text: '9' at position 11"),
    ],
)
def test_one_value_has_no_index(chengmo_command, arguments, said):
    answer = chengmo_command("code", *arguments)
    assert said in answer.err
    assert "index" not in answer.err
    assert "is_valid_place" not in answer.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("encode", "nan", "30"),
        ("encode", "114", "89"),
        ("encode", "114", "30", "--height", "inf"),
        ("decode", "N50H051322A1425X"),
        ("decode", "N99H"),
        ("decode", "N50J1"),
        ("decode", "Ｎ50H"),
        ("decode", "N0000000000"),
        ("decode", "N050H000501032X"),
        ("decode", "N050H00050103202"),
        ("decode", "N050H990501"),
        ("decode", "G0013103229"),
        ("decode", "G3333333333"),
        ("decode", "--file", "codes.csv"),
    ],
)
def test_what_is_wrong_with_a_code_is_said_in_chinese(
    chengmo_command, monkeypatch, tmp_path, arguments
):
    monkeypatch.setenv("CHENGMO_LANG", "zh_CN")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "codes.csv").write_text("code\nN50J1\n")
    message, hint = chengmo_command("code", *arguments).err.splitlines()
    for said in (message, hint):
        assert any("一" <= character <= "鿿" for character in said), said
