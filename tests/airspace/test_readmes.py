"""The worked examples of the folders run as they are printed."""

import doctest
from importlib.resources import files
from pathlib import Path

import pytest

READMES = sorted(Path(str(files("chengmo_airspace"))).glob("*/README.md"))


@pytest.mark.parametrize("readme", READMES, ids=[path.parent.name for path in READMES])
def test_the_examples_of_a_folder_run(readme):
    outcome = doctest.testfile(str(readme), module_relative=False)
    assert outcome.failed == 0
