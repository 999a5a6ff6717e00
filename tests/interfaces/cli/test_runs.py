"""Runs from the command line: a new scenario, a decision, its record, a rerun."""

import json
import os
import subprocess
import sys

import pytest

from chengmo.app import open_platform
from chengmo.catalog.dataset import DatasetMetadata
from chengmo.errors import InvalidRequest
from chengmo.interfaces.cli.new import write_scenario
from chengmo.interfaces.cli.runs import read_request
from chengmo.model import Text
from chengmo.runs.intake import IncomingFile, take_in


def test_settings_are_json_where_they_read_as_json(tmp_path):
    path = tmp_path / "request.json"
    path.write_text('{"a": 1, "b": {"c": 2}}', encoding="utf-8")
    request = read_request(path, ("b.d=[1,2]", "e=text", "a=true"))
    assert request == {"a": True, "b": {"c": 2, "d": [1, 2]}, "e": "text"}


@pytest.mark.parametrize("setting", ["no equals sign", "a.b.c=1"])
def test_a_setting_that_cannot_be_placed_is_explained(tmp_path, setting):
    path = tmp_path / "request.json"
    path.write_text('{"a": {"b": 1}}', encoding="utf-8")
    with pytest.raises(InvalidRequest):
        read_request(path, (setting,))


@pytest.mark.parametrize("text", ["[1, 2]", "{", "nul", "[" * 100_000])
def test_a_request_file_that_is_no_object_is_explained(tmp_path, text):
    path = tmp_path / "request.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidRequest):
        read_request(path, ())


@pytest.mark.slow
def test_a_new_scenario_passes_its_own_tests(tmp_path):
    folder = write_scenario("park_siting", tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--import-mode=importlib", str(folder)],
        check=True,
        env=environment,
        cwd=folder,
        capture_output=True,
    )


@pytest.fixture(scope="module")
def with_new_scenario(tmp_path_factory):
    """A command in a process of its own, where the new scenario and its city are installed."""
    folder = tmp_path_factory.mktemp("new")
    package = write_scenario("park_siting", folder)
    with open_platform(home=folder / "home", work=False) as platform:
        for path in sorted((package / "park_siting" / "example" / "city").glob("*.csv")):
            metadata = DatasetMetadata(
                id=path.stem, title=Text(zh=path.stem, en=path.stem), synthetic=True
            )
            take_in(platform.catalog, IncomingFile(path), metadata)
    metadata = folder / "site" / "park_siting-0.1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: park_siting\nVersion: 0.1.0\n")
    (metadata / "entry_points.txt").write_text("[chengmo.scenarios]\npark = park_siting\n")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(package), str(folder / "site")]),
        "CHENGMO_HOME": str(folder / "home"),
        "CHENGMO_LANG": "en",
    }

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "chengmo", *arguments],
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )

    return run


@pytest.mark.slow
def test_a_new_scenario_answers_and_its_run_repeats(with_new_scenario):
    done = with_new_scenario("run", "park-siting", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["outcome"] == "decided"
    assert answer["digest"].startswith("sha256:")
    assert answer["quality"]["kind"] == "exact"

    again = with_new_scenario("rerun", answer["run"], "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["same"]

    card = with_new_scenario("show", answer["run"])
    assert "computed exactly" in card.stdout
    assert answer["run"] in with_new_scenario("runs").stdout
    assert "whole" in with_new_scenario("verify").stdout


@pytest.mark.slow
def test_a_request_outside_its_limits_exits_with_two(with_new_scenario):
    wrong = with_new_scenario("run", "park-siting", "--set", "furthest_m=-5")
    assert wrong.returncode == 2
    assert "  furthest_m: Input should be greater than 0" in wrong.stderr


@pytest.mark.slow
def test_an_infeasible_request_is_an_answer(with_new_scenario):
    done = with_new_scenario("run", "park-siting", "--set", "furthest_m=1", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["outcome"] == "infeasible"
