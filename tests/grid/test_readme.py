"""What the pages on the grid show is what it does."""

import doctest
import subprocess
import sys
from pathlib import Path

import pytest

from chengmo import grid
from chengmo.grid.height import PROFILES
from chengmo.grid.solid_reading import HEIGHT_AT

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("page", ["src/chengmo/grid/README.md", "docs/how-to/learn-the-code.md"])
def test_the_examples_of_a_page_run(page):
    result = doctest.testfile(str(ROOT / page), module_relative=False)
    assert result.attempted > 5
    assert result.failed == 0


@pytest.mark.slow
def test_the_pictures_show_the_cells_of_today():
    tool = [sys.executable, str(ROOT / "tools" / "code_pictures.py"), "--check"]
    answer = subprocess.run(tool, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr


def test_the_table_of_four_profiles_is_what_is_written():
    page = (ROOT / "docs" / "grid-standard.md").read_text("utf-8")
    rows = [line.strip("|").split("|") for line in page.splitlines() if "`" not in line]
    rows = [[cell.strip() for cell in row] for row in rows if len(row) == 6]
    numbered = [row for row in rows if row[1].replace("−", "").replace(" ", "").isdigit()]
    assert len(numbered) == 5
    for height, n, *written in numbered:
        metres = float(height.replace("−", "-").replace(" ", ""))
        assert grid.height_keys(metres).item() == int(n.replace("−", "-").replace(" ", ""))
        for profile, digits in zip(PROFILES, written, strict=True):
            code = grid.encode_solid_code(114.3, 30.5, metres, 10, profile=profile)
            assert "".join(code[at] for at in HEIGHT_AT) == digits
