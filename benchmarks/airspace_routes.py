"""Ways through the air of a city: `python -m benchmarks airspace_routes`.

First the published voxel benchmark (Brewer and Sturtevant, SoCS 2018): the 409 instances of map A1
of Warframe whose least costs are published, all to be met within 1e-6; and a plain A* in Python on
every twentieth of those with fewer than 20 000 cells looked at here, in the same run.
Maps are read from CHENGMO_BENCH (default ../shared/bench); without them this part is left out.

Then routes across 50 × 50 km of Wuhan, cells of 50 × 50 × 10 m up to 300 m. Real: protection
zones of airports (closed here), residents by cell (what a metre costs rises with them).
Synthetic: buildings, drawn at random where people live, up to some 100 m high. CPU time of one
thread; the prices are laid once, each route is a search of its own.
"""

import heapq
import json
import time
from importlib.resources import files

import numpy as np
import pyarrow.parquet as pq
import shapely
from scipy.spatial import cKDTree
from tests.airspace.routes.published import FOLDER, read_instances, read_voxels, voxel_way

from chengmo import Text
from chengmo_airspace.routes import Frame, Route, Space, Spot, find_route
from chengmo_airspace.routes.moves import PAD

TOLERANCE = 1e-6
MOST_FOR_PYTHON = 20_000
ROOTS = [0.0, 1.0, 2**0.5, 3**0.5]
BOX = (114.04, 30.325, 114.561, 30.776)
CORNERS = {
    "Jiangxia to Xinzhou": ((114.10, 30.34), (114.55, 30.76)),
    "Hankou to Guanggu": ((114.27, 30.585), (114.41, 30.505)),
    "Caidian to Qingshan": ((114.06, 30.45), (114.42, 30.64)),
    "south to north": ((114.30, 30.33), (114.50, 30.75)),
}


def octile(dx, dy, dz):
    low, middle, high = sorted((abs(dx), abs(dy), abs(dz)))
    return low * ROOTS[3] + (middle - low) * ROOTS[2] + (high - middle)


def plain_way(is_blocked, ends):
    """Return the least cost by a plain A* over dictionaries, with the same rule and estimate."""
    start, goal = (tuple(end) for end in ends.tolist())
    deltas = [(x, y, z) for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-1, 0, 1) if x or y or z]
    parts = {
        d: [p for p in deltas if all(b in (0, a) for a, b in zip(d, p, strict=True))]
        for d in deltas
    }
    moves = [(d, ROOTS[sum(map(abs, d))], parts[d]) for d in deltas]
    costs, closed = {start: 0.0}, set()
    heap = [(octile(*(a - b for a, b in zip(start, goal, strict=True))), 0.0, start)]
    while heap:
        _, _, cell = heapq.heappop(heap)
        if cell in closed:
            continue
        if cell == goal:
            return costs[cell], len(closed)
        closed.add(cell)
        x, y, z = cell
        here = costs[cell]
        for (dx, dy, dz), length, needs in moves:
            to = (x + dx, y + dy, z + dz)
            if to in closed or any((x + a, y + b, z + c) in is_blocked for a, b, c in needs):
                continue
            total = here + length
            if total < costs.get(to, 1e300):
                costs[to] = total
                rest = octile(to[0] - goal[0], to[1] - goal[1], to[2] - goal[2])
                heapq.heappush(heap, (total + rest, rest, to))
    return float("inf"), len(closed)


def spent_by(call):
    start = time.process_time()
    answer = call()
    return answer, time.process_time() - start


def published():
    if not FOLDER.is_dir():
        print(f"skipped the published instances: {FOLDER} is not there")
        return
    prices, shape = read_voxels(FOLDER / "A1.3dmap")
    instances = read_instances(FOLDER / "A1.3dmap.3dscen")
    voxel_way(prices, shape, instances[1][0])
    worst, spent, looked = 0.0, [], []
    for ends, cost in instances:
        (_, found, count), seconds = spent_by(lambda e=ends: voxel_way(prices, shape, e))
        worst = max(worst, abs(found - cost))
        spent.append(seconds)
        looked.append(count)
    assert worst <= TOLERANCE, worst
    print(f"Warframe A1: {len(instances)} of {len(instances)} published costs met", end="")
    print(f" within {TOLERANCE:g} (worst {worst:.1e})")
    print(f"  {sum(spent):.1f} s in all, median {np.median(spent) * 1e3:.1f} ms, ", end="")
    print(f"most {max(spent):.1f} s; {sum(looked) / sum(spent) / 1e3:.0f} 000 cells a second")
    solid = np.argwhere(np.isinf(prices.reshape([size + 2 * PAD for size in shape]))) - PAD
    is_blocked = set(map(tuple, solid.tolist()))
    small = [n for n, count in enumerate(looked) if count <= MOST_FOR_PYTHON][::20]
    mine, theirs = np.zeros(len(small)), np.zeros(len(small))
    for at, n in enumerate(small):
        ends, cost = instances[n]
        (found, _), theirs[at] = spent_by(lambda e=ends: plain_way(is_blocked, e))
        assert abs(found - cost) < TOLERANCE, (n, found, cost)
        again = [spent_by(lambda e=ends: voxel_way(prices, shape, e))[1] for _ in range(5)]
        mine[at] = np.median(again)
    # Much of it is ties: sums in Python are not exact, so ways of equal length do not compare so.
    print(f"  {len(small)} of them: {mine.sum() * 1e3:.1f} ms, a plain A* in Python ", end="")
    print(f"{theirs.sum():.2f} s: {theirs.sum() / mine.sum():.0f} times as fast; ", end="")
    print(f"one by one {(theirs / mine).min():.0f}, median {np.median(theirs / mine):.0f}")


def wuhan():
    """Return the space over Wuhan: zones and residents real, buildings synthetic."""
    frame = Frame.over(BOX)
    space = Space.open(frame)
    folder = files("chengmo_wuhan")
    zones = json.loads((folder / "cc0" / "airspace-zones.geojson").read_text("utf-8"))
    for zone in zones["features"]:
        words = zone["properties"]
        reason = Text(zh=words["name_zh"], en=words["name_en"])
        space = space.close_area(shapely.geometry.shape(zone["geometry"]), reason)
    people = pq.read_table(folder / "cc-by-4.0" / "population.parquet")
    places = shapely.get_coordinates(
        shapely.from_wkb(people["geometry"].to_numpy(zero_copy_only=False))
    )
    x, y = np.meshgrid(*frame.middles(), indexing="ij")
    away, which = cKDTree(frame.plane.to_metres(places)).query(
        np.column_stack([x.ravel(), y.ravel()])
    )
    per_km2 = np.where(away < 600, people["residents"].to_numpy()[which] / 0.737, 0).reshape(
        x.shape
    )
    rng = np.random.default_rng(1)
    is_built = rng.random(x.shape) < np.clip(per_km2 / 50_000, 0, 0.5)
    tops = np.where(is_built, rng.gamma(3, 12, x.shape), 0.0)
    built = Text(zh="建筑(合成)", en="buildings (synthetic)")
    space = space.close(frame.layer_bounds()[:-1] < tops[:, :, None], built)
    return space.rate("people", (per_km2 / 5000)[:, :, None])


def told(space, weights):
    """Print what routes across the city cost and take."""
    for name, (a, b) in CORNERS.items():
        for any_angle in (False, True):

            def ask(a=a, b=b, any_angle=any_angle):
                ends = Spot(*a, 105), Spot(*b, 105)
                return find_route(space, *ends, weights=weights, any_angle=any_angle)

            route = ask()
            assert isinstance(route, Route), route
            times = np.array([spent_by(ask)[1] for _ in range(7)]) * 1e3
            kind = "any angle" if any_angle else "26 moves"
            print(
                f"  {name}, {kind}: {route.length_m / 1000:.1f} km, cost {route.cost:.0f}", end=""
            )
            print(f" (bound {route.bound:.0f}), {len(route.cells)} corners, ", end="")
            print(f"{route.looked_at} cells: median {np.median(times):.0f} ms", end="")
            print(f", most {times.max():.0f} ms")


def city():
    space, seconds = spent_by(wuhan)
    closed = 100 * (space.obstacles > 0).mean()
    print(f"Wuhan, {space.frame.shape} cells, {closed:.0f} % closed; ", end="")
    by_people = {"length": 1.0, "people": 1.0}
    _, laid = spent_by(lambda: space.price(by_people))
    print(f"laid in {seconds:.1f} s, priced in {laid:.2f} s")
    print(" people below, at any height")
    told(space, by_people)
    layers = space.frame.layer_bounds()[:-1] + 5
    noise = space.rates["people"] * np.clip(2 - layers / 150, 0.3, 2).astype(np.float32)
    space = space.rate("noise", noise)
    print(" people below, the less the higher (synthetic)")
    told(space, {"length": 1.0, "noise": 1.0})


def main():
    published()
    city()


if __name__ == "__main__":
    main()
