"""`kill -9` at any moment loses nothing acknowledged and leaves no half table."""

import json
import pickle
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from chengmo.catalog.catalogue import open_catalog
from chengmo.catalog.lake import quarantine_table, rows_table

CHILD = Path(__file__).with_name("committing_child.py")


@pytest.fixture
def files(stage, sorted_by_reader, tmp_path):
    refused = [(1, "no number", "x")]
    staged = [stage(rows, seed=rows, refused=refused) for rows in (9000, 20_000, 500, 14_000)]
    # Both ways that rows come into the lake: sorted by it, and as they are.
    staged[1:3] = [sorted_by_reader(each) for each in staged[1:3]]
    path = tmp_path / "staged.pickle"
    path.write_bytes(pickle.dumps(staged))
    return path


def start_child(home, database, files, name, count=0):
    command = [sys.executable, str(CHILD), str(home), database or "", str(files), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def kill_at_a_random_moment(child, random_moment):
    """Kill `child` while it opens the lake or, more often, commits; return what it acknowledged."""
    with child:
        lines = [child.stdout.readline()]
        if random_moment.random() < 0.8:
            lines.append(child.stdout.readline())
        killer = threading.Timer(random_moment.uniform(0, 1.2), child.kill)
        killer.start()
        lines += child.stdout.read().splitlines(keepends=True)
        killer.join()
    assert lines[0] == "ready\n"
    # A line without its end was cut off by the kill: it acknowledged nothing.
    return [json.loads(line) for line in lines[1:] if line.endswith("\n")]


def check_all_versions(catalog, acknowledged, seen=()):
    """Check that every version, acknowledged or not, is whole, and that nothing else is there."""
    for dataset in catalog.datasets():
        for version in catalog.versions(dataset.id):
            if (version.id, version.version) in seen:
                continue
            table = catalog.read(dataset.id, version=version.version, columns=["_row", "beds"])
            assert sorted(table["_row"].to_pylist()) == list(range(1, version.row_count + 1))
            assert catalog.quarantine(dataset.id, version.version).num_rows == 1
    for dataset, version, rows, key, _ in acknowledged:
        found = catalog.dataset(dataset, version)
        assert (found.row_count, found.idempotency_key) == (rows, key)
    with catalog.lake.cursor() as cursor:
        found = cursor.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = 'lake'"
        ).fetchall()
    wanted = {"chengmo_dataset_version"}
    for dataset in catalog.datasets():
        wanted |= {rows_table(dataset.id), quarantine_table(dataset.id)}
    assert {name for (name,) in found} == wanted


def crash_repeatedly(home, database, files, moments, seed):
    random_moment = random.Random(seed)
    acknowledged, seen = [], set()
    for attempt in range(moments):
        child = start_child(home, database, files, f"set-{attempt}")
        acknowledged += kill_at_a_random_moment(child, random_moment)
        with open_catalog(home, database) as catalog:
            check_all_versions(catalog, acknowledged, seen)
            seen |= {
                (version.id, version.version)
                for dataset in catalog.datasets()
                for version in catalog.versions(dataset.id)
            }
    with open_catalog(home, database) as catalog:
        check_all_versions(catalog, acknowledged)
        catalog.maintain(older_than_s=0)
        check_all_versions(catalog, acknowledged)
        # Who repeats a commit of which the answer was lost gets one version, not two.
        staged = pickle.loads(files.read_bytes())
        for dataset, version, _, key, each in acknowledged[-3:]:
            metadata = catalog.dataset(dataset, version).metadata
            again = catalog.commit(staged[each], metadata, idempotency_key=key)
            assert again == catalog.dataset(dataset, version)
    return acknowledged


@pytest.mark.slow
def test_five_kills_lose_nothing_acknowledged(home, database, files):
    assert crash_repeatedly(home, database, files, 5, seed=1)


@pytest.mark.slow
def test_fifty_kills_lose_nothing_acknowledged(home, database, files):
    assert len(crash_repeatedly(home, database, files, 50, seed=time.time_ns())) > 50


@pytest.mark.slow
def test_two_processes_commit_side_by_side(home, database, files):
    children = [start_child(home, database, files, "both", count=6) for _ in range(2)]
    others = [start_child(home, database, files, f"own-{i}", count=4) for i in range(1)]
    lines = [child.communicate()[0].splitlines()[1:] for child in [*children, *others]]
    assert [child.returncode for child in [*children, *others]] == [0, 0, 0]
    acknowledged = [[json.loads(line) for line in each] for each in lines]
    # Both used the same keys for the same files: each pair is one version.
    assert acknowledged[0] == acknowledged[1]
    with open_catalog(home, database) as catalog:
        check_all_versions(catalog, [each for some in acknowledged for each in some])
        versions = [each.version for each in catalog.versions("both-0")]
        assert versions == list(range(1, len(versions) + 1))
        total = sum(len(catalog.versions(name)) for name in ("both-0", "both-1"))
        assert total == 6
