"""SORA's classes: the tables, the floors, and that more is never less."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengmo import InvalidRequest
from chengmo_airspace.risk import (
    BEYOND,
    Aircraft,
    AirRisk,
    Mitigations,
    Robustness,
    final_grc,
    intrinsic_grc,
    lowest_grc,
    sail,
    sail_name,
)

NONE, LOW, MEDIUM, HIGH = Robustness
FEW = settings(max_examples=25, deadline=None)
SIZES, SPEEDS = (1, 3, 8, 20, 40), (25, 35, 75, 120, 200)
aircraft = st.builds(Aircraft, st.floats(0.05, 60), st.floats(1, 250), st.floats(0.05, 30_000))
PUBLISHED = json.loads((Path(__file__).parent / "sora25_igrc.json").read_text("utf-8"))


def test_the_table_is_the_published_one():
    densities = {"<5": 4.9, "<50": 49, "<500": 499, "<5000": 4999, "<50000": 49_999, ">50000": 5e4}
    for key, wanted in PUBLISHED["rows"].items():
        for size, speed, value in zip(SIZES, SPEEDS, wanted, strict=True):
            own = Aircraft(size, speed, 20)
            found = intrinsic_grc(densities.get(key, 0), own, controlled=key == "controlled")
            assert found.tolist() == [BEYOND if value is None else value], (key, size)


def test_the_larger_of_size_and_speed_decides_the_column():
    assert intrinsic_grc(3, Aircraft(0.5, 36, 2)).tolist() == [4]
    assert intrinsic_grc(3, Aircraft(3.1, 10, 2)).tolist() == [4]
    assert intrinsic_grc(3, Aircraft(41, 10, 2)).tolist() == [BEYOND]


def test_up_to_250_grams_and_25_metres_a_second_the_class_is_1_everywhere():
    assert intrinsic_grc([0, 1e6], Aircraft(0.2, 25, 0.25)).tolist() == [1, 1]
    assert intrinsic_grc([1e6], Aircraft(0.2, 26, 0.25)).tolist() == [8]
    assert intrinsic_grc([1e6], Aircraft(0.2, 25, 0.251)).tolist() == [7]


def test_a_density_that_is_not_known_is_the_highest():
    assert intrinsic_grc([np.nan], Aircraft(1, 20, 4)).tolist() == [7]


@FEW
@given(aircraft, st.lists(st.floats(0, 1e6), min_size=2, max_size=5), st.floats(1, 3))
def test_more_people_or_a_larger_faster_aircraft_is_never_a_lower_class(own, densities, factor):
    classes = intrinsic_grc(sorted(densities), own)
    assert (np.diff(classes) >= 0).all()
    larger = Aircraft(own.dimension_m * factor, own.speed_mps * factor, own.mass_kg * factor)
    assert (intrinsic_grc(sorted(densities), larger) >= classes).all()


def all_mitigations():
    for levels in itertools.product(Robustness, repeat=4):
        try:
            yield Mitigations(*levels)
        except InvalidRequest:
            continue


def test_only_the_combinations_that_sora_offers_exist():
    # 3 · 3 · 2 · 3, less the medium shelter beside two kinds of restriction.
    assert len(list(all_mitigations())) == 3 * 3 * 2 * 3 - 2 * 2 * 3
    for wrong in ({"shelter": HIGH}, {"restriction": LOW}, {"observation": MEDIUM}):
        with pytest.raises(InvalidRequest, match="no robustness"):
            Mitigations(**wrong)
    with pytest.raises(InvalidRequest, match="do not go together"):
        Mitigations(shelter=MEDIUM, restriction=HIGH)


@FEW
@given(aircraft, st.floats(0, 1e6))
def test_mitigations_never_raise_a_class_nor_pass_the_floor(own, density):
    intrinsic = intrinsic_grc(density, own)
    for claimed in all_mitigations():
        final = final_grc(intrinsic, own, claimed)
        assert (final <= intrinsic).all()
        assert (final >= min(lowest_grc(own), int(intrinsic[0]))).all()
        assert ((final == BEYOND) == (intrinsic == BEYOND)).all()


def test_a_credit_is_taken_off_step_by_step():
    own = Aircraft(2, 20, 10)
    claimed = Mitigations(shelter=LOW, restriction=MEDIUM, observation=LOW, impact=HIGH)
    assert claimed.credit == 5
    assert final_grc([8, 6, 3], own, claimed).tolist() == [3, 1, 1]


def test_the_sail_follows_ground_and_air_risk():
    wanted = {
        2: (1, 2, 4, 6), 3: (2, 2, 4, 6), 4: (3, 3, 4, 6), 5: (4, 4, 4, 6),
        6: (5, 5, 5, 6), 7: (6, 6, 6, 6), 8: (7, 7, 7, 7), BEYOND: (7, 7, 7, 7),
    }  # fmt: skip
    for ground, row in wanted.items():
        assert tuple(sail(ground, list(AirRisk)).tolist()) == row
    assert (np.diff(sail(np.arange(1, 12)[:, None], list(AirRisk)), axis=0) >= 0).all()
    assert [sail_name(level) for level in (1, 4, 7)] == ["I", "IV", "certified"]


@pytest.mark.parametrize("wrong", [(0, 20, 4), (1, np.inf, 4), (1, 20, -1)])
def test_what_is_no_aircraft_is_refused(wrong):
    with pytest.raises(InvalidRequest, match="an aircraft's"):
        Aircraft(*wrong)


def test_a_negative_density_is_refused():
    with pytest.raises(InvalidRequest, match="negative"):
        intrinsic_grc([-1], Aircraft(1, 20, 4))
