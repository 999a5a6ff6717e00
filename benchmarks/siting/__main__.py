"""Siting against published optima, against spopt, and on all Wuhan; CPU seconds, one thread.

Usage: python -m benchmarks siting, or
python -m benchmarks.siting [pmed] [cap] [holmberg] [tbed1] [wuhan] [spopt]
Instances are read from CHENGMO_BENCH (default ../shared/bench), people and communities from
CHENGMO_DATA (default ../shared/data); what is absent is skipped with a message. Results go to
benchmarks/results/siting.jsonl, one line an instance.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np
import pyproj
import shapely

from benchmarks.siting.instances import (
    Plant,
    read_cap,
    read_holmberg,
    read_median,
    read_numbers,
    read_tbed,
    read_values,
)
from chengmo_scenarios.canteen_siting.method.problem import Answer, Goal, Problem
from chengmo_scenarios.canteen_siting.method.reach import link_by_coordinates, link_by_table
from chengmo_scenarios.canteen_siting.method.siting import solve

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
BENCH = Path(os.environ.get("CHENGMO_BENCH", ROOT.parent / "shared" / "bench")) / "01_facility"
DATA = Path(os.environ.get("CHENGMO_DATA", ROOT.parent / "shared" / "data")) / "population"
PEERS = HERE.parent / ".peers"
RESULTS = HERE.parent / "results" / "siting.jsonl"
CAPS = ("cap71", "cap72", "cap73", "cap74", "cap101", "cap102", "cap131", "cap132")
REPEATS = 3
SPOPT_LIMIT_S = 900.0


def tell(family: str, name: str, answer: Answer, published: float | None, cpu_s: float) -> None:
    line = {
        "family": family,
        "name": name,
        "status": str(answer.status),
        "objective": answer.objective,
        "bound": answer.bound,
        "gap_percent": round(100 * answer.gap, 5),
        "published": published,
        "cpu_s": round(cpu_s, 3),
    }
    if published:
        line["from_published_percent"] = round(100 * (answer.objective / published - 1), 5)
    record(line)


def record(line: dict) -> None:
    print(json.dumps(line), flush=True)
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def state_median(name: str) -> tuple[Problem, np.ndarray]:
    distance, count = read_median(BENCH / "pmed" / f"{name}.txt")
    n = len(distance)
    return Problem(np.ones(n), link_by_table(distance), np.ones(n), max_sites=count), distance


def state_plant(plant: Plant, *, single: bool, unit_cost: bool) -> Problem:
    n, m = plant.cost.shape
    links = link_by_table(np.zeros((n, m)))
    cost = plant.cost * plant.demand[:, None] if unit_cost else plant.cost
    return Problem(
        weight=plant.demand,
        links=links,
        site_cost=plant.fixed,
        capacity=plant.capacity,
        link_cost=cost[links.demand, links.site],
        single_source=single,
    )


def time_solving(problem: Problem, goal: Goal, repeats: int = 1) -> tuple[Answer, float]:
    times, answers = [], []
    for _ in range(repeats):
        began = time.process_time()
        answers.append(solve(problem, goal))
        times.append(time.process_time() - began)
    assert len({answer.objective for answer in answers}) == 1, "a rerun differs"
    return answers[0], median(times)


def check_plan(problem: Problem, answer: Answer) -> None:
    """A plan that beats a published value had better be one."""
    links, opened = problem.links, np.isin(np.arange(problem.n_sites), answer.open_site)
    served = np.bincount(links.demand, weights=answer.flow, minlength=problem.n_demands)
    load = np.bincount(links.site, weights=problem.link_weight * answer.flow, minlength=len(opened))
    assert np.allclose(served, 1.0, atol=1e-6)
    assert (load <= problem.capacity * opened + 1e-4).all()
    cost = problem.site_cost[opened].sum() + problem.link_cost @ answer.flow
    assert abs(cost - answer.objective) < 1e-6 * cost


def run_pmed() -> None:
    published = read_values(BENCH / "pmed" / "pmedopt.txt")
    for name in (f"pmed{k}" for k in range(1, 21)):
        problem, _ = state_median(name)
        answer, cpu_s = time_solving(problem, Goal.SHORTEST_WALK, REPEATS)
        tell("pmed", name, answer, published[name], cpu_s)


def list_plants(family: str) -> Iterator[tuple[str, Problem, float | None]]:
    if family == "cap":
        optima = read_values(BENCH / "cap" / "capopt.txt")
        for name in CAPS:
            plant = read_cap(BENCH / "cap" / f"{name}.txt")
            yield name, state_plant(plant, single=False, unit_cost=False), optima[name]
        return
    is_tbed = family.startswith("tbed1")
    folder = BENCH / ("sscflp_tbed1" if is_tbed else "sscflp_holmberg")
    single = family != "tbed1"
    for k, value in enumerate(read_numbers(folder / "os")[: 9 if is_tbed else 35].tolist(), 1):
        path = folder / f"p{k}"
        plant = read_tbed(path) if is_tbed else read_holmberg(path)
        # The values published for TBED1 are optima with split deliveries (see README.md).
        published = None if family == "tbed1-single" else value
        yield f"p{k}", state_plant(plant, single=single, unit_cost=is_tbed), published


def run_plants(family: str) -> None:
    for name, problem, published in list_plants(family):
        answer, cpu_s = time_solving(problem, Goal.LEAST_COST)
        check_plan(problem, answer)
        tell(family, name, answer, published, cpu_s)


def run_wuhan() -> None:
    if not DATA.is_dir():
        print(f"skipped wuhan: {DATA} is not there")
        return
    cells = np.genfromtxt(
        DATA / "wuhan_population_h3r8_kontur.csv", delimiter=",", skip_header=1, usecols=(1, 2, 3)
    )
    areas = json.loads((DATA / "wuhan_communities_974.geojson").read_text(encoding="utf-8"))
    shapes = [shapely.from_geojson(json.dumps(item["geometry"])) for item in areas["features"]]
    places = shapely.get_coordinates(shapely.point_on_surface(shapes))
    project = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:4547", always_xy=True)
    homes = np.column_stack(project.transform(cells[:, 0], cells[:, 1]))
    sites = np.column_stack(project.transform(places[:, 0], places[:, 1]))
    for count in (30, 100, 300):
        began = time.process_time()
        links = link_by_coordinates(homes, sites, detour=1.3)
        linking_s = time.process_time() - began
        problem = Problem(cells[:, 2], links, np.ones(len(sites)), max_sites=count)
        answer, cpu_s = time_solving(problem, Goal.SHORTEST_WALK, REPEATS)
        # The answer's time and that of the distances: what a person waits for.
        tell("wuhan-median", f"p={count}", answer, None, cpu_s + linking_s)
        near = problem.restrict(links.distance <= 1000.0)
        answer, cpu_s = time_solving(near, Goal.MOST_COVERED, REPEATS)
        tell("wuhan-coverage-1000m", f"p={count}", answer, None, cpu_s)


def run_spopt() -> None:
    python = PEERS / "bin" / "python"
    if not python.exists():
        venv.create(PEERS, with_pip=True)
        wanted = ["spopt==0.7.0", "pulp==3.3.2", "highspy==1.15.1"]
        subprocess.run([python, "-m", "pip", "install", "-q", *wanted], check=True)
    for name in (f"pmed{k}" for k in range(16, 21)):
        problem, distance = state_median(name)
        answer, cpu_s = time_solving(problem, Goal.SHORTEST_WALK, REPEATS)
        with tempfile.TemporaryDirectory() as folder:
            matrix = Path(folder) / "matrix.npz"
            np.savez(matrix, cost=distance, weight=problem.weight)
            command = [python, HERE / "spopt_median.py", matrix, str(problem.max_sites)]
            output = subprocess.run(
                [*command, str(SPOPT_LIMIT_S)], check=True, capture_output=True, text=True
            ).stdout
        peer = json.loads(output.splitlines()[-1])
        record(
            {
                "family": "spopt",
                "name": name,
                "ours_cpu_s": round(cpu_s, 3),
                "ours": answer.objective,
                "ours_status": str(answer.status),
                "spopt_cpu_s": round(peer["cpu_s"], 3),
                "spopt": peer["objective"],
                "times_faster": round(peer["cpu_s"] / cpu_s, 1),
            }
        )


def main() -> None:
    asked = sys.argv[1:] or ["pmed", "cap", "holmberg", "tbed1", "wuhan", "spopt"]
    # Compiling is once a machine, not once a run: it is done before anything is timed.
    warm, _ = np.meshgrid(np.arange(6.0), np.arange(6.0))
    tiny = Problem(np.ones(6), link_by_table(warm), np.ones(6), max_sites=2)
    solve(tiny, Goal.SHORTEST_WALK)
    for single in (False, True):
        roomy = replace(tiny, capacity=np.full(6, 4.0), link_cost=warm.ravel(), max_sites=None)
        solve(replace(roomy, single_source=single), Goal.LEAST_COST)
    for family in asked:
        if family != "wuhan" and not BENCH.is_dir():
            print(f"skipped {family}: {BENCH} is not there")
        elif family == "pmed":
            run_pmed()
        elif family == "wuhan":
            run_wuhan()
        elif family == "spopt":
            run_spopt()
        else:
            run_plants(family)


if __name__ == "__main__":
    main()
