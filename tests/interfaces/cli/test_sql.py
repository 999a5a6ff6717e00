"""`chengmo sql`."""

import json

import pytest

from chengmo.interfaces.cli.walls import missing_wall


def test_a_statement_that_does_more_is_refused(chengmo_command):
    answer = chengmo_command("sql", "DROP TABLE people")
    assert (answer.code, answer.out) == (2, "")
    assert "SELECT" in answer.err


@pytest.mark.slow
def test_an_answer_is_shown_or_written(chengmo_command, stations, tmp_path):
    assert chengmo_command("import", stations, "--id", "metro-stations", "--yes").code == 0
    question = "SELECT 站名, 客流 FROM metro_stations WHERE 客流 > 50000 ORDER BY 客流"
    shown = chengmo_command("sql", question)
    assert shown.code == 0
    assert shown.out.index("汉口站") < shown.out.index("武昌站")
    told = chengmo_command("sql", question, "--format", "json").out
    assert json.loads(told)["rows"] == [["汉口站", 52000], ["武昌站", 61000]]
    target = tmp_path / "answer.csv"
    assert chengmo_command("sql", question, "--output", target).code == 0
    assert target.read_text("utf-8").splitlines()[1] == '"汉口站","52000"'
    assert chengmo_command("sql", question, "--format", "table", "--output", target).code == 2


@pytest.mark.parametrize(
    ("version", "said"), [(0, "5.13"), (1, "6.7"), (3, "6.7"), (4, None), (7, None)]
)
def test_an_operator_is_told_which_wall_the_kernel_does_not_build(version, said):
    missing = missing_wall(version)
    assert (missing is None) if said is None else (said in missing)
