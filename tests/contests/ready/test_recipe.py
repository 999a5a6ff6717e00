"""Recipes: cut in time, so that nothing given tells what is hidden; the real file, whole."""

import importlib
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv

from chengmo.contests.pack import read_contest
from chengmo.contests.ready.recipe import (
    Statement,
    cut_days,
    make_pack,
    read_recipe,
    ready_contests,
    recipe_folder,
)
from chengmo.errors import InvalidRequest

AIR = recipe_folder("air-quality")
RAW = Path(os.environ.get("CHENGMO_WUHAN_RAW", Path(__file__).parents[4] / "shared" / "data"))
REAL = RAW / "air" / "wuhan_air_weather_daily_2014_2021.csv"
STATED = Statement.model_validate(
    {
        "id": "air", "place": {"zh": "汉口", "en": "Hankou"}, "steward": "s", "licence": "CC0-1.0",
        "source": "src", "start": datetime(2026, 1, 1, tzinfo=UTC),
        "deadline": datetime(2026, 3, 1, tzinfo=UTC),
    }
)  # fmt: skip


def synthetic(count=900, missing=frozenset()):
    first = date(2020, 1, 1)
    return {
        first + timedelta(days=at): {"pm25": None if at in missing else float(at), "wind": 1.0}
        for at in range(count)
    }


@pytest.mark.parametrize("name", ready_contests())
def test_each_recipe_can_be_read_and_has_its_baselines(name):
    folder = recipe_folder(name)
    recipe = read_recipe(folder)
    assert all((folder / f"{each}.py").is_file() for each in recipe.baselines)
    assert len(recipe.baselines) >= 2
    assert [each.name for each in recipe.columns if each.required] == [recipe.target]


def test_a_recipe_that_is_not_there_names_those_that_are():
    with pytest.raises(InvalidRequest) as caught:
        recipe_folder("../air_quality")
    assert caught.value.hint == "air-quality"


def test_no_hidden_day_is_given_and_none_is_before_training_ends():
    recipe, days = read_recipe(AIR), synthetic(missing={700, 707})
    cut = cut_days(recipe, days)
    given = {day for _, day, _ in cut.given}
    assert len(cut.training) == 600
    assert max(cut.training) < min(given)
    assert not given & set(cut.hidden)
    assert not set(cut.training) & (given | set(cut.hidden))
    first = min(given)
    places = {(day - first).days % 14 for day in cut.hidden}
    assert places == {7, 8, 9}
    assert all(values["pm25"] is not None for values in cut.hidden.values())
    assert all(list(values) == ["pm25"] for values in cut.hidden.values())


def test_a_file_of_too_few_days_makes_no_contest():
    with pytest.raises(InvalidRequest, match="729 days"):
        cut_days(read_recipe(AIR), synthetic(729))


def test_a_pack_says_what_the_city_stated_and_is_the_same_each_time(tmp_path):
    lines = [f"{day},{values['pm25']},{values['wind']}" for day, values in synthetic().items()]
    data = tmp_path / "raw.csv"
    data.write_text("\n".join(["date,pm25,wind", *lines]) + "\n")
    made = [make_pack(AIR, data, STATED, tmp_path / name) for name in ("a", "b")]
    pack = read_contest(made[0])
    assert pack.contest.title.zh == "汉口 PM2.5 三日预报"
    assert "{place}" not in made[0].read_text("utf-8")
    hidden = pack.datasets[-1].metadata
    assert (hidden.id, hidden.sharing, hidden.opening) == ("air-hidden", "none", "none")
    assert {each.metadata.licence for each in pack.datasets} == {"CC0-1.0"}
    assert (tmp_path / "a" / "air-hidden.csv").read_text().startswith("date,pm25\n2021-08-30,607.0")
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


@pytest.mark.slow
@pytest.mark.skipif(not REAL.is_file(), reason="the air data state no licence and do not ship")
def test_the_baselines_of_wuhan_have_these_errors(tmp_path):
    pack = make_pack(AIR, REAL, STATED, tmp_path)
    tables = {
        name: csv.read_csv(tmp_path / f"{name}.csv") for name in ("air-training", "air-given")
    }
    hidden = csv.read_csv(tmp_path / "air-hidden.csv")
    # Means over 183 days; another BLAS moves at most the last digits of the regression.
    known = {"persistence": 17.636, "climatology": 35.357, "regression": 15.083}
    for each in read_contest(pack).baselines:
        module = importlib.import_module(f"chengmo.contests.ready.air_quality.{each[:-3]}")
        answer = np.array(module.predict(module.fit(tables, 0), hidden.select(["date"])))
        error = np.abs(answer - hidden["pm25"].to_numpy()).mean()
        assert error == pytest.approx(known[each[:-3]], abs=0.005), each


def test_a_baseline_meets_a_week_of_which_nothing_was_measured():
    days = synthetic(800)
    order = list(days)
    table = pa.table(
        {"date": order, "pm25": [days[day]["pm25"] for day in order], "wind": [1.0] * 800}
    )
    given = pa.table(
        {"date": [date(2023, 1, 1)], "pm25": pa.array([None], pa.float64()), "wind": [None]}
    )
    asked = pa.table({"date": [date(2023, 1, 2), date(2023, 1, 9)]})
    for name in read_recipe(AIR).baselines:
        module = importlib.import_module(f"chengmo.contests.ready.air_quality.{name}")
        state = module.fit({"air-training": table, "air-given": given}, 0)
        assert np.isfinite(module.predict(state, asked)).all(), name
