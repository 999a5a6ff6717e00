"""What the sharing rules cost: the same questions with policies on and off, by many at once.

`python -m benchmarks.policy_cost`: 500 analysts ask for items of a box, a tile and a count of
100 000 synthetic points; processor seconds of the process, as the original and as a treated edition
(columns dropped, places coarsened), each after one round that is not counted.
"""

import os
import random
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from chengmo.app import open_platform
from chengmo.catalog.dataset import DatasetColumn, DatasetMetadata, Lineage
from chengmo.catalog.staged import StagedTable, table_schema
from chengmo.catalog.tiles import Tile
from chengmo.grid import encode_keys
from chengmo.identity import LOCAL_ADMINISTRATOR, Actor
from chengmo.model import Text
from chengmo.sharing.policy import Policy

ROWS = 100_000
ANALYSTS = 500
ROUNDS = 5


def stage(folder):
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(113.7, 115.1, ROWS), rng.uniform(29.9, 31.4, ROWS)
    columns = tuple(
        DatasetColumn(name=name, source_name=name, type=kind)
        for name, kind in (("name", "text"), ("age", "integer"), ("income", "number"))
    )
    values = {
        "name": [f"synthetic {i}" for i in range(ROWS)],
        "age": rng.integers(0, 90, ROWS),
        "income": rng.uniform(0, 1e5, ROWS),
        "_row": np.arange(1, ROWS + 1),
        "_cell": encode_keys(lon, lat),
        "_west": lon, "_south": lat, "_east": lon, "_north": lat,
        "_geometry": pa.array(shapely.to_wkb(shapely.points(lon, lat)), pa.binary()),
    }  # fmt: skip
    path = folder / "rows.parquet"
    pq.write_table(pa.table(values, schema=table_schema(columns)), path)
    lineage = Lineage(
        source_name="made", sha256="0" * 64, format="csv", rows_read=ROWS, rows_kept=ROWS,
        imported_utc="2025-01-01T00:00:00Z",
    )  # fmt: skip
    return StagedTable(
        table=path, quarantine=None, columns=columns, geometry_type="point",
        extent=(113.7, 29.9, 115.1, 31.4), lineage=lineage, row_count=ROWS,
    )  # fmt: skip


def ask(sharing, actor, seed):
    draw = random.Random(seed)
    west, south = draw.uniform(113.7, 115.0), draw.uniform(29.9, 31.3)
    box = (west, south, west + 0.022, south + 0.022)
    sharing.view(actor, "planning", "ogc").read("people", bbox=box, limit=100)
    sharing.view(actor, "planning", "ogc").count("people", bbox=box)
    sharing.view(actor, "planning", "ogc").tile("people", Tile(12, 1683, 3345 + seed % 8))


def spent_s(sharing, actors):
    start = time.process_time()
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda pair: ask(sharing, pair[1], pair[0]), enumerate(actors)))
    return time.process_time() - start


def main():
    analysts = [
        Actor(f"a{i}", frozenset({"analyst"}), "health", "department") for i in range(ANALYSTS)
    ]
    policy = Policy.model_validate({
        "id": "p", "title": {"zh": "规则", "en": "A rule"}, "dataset": "people",
        "treatment": {"columns": {"name": {"do": "drop"}, "age": {"do": "generalise", "step": 10}},
                      "space": {"do": "coarsen", "level": 20, "minimum": 3}},
    })  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, open_platform(
        home=Path(folder) / "home", work=False
    ) as platform:  # fmt: skip
        platform.catalog.commit(
            stage(Path(folder)),
            DatasetMetadata(id="people", title=Text(zh="人", en="People"), synthetic=True),
        )
        sharing = platform.sharing
        platform.catalog.windows.start()
        ask(sharing, LOCAL_ADMINISTRATOR, 0)
        start = time.process_time()
        sharing.state(policy, LOCAL_ADMINISTRATOR, "python")
        ask(sharing, analysts[0], 0)
        print(f"making the edition, with its window: {time.process_time() - start:.2f} s of CPU")
        off, on = [], []
        for _ in range(ROUNDS):
            off.append(spent_s(sharing, [LOCAL_ADMINISTRATOR] * ANALYSTS))
            on.append(spent_s(sharing, analysts))
        plain, ruled = np.median(off[1:]), np.median(on[1:])
        print(f"{ANALYSTS} × 3 questions, {os.cpu_count()} cores")
        print(f"policies off {plain * 1e3 / ANALYSTS:.2f} ms of CPU a person")
        print(f"policies on  {ruled * 1e3 / ANALYSTS:.2f} ms: {ruled / plain - 1:+.1%}")


if __name__ == "__main__":
    main()
