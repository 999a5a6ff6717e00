"""A real platform for the protocol's official client to ask."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chengmo.app import open_platform
from chengmo.catalog.dataset import ColumnNote, DatasetMetadata
from chengmo.model import Text
from chengmo.runs.intake import IncomingFile, take_in
from chengmo.runs.platform import Platform

PACKAGES = Path(__file__).parents[2] / "runs" / "packages"
PEOPLE = "block,residents,opened,lon,lat\n" + "".join(
    f"街区 {i},{i},2024-05-{1 + i % 28:02d},{114 + i / 200},{30.3 + i / 200}\n" for i in range(100)
)


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """The folder of the platform."""
    return tmp_path_factory.mktemp("assistants") / "home"


@pytest.fixture(scope="module")
def platform(home, tmp_path_factory) -> Iterator[Platform]:
    """A platform with the dataset `people` and the scenarios of the tests of runs.

    It ends with the module: other tests must not find these scenarios, of which one makes
    trouble on purpose.
    """
    sys.path.append(str(PACKAGES))
    file = tmp_path_factory.mktemp("files") / "people.csv"
    file.write_text(PEOPLE, "utf-8")
    with open_platform(home=home) as opened:
        metadata = DatasetMetadata(
            id="people",
            title=Text(zh="人口", en="People"),
            licence="CC0-1.0",
            synthetic=True,
            notes={"residents": ColumnNote(unit="person")},
        )
        take_in(opened.catalog, IncomingFile(file), metadata)
        yield opened
    sys.path.remove(str(PACKAGES))
