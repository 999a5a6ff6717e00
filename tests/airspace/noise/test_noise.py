"""Levels against published coefficients, closed forms and sums over moments."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengmo import InvalidRequest
from chengmo_airspace.noise import (
    Air,
    Listeners,
    NoiseClass,
    Overflights,
    Period,
    absorption_db_per_m,
    equivalent_level,
    exposure_level,
    level_at,
    limit_db,
    people_over,
    period_of_hour,
    sound_power_limit,
    sudden_limit_db,
    sum_levels,
)

FEW = settings(max_examples=25, deadline=None)
# ISO 9613-2:1996, table 2: °C, %, dB/km at the octaves 63 Hz to 8 kHz.
PUBLISHED = [
    (10, 70, (0.1, 0.4, 1.0, 1.9, 3.7, 9.7, 32.8, 117)),
    (20, 70, (0.1, 0.3, 1.1, 2.8, 5.0, 9.0, 22.9, 76.6)),
    (30, 70, (0.1, 0.3, 1.0, 3.1, 7.4, 12.7, 23.1, 59.3)),
    (15, 20, (0.3, 0.6, 1.2, 2.7, 8.2, 28.2, 88.8, 202)),
    (15, 50, (0.1, 0.5, 1.2, 2.2, 4.2, 10.8, 36.2, 129)),
    (15, 80, (0.1, 0.3, 1.1, 2.4, 4.1, 8.3, 23.7, 82.8)),
]


@pytest.mark.parametrize(("celsius", "humidity", "wanted"), PUBLISHED)
def test_the_air_takes_what_the_standard_prints(celsius, humidity, wanted):
    octaves = 1000 * 10 ** (0.3 * np.arange(-4, 4))
    found = 1000 * absorption_db_per_m(octaves, celsius=celsius, humidity_percent=humidity)
    # 4.151 dB/km is printed as 4.1.
    digit = np.array([0.5 if value > 100 else 0.052 for value in wanted])
    assert (np.abs(found - wanted) <= digit).all()


def test_air_that_does_not_exist_is_refused():
    for wrong in ({"humidity_percent": 0}, {"humidity_percent": 101}, {"kpa": 0}):
        with pytest.raises(InvalidRequest, match="no such"):
            absorption_db_per_m(500, **wrong)


@FEW
@given(st.floats(60, 120), st.floats(1, 500), st.floats(0, 2_000))
def test_farther_is_never_louder(power, height, aside):
    near = level_at(power, height, aside)
    assert level_at(power, height * 1.5, aside) <= near
    assert level_at(power, height, aside + 10) <= near
    assert level_at(power, height, aside, air=Air(reflection_db=3)) == pytest.approx(near + 3)


def test_twice_as_far_is_six_decibels_less_but_for_the_air():
    levels = level_at(90, [50, 100])
    taken = Air().loss_db_per_m * 50
    assert levels[0] - levels[1] == pytest.approx(20 * np.log10(2) + taken)


def flight(power=90.0, *, height=60.0, speed=15.0, half_m=1e6, times=1.0):
    one = np.array([1.0])
    ends = np.array([[0.0, -half_m]]), np.array([[0.0, half_m]])
    return Overflights(*ends, height * one, speed * one, power * one, times * one)


def listeners(*x):
    return Listeners(np.array(x, float), np.zeros(len(x)))


def test_an_endless_overflight_has_the_closed_form():
    still = Air(tone_hz=1e-3)
    found = exposure_level(listeners(0, 80), flight(), air=still)
    wanted = 90 - 10 * np.log10(4 * np.array([60, 100]) * 15)
    assert found == pytest.approx(wanted, abs=1e-3)


def test_a_piece_of_path_with_absorption_equals_a_sum_over_moments():
    air, own = Air(tone_hz=4000), flight(half_m=700.0)
    y = np.linspace(-700, 700, 200_001)
    for aside in (0.0, 400.0):
        each = 10 ** (level_at(90, 60, np.hypot(aside, y), air=air) / 10)
        wanted = 10 * np.log10(np.trapezoid(each, y / 15))
        found = exposure_level(listeners(aside), own, air=air)[0]
        assert found == pytest.approx(wanted, abs=1e-3)


def test_a_path_in_two_pieces_is_one_path():
    whole = flight(half_m=500.0)
    halves = Overflights(
        np.array([[0.0, -500.0], [0.0, 100.0]]), np.array([[0.0, 100.0], [0.0, 500.0]]),
        *(np.repeat(column, 2) for column in
          (whole.height_m, whole.speed_mps, whole.power_dba, whole.times)),
    )  # fmt: skip
    heard = listeners(0, 50, 900)
    assert exposure_level(heard, halves) == pytest.approx(exposure_level(heard, whole))


def test_events_add_up_to_the_level_of_a_day():
    once = exposure_level(listeners(0), flight())[0]
    ten = exposure_level(listeners(0), flight(times=10))[0]
    assert ten == pytest.approx(once + 10)
    assert equivalent_level([once] * 10, hours=16) == pytest.approx(ten - 10 * np.log10(57_600))
    assert sum_levels([-np.inf, 40]) == pytest.approx(40)
    assert exposure_level(listeners(0), flight(times=0))[0] == -np.inf
    assert exposure_level(listeners(0), flight(half_m=0.0))[0] == -np.inf
    with pytest.raises(InvalidRequest, match="no time"):
        equivalent_level([1], hours=0)
    with pytest.raises(InvalidRequest, match="no speed"):
        flight(speed=0)


def test_the_limits_are_stricter_at_night_and_where_it_is_quieter():
    table = {
        kind: (limit_db(kind, Period.DAY), limit_db(kind, Period.NIGHT)) for kind in NoiseClass
    }
    assert list(table.values()) == [(50, 40), (55, 45), (60, 50), (65, 55), (70, 55), (70, 60)]
    assert sudden_limit_db(NoiseClass.LIVING) == 60
    assert period_of_hour([5.99, 6, 21.9, 22, 30]).tolist() == [False, True, True, False, True]
    assert people_over([-np.inf, 56, 55], 55, [5, 7, 11]) == 7


def test_the_bound_by_mass_falls_with_the_years():
    assert sound_power_limit([500, 1800], years=4) == pytest.approx([81, 81 + 18.5 * np.log10(2)])
    assert np.isnan(sound_power_limit([100, 5000])).all()
    with pytest.raises(InvalidRequest, match="no step"):
        sound_power_limit(900, years=1)
