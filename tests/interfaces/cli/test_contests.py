"""A contest, as a person at a terminal meets it."""

import os
import zipfile
from pathlib import Path

import pytest

from chengmo.model.jail.walls import missing_walls

RAW = Path(os.environ.get("CHENGMO_WUHAN_RAW", Path(__file__).parents[4] / "shared" / "data"))
REAL = RAW / "air" / "wuhan_air_weather_daily_2014_2021.csv"
STATED = Path(__file__).parents[2] / "contests" / "air" / "air-forecast.json"


@pytest.mark.slow
def test_a_contest_from_its_opening_to_the_board(chengmo_command, tmp_path):
    opened = chengmo_command("contest", "open", STATED)
    assert opened.code == 0, opened.err
    assert "173" in opened.out
    shown = chengmo_command("contest", "show", "air-forecast", "--json").json
    assert (shown["phase"], "hidden" in shown) == ("open", False)
    assert "date, pm25" in chengmo_command("contest", "show", "air-forecast").out
    sample = chengmo_command("contest", "sample", "air-forecast").out
    file = tmp_path / "mine.csv"
    file.write_text(sample)
    empty = chengmo_command("contest", "submit", "air-forecast", file)
    assert empty.code == 2
    assert "2019-01-08" in empty.out
    head, *days = sample.splitlines()
    file.write_text("\n".join([head, *(f"{day}40" for day in days)]))
    scored = chengmo_command("contest", "submit", "air-forecast", file, "--json").json
    assert scored["state"] == "scored"
    board = chengmo_command("contest", "board", "air-forecast", "--json").json
    assert board["standings"][0]["score"] == scored["told_score"]
    assert "local" in chengmo_command("contest", "board", "air-forecast").out
    assert len(chengmo_command("contest", "submissions", "air-forecast", "--json").json) == 2
    assert "mine.csv" in chengmo_command("contest", "submissions", "air-forecast").out
    team = chengmo_command("contest", "team", "air-forecast", "Hankou")
    assert team.code == 2
    assert chengmo_command("contest", "show", "none").code == 2
    broken = tmp_path / "broken.json"
    broken.write_text('{"contest": {"id": "X"}}')
    assert "contest.id" in chengmo_command("contest", "open", broken).err
    assert [each["id"] for each in chengmo_command("contest", "list", "--json").json["contests"]]


PACKAGE = """
def fit(train, seed):
    print("learning")
    return 40.0

def predict(state, rows):
    return [state] * rows.num_rows
"""


@pytest.mark.slow
@pytest.mark.skipif(bool(missing_walls()), reason="this machine has no walls")
def test_a_package_from_the_terminal_and_a_team(chengmo_command, tmp_path):
    assert chengmo_command("contest", "open", STATED).code == 0
    found = chengmo_command("contest", "team", "air-forecast", "Hankou")
    assert "shown once" in found.out
    assert "Hankou: local" in chengmo_command("contest", "team", "air-forecast").out
    again = chengmo_command("contest", "team", "air-forecast", "--invite").out
    assert again != found.out
    assert chengmo_command("contest", "team", "air-forecast", "--leave").code == 0
    assert "no team" in chengmo_command("contest", "team", "air-forecast").out
    paths = {name: tmp_path / f"{name}.zip" for name in ("good", "bad")}
    for name, code in {"good": PACKAGE, "bad": PACKAGE.replace("40.0", "1 / 0")}.items():
        with zipfile.ZipFile(paths[name], "w") as archive:
            archive.writestr("model.py", code)
    submit = ("contest", "submit", "air-forecast")
    assert "licence" in chengmo_command(*submit, "--package", paths["good"]).err
    assert chengmo_command(*submit).code == 2
    bad = chengmo_command(*submit, "--package", paths["bad"], "--licence", "MIT")
    assert (bad.code, "ZeroDivisionError model.py:4" in bad.out) == (2, True)
    assert "learning" in bad.err
    good = chengmo_command(*submit, "--package", paths["good"], "--licence", "MIT", "--json").json
    assert good["state"] == "scored"
    shown = chengmo_command("contest", "package", "air-forecast", good["id"])
    assert "learning" in shown.out
    assert "MIT" in shown.out
    assert "goes on" in chengmo_command("contest", "publish", "air-forecast", "local").err
    assert chengmo_command("contest", "retract", "air-forecast", "none").code == 2


@pytest.mark.slow
@pytest.mark.skipif(not REAL.is_file(), reason="the air data state no licence and do not ship")
@pytest.mark.skipif(bool(missing_walls()), reason="this machine has no walls for packages")
def test_the_air_of_wuhan_by_one_command_has_three_baselines_on_the_board(
    tmp_path, chengmo_command
):
    answer = chengmo_command(
        "contest", "create", "air-quality", "--data", REAL, "--place", "武汉", "Wuhan",
        "--steward", "CNEMC, CMA", "--licence", "none stated", "--source", "data/wuhan.csv",
        "--deadline", "2030-01-01", "--to", tmp_path / "pack",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    assert "183" in answer.out
    shown = chengmo_command("contest", "board", "air-quality", "--json").json
    entrants = {each["entrant"]: each["rank"] for each in shown["standings"]}
    assert entrants["baseline:climatology"] == 3
    assert set(entrants) == {"baseline:persistence", "baseline:climatology", "baseline:regression"}
    again = chengmo_command("contest", "open", tmp_path / "pack" / "air-quality.json")
    assert again.code != 0


def test_the_baselines_of_a_ready_contest_are_written_as_packages(chengmo_command, tmp_path):
    answer = chengmo_command("contest", "baselines", "air-quality", "--to", tmp_path)
    assert answer.code == 0
    found = sorted(path.name for path in tmp_path.glob("*.zip"))
    assert found == ["climatology.zip", "persistence.zip", "regression.zip"]
    with zipfile.ZipFile(tmp_path / "climatology.zip") as archive:
        assert archive.namelist() == ["model.py"]


def test_a_draft_needs_a_folder_and_opens_nothing(chengmo_command, tmp_path):
    days = [f"{2000 + at // 336}-{at // 28 % 12 + 1}-{at % 28 + 1},{at % 90}" for at in range(800)]
    data = tmp_path / "days.csv"
    data.write_text("\n".join(["date,pm25", *days]))
    stated = ("contest", "create", "air-quality", "--data", data, "--place", "甲", "A",
              "--steward", "s", "--licence", "CC0-1.0", "--source", "x", "--draft")  # fmt: skip
    assert chengmo_command(*stated).code == 2
    assert chengmo_command(*stated, "--to", tmp_path / "pack").code == 0
    assert (tmp_path / "pack" / "air-quality.json").is_file()
    assert chengmo_command("contest", "list", "--json").json == {"contests": []}
