import base64
import hashlib
from importlib.metadata import PathDistribution

import duckdb
import pytest

from chengmo.catalog import extension
from chengmo.catalog.catalogue import open_catalog
from chengmo.catalog.extension import extension_path
from chengmo.errors import LakeUnavailable, PlatformError


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Install a wheel of an extension under a name of its own; give the extension's file."""

    def install(name, content=b"the code of an extension", listed=True):
        wheel = tmp_path / f"duckdb_extension_{name}-1.0.dist-info"
        wheel.mkdir()
        (wheel / "METADATA").write_text(f"Metadata-Version: 2.1\nName: duckdb-extension-{name}\n")
        file = tmp_path / f"{name}.duckdb_extension"
        file.write_bytes(content)
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        line = f"{file.name},sha256={digest},{len(content)}\n" if listed else ""
        (wheel / "RECORD").write_text(line)
        monkeypatch.setattr(extension, "files", lambda _: PathDistribution(wheel).files)
        extension_path.cache_clear()
        return file

    yield install
    extension_path.cache_clear()


def test_a_missing_extension_names_its_package():
    with pytest.raises(PlatformError, match="duckdb-extension-nothing") as failure:
        extension_path("nothing")
    assert failure.value.hint == "pip install duckdb-extension-nothing"


def test_a_file_that_is_what_its_wheel_says_is_given(installed):
    file = installed("whole")
    assert extension_path("whole") == file


def test_a_file_that_was_changed_is_never_loaded(installed):
    file = installed("changed")
    file.write_bytes(b"another extension's code")
    with pytest.raises(PlatformError, match="not the file that came with") as failure:
        extension_path("changed")
    assert "--force-reinstall duckdb-extension-changed" in failure.value.hint


def test_a_wheel_without_an_extension_is_named(installed):
    installed("empty", listed=False)
    with pytest.raises(PlatformError, match="holds no extension"):
        extension_path("empty")


def test_an_open_lake_loads_nothing_without_a_signature(tmp_path):
    unsigned = tmp_path / "unsigned.duckdb_extension"
    unsigned.write_bytes(extension_path("spatial").read_bytes()[:-256] + bytes(256))
    with open_catalog(tmp_path / "home") as catalog:
        with pytest.raises(LakeUnavailable, match="signature"), catalog.lake.cursor() as cursor:
            cursor.execute(f"LOAD '{unsigned}'")
        with pytest.raises(duckdb.Error, match="allow_unsigned_extensions"):
            catalog.lake.connection.execute("SET GLOBAL allow_unsigned_extensions = true")
