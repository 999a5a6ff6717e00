"""Other people's software reads the API as it is: OWSLib, GDAL's OAPIF driver, and QGIS."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import geopandas
import pyogrio
import pytest
import shapely
from owslib.ogcapi.features import Features
from owslib.ogcapi.processes import Processes

from chengmo.interfaces.ogc.crs import EPSG_4490

pytestmark = pytest.mark.slow
Gdal = Callable[..., Any]


@pytest.fixture(scope="module")
def gdal() -> Iterator[Gdal]:
    """Calls GDAL in a process of its own: it holds the lock that the server's thread needs."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        yield lambda call, *args, **kwargs: pool.submit(call, *args, **kwargs).result(120)


def test_owslib_reads_collections_and_items(server: str):
    features = Features(server)
    assert features.conformance()["conformsTo"]
    assert set(features.feature_collections()) == {"areas", "budget", "islands", "places"}
    assert features.collection("places")["itemType"] == "feature"
    assert "floors" in features.collection_queryables("places")["properties"]
    page = features.collection_items("places", bbox=[114.195, 30.495, 114.225, 30.515], limit=50)
    assert page["numberReturned"] == 6
    assert features.collection_item("places", "1")["id"] == 1
    assert features.api()["openapi"] == "3.0.3"


def test_owslib_reads_and_executes_processes(server: str):
    processes = Processes(server)
    listed = {process["id"] for process in processes.processes()}
    assert {"reach-share", "stumble"} <= listed
    assert "radius_m" in processes.process("reach-share")["inputs"]
    decision = processes.execute("reach-share", {"radius_m": 2000})
    assert decision["decision"]["value"]["outcome"] == "decided"


def test_gdal_lists_the_layers(server: str, gdal: Gdal):
    layers = dict(gdal(pyogrio.list_layers, f"OAPIF:{server}"))
    assert set(layers) == {"areas", "budget", "islands", "places", "_catalogue"}


def test_gdal_reads_the_catalogue_as_a_layer(server: str, gdal: Gdal):
    frame = gdal(geopandas.read_file, f"OAPIF:{server}", layer="_catalogue")
    assert frame["geometry"].notna().sum() == 3
    assert len(frame) == 4


def test_gdal_pages_through_every_feature(server: str, gdal: Gdal):
    frame = gdal(geopandas.read_file, f"OAPIF:{server}", layer="places", PAGE_SIZE="40")
    assert len(frame) == 250
    assert sorted(frame["limit"]) == list(range(250))
    assert frame["区"].value_counts().to_dict() == {"武昌区": 125, "江岸区": 125}
    assert frame.crs is not None
    assert frame.total_bounds.round(6).tolist() == [114.2, 30.5, 114.44, 30.59]


def test_gdal_asks_for_a_box(server: str, gdal: Gdal):
    frame = gdal(
        geopandas.read_file, f"OAPIF:{server}", layer="areas", bbox=(100.8, 30.8, 101.05, 30.9)
    )
    assert frame["code"].tolist() == [1]


def test_gdal_reads_another_coordinate_system_in_the_right_order(server: str, gdal: Gdal):
    frame = gdal(geopandas.read_file, f"OAPIF:{server}", layer="areas", CRS=EPSG_4490)
    wanted = gdal(geopandas.read_file, f"OAPIF:{server}", layer="areas")
    assert frame.crs.to_epsg() == 4490
    assert shapely.equals_exact(frame.geometry.values, wanted.geometry.values, 1e-9).all()


def test_gdal_filters_by_property_on_the_server(server: str, gdal: Gdal):
    frame = gdal(geopandas.read_file, f"OAPIF:{server}", layer="places", where="floors = 3")
    assert len(frame) == 7


@pytest.fixture(scope="module")
def qgis() -> str:
    """QGIS's own command line; not part of continuous integration, for it installs 1.2 GB."""
    # Debian's wrapper of it hands on an option of QGIS's own, which it does not know.
    program = shutil.which("qgis_process.bin") or shutil.which("qgis_process")
    if program is None:
        pytest.skip("QGIS is not installed (apt install qgis, 1.2 GB)")
    return program


def test_qgis_reads_a_collection(server: str, qgis: str, tmp_path: Path):
    written = tmp_path / "places.geojson"
    source = f"OAPIF://url='{server}' typename='places' pageSize='100'"
    subprocess.run(
        [qgis, "run", "native:savefeatures", "--", f"INPUT={source}", f"OUTPUT={written}"],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path)},
        check=True,
        capture_output=True,
        timeout=300,
    )
    features = json.loads(written.read_text("utf-8"))["features"]
    assert len(features) == 250
    assert {one["properties"]["区"] for one in features} == {"武昌区", "江岸区"}
