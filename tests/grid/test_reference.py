import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengmo.errors import InvalidCell
from chengmo.grid import encode_code, parse_code, refer_code, resolve_reference


@settings(deadline=None)
@given(
    lon=st.floats(-180, 180) | st.floats(-1e-5, 1e-5) | st.floats(179.999, 180),
    lat=st.floats(-87, 87) | st.floats(-1e-5, 1e-5),
    level=st.integers(5, 10),
    steps=st.tuples(st.integers(-7, 7), st.integers(-7, 7)),
)
def test_a_short_code_leads_back_to_its_target(lon, lat, level, steps):
    reference = parse_code(encode_code(lon, lat, level))
    x, y = reference.centre
    x += steps[0] * (reference.east - reference.west)
    y += steps[1] * (reference.north - reference.south)
    x = x - 360 if x > 180 else x + 360 if x < -180 else x
    target = encode_code(x, y, level)
    short = refer_code(target, reference.text)
    assert resolve_reference(short) == target
    letters = "GFEDCBA01234567"
    assert short == f"{reference.text}-{letters[steps[0] + 7]}{letters[steps[1] + 7]}"


def test_steps_cross_the_equator_and_both_meridians():
    assert resolve_reference("N31A00000000-AA").startswith("S30A")
    assert parse_code(resolve_reference(encode_code(180.0, 10.0, 6) + "-10")).west == -180.0


@pytest.mark.parametrize(
    ("target", "reference", "words"),
    [
        ("N50J475493E", "N50J4754", "characters"),
        ("N50J47549", "N50J47549", "from level 5"),
        ("N50J475493E", "N50J475493E2", "of level 5"),
        ("N50J475493E", "N50J475453E", "seven cells"),
    ],
)
def test_what_no_short_code_can_say_is_refused(target, reference, words):
    with pytest.raises(InvalidCell, match=words):
        refer_code(target, reference)


@pytest.mark.parametrize(
    "text",
    [
        "N50J475493E-",
        "N50J475493E-1",
        "N50J475493E-18",
        "N50J475493E-H0",
        "N50J475493E-111",
        "N50J475493E",
        "",
    ],
)
def test_what_is_no_short_code_is_refused(text):
    with pytest.raises(InvalidCell):
        resolve_reference(text)
