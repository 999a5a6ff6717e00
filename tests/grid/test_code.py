from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chengmo.errors import InvalidCell
from chengmo.grid import (
    GEOSOT_LEVELS,
    code_bounds,
    code_of_key,
    encode_code,
    encode_codes,
    encode_keys,
    key_bounds,
    key_of_code,
    parse_code,
    parse_codes,
)

LON = st.floats(-180, 180) | st.integers(-180 * 10**6, 180 * 10**6).map(lambda n: n / 10**6)
LAT = st.floats(-87.999999, 87.999999) | st.integers(-87 * 10**6, 87 * 10**6).map(
    lambda n: n / 10**6
)
LEVEL = st.integers(1, 10)
HEX = "0123456789ABCDE"
# Size in arc-seconds (lon, lat) and how many parts each level has in its parent.
TABLE = [
    (6 * 3600, 4 * 3600),
    (1800, 1800),
    (900, 600),
    (60, 60),
    (4, 4),
    (2, 2),
    (Fraction(1, 4), Fraction(1, 4)),
    (Fraction(1, 32), Fraction(1, 32)),
    (Fraction(1, 256), Fraction(1, 256)),
    (Fraction(1, 2048), Fraction(1, 2048)),
]


def exact_code(lon, lat, level):
    """The standard's table by rational arithmetic: the slow reference."""
    snap = Fraction(1, 10**6) / 2048
    x = min(abs(Fraction(lon)) * 3600 + snap, Fraction(180 * 3600) - snap)
    y = abs(Fraction(lat)) * 3600 + snap
    text = "S" if lat < 0 else "N"
    for depth, (width, height) in enumerate(TABLE[:level], start=1):
        column, x = divmod(x, width)
        row, y = divmod(y, height)
        if depth == 1:
            text += f"{30 - column if lon < 0 else 31 + column:02d}" + chr(ord("A") + row)
        elif depth in (3, 6):
            text += str(row * 2 + column)
        else:
            text += HEX[column] + HEX[row]
    return text


def off_grid_lines(lon, lat):
    """Whether rounding of the product could not decide: away from a line by over half a snap."""
    units = [abs(Fraction(v)) * 7_372_800 + Fraction(1, 10**6) for v in (lon, lat)]
    return all(abs(u - round(u)) > Fraction(1, 10**6) / 2 for u in units)


def random_places(count, seed):
    rng = np.random.default_rng(seed)
    return rng.uniform(-180, 180, count), rng.uniform(-88, 88, count)


def assert_exact(lon, lat, level):
    codes = encode_codes(lon, lat, level=level).astype(str)
    for a, b, code in zip(lon.tolist(), lat.tolist(), codes.tolist(), strict=True):
        if off_grid_lines(a, b):
            assert code == exact_code(a, b, level), (a, b)


@pytest.mark.parametrize("level", range(1, 11))
def test_codes_equal_rational_arithmetic_at_random_places_and_short_decimals(level):
    lon, lat = random_places(1000, level)
    assert_exact(lon, lat, level)
    assert_exact(np.round(lon[:200], 3), np.round(lat[:200], 3), level)


@pytest.mark.slow
def test_codes_equal_rational_arithmetic_at_a_million_places():
    assert_exact(*random_places(1_000_000, 20), 10)


@settings(deadline=None)
@given(lon=LON, lat=LAT, level=LEVEL)
@example(lon=180.0, lat=0.0, level=10)
@example(lon=-180.0, lat=-87.9, level=10)
@example(lon=-0.0, lat=-0.0, level=10)
def test_a_place_lies_in_its_cell_and_the_centre_has_the_same_code(lon, lat, level):
    text = encode_code(lon, lat, level)
    code = parse_code(text)
    assert (code.text, code.level) == (text, level)
    snap = 2e-6 / 7_372_800
    assert code.west - snap <= lon <= code.east + snap
    assert code.south - snap <= lat <= code.north + snap
    assert encode_code(*code.centre, level) == text


@settings(deadline=None)
@given(lon=LON, lat=LAT, level=st.integers(2, 10))
def test_a_parent_code_is_a_prefix(lon, lat, level):
    text = encode_code(lon, lat, level)
    assert parse_code(text).parent == encode_code(lon, lat, level - 1)
    assert text.startswith(encode_code(lon, lat, level - 1))
    assert parse_code(encode_code(lon, lat, 1)).parent is None


def test_no_corner_of_a_finest_cell_has_a_neighbours_code():
    lon, lat = random_places(100_000, 30)
    codes = encode_codes(lon, lat, level=10)
    west, south, east, north = code_bounds(codes)
    near_lon = np.where(lon < 0, east, west)
    near_lat = np.where(lat < 0, north, south)
    np.testing.assert_array_equal(encode_codes(near_lon, near_lat, level=10), codes)


@pytest.mark.parametrize("level", sorted(GEOSOT_LEVELS))
def test_codes_and_keys_name_the_same_cells(level):
    lon, lat = random_places(2000, level)
    lon[:4], lat[:4] = [180, -180, 0, -1e-9], [0, 87.999, -1e-9, 0]
    codes = encode_codes(lon, lat, level=level)
    keys = encode_keys(lon, lat, level=GEOSOT_LEVELS[level])
    np.testing.assert_array_equal(code_of_key(encode_keys(lon, lat), level=level), codes)
    found, levels = key_of_code(codes)
    np.testing.assert_array_equal(found, keys)
    assert (levels == GEOSOT_LEVELS[level]).all()
    np.testing.assert_array_equal(code_bounds(codes), key_bounds(keys, level=GEOSOT_LEVELS[level]))


@pytest.mark.parametrize(
    "text", ["N50J47539B8255346152", "N51J47539B8255346152", "S11J47539B8255346152", "S50A00000"]
)
def test_the_four_quarters_count_away_from_the_origin(text):
    code = parse_code(text)
    assert (code.south < 0) == (text[0] == "S")
    assert (code.west < 0) == (int(text[1:3]) <= 30)
    assert encode_code(*code.centre, code.level) == text


def test_texts_come_as_any_column_and_in_either_case():
    expected = code_bounds("N50J475493E")
    for column in (
        ["n50j475493e"],
        np.array(["N50J475493E"]),
        np.array([b"N50J475493E"]),
        np.array([b"N50J475493E"], "S30"),
        np.array(["N50J475493e"], object),
    ):
        assert [e.tolist() for e in code_bounds(column)] == [[float(e)] for e in expected]
    assert parse_codes([["N50J", "N50J47"], ["N50J475", "S00000"]]).tolist() == [[1, 2], [3, 2]]
    assert parse_codes([]).size == 0
    assert parse_codes(np.array([], str)).size == 0
    assert parse_code(" n50j475 \n").text == "N50J475"
    assert parse_codes(np.array(["N50J", "S"], "S20")[:1]).tolist() == [1]


def test_columns_keep_their_shape():
    assert encode_codes([[116.0, 117.0]], 39.0, level=1).shape == (1, 2)
    assert encode_codes([], [], level=10).dtype == "S20"
    assert code_of_key(np.empty(0, np.uint64), level=4).size == 0


@pytest.mark.parametrize("position", range(1, 21))
@pytest.mark.parametrize("wrong", ["Z", "é", "９", " ", "-"])
def test_a_wrong_character_is_named_with_its_position(position, wrong):
    good = "N50J47539B8255346152"
    bad = good[: position - 1] + wrong + good[position:]
    with pytest.raises(InvalidCell) as caught:
        parse_codes([good, bad, good])
    assert caught.value.message.endswith(f"at index 1 is no code: '{wrong}' at position {position}")
    assert caught.value.hint


@pytest.mark.parametrize(
    ("position", "wrong"),
    [
        (1, "E"),
        (2, ":"),
        (4, "W"),
        (5, "C"),
        (6, "8"),
        (7, "6"),
        (8, "F"),
        (9, "A"),
        (10, "F"),
        (11, "F"),
        (12, "4"),
        *((p, "8") for p in range(13, 21)),
    ],
)
def test_the_first_character_past_each_limit_is_refused(position, wrong):
    good = "N50J47539B8255346152"
    bad = good[: position - 1] + wrong + good[position:]
    for read in (parse_code, key_of_code):
        with pytest.raises(InvalidCell, match=f"'{wrong}' at position {position}"):
            read(bad)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "0 characters"),
        ("N50", "3 characters"),
        ("N50J4", "5 characters"),
        ("N50J47539B82553461520", "21 characters"),
        ("N00J", "'00' at positions 2–3"),
        ("N61J", "'61' at positions 2–3"),
        ("N69J", "'69' at positions 2–3"),
        ("N000000", "polar cap"),
        ("N00040", "'4' at position 5"),
        ("X000", "'X' at position 1"),
        ("N50Ｊ", "'Ｊ' at position 4"),
    ],
)
def test_what_is_no_code_is_refused_with_the_reason(text, words):
    with pytest.raises(InvalidCell, match=words) as caught:
        parse_code(text)
    assert caught.value.hint


def test_what_is_no_text_is_refused():
    with pytest.raises(InvalidCell, match="no texts"):
        parse_codes([12, 13])
    with pytest.raises(InvalidCell, match="None at index 1"):
        parse_codes(np.array(["N50J", None], object))


CAP = [
    (10, 89.9, "00"),
    (10, 89.2, "01"),
    (150, 89.2, "02"),
    (-150, 89.2, "02"),
    (-10, 89.2, "03"),
    (10, 88.2, "10"),
    (70, 88.2, "11"),
    (10, 88.7, "12"),
    (70, 88.7, "13"),
    (130, 88.2, "20"),
    (-130, 88.2, "21"),
    (130, 88.7, "22"),
    (-130, 88.7, "23"),
    (-10, 88.2, "30"),
    (-70, 88.2, "31"),
    (-10, 88.7, "32"),
    (-70, 88.7, "33"),
]


@pytest.mark.parametrize(("lon", "lat", "digits"), CAP)
@pytest.mark.parametrize("side", ["N", "S"])
def test_a_cell_of_a_polar_cap_holds_its_place_and_its_centre(lon, lat, digits, side):
    lat = lat if side == "N" else -lat
    text = encode_code(lon, lat, 2)
    assert text == f"{side}000{digits}"
    assert encode_code(lon, lat, 1) == parse_code(text).parent == f"{side}000"
    code = parse_code(text)
    assert code.south <= lat <= code.north
    inside = code.west <= lon <= code.east
    assert inside or (code.west > code.east and (lon >= code.west or lon <= code.east))
    assert encode_code(*code.centre, 2) == text


def test_the_cells_of_a_cap_fill_it():
    west, south, east, north = code_bounds(
        [f"N000{digits}" for *_, digits in CAP if digits != "02"] + ["N00002"]
    )
    assert (((east - west - 1e-9) % 360 + 1e-9) * (north - south)).sum() == pytest.approx(
        360 * 2, abs=181
    )
    cells = {
        encode_code(lon, lat, 2)
        for lon in np.arange(-179.5, 180)
        for lat in (88.1, 88.6, 89.1, 89.6, 90.0)
    }
    assert len(cells) == 16


@pytest.mark.parametrize("level", range(3, 11))
def test_a_polar_cap_has_no_code_below_level_two_and_the_error_says_why(level):
    with pytest.raises(InvalidCell, match=r"index 1 .*polar cap.*ambiguous"):
        encode_codes([10, 10], [87, -88], level=level)
    if level > 3:
        with pytest.raises(InvalidCell, match="polar cap"):
            code_of_key(encode_keys(10, 89), level=level)


def test_levels_without_geosot_cells_have_no_key():
    for text in ("N50J", "N50J47", "N50J475", "N000", "N00000"):
        with pytest.raises(InvalidCell, match="no GeoSOT cell"):
            key_of_code(text)
    for level in (1, 2, 3):
        with pytest.raises(InvalidCell, match="sheet"):
            code_of_key(0, level=level)
    for level in (0, 11):
        with pytest.raises(InvalidCell, match=f"level {level}"):
            encode_codes(0, 0, level=level)


def test_an_unused_key_has_no_code():
    with pytest.raises(InvalidCell, match="index 1 names no place"):
        code_of_key(np.array([0, 2**63 - 1], np.uint64), level=10)


def test_the_first_place_off_the_earth_is_named():
    with pytest.raises(InvalidCell, match="at index 1"):
        encode_codes([0, 200], [0, 0], level=10)
    with pytest.raises(InvalidCell, match="at index 0"):
        encode_codes(np.nan, 0, level=2)
