"""Chinese for people is set as Chinese is: punctuation of full width beside its characters."""

import re
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[2] / "src"
TEXT = re.compile(r"\"([^\"\n]*[\u4e00-\u9fff][^\"\n]*)\"")
NARROW = re.compile(
    r"[\u4e00-\u9fff）][,;:?!]|[,;:?!][\u4e00-\u9fff（]|[\u4e00-\u9fff]\(|\)[\u4e00-\u9fff]"
)
# What a person types, or a unit, stays as it is typed.
TYPED = ("经度, 纬度", "西, 南, 东, 北", "分贝(A)")
FILES = [
    *(each for each in (SOURCES / "chengmo_scenarios").glob("*/*.py") if each.stem[:5] != "test_"),
    *(SOURCES / "chengmo_scenarios").glob("*/page/words.js"),
    *(SOURCES / "chengmo_wuhan").glob("*.toml"),
    *(SOURCES / "chengmo_airspace" / "interfaces" / "live_page").glob("words.js"),
    *(SOURCES / "chengmo" / "interfaces" / "web" / "static").glob("*/words.js"),
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCES)))
def test_chinese_has_punctuation_of_full_width(path):
    lines = path.read_text("utf-8").splitlines()
    texts = [text for line in lines for text in TEXT.findall(line)]
    assert [
        text for text in texts if NARROW.search(text) and not any(one in text for one in TYPED)
    ] == []
