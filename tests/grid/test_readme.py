import doctest
from pathlib import Path

README = Path(__file__).parents[2] / "src" / "chengmo" / "grid" / "README.md"


def test_the_example_in_the_readme_runs():
    result = doctest.testfile(str(README), module_relative=False)
    assert result.attempted > 5
    assert result.failed == 0
