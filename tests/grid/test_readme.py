"""What the pages on the grid show is what it does."""

import doctest
import subprocess
import sys
from pathlib import Path

import pytest

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
