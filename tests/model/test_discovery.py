"""Models are found by the entry point of their package: the folder is the registry."""

import importlib
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from chengmo.errors import ContractError
from chengmo.model.discovery import discover_models

MODEL = '''
from chengmo import City, ModelDecision, ModelRequest, Quality, Text, vertical_model


class Request(ModelRequest):
    """Nothing is asked."""


@vertical_model(title=Text(zh="题", en="Title"), question_zh="什么？")
def decide(request: Request, city: City) -> ModelDecision:
    """What is it?"""
    return ModelDecision(answer=Text(zh="它", en="it"), quality=Quality(kind="exact"))
'''


class Installed:
    """A folder on the path, in which packages are installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, package: str, *scenarios: str, registers: bool = True) -> None:
        (self.folder / package).mkdir()
        (self.folder / package / "__init__.py").write_text("")
        for scenario in scenarios:
            self.write_scenario(f"{package}.{scenario}")
        if registers:
            self.register(package)

    def write_scenario(self, module: str) -> None:
        folder = self.folder.joinpath(*module.split("."))
        folder.mkdir()
        (folder / "model.py").write_text(textwrap.dedent(MODEL), encoding="utf-8")
        (folder / "__init__.py").write_text(f"from {module}.model import decide as model\n")

    def register(self, package: str) -> None:
        facts = self.folder / f"{package}-1.0.dist-info"
        facts.mkdir()
        (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (facts / "entry_points.txt").write_text(f"[chengmo.scenarios]\nx = {package}\n")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installed]:
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    before = set(sys.modules)
    yield Installed(tmp_path)
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


def test_models_of_every_installed_package_are_found_by_id(installed):
    installed.write("found_first", "zebra_count", "ant_count")
    installed.write("found_second", "bee_count")
    models = discover_models()
    assert {"ant-count", "bee-count", "zebra-count"} <= set(models)
    assert list(models) == sorted(models)
    assert models["bee-count"].module == "found_second.bee_count.model"


def test_a_package_may_itself_be_one_scenario(installed):
    installed.write_scenario("lonely_count")
    installed.register("lonely_count")
    assert discover_models()["lonely-count"].module == "lonely_count.model"


def test_a_package_that_is_not_registered_is_not_looked_at(installed):
    installed.write("unregistered", "fly_count", registers=False)
    assert "fly-count" not in discover_models()


def test_a_plain_module_beside_the_scenarios_is_no_scenario(installed):
    installed.write("with_module", "moth_count")
    (installed.folder / "with_module" / "shared.py").write_text("")
    assert "moth-count" in discover_models()


def test_two_models_of_one_name_are_refused(installed):
    installed.write("twin_one", "same_count")
    installed.write("twin_two", "same_count")
    with pytest.raises(ContractError, match="two scenarios are called 'same-count'"):
        discover_models()


def test_a_folder_without_a_model_is_refused_with_its_name(installed):
    installed.write("hollow")
    (installed.folder / "hollow" / "empty").mkdir()
    (installed.folder / "hollow" / "empty" / "__init__.py").write_text("")
    with pytest.raises(ContractError, match=r"hollow\.empty has no model"):
        discover_models()
