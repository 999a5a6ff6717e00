"""Conflicts of flights over a city: `python -m benchmarks airspace_conflicts`.

The flights are synthetic: corridors over 50 × 50 km around 114.3° E, 30.5° N within one hour. Each
has 20 volumes in a chain, one for 30 s of flight at 10 to 25 m/s, 60 to 120 m wide and 20 m high at
one of eight levels, with 10 s to spare before and after; headings wander. Half of the flights begin
at one of 40 hubs, so density is uneven. CPU time of one thread, median of repeats after one run
that compiles; from columns to all exact pairs, sorted. `--large` adds 100 000 flights.

The others answer the same question on the same volumes, and must find the same pairs: Shapely's
STRtree over all, one such tree for each minute and height of 40 m, and compiled uniform buckets of
place and time. Times to meet a new flight are of Python's whole way from 20 `Volume`s to meetings.
"""

import sys
import time
from datetime import timedelta

import numpy as np
import shapely

from benchmarks._timing import seconds
from benchmarks.peers.airspace_buckets import join_buckets
from chengmo_airspace.conflict import ConflictIndex, find_conflicts, intent_pairs
from chengmo_airspace.volume import Polygon, Volume, VolumeColumns
from chengmo_airspace.volume.lattice import PER_DEGREE, PER_METRE, PER_SECOND, from_instant

SIDE_M, HUBS, LEGS, LEG_S, HOUR_S = 50_000.0, 40, 20, 30.0, 3600.0
SPARE_S, LEVELS, LEVEL_M, LOWEST_M = 10.0, 8, 20.0, 60.0
MIDDLE = np.array([114.3, 30.5])
METRES_PER_DEGREE = np.array([111_320 * np.cos(np.radians(MIDDLE[1])), 110_900])
EIGHT = 1_777_622_400 * PER_SECOND


def flights(count, seed=1):
    """Return the volumes of synthetic flights, and whose each is."""
    rng = np.random.default_rng(seed)
    hubs = rng.uniform(0, SIDE_M, (HUBS, 2))
    from_hub = hubs[rng.integers(0, HUBS, count)] + rng.normal(0, 300, (count, 2))
    start = np.where(rng.random((count, 1)) < 0.5, from_hub, rng.uniform(0, SIDE_M, (count, 2)))
    heading = rng.uniform(0, 2 * np.pi, (count, 1)) + rng.normal(0, 0.06, (count, LEGS)).cumsum(1)
    along = np.stack([np.cos(heading), np.sin(heading)], -1)
    across = np.stack([-along[..., 1], along[..., 0]], -1)
    step = along * (rng.uniform(10, 25, count) * LEG_S)[:, None, None]
    end = start[:, None] + step.cumsum(1)
    half = rng.uniform(30, 60, count)[:, None, None]
    back, front = end - step - along * half, end + along * half
    side = across * half
    corners = np.stack([back - side, front - side, front + side, back + side], 2)
    degrees = MIDDLE + (corners - SIDE_M / 2) / METRES_PER_DEGREE
    ring = np.rint(degrees * PER_DEGREE).astype(np.int64).reshape(-1, 4, 2)
    begin = rng.uniform(0, HOUR_S - LEGS * LEG_S, (count, 1)) + np.arange(LEGS) * LEG_S
    low = np.repeat(LOWEST_M + rng.integers(0, LEVELS, count) * LEVEL_M / 2, LEGS)
    rows = [
        *(edge(ring[..., axis], 1) for axis in (0, 1) for edge in (np.min, np.max)),
        low * PER_METRE,
        (low + LEVEL_M) * PER_METRE,
        (begin.ravel() - SPARE_S) * PER_SECOND + EIGHT,
        (begin.ravel() + LEG_S + SPARE_S) * PER_SECOND + EIGHT,
    ]
    boxes = np.column_stack([np.asarray(row).astype(np.int64) for row in rows])
    offsets = np.arange(0, 4 * len(boxes) + 1, 4)
    return VolumeColumns(boxes, ring.reshape(-1, 2), offsets), np.repeat(np.arange(count), LEGS)


def areas_of(volumes):
    return shapely.polygons(volumes.vertices.reshape(-1, 4, 2))


def kept_pairs(volumes, owner, i, j):
    """Return pairs of different flights that share height and time, ascending and once."""
    boxes = volumes.boxes
    kept = (i < j) & (owner[i] != owner[j])
    for low, high in ((4, 5), (6, 7)):
        kept &= (boxes[i, low] <= boxes[j, high]) & (boxes[j, low] <= boxes[i, high])
    return np.unique(i[kept] * len(boxes) + j[kept])


def plain_tree(volumes, owner):
    areas = areas_of(volumes)
    return kept_pairs(volumes, owner, *shapely.STRtree(areas).query(areas, predicate="intersects"))


def bucketed_trees(volumes, owner):
    """Query one tree for each minute and 40 m of height, of the volumes that reach into it."""
    areas, found = areas_of(volumes), []
    cells = volumes.boxes[:, 4:] // np.array([40 * PER_METRE] * 2 + [60 * PER_SECOND] * 2)
    for level in range(cells[:, 0].min(), cells[:, 1].max() + 1):
        tall = np.flatnonzero((cells[:, 0] <= level) & (level <= cells[:, 1]))
        for minute in range(cells[:, 2].min(), cells[:, 3].max() + 1):
            rows = tall[(cells[tall, 2] <= minute) & (minute <= cells[tall, 3])]
            i, j = shapely.STRtree(areas[rows]).query(areas[rows], predicate="intersects")
            found.append(kept_pairs(volumes, owner, rows[i], rows[j]))
    return np.unique(np.concatenate(found))


def all_pairs(count, *, repeats, others):
    volumes, owner = flights(count)
    pairs = find_conflicts(volumes, owner)
    keys = pairs[:, 0] * len(volumes) + pairs[:, 1]
    spent = seconds(lambda: find_conflicts(volumes, owner), repeats)
    print(f"{count} flights, {len(volumes)} volumes: {len(pairs)} pairs of volumes", end="")
    print(f" of {len(intent_pairs(pairs, owner))} pairs of flights")
    print(f"  chengmo: {spent:.3f} s")
    for name, answer in others.items():
        assert (answer(volumes, owner) == keys).all(), name
        print(f"  {name}: {seconds(lambda: answer(volumes, owner), min(repeats, 3)):.3f} s")  # noqa: B023


def as_volumes(columns):
    """Return columns as the objects an interface would have made."""
    volumes = []
    for row, box in enumerate(columns.boxes):
        ring = columns.vertices[columns.offsets[row] : columns.offsets[row + 1]] / PER_DEGREE
        times = (from_instant(int(instant)) for instant in box[6:])
        volumes.append(Volume(Polygon(ring.tolist()), box[4] / 1000, box[5] / 1000, *times))
    return volumes


def told(name, calls):
    """Run calls one by one; print the spread of their CPU and wall times."""
    spent = []
    for call in calls:
        cpu, wall = time.thread_time(), time.perf_counter()
        call()
        spent.append((time.thread_time() - cpu, time.perf_counter() - wall))
    for kind, times in zip(("CPU", "wall"), np.array(spent).T * 1e3, strict=True):
        middle, late = np.quantile(times, [0.5, 0.99])
        print(f"  {name}, {kind}: p50 {middle:.3f}, p99 {late:.3f}, most {times.max():.2f} ms")


def new_flights(count, new=2000):
    volumes, _ = flights(count)
    index = ConflictIndex()
    names = [f"flight {n}" for n in range(count)]
    index.put_all(names, volumes, np.full(count, LEGS))
    fresh, _ = flights(new, seed=2)
    asked = [as_volumes(fresh.take(np.arange(n * LEGS, (n + 1) * LEGS))) for n in range(new)]
    index.find_meetings(asked[0])
    print(f"a new flight of {LEGS} volumes against {count} flights, {new} times")
    told("ask", [lambda a=a: index.find_meetings(a) for a in asked])
    told("put", [lambda a=a, n=n: index.put(f"new {n}", a) for n, a in enumerate(asked)])
    print(f"  trees after that: {len(index.snapshot().packs)}")
    told("ask again", [lambda a=a: index.find_meetings(a) for a in asked])
    told("remove", [lambda n=n: index.remove(f"flight {n}") for n in range(new)])
    before = from_instant(EIGHT) + timedelta(minutes=30)
    told("purge half an hour", [lambda: index.purge(before)])
    told("rebuild", [index.rebuild])


def main():
    find_conflicts(*flights(100))
    others = {"uniform buckets": join_buckets, "STRtrees in buckets": bucketed_trees}
    all_pairs(10_000, repeats=9, others={**others, "one STRtree": plain_tree})
    if "--large" in sys.argv:
        all_pairs(100_000, repeats=3, others={})
    new_flights(10_000)


if __name__ == "__main__":
    main()
