"""Scenarios' own pages: found with their model, served alone, nothing else with them."""

import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from chengmo.errors import ContractError
from chengmo.interfaces.web.scenario_pages import page_routes
from chengmo.model.description import describe
from chengmo.model.discovery import discover_models
from chengmo.model.page import find_page

MODELS = discover_models()
PAGES = {model.id: page for model in MODELS.values() if (page := find_page(model))}
FORBIDDEN = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|cssText"


@pytest.fixture
def scenario(tmp_path, monkeypatch):
    """A scenario of its own with a page: its folder, and its model."""
    folder = tmp_path / "paged"
    (folder / "page").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "model.py").write_text("")
    (folder / "check.py").write_text("print('right')")
    (folder / "page" / "index.html").write_text("<!doctype html><title>a</title>")
    note = {"title": {"zh": "页", "en": "Page"}, "files": ["check.py"]}
    (folder / "page" / "page.json").write_text(json.dumps(note))
    monkeypatch.syspath_prepend(tmp_path)
    yield folder, replace(next(iter(MODELS.values())), id="paged", module="paged.model")
    sys.modules.pop("paged", None)


def test_a_page_is_found_with_its_model_and_linked_from_its_description(scenario):
    _, model = scenario
    page = find_page(model)
    assert page.path == "scenarios/paged/"
    assert [route.path for route in page_routes([model])] == [
        "/scenarios/paged/check.py", "/scenarios/paged",
    ]  # fmt: skip
    assert describe(model).page.title.en == "Page"


def test_a_scenario_without_a_page_has_none(scenario):
    folder, model = scenario
    for path in (folder / "page").iterdir():
        path.unlink()
    (folder / "page").rmdir()
    assert find_page(model) is None
    assert page_routes([model]) == []
    assert describe(model).page is None


@pytest.mark.parametrize(
    "files", [["../secret.txt"], ["/etc/passwd"], ["nothing.py"], ["page"], [".env"], ["link.py"]]
)
def test_a_page_hands_out_plain_files_of_its_folder_alone(scenario, files):
    folder, model = scenario
    (folder.parent / "secret.txt").write_text("secret")
    (folder / ".env").write_text("secret")
    (folder / "link.py").symlink_to(folder.parent / "secret.txt")
    note = {"title": {"zh": "页", "en": "Page"}, "files": files}
    (folder / "page" / "page.json").write_text(json.dumps(note))
    with pytest.raises(ContractError, match="hands out"):
        find_page(model)


def test_a_page_without_its_note_or_its_index_is_refused_at_the_start(scenario):
    folder, model = scenario
    (folder / "page" / "page.json").write_text("{}")
    with pytest.raises(ContractError, match="missing or wrong"):
        find_page(model)
    (folder / "page" / "index.html").unlink()
    with pytest.raises(ContractError, match="index"):
        find_page(model)


def test_a_page_is_served_with_a_policy_that_allows_only_itself(client):
    answer = client.get("/scenarios/school-lottery/")
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    handed = client.get("/scenarios/school-lottery/verify_lottery.py")
    assert "attachment" in handed.headers["content-disposition"]
    assert handed.headers["content-security-policy"] == policy


@pytest.mark.parametrize(
    "path",
    [
        "page.json", "../model.py", "%2e%2e/model.py", "..%2fmodel.py", "model.py", "README.md",
        "example/city/roster.csv", "%2e%2e/example/city/roster.csv", "/etc/passwd", "no.js",
    ],
)  # fmt: skip
def test_nothing_else_of_the_scenario_is_served(client, path):
    assert client.get(f"/scenarios/school-lottery/{path}").status_code == 404


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_page_has_nothing_inline_and_makes_no_call_to_the_outside(page):
    for path in page.folder.rglob("*"):
        text = path.read_text(encoding="utf-8") if path.suffix in {".html", ".js", ".css"} else ""
        if path.suffix == ".html":
            assert not re.search(r"\son\w+=|\sstyle=|<style|<script(?![^>]*\ssrc=)", text)
        if path.suffix == ".js":
            assert text.startswith("// @ts-check\n")
            assert not re.search(FORBIDDEN, text)
        assert not re.search(r"https?://|url\(|@import", text)
        for imported in re.findall(r'(?:from |src=|href=)"([./\\w-]+)"', text):
            assert _lies_there(page.folder, imported), imported


def _lies_there(folder: Path, reference: str) -> bool:
    static = Path(find_page.__code__.co_filename).parents[1] / "interfaces" / "web" / "static"
    if reference.startswith("../../app/"):
        return (static / reference.removeprefix("../../app/")).is_file()
    return (folder / reference).is_file()
