"""What a record says about the code and the machine."""

import shutil
import sys

import numpy as np
import pytest

from chengmo.model.discovery import discover_models
from chengmo.runs.environment import code_digest, describe_environment


@pytest.fixture
def copy(tmp_path, scenarios, monkeypatch):
    """A copy of a scenario under another name, so that its files may change."""
    shutil.copytree(scenarios / "city_scenarios", tmp_path / "changing_scenarios")
    for path in (tmp_path / "changing_scenarios").rglob("*.py"):
        path.write_text(path.read_text().replace("city_scenarios", "changing_scenarios"))
    shutil.rmtree(tmp_path / "changing_scenarios" / "make_trouble")
    folder = tmp_path / "changing_scenarios" / "count_residents"
    (tmp_path / "changing_scenarios" / "count_residents").rename(folder.with_name("count_again"))
    for path in (tmp_path / "changing_scenarios").rglob("*.py"):
        path.write_text(path.read_text().replace("count_residents", "count_again"))
    facts = tmp_path / "changing_scenarios-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Name: changing-scenarios\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text("[chengmo.scenarios]\nx = changing_scenarios\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder.with_name("count_again")
    for name in [name for name in sys.modules if name.startswith("changing_scenarios")]:
        del sys.modules[name]


def test_the_versions_of_what_computes_are_named():
    environment = describe_environment(None)
    assert environment["package:numpy"] == np.__version__
    assert environment["python"] == sys.version.split()[0]
    assert environment["package:chengmo"]
    assert "code" not in environment


def test_every_file_that_can_change_a_decision_changes_the_fingerprint(copy):
    model = discover_models()["count-again"]
    seen = [code_digest(model)]
    for name in ("model.py", "method.py", "method/inner.py", "rates.csv"):
        (copy / name).parent.mkdir(exist_ok=True)
        with (copy / name).open("a") as file:
            file.write("# one more line\n")
        seen.append(code_digest(model))
    assert len(set(seen)) == len(seen)


def test_tests_and_papers_do_not_change_the_fingerprint(copy):
    model = discover_models()["count-again"]
    before = code_digest(model)
    for name in ("README.md", "test_model.py", "example/request.json", "__pycache__/x.pyc"):
        (copy / name).parent.mkdir(exist_ok=True)
        (copy / name).write_text("anything")
    assert code_digest(model) == before
