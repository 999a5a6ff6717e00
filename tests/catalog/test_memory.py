"""Large tables pass through little memory."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from chengmo.catalog.importing.starter import FIXED_ENVIRONMENT
from chengmo.catalog.staged import table_schema
from chengmo.grid.key import encode_keys

CHILD = """
import json, pickle, re, sys
from pathlib import Path
from chengmo.catalog.catalogue import open_catalog
from chengmo.catalog.dataset import DatasetMetadata
from chengmo.model.decision import Text

home, staged = Path(sys.argv[1]), pickle.loads(Path(sys.argv[2]).read_bytes())
metadata = DatasetMetadata(id="large", title=Text(zh="大", en="Large"))
with open_catalog(home, memory="256MB") as catalog:
    dataset = catalog.commit(staged, metadata)
    rows = sum(batch.num_rows for batch in catalog.batches("large"))
    for name in ("geoparquet", "geojson", "csv", "arrow"):
        catalog.export("large", home / f"out.{name}", name)
    catalog.snapshot_city([catalog.dataset("large", 1)], home / "run")
# Not ru_maxrss: that begins with what the process had that started this one.
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
sys.stdout.write(json.dumps([dataset.row_count, rows, peak // 1024]))
"""


@pytest.fixture
def million(stage, tmp_path):
    """Some 900 MB of rows as they lie in memory: a million, each with a text of 700 bytes."""
    small = stage(10)
    path = tmp_path / "million.parquet"
    schema = table_schema(small.columns)
    rng = np.random.default_rng(1)
    example = pq.read_table(small.table)
    with pq.ParquetWriter(path, schema) as writer:
        for start in range(0, 1_000_000, 50_000):
            lon, lat = rng.uniform(113.7, 115.1, 50_000), rng.uniform(29.9, 31.4, 50_000)
            values = {name: example[name].take(np.zeros(50_000, int)) for name in schema.names}
            values["名称"] = [rng.bytes(350).hex() for _ in range(50_000)]
            values["_row"] = np.arange(start + 1, start + 50_001)
            values["_cell"] = encode_keys(lon, lat)
            values["_west"] = values["_east"] = lon
            values["_south"] = values["_north"] = lat
            values["_geometry"] = shapely.to_wkb(shapely.points(lon, lat))
            writer.write_table(pa.table(values, schema=schema))
    staged = type(small)(
        **{**vars(small), "table": path, "row_count": 1_000_000, "quarantine": None}
    )
    pickled = tmp_path / "million.pickle"
    pickled.write_bytes(pickle.dumps(staged))
    return pickled


@pytest.mark.slow
def test_a_million_rows_are_committed_read_and_exported_in_little_memory(million, tmp_path):
    home = tmp_path / "home"
    command = [sys.executable, "-c", CHILD, str(home), str(million)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    committed, read, peak_mib = map(int, done.stdout.strip("[]").split(","))
    assert (committed, read) == (1_000_000, 1_000_000)
    assert peak_mib < 1024
    assert pq.read_metadata(home / "out.geoparquet").num_rows == 1_000_000
    assert Path(home / "out.csv").stat().st_size > 700_000_000


READER = """
import json, re, sys
from pathlib import Path
from chengmo.catalog.importing.options import ImportOptions, Limits
from chengmo.catalog.importing.task import Task, stage_table

path, folder = Path(sys.argv[1]), Path(sys.argv[2])
scratch = folder / "scratch"
scratch.mkdir(parents=True)
task = Task(path, path.name, ImportOptions(), Limits(), scratch)
staged = stage_table(task, folder, lambda _: None)
# Not ru_maxrss: that begins with what the process had that started this one.
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
sys.stdout.write(json.dumps([staged.row_count, int(staged.is_sorted), peak // 1024]))
"""


@pytest.mark.slow
def test_a_file_larger_than_what_is_held_is_read_and_sorted_in_little_memory(tmp_path):
    path, rows = tmp_path / "large.csv", 600_000
    rng = np.random.default_rng(2)
    with path.open("w", encoding="utf-8") as file:
        file.write("text,lon,lat\n")
        for _ in range(rows // 20_000):
            lon, lat = rng.uniform(113.7, 115.1, 20_000), rng.uniform(29.9, 31.4, 20_000)
            file.writelines(
                f"{rng.bytes(500).hex()},{x:.6f},{y:.6f}\n" for x, y in zip(lon, lat, strict=True)
            )
    assert path.stat().st_size > 600_000_000
    command = [sys.executable, "-c", READER, str(path), str(tmp_path / "staged")]
    environment = os.environ | FIXED_ENVIRONMENT
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    kept, is_sorted, peak_mib = map(int, done.stdout.strip("[]").split(","))
    assert (kept, is_sorted) == (rows, 1)
    assert peak_mib < 900
    table = pq.ParquetFile(tmp_path / "staged" / "table.parquet")
    cells = np.concatenate(
        [batch.column(0).to_numpy() for batch in table.iter_batches(columns=["_cell"])]
    )
    assert len(cells) == rows
    assert (cells[1:] >= cells[:-1]).all()
