"""Compile the kernels once, so that nobody's first map or first answer waits for it."""

import json
import os
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from chengmo import Text, grid
from chengmo.catalog import feature
from chengmo.model import ExampleCity
from chengmo.model.discovery import discover_models
from chengmo_airspace.altitude import Altitudes, egm96
from chengmo_airspace.conflict import (
    ConflictIndex,
    FlightWish,
    Leeway,
    find_conflicts,
    plan_day,
    propose_changes,
)
from chengmo_airspace.routes import Frame, Space, Spot, find_route
from chengmo_airspace.tracking.batch import read_batch
from chengmo_airspace.tracking.limits import Limits
from chengmo_airspace.tracking.monitor import Monitor
from chengmo_airspace.tracking.telemetry import read_json
from chengmo_airspace.volume import Circle, Polygon, Volume, VolumeColumns


def warm_grid() -> None:
    """Call each kernel of the grid with the types that the platform uses."""
    box = shapely.box(114.0, 30.0, 114.1, 30.1)
    codes = grid.encode_codes([114.3], [30.6], level=10)
    keys, levels = grid.key_of_code(codes)
    grid.code_bounds(codes)
    grid.code_of_key(keys, level=10)
    grid.key_bounds(keys, level=levels)
    grid.key_centres(grid.encode_keys([114.3], [30.6]), level=32)
    grid.bbox_ranges(114.0, 30.0, 114.1, 30.1)
    grid.key_bounds(keys, level=32)
    grid.key_centres(keys, level=levels)
    grid.encode_codes([114.3], [30.6], level=5)
    warm_cells(box, keys)
    warm_bodies(box)


def warm_cells(box: shapely.Polygon, keys: NDArray[np.uint64]) -> None:
    """Call the kernels of covers, neighbours, sets and joins."""
    grid.cover_polygon(box, level=18)
    grid.cells_to_polygons(*grid.cover_hierarchical(box, finest_level=18))
    grid.keys_within(box, keys, level=18)
    grid.neighbour_keys(keys, level=18)
    grid.move_keys(keys, 1, 1, level=18)
    grid.children_keys(keys, level=18)
    cells = grid.CellSet.of_geometry(box, finest_level=18)
    (cells & cells).fewest()
    grid.join_points([box], [114.05], [30.05])


def warm_bodies(box: shapely.Polygon) -> None:
    """Call the kernels of heights, 3-D codes and times."""
    codes = grid.encode_solid_codes([114.3], [30.6], [50.0], level=7)
    grid.solid_code_bounds(codes)
    keys, heights, _ = grid.key_of_solid_code(codes)
    grid.solid_code_of_key(keys, heights, level=7)
    grid.solid_neighbour_keys(keys, heights, level=7)
    grid.time_code(grid.time_keys(["2026-11-22T09:30:15Z"]))
    grid.cover_prism(box, band_m=(0.0, 50.0), level=5)


def warm_model(name: str) -> None:
    """Answer a scenario's example, for each goal it offers, and its other requests to warm."""
    model = discover_models()[name]
    example = Path(str(files(model.module.rsplit(".", 1)[0]) / "example"))
    text = (example / "request.json").read_text(encoding="utf-8")
    request = model.request_type.model_validate_json(text)
    city = ExampleCity.from_folder(example)
    goals = model.request_type.model_json_schema()["properties"].get("goal", {}).get("enum", [])
    model.decide(request, city)
    for goal in goals:
        model.decide(request.model_copy(update={"goal": goal}), city)
    for other in sorted(example.glob("warm/*.json")):
        text = other.read_text(encoding="utf-8")
        model.decide(model.request_type.model_validate_json(text), city)


def warm_airspace() -> None:
    """Put two volumes into an index, ask for ways out, plan their day."""
    eight, minute = datetime(2026, 5, 1, 8, tzinfo=UTC), timedelta(minutes=1)
    square = Polygon([(114.3, 30.5), (114.31, 30.5), (114.31, 30.51), (114.3, 30.51)])
    survey = Volume(square, 60, 90, eight, eight + 5 * minute)
    parcel = Volume(Circle(114.305, 30.505, 200), 60, 90, eight + minute, eight + 2 * minute)
    index = ConflictIndex()
    index.put("survey", [survey])
    index.put_if_free("parcel", [parcel])
    leeway = Leeway(later_s=900, step_s=10, lower_m=30, upper_m=140, climb_step_m=5)
    propose_changes(index.snapshot(), [parcel], leeway)
    wishes = [("survey", survey), ("parcel", parcel)]
    plan_day([FlightWish(name, name, 0, [one], leeway) for name, one in wishes])
    find_conflicts(VolumeColumns.from_volumes([survey, parcel]), np.arange(2))
    warm_routes()


def warm_routes() -> None:
    """Find a way past a wall, at any angle and by 26 moves."""
    wall = shapely.box(114.305, 30.5, 114.306, 30.508)
    frame = Frame.over((114.3, 30.5, 114.31, 30.51), band_m=(0.0, 60.0))
    space = Space.open(frame).close_area(wall, Text(zh="墙", en="a wall"))
    for any_angle in (True, False):
        find_route(space, Spot(114.302, 30.504, 35), Spot(114.308, 30.504, 35), any_angle=any_angle)


def warm_tracking() -> None:
    """Take two messages, watch them, and take them again as from a log."""
    place = {"time": "2026-05-01T08:00:00Z", "longitude": 114, "latitude": 30}
    body = json.dumps([{"aircraft": name, **place} for name in ("one", "two")])
    limits, now_us = Limits(), 1_777_622_400_000_000
    monitor = Monitor(limits)
    batch = read_batch(
        read_json(body.encode()), "op", altitudes=Altitudes(egm96()), limits=limits, now_us=now_us
    )
    kept = monitor.take([batch], now_us).messages
    monitor.watch(now_us)
    monitor.replay(kept, now_us)


PARTS = {
    "grid": warm_grid,
    "airspace": warm_airspace,
    "features": feature.warm_up,
    "tracking": warm_tracking,
}
# What takes long and shares nothing comes first; what is built on the rest comes last.
FIRST = ("grid", "school-lottery", "canteen-siting", "airspace", "features", "tracking")
LAST = ("low-altitude-network", "flight-day")


def warm(part: str) -> None:
    """Compile one part: kernels of the platform, or a scenario and what it calls."""
    if part in PARTS:
        PARTS[part]()
    else:
        warm_model(part)


def warm_all() -> None:
    """Compile every part, on as many processors as there are parts that share little: two."""
    models = discover_models()
    others = sorted(models.keys() - {*FIRST, *LAST})
    parts = [part for part in (*FIRST, *others, *LAST) if part in PARTS or part in models]
    processes = min(2, os.cpu_count() or 1)
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for _ in pool.map(warm, parts):
            pass


if __name__ == "__main__":
    warm_all()
