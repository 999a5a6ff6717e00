import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chengmo.errors import InvalidCell
from chengmo.grid.code import encode_code, encode_codes, parse_code
from chengmo.grid.height import PROFILES, height_bounds, height_fields, height_keys
from chengmo.grid.height_kernel import HIGHEST_M, LAYERS, LOWEST_M
from chengmo.grid.key import encode_key, encode_keys, parent_keys
from chengmo.grid.solid import (
    encode_solid_code,
    encode_solid_codes,
    key_of_solid_code,
    parse_solid_code,
    parse_solid_codes,
    solid_code_bounds,
    solid_code_of_key,
)
from chengmo.grid.solid_digits import code_of_height, height_of_code, split_solid_codes
from chengmo.grid.solid_geosot import geosot_solid_text, parse_geosot_solid

VECTORS = json.loads(Path(__file__).with_name("vectors.json").read_text(encoding="utf-8"))
LENGTHS = [7, 10, 12, 15, 18, 20, 23, 26, 29, 32]
HEX = "0123456789ABCDEF"
LON = st.floats(-180, 180) | st.integers(-180 * 10**6, 180 * 10**6).map(lambda n: n / 10**6)
LAT = st.floats(-87.999, 87.999) | st.integers(-87 * 10**6, 87 * 10**6).map(lambda n: n / 10**6)
HEIGHT = st.floats(LOWEST_M, HIGHEST_M, exclude_max=True) | st.integers(-11000, 30000).map(float)
LEVEL = st.integers(1, 10)
PROFILE = st.sampled_from(list(PROFILES))
GOOD = "N050J0047050390D9011345100403410"


def of_kind(*kinds):
    return [
        pytest.param(v, id=f"{v['kind']}-{i}") for i, v in enumerate(VECTORS) if v["kind"] in kinds
    ]


def sliced(bits):
    """Annex C.14: the 32 bits of a height as digits."""
    digits, at = bits[0], 1
    for width in (6, 3, 1, 4, 4, 1, 3, 3, 3, 3):
        value, at = int(bits[at : at + width], 2), at + width
        digits += f"{value:02d}" if width == 6 else HEX[value]
    return digits


def reference_digits(n, profile):
    """The digits of a height index by each reading of the standard, one at a time."""
    below = "1" if n < 0 else "0"
    if profile == "standard":
        rest, digits = n + LAYERS if n < 0 else n, ""
        for radix in (8, 8, 8, 8, 2, 15, 15, 2, 8):
            rest, digit = divmod(rest, radix)
            digits = HEX[digit] + digits
        return f"{below}{rest:02d}{digits}"
    if profile == "bits":
        return sliced(below + f"{abs(n):031b}")
    if profile == "bits2c":
        return sliced(f"{n & 0xFFFFFFFF:032b}")
    # Towards zero: GeoSOT mirrors its cells at the ellipsoid.
    magnitude = -n - 1 if n < 0 else n
    seconds, part = divmod(magnitude, 2048)
    minutes, second = divmod(seconds, 60)
    degree, minute = divmod(minutes, 60)
    return sliced(below + f"{degree:08b}{minute:06b}{second:06b}{part:011b}")


def zipped(flat, digits):
    """Figure 12, one level at a time; shorter where the 2-D code is."""
    text, flat, digits = flat[0] + digits[0], flat[1:], digits[1:]
    for wide, tall in ((3, 2), (2, 1), (1, 1), (2, 1), (2, 1), (1, 1)) + ((2, 1),) * 4:
        if flat:
            text += flat[:wide] + digits[:tall]
            flat, digits = flat[wide:], digits[tall:]
    return text


def assert_as_reference(lon, lat, height, profile):
    keys = height_keys(height).tolist()
    flat = encode_codes(lon, lat, level=10).astype(str).tolist()
    found = encode_solid_codes(lon, lat, height, level=10, profile=profile).astype(str).tolist()
    for code, n, text in zip(flat, keys, found, strict=True):
        assert text == zipped(code, reference_digits(n, profile))


def random_columns(count, seed):
    rng = np.random.default_rng(seed)
    height = np.where(
        rng.random(count) < 0.5,
        rng.uniform(-11000, 30000, count),
        rng.uniform(-6.3e6, 5.2e8, count),
    )
    return rng.uniform(-180, 180, count), rng.uniform(-88, 88, count), height


@pytest.mark.parametrize("profile", PROFILES)
def test_codes_equal_the_tables_worked_out_digit_by_digit(profile):
    assert_as_reference(*random_columns(500, 11), profile)


@pytest.mark.slow
@pytest.mark.parametrize("profile", PROFILES)
def test_many_codes_equal_the_tables_worked_out_digit_by_digit(profile):
    assert_as_reference(*random_columns(100_000, 12), profile)
    # Floors of layers, where digits carry.
    lon, lat, _ = random_columns(100_000, 13)
    steps = np.array([1, 64, 512, 8192, 122_880, 131_072, 1_843_200, 1 << 21, 7_372_800, 1 << 25])
    rng = np.random.default_rng(14)
    keys = rng.choice(steps, 100_000) * rng.integers(-60, 60, 100_000) + rng.integers(
        -1, 2, 100_000
    )
    keys = np.clip(keys, -LAYERS, LAYERS - 1)
    assert_as_reference(lon, lat, height_bounds(keys)[0], profile)


@settings(deadline=None, max_examples=40)
@example(0.0, 0.0, 0.0, "bits")
@example(-0.0, -0.0, -0.001, "bits")
@example(180.0, -87.0, LOWEST_M, "bits2c")
@example(-180.0, -87.0, -0.001, "geosot")
@given(LON, LAT, HEIGHT, PROFILE)
def test_each_level_is_a_prefix_and_its_cell_holds_the_place(lon, lat, height, profile):
    finest = encode_solid_code(lon, lat, height, 10, profile=profile)
    for level in range(1, 11):
        text = encode_solid_code(lon, lat, height, level, profile=profile)
        assert text == finest[: LENGTHS[level - 1]]
        code = parse_solid_code(text, profile=profile)
        assert code.level == level
        assert code.flat.text == encode_code(lon, lat, level)
        assert code.parent == (text[: LENGTHS[level - 2]] if level > 1 else None)
        assert code.floor_m <= np.nextafter(height, 1e9) + 1e-4
        assert height < code.ceiling_m
        bounds = [float(edge) for edge in solid_code_bounds(text, profile=profile)]
        flat = code.flat
        edges = [flat.west, flat.south, flat.east, flat.north, code.floor_m, code.ceiling_m]
        assert bounds == edges


@settings(deadline=None, max_examples=40)
@given(LON, LAT, HEIGHT, LEVEL, PROFILE)
def test_the_middle_of_a_cell_has_its_code(lon, lat, height, level, profile):
    text = encode_solid_code(lon, lat, height, level, profile=profile)
    code = parse_solid_code(text, profile=profile)
    middle = (code.floor_m + code.ceiling_m) / 2
    assert encode_solid_code(*code.flat.centre, middle, level, profile=profile) == text
    assert encode_solid_code(*code.flat.centre, code.floor_m, level, profile=profile) == text


@settings(deadline=None, max_examples=40)
@given(LON, LAT, HEIGHT, st.integers(4, 10), PROFILE)
def test_a_code_and_its_pair_of_keys_are_one_cell(lon, lat, height, level, profile):
    text = encode_solid_code(lon, lat, height, level, profile=profile)
    key, height_key, geosot_level = key_of_solid_code(text, profile=profile)
    assert parent_keys(encode_keys(lon, lat), int(geosot_level)) == key
    assert height_keys(height, level=level, profile=profile) == height_key
    assert solid_code_of_key(key, height_key, level=level, profile=profile).item().decode() == text
    finest = solid_code_of_key(encode_key(lon, lat), height_keys(height), level=10, profile=profile)
    assert finest.item().decode().startswith(text)


@pytest.mark.parametrize("profile", PROFILES)
def test_columns_of_mixed_levels_read_as_each_code_alone(profile):
    lon, lat, height = random_columns(200, 15)
    levels = np.resize(np.arange(1, 11), 200)
    texts = [
        encode_solid_code(*place, int(level), profile=profile)
        for *place, level in zip(lon, lat, height, levels, strict=True)
    ]
    texts[7] = encode_solid_code(50, 89.9, 100.0, 2, profile=profile)
    texts[8] = encode_solid_code(50, -88.2, -100.0, 1, profile=profile)
    levels[[7, 8]] = 2, 1
    for column in (texts, np.array(texts, "S40"), np.array([t.lower() for t in texts], object)):
        assert parse_solid_codes(column, profile=profile).tolist() == levels.tolist()
        together = np.transpose(solid_code_bounds(column, profile=profile))
        alone = [np.ravel(solid_code_bounds(text, profile=profile)) for text in texts]
        assert np.array_equal(together, alone)
    fine = [text for text, level in zip(texts, levels, strict=True) if level > 3]
    keys, height_keys_, geosot = key_of_solid_code(fine, profile=profile)
    for i, text in enumerate(fine):
        alone = key_of_solid_code(text, profile=profile)
        assert (keys[i], height_keys_[i], geosot[i]) == tuple(int(part) for part in alone)


def test_long_columns_are_read_and_written_whole():
    lon, lat, height = random_columns(20_001, 16)
    for level in (10, 7):
        codes = encode_solid_codes(lon, lat, height, level=level)
        assert codes[-1].decode() == encode_solid_code(lon[-1], lat[-1], height[-1], level)
        floor, ceiling = solid_code_bounds(codes)[4:]
        assert ((floor <= height + 1e-4) & (height < ceiling)).all()
        keys, _, levels = key_of_solid_code(codes)
        assert (keys == encode_keys(lon, lat, level=int(levels[0]))).all()


def test_a_polar_cap_has_codes_to_level_two():
    assert encode_solid_code(10, 89.9, 0.0, 1) == "N000000"
    assert encode_solid_code(10, -89.2, 0.0, 2) == "S000000010"
    assert parse_solid_code("S000000010").flat == parse_code("S00001")
    assert encode_solid_code(10, 87.99999999999999, 0.0, 1)[:5] == "N0000"
    mixed = encode_solid_codes([10.0, 10.0], [10.0, 89.9], 50.0, level=2)
    assert mixed.tolist() == [b"N032C00840", b"N000000000"]
    with pytest.raises(InvalidCell, match=r"index 1 .*polar cap.*ambiguous"):
        encode_solid_codes([10, 10], [87, -88], 0.0, level=3)


@pytest.mark.parametrize("vector", of_kind("encode3d"))
def test_a_place_has_the_published_code(vector):
    place = vector["input"]
    for profile in ("standard", "geosot"):
        code = encode_solid_code(
            place["lon"], place["lat"], place["h"], place["level"], profile=profile
        )
        assert code == vector["expect"]


@pytest.mark.parametrize("vector", of_kind("encode3d_geosot"))
def test_a_place_has_the_published_code_of_geosot_fields(vector):
    place = vector["input"]
    rest = (place["lon"], place["lat"], place["h"], place["level"])
    assert encode_solid_code(*rest, profile="geosot") == vector["expect"]
    assert encode_solid_code(*rest) in vector["note"]


@pytest.mark.parametrize("vector", of_kind("split3d"))
def test_a_code_has_the_published_halves(vector):
    flat, digits = split_solid_codes(vector["input"]["code"])
    assert [flat.item().decode(), digits.item().decode()] == vector["expect"]


@pytest.mark.parametrize("vector", of_kind("height_floor"))
def test_a_vertical_part_has_the_published_floor(vector):
    key, level = height_of_code(vector["input"]["code"])
    assert height_bounds(key, level=level)[0] == pytest.approx(vector["expect"], abs=3e-4)
    assert code_of_height(key, level=level).item().decode() == vector["input"]["code"]


@pytest.mark.parametrize("vector", of_kind("bgc3d_to_zcode"))
def test_a_code_has_the_published_key_and_field(vector):
    key, height_key, level = key_of_solid_code(vector["input"]["code"], profile="geosot")
    expected_key, expected_field, expected_level = vector["expect"]
    assert (int(key), int(level)) == (expected_key, expected_level)
    # The field of a layer below ground counts from its ceiling, its height key from its floor.
    shift = 32 - expected_level
    assert int(height_fields(height_key)) >> shift << shift == expected_field


@pytest.mark.parametrize("vector", of_kind("gger3d"))
def test_a_place_has_the_published_geosot_solid_text(vector):
    place = vector["input"]
    key, height_key = encode_key(place["lon"], place["lat"]), height_keys(float(place["h"]))
    text = geosot_solid_text(key, height_key, level=place["level"]).item().decode()
    assert text == vector["expect"]
    found_key, found_height, level = parse_geosot_solid(text)
    assert found_key == parent_keys(key, int(level))
    assert level == place["level"]
    assert found_height <= height_key


@pytest.mark.parametrize(
    "vector", [v for v in of_kind("known_wrong") if "h" in v.values[0]["input"]]
)
def test_published_digits_known_to_be_wrong_are_those_of_another_profile(vector):
    key = height_keys(vector["input"]["h"])
    # The last digit is another implementation's rounding.
    assert code_of_height(key, profile="bits").item().decode()[:-1] == vector["expect"][:-1]
    assert code_of_height(key).item().decode() in vector["note"]
    with pytest.raises(InvalidCell, match="no height of profile 'standard': 'F' at position 7"):
        height_of_code(vector["expect"])
    with pytest.raises(InvalidCell, match=r"'F' at position 18.*was it one of those"):
        parse_solid_code("N050J004705039" + "0D9F")


@pytest.mark.parametrize(
    "vector", [v for v in of_kind("known_wrong") if "code" in v.values[0]["input"]]
)
def test_a_published_code_known_to_be_wrong_is_read_by_position_alone(vector):
    # It is well formed: only its place is not the one that was meant.
    text = vector["input"]["code"].upper()
    code = parse_solid_code(text)
    middle = (code.floor_m + code.ceiling_m) / 2
    assert encode_solid_code(*code.flat.centre, middle, code.level) == text


def test_profiles_agree_above_ground_below_their_limits():
    rng = np.random.default_rng(17)
    lon, lat = rng.uniform(-180, 180, 500), rng.uniform(-88, 88, 500)
    low, high = rng.uniform(0, 1839.6, 500), rng.uniform(0, 27_649.6, 500)
    standard = encode_solid_codes(lon, lat, low, level=10)
    for profile in PROFILES:
        other = encode_solid_codes(lon, lat, low, level=10, profile=profile)
        assert (other == standard).all()
    standard = encode_solid_codes(lon, lat, high, level=10)
    assert (encode_solid_codes(lon, lat, high, level=10, profile="geosot") == standard).all()
    assert (encode_solid_codes(lon, lat, high, level=10, profile="bits") != standard).any()


@pytest.mark.parametrize("position", range(1, 33))
@pytest.mark.parametrize("wrong", ["Z", "é", "９", " "])
def test_a_wrong_character_is_named_with_its_position(position, wrong):
    bad = GOOD[: position - 1] + wrong + GOOD[position:]
    with pytest.raises(InvalidCell) as caught:
        parse_solid_codes([GOOD, bad, GOOD])
    assert "at index 1 is no" in caught.value.message
    assert caught.value.message.endswith(f"'{wrong}' at position {position}")
    assert caught.value.hint


@pytest.mark.parametrize(
    ("position", "wrong"),
    [
        (1, "E"), (2, "2"), (3, ":"), (5, "W"), (6, "7"), (7, "A"), (8, "C"), (9, "8"), (10, "8"),
        (11, "6"), (12, "2"), (13, "F"), (14, "A"), (15, "F"), (16, "F"), (17, "F"), (18, "F"),
        (19, "4"), (20, "2"), *((p, "8") for p in range(21, 33)),
    ],
)  # fmt: skip
def test_the_first_character_past_each_limit_is_refused(position, wrong):
    bad = GOOD[: position - 1] + wrong + GOOD[position:]
    for read in (parse_solid_code, key_of_solid_code, solid_code_bounds, split_solid_codes):
        with pytest.raises(InvalidCell, match=f"'{wrong}' at position {position}"):
            read(bad)


@pytest.mark.parametrize(
    ("text", "profile", "words"),
    [
        ("", "standard", "0 characters"),
        ("N050J0", "standard", "6 characters"),
        (GOOD + "0", "standard", "33 characters"),
        ("N050J64", "standard", "'64' at positions 6–7"),
        ("N000J00", "standard", "'00' at positions 2–3"),
        ("N061J00", "standard", "'61' at positions 2–3"),
        ("N00000000000", "standard", "polar cap"),
        ("X000000", "standard", "'X' at position 1"),
        ("N050J63", "bits", "no layer of profile 'bits'"),
        ("N150J57", "bits", "no layer of profile 'bits'"),
        ("N050J0047050390E", "geosot", "16 characters"),
        ("N050J00475503FFF00", "geosot", "'F' at position 14"),
        ("N150J00470503900000000000000000000"[:32], "bits", "no layer of profile 'bits'"),
    ],
)
def test_what_is_no_code_is_refused_with_the_reason(text, profile, words):
    with pytest.raises(InvalidCell, match=words) as caught:
        parse_solid_code(text, profile=profile)
    assert caught.value.hint


def test_coarse_codes_have_no_key():
    with pytest.raises(InvalidCell, match="no GeoSOT cell"):
        key_of_solid_code(["N050J0047050340", "N050J00"])


def test_columns_that_do_not_go_together_are_refused():
    with pytest.raises(InvalidCell, match="do not go together"):
        encode_solid_codes([1, 2], [1, 2], [1, 2, 3], level=4)
    with pytest.raises(InvalidCell, match="level 0"):
        encode_solid_codes(0, 0, 0, level=0)
    with pytest.raises(InvalidCell, match="lon 200"):
        encode_solid_codes([0, 200.0], 0, 0, level=4)
    with pytest.raises(InvalidCell, match="height nan at index 1"):
        encode_solid_codes(0, 0, [0, np.nan], level=4)
    with pytest.raises(InvalidCell, match="0 digits"):
        height_of_code("")


def test_columns_keep_their_shape():
    assert encode_solid_codes([[116.0, 117.0]], 39.0, 0.0, level=1).shape == (1, 2)
    assert encode_solid_codes(116.0, 39.0, [[0.0], [1.0]], level=1).shape == (2, 1)
    assert encode_solid_codes([], [], [], level=10).dtype == "S32"
    assert solid_code_bounds([])[5].size == 0
    assert parse_solid_codes([]).size == 0
    assert key_of_solid_code(np.array([], str))[0].size == 0
    assert solid_code_of_key(encode_keys([116.0, 117.0], 39.0), 0, level=4).shape == (2,)
    assert code_of_height([[0, 1]], level=4).shape == (1, 2)


@settings(deadline=None, max_examples=40)
@given(LON, LAT, HEIGHT, st.integers(1, 32))
def test_geosot_solid_texts_read_as_the_cell_they_were_written_for(lon, lat, height, level):
    key, height_key = encode_key(lon, lat), int(height_keys(height))
    text = geosot_solid_text(key, height_key, level=level)
    found_key, floor, found_level = parse_geosot_solid(text)
    assert found_level == level
    assert found_key == parent_keys(key, level)
    assert floor <= height_key
    assert geosot_solid_text(found_key, floor, level=level) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("GZ", "no GeoSOT 3-D text"),
        ("GZ" + "0" * 33, "no GeoSOT 3-D text"),
        ("GX01", "'X' at position 2"),
        ("GZ08", "'8' at position 4"),
        ("GZ0000000001111", "names no layer"),
    ],
)
def test_what_is_no_geosot_solid_text_is_refused(text, words):
    with pytest.raises(InvalidCell, match=words):
        parse_geosot_solid(["GZ0", text])


@pytest.mark.parametrize("profile", PROFILES)
def test_a_damaged_code_is_read_or_refused_with_the_reason(profile):
    rng = np.random.default_rng(18)
    lon, lat, height = random_columns(60, 19)
    codes = encode_solid_codes(lon, lat, height, level=10, profile=profile).astype(str).tolist()
    for code in codes:
        damaged = list(code[: rng.integers(5, 33)])
        for at in rng.integers(0, len(damaged), 2):
            damaged[at] = rng.choice(list("0123456789ABCDEFNS"))
        text = "".join(damaged)
        try:
            read = parse_solid_code(text, profile=profile)
        except InvalidCell:
            # The scalar reader explains what the column reader refuses; nothing else is raised.
            continue
        middle = (read.floor_m + read.ceiling_m) / 2
        found = encode_solid_code(*read.flat.centre, middle, read.level, profile=profile)
        assert found == text
