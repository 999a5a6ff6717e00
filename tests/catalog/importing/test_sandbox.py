"""The reading process: it answers, keeps its limits, and can be stopped."""

import os
import time
from pathlib import Path

import psutil
import pyarrow.parquet as pq
import pytest

from chengmo.catalog.importing import (
    ImportOptions,
    Limits,
    Reference,
    inspect_file,
    stage_file,
)
from chengmo.errors import ResourceExhausted, UnreadableFile


@pytest.fixture
def long_file(tmp_path) -> Path:
    path = tmp_path / "long.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("id,名称,lon,lat\n")
        block = "".join(f"{i},站点{i},114.{i % 1000:03d},30.5\n" for i in range(100_000))
        for _ in range(20):
            file.write(block)
    return path


def starters():
    return [
        child
        for child in psutil.Process().children()
        if "chengmo.catalog.importing" in " ".join(child.cmdline())
    ]


def readers():
    return [reader for starter in starters() for reader in starter.children()]


def test_a_file_is_inspected_and_staged_in_another_process(stations, tmp_path):
    seen = []
    known = Reference(
        "metro", stations["lon_wgs84"], stations["lat_wgs84"], tuple(stations["name"])
    )
    options = ImportOptions(lon="lon_gcj02", lat="lat_gcj02")
    shown = inspect_file(stations["path"], options, references=[known])
    assert shown.row_estimate == 46
    assert shown.row_count_is_exact
    assert shown.crs is not None
    assert shown.crs.crs == "GCJ-02"
    assert shown.rows[0][1] == stations["name"][0]
    staged = stage_file(
        stations["path"],
        shown.options,
        tmp_path / "staged",
        name="stations.csv",
        on_progress=lambda progress: seen.append((os.getpid(), progress)),
    )
    assert staged.lineage.source_name == "stations.csv"
    assert staged.row_count == 46
    rows = pq.read_table(staged.table)
    assert rows.num_rows == 46
    assert staged.is_sorted
    assert rows["_cell"].to_pylist() == sorted(rows["_cell"].to_pylist())
    assert set(rows["name"].to_pylist()) == set(stations["name"])
    assert staged.quarantine is None
    assert seen
    assert seen[-1][1].rows == 46
    assert not readers()


def test_errors_come_back_with_their_class_and_hint(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"")
    with pytest.raises(UnreadableFile, match="empty") as caught:
        stage_file(tmp_path / "a.csv", None, tmp_path / "out")
    assert caught.value.hint
    assert list((tmp_path / "out").iterdir()) == []
    with pytest.raises(UnreadableFile, match="no file"):
        inspect_file(tmp_path / "nothing.csv")


class Stopped(Exception):
    pass


def test_an_exception_from_the_listener_stops_the_reading_and_leaves_nothing(long_file, tmp_path):
    def stop(progress):
        if progress.rows > 500_000:
            raise Stopped

    # So little that parts of it are on disk already, sorted.
    limits = Limits(sorted_bytes=1 << 20)
    with pytest.raises(Stopped):
        stage_file(long_file, None, tmp_path / "out", limits=limits, on_progress=stop)
    assert list((tmp_path / "out").iterdir()) == []
    assert not readers()


@pytest.mark.slow
def test_the_memory_limit_ends_the_reading(tmp_path):
    path = tmp_path / "a.geojson"
    path.write_text('[{"a": "' + "x" * (200 << 20) + '"}]', encoding="utf-8")
    limits = Limits(memory_bytes=1 << 30, record_bytes=1 << 30)
    with pytest.raises(ResourceExhausted, match="1024 MB of memory") as caught:
        stage_file(path, None, tmp_path / "out", limits=limits)
    assert caught.value.hint


@pytest.mark.slow
def test_the_processor_limit_ends_the_reading(tmp_path):
    path = tmp_path / "a.geojson"
    path.write_text("[" + '{"a": 1},' * 3_000_000 + '{"a": 1}]', encoding="utf-8")
    with pytest.raises(ResourceExhausted, match="processor time"):
        stage_file(path, None, tmp_path / "out", limits=Limits(cpu_s=4))


def test_the_limit_of_the_clock_ends_the_reading(long_file, tmp_path):
    with pytest.raises(ResourceExhausted, match="longer than 0 s"):
        stage_file(long_file, None, tmp_path / "out", limits=Limits(wall_s=0.1))
    assert not readers()


@pytest.mark.slow
def test_the_limit_on_written_files_ends_the_reading(long_file, tmp_path):
    with pytest.raises(ResourceExhausted, match="no room to write"):
        stage_file(long_file, None, tmp_path / "out", limits=Limits(file_bytes=100_000))
    assert list((tmp_path / "out").iterdir()) == []


def test_a_reader_that_dies_is_an_error_with_a_way_out(long_file, tmp_path):
    def kill(progress):
        for reader in readers():
            reader.kill()
        time.sleep(0.01)

    with pytest.raises((ResourceExhausted, UnreadableFile)) as caught:
        stage_file(long_file, None, tmp_path / "out", on_progress=kill)
    assert caught.value.hint


def test_a_depth_bomb_ends_as_an_unreadable_file(tmp_path):
    path = tmp_path / "a.geojson"
    path.write_text('{"features": [{"a": ' + "[" * 1_000_000, encoding="utf-8")
    with pytest.raises(UnreadableFile) as caught:
        inspect_file(path)
    assert caught.value.hint
