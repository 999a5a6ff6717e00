"""A contest, as a person at a terminal meets it."""

from pathlib import Path

import pytest

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
