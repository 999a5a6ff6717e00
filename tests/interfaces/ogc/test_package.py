"""A data package: what a reader of the standard needs, and the same rows back again."""

import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from chengmo.app import open_platform
from chengmo.errors import NotSignedIn, UnknownDataset, UnreadableFile
from chengmo.identity.actor import ANONYMOUS, LOCAL_ADMINISTRATOR
from chengmo.interfaces.exchange.package import read_package, write_package
from chengmo.runs.platform import Platform


def packed(platform: Platform, folder: Path, dataset: str = "places") -> Path:
    view = platform.sharing.view(LOCAL_ADMINISTRATOR, "view", "export")
    return write_package(view, dataset, folder / f"{dataset}.zip")


def test_a_package_states_its_terms_its_columns_and_its_checksums(
    platform: Platform, tmp_path: Path
):
    with zipfile.ZipFile(packed(platform, tmp_path)) as package:
        told = json.loads(package.read("datapackage.json"))
        assert (told["name"], told["licenses"][0]["name"]) == ("places", "CC0-1.0")
        assert told["contributors"] == [{"title": "民政局", "role": "publisher"}]
        assert "import:places.1" in told["chengmo"]["provenance"]["activity"]
        table, rows = told["resources"]
        for resource in (table, rows):
            body = package.read(resource["path"])
            assert resource["hash"] == f"sha256:{hashlib.sha256(body).hexdigest()}"
            assert resource["bytes"] == len(body)
        lines = package.read(table["path"]).decode().splitlines()
        assert len(lines) == 251
        header = [name.strip('"') for name in lines[0].split(",")]
        assert header == [field["name"] for field in table["schema"]["fields"]]
        height = next(each for each in table["schema"]["fields"] if each["name"] == "height_m")
        assert (height["type"], height["unit"]) == ("number", "m")


def test_what_may_not_be_seen_is_not_packed(platform: Platform, tmp_path: Path):
    view = platform.sharing.view(ANONYMOUS, "view", "export")
    with pytest.raises(UnknownDataset):
        write_package(view, "areas", tmp_path / "areas.zip")
    assert not (tmp_path / "areas.zip").exists()


@pytest.mark.slow
@pytest.mark.parametrize("dataset", ["places", "areas", "budget"])
def test_what_was_packed_comes_back_as_it_was(platform: Platform, tmp_path: Path, dataset: str):
    package = packed(platform, tmp_path, dataset)
    before = platform.catalog.dataset(dataset)
    with open_platform(home=tmp_path / "other", work=False) as other:
        after = read_package(other.sharing, package, actor=LOCAL_ADMINISTRATOR)
        assert after.metadata == before.metadata
        assert [(c.name, c.type, c.unit) for c in after.columns] == [
            (c.name, c.type, c.unit) for c in before.columns
        ]
        names = [*(column.name for column in before.columns), "_geometry", "_cell"]
        told, kept = (
            catalog.read(dataset, columns=names).to_pylist()
            for catalog in (platform.catalog, other.catalog)
        )
        # An import takes NaN for a missing number.
        assert {str(row) for row in kept} == {str(row).replace("nan", "None") for row in told}
        assert (after.extent, after.time_extent) == (before.extent, before.time_extent)


@pytest.mark.slow
def test_a_package_that_was_changed_is_refused(platform: Platform, tmp_path: Path):
    package = packed(platform, tmp_path)
    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(package) as source, zipfile.ZipFile(changed, "w") as sink:
        for name in source.namelist():
            body = source.read(name)
            sink.writestr(name, body[:-1] + b"!" if name.endswith(".csv") else body)
    with pytest.raises(UnreadableFile, match="checksum"):
        read_package(platform.sharing, changed, actor=LOCAL_ADMINISTRATOR, dataset="changed")
    (tmp_path / "odd.zip").write_bytes(b"PK")
    with pytest.raises(UnreadableFile):
        read_package(platform.sharing, tmp_path / "odd.zip", actor=LOCAL_ADMINISTRATOR)
    with pytest.raises(NotSignedIn):
        read_package(platform.sharing, package, actor=ANONYMOUS)
