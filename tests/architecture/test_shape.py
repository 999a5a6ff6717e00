"""The shape of the code itself: sizes, names, documentation."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from chengmo import errors

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
FORBIDDEN = {"utils", "helpers", "common", "core", "base", "misc", "manager", "service", "handler"}
MOST_LINES_A_MODULE = 400
MOST_LINES_A_FUNCTION = 80


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT / "src"))


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_a_module_can_be_read_in_one_sitting(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES_A_MODULE


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_a_function_fits_on_a_screen(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno + 1 > MOST_LINES_A_FUNCTION
    ]
    assert not long


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_no_module_has_a_name_that_says_nothing(path):
    assert not FORBIDDEN & {part.removesuffix(".py") for part in path.relative_to(ROOT).parts}


def test_every_package_folder_explains_itself():
    folders = {
        path.parent for path in SOURCES if path.name == "__init__.py" and path.parent.name != "src"
    }
    silent = [
        _name(f) for f in folders if not (f / "README.md").exists() and f.parent != ROOT / "src"
    ]
    assert not silent


def _families():
    kinds = (kind for kind in vars(errors).values() if isinstance(kind, type))
    return [kind for kind in kinds if issubclass(kind, errors.ChengmoError)]


def test_every_error_has_a_slug_of_its_own_and_stands_in_the_documentation():
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    slugs = [kind.slug for kind in _families()]
    assert len(slugs) == len(set(slugs))
    assert [slug for slug in slugs if f"`{slug}`" not in page] == []


def test_every_error_is_drawn_in_the_tree():
    drawn = set(re.findall(r"[├└│─ ]*\s*([A-Z]\w+)", errors.__doc__ or ""))
    assert {kind.__name__ for kind in _families()} <= drawn


def test_every_dependency_has_its_reason():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    page = (ROOT / "docs" / "decisions" / "0008-dependencies.md").read_text(encoding="utf-8")
    named = [
        *project["project"]["dependencies"],
        *(name for extra in project["project"]["optional-dependencies"].values() for name in extra),
        *project["dependency-groups"]["dev"],
    ]
    names = [re.split(r"[\[<>=]", requirement)[0] for requirement in named]
    assert [name for name in names if f"`{name}`" not in page] == []
