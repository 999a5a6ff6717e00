"""Counts with noise: what is counted, how much of a person, how the noise is spread."""

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from chengmo.catalog import noise
from chengmo.catalog.counting import bounded_counts, read_counts
from chengmo.catalog.noise import MOST_COUNTS, NoisyCount, counted_cells, usual_error
from chengmo.catalog.treatment import Treatment, check_treatment
from chengmo.errors import InvalidRequest, PlatformError
from chengmo.grid.key import encode_keys, key_bounds

AREA = (114.0, 30.3, 114.4, 30.6)
BY = {"by": "open", "values": ("true", "false")}


def counted(**stated):
    return NoisyCount(**{"epsilon": 0.5, "budget": 1.0, **stated})


@pytest.fixture
def clinics(catalog, stage, metadata):
    return catalog.commit(stage(300), metadata("clinics"))


@pytest.mark.parametrize(
    "stated",
    [
        {},
        {"level": 14},
        {"area": AREA},
        {"by": "open"},
        {"values": ("a",)},
        {"by": "open", "values": ("a", "a")},
        {**BY, "budget": 0.4},
        {**BY, "epsilon": 0},
        {**BY, "epsilon": 0.0001},
        {**BY, "most_rows": 2},
        {"level": 14, "area": (114.4, 30.3, 114.0, 30.6)},
        {"level": 14, "area": (114.0, 30.3, 114.4, 99.0)},
    ],
)
def test_what_is_not_whole_is_no_treatment(stated):
    with pytest.raises(ValidationError):
        counted(**stated)


def test_what_does_not_fit_the_dataset_is_refused(clinics):
    for stated in (
        {"by": "nobody", "values": ("a",)},
        {"by": "since", "values": ("2024-01-01",)},
        {**BY, "person": "nobody"},
        {"level": 20, "area": AREA},
        {"level": 26, "area": (-180, -80, 180, 80)},
    ):
        with pytest.raises(InvalidRequest):
            check_treatment(Treatment(space=counted(**stated)), clinics)


def test_without_what_draws_noise_it_is_refused_never_exact(catalog, clinics, monkeypatch):
    monkeypatch.setattr(noise, "can_draw", lambda: False)
    treatment = Treatment(space=counted(**BY))
    with pytest.raises(InvalidRequest, match="not installed") as error:
        check_treatment(treatment, clinics)
    assert "chengmo[dp]" in error.value.hint
    # Nor by a catalogue that cannot keep what was drawn.
    with pytest.raises(PlatformError):
        catalog.editions.of(clinics, treatment)


def test_the_cells_are_those_of_the_area_whatever_the_rows():
    cells = counted_cells(counted(level=13, area=AREA))
    west, south, east, north = key_bounds(cells, level=13)
    assert (west < AREA[2]).all()
    assert (east > AREA[0]).all()
    assert (south < AREA[3]).all()
    assert (north > AREA[1]).all()
    # Nothing of the area is left out.
    lon, lat = np.random.default_rng(0).uniform(AREA[:2], AREA[2:], (1000, 2)).T
    assert np.isin(encode_keys(lon, lat, level=13), cells).all()
    assert cells.size <= MOST_COUNTS


def test_rows_fall_into_their_cell_and_category_or_nowhere():
    space = counted(level=13, area=AREA, by="kind", values=("a", "b"))
    cells = counted_cells(space)
    keys = encode_keys(np.array([114.1, 114.1, 114.1, 114.3, 120.0]), np.full(5, 30.4))
    table = pa.table(
        {
            "_cell": pa.array([*keys.tolist(), None], pa.uint64()),
            "kind": ["a", "b", "c", None, "a", "a"],
        }
    )
    counts = read_counts([table], space, cells).reshape(-1, 2)
    assert counts.sum() == 2
    assert counts[np.searchsorted(cells, encode_keys([114.1], [30.4], level=13)[0])].tolist() == [
        1,
        1,
    ]
    assert read_counts([], space, cells).size == cells.size * 2


ROWS = st.lists(st.tuples(st.integers(-1, 3), st.integers(-1, 4)), max_size=30)


@settings(max_examples=60)
@given(rows=ROWS, person=st.integers(0, 4), most=st.integers(1, 3))
def test_one_person_changes_the_counts_by_no_more_than_stated(rows, person, most):
    def counts(some):
        slots, persons = (np.array([row[at] for row in some], np.int64) for at in (0, 1))
        return bounded_counts(slots, persons, most_rows=most, size=4)

    without = [row for row in rows if row[1] != person]
    changed = np.abs(counts(rows) - counts(without)).sum()
    of_person = sum(row[0] >= 0 and row[1] == person for row in rows)
    assert changed == min(most, of_person)


def discrete_laplace(k, scale):
    """Return P(X = k) exactly: (1 - p) / (1 + p) * p^|k| with p = exp(-1 / scale)."""
    p = math.exp(-1 / scale)
    return (1 - p) / (1 + p) * p ** np.abs(k)


@pytest.mark.slow
@pytest.mark.parametrize(("epsilon", "most_rows"), [(0.1, 1), (1.0, 1), (3.0, 1), (0.3, 4)])
def test_the_noise_is_discrete_laplace(epsilon, most_rows):
    from scipy import stats

    from chengmo.catalog.laplace import with_noise

    drawn = with_noise(np.full(20_000, 7, np.int64), most_rows=most_rows, epsilon=epsilon) - 7
    scale = most_rows / epsilon
    limit = int(stats.geom.isf(0.001, -math.expm1(-1 / scale)))
    inner = np.arange(-limit, limit + 1)
    expected = drawn.size * discrete_laplace(inner, scale)
    observed = np.array([(drawn == k).sum() for k in inner])
    rest = drawn.size - expected.sum()
    found = stats.chisquare(
        [*observed, drawn.size - observed.sum()], [*expected, rest], sum_check=False
    )
    # Right noise fails once in a million times; noise of half or twice the scale always does.
    assert found.pvalue > 1e-6
    assert abs(drawn.mean()) < 6 * scale * math.sqrt(2 / drawn.size)


@pytest.mark.slow
def test_each_count_has_noise_of_its_own():
    from chengmo.catalog.laplace import with_noise

    drawn = with_noise(np.zeros(5_000, np.int64), most_rows=1, epsilon=0.5).reshape(2, -1)
    assert abs(np.corrcoef(drawn)[0, 1]) < 0.12


@pytest.mark.parametrize("scale", [0.1, 0.5, 1, 2, 10, 100])
def test_the_usual_error_is_the_smallest_that_holds_95_in_100(scale):
    k = usual_error(scale)
    inner = np.arange(-k, k + 1)
    assert discrete_laplace(inner, scale).sum() >= 0.95
    assert k == 0 or discrete_laplace(inner[1:-1], scale).sum() < 0.95


def test_the_budget_does_not_change_which_release_it_is():
    one, other, more = (
        Treatment(space=counted(**BY, **stated)).digest()
        for stated in ({}, {"budget": 9.0, "days": 7}, {"epsilon": 0.6})
    )
    assert one == other != more


def test_it_is_said_what_it_protects_and_what_not():
    said = counted(**BY, person="name", most_rows=3)
    zh = "".join(text.zh for text in noise.noise_words(said))
    en = " ".join(text.en for text in noise.noise_words(said))
    for part in ("ε=0.5", "不保护", "365", "至多计 3 行"):
        assert part in zh
    assert f"off by {usual_error(6)} at most" in en
    assert "does not protect" in en
