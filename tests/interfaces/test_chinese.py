"""What the platform says, in Chinese: complete pairs, the right one found, the rest left alone."""

import ast
import re
from importlib.resources import files
from pathlib import Path

import pytest

from chengmo import errors
from chengmo.interfaces.chinese import in_both, in_chinese

LINES = files("chengmo.interfaces").joinpath("chinese.tsv").read_text("utf-8").splitlines()
PAIRS = [line.split("\t") for line in LINES if not line.startswith("#")]
HAN = re.compile("[一-鿿]")


def test_every_sentence_has_one_chinese_one_with_gaps_that_are_there():
    assert len({english for english, _ in PAIRS}) == len(PAIRS)
    for english, chinese in PAIRS:
        gaps = english.count("{}")
        assert HAN.search(chinese), english
        assert chinese.format(*range(gaps))
        assert chinese.count("{}") in {0, gaps}, english


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("there is no dataset 'roads'", "没有数据“roads”"),
        ("GET is not possible at /x", "/x 不支持 GET"),
        ("the job is failed: it stays on record", "运行状态为 failed：记录保留"),
        ("parameter 'limit' is no number", "参数“limit”不是数字"),
        ("lon '不详' is no number", "lon“不详”不是数字"),
        ("2 blank rows left out", "略去 2 个空行"),
    ],
)
def test_a_sentence_is_said_in_chinese_with_what_stands_in_its_gaps(english, chinese):
    assert in_chinese(english) == chinese
    assert in_both(english).en == english


@pytest.mark.parametrize("said", ["", "something nobody has translated", "x" * 5000])
def test_what_has_no_chinese_stays_as_it_is(said):
    assert in_chinese(said) == said


RUNNING = [
    path
    for folder in ("compute", "runs")
    for path in sorted(Path(str(files("chengmo").joinpath(folder))).glob("*.py"))
]


def sentences(path, classes):
    """Yield message and hint of each error of these classes that a module makes, gaps filled."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in classes:
            hints = [one.value for one in node.keywords if one.arg == "hint"]
            for said in (*node.args[:1], *hints):
                if isinstance(said, ast.Constant):
                    yield said.value
                elif isinstance(said, ast.JoinedStr):
                    parts = (getattr(part, "value", "") for part in said.values)
                    yield "".join(part if isinstance(part, str) else "7" for part in parts)


@pytest.mark.parametrize("path", RUNNING, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_why_a_run_failed_is_said_in_chinese(path):
    said = list(sentences(path, {"RunFailed", "ResourceExhausted"}))
    assert [one for one in said if not HAN.search(in_chinese(one))] == []


MET_BY_USERS = [
    Path(str(files("chengmo").joinpath(name)))
    for name in (
        "catalog/condition.py", "catalog/query/ask.py", "catalog/query/statement.py",
        "catalog/importing/archive.py", "catalog/importing/opening.py",
        "catalog/importing/sandbox.py", "contests/contests.py", "contests/store.py",
        "contests/team.py", "identity/directory.py", "identity/keys.py",
        "interfaces/cli/code_area.py", "interfaces/cli/code_column.py",
        "interfaces/exchange/fetch.py", "interfaces/ogc/process.py", "inventory/database.py",
        "sharing/request.py", "sharing/sharing.py",
    )
]  # fmt: skip
OURS = {
    name for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, errors.ChengmoError)
}  # fmt: skip


@pytest.mark.parametrize("path", MET_BY_USERS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_a_user_does_wrong_is_said_in_chinese(path):
    said = {one for one in sentences(path, OURS) if re.search("[a-z]{3}", one)}
    # An address or an option is the same in every language.
    spoken = {one for one in said if " " in one and "://" not in one.split(" ", 1)[0]}
    assert spoken
    assert {one for one in spoken if not HAN.search(in_chinese(one))} == set()
