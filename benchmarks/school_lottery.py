"""What a school lottery costs: one allocation, ten thousand simulated ones, numbers, proof.

    python -m benchmarks.school_lottery [--lotteries 10000] [--repeats 5]

Processor time of this process (all threads), median of the repeats after one that compiles; wall
time too where two processors count. Choices come from a logit model with esteem that differs by
school; seats equal children; three priorities at random. Prints JSON.
"""

import argparse
import json
import os
import statistics
import time
from dataclasses import replace
from itertools import product

import numpy as np

from chengmo_scenarios.school_lottery import verify_drand
from chengmo_scenarios.school_lottery.method.allocation import Draw, allocate
from chengmo_scenarios.school_lottery.method.chance import digest, draw_numbers, fix_roster
from chengmo_scenarios.school_lottery.method.market import Market, Mechanism, plain_market
from chengmo_scenarios.school_lottery.method.simulation import Trial, simulate
from chengmo_scenarios.school_lottery.method.stability import count_envy
from chengmo_scenarios.school_lottery.verify_lottery import Replay

QUICKNET_123 = (
    "b75c69d0b72a5d906e854e808ba7e2accb1542ac355ae486d591aa9d43765482"
    "e26cd02df835d3546d23c4b13e0dfc92"
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lotteries", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=5)
    chosen = parser.parse_args()
    found = {
        "processors": os.cpu_count(),
        "allocation_100000_500_12": measure_allocations(chosen.repeats),
        "lotteries_20000_children": measure_lotteries(chosen.lotteries),
        "numbers_and_roster_100000": measure_chance(chosen.repeats),
        "verifier_20000_children": measure_verifier(),
        "drand_round": timed(
            lambda: verify_drand.randomness_of("quicknet", 123, QUICKNET_123), chosen.repeats
        ),
    }
    print(json.dumps({"benchmark": "school_lottery", "results": found}, indent=2))


def make_market(children: int, schools: int, choices: int, *, seed: int = 1) -> Market:
    rng = np.random.default_rng(seed)
    esteem = rng.gumbel(size=schools)
    choice = np.empty((children, choices), np.int64)
    for first in range(0, children, 10_000):
        liking = esteem + rng.gumbel(size=(min(10_000, children - first), schools))
        choice[first : first + 10_000] = np.argsort(-liking, axis=1)[:, :choices]
    tier = rng.integers(0, 3, choice.shape)
    return plain_market(choice, np.full(schools, children // schools), tier=tier)


def with_rules(market: Market) -> Market:
    """Three groups, a tenth and a fifth of the seats reserved, one unit in fifty of two."""
    rng = np.random.default_rng(2)
    seats = market.seats
    reserved = np.column_stack([seats * 0, seats // 20, seats // 10])
    return plain_market(
        market.choice,
        seats,
        tier=market.tier,
        group=rng.integers(0, 3, market.n_units),
        size=np.where(rng.random(market.n_units) < 0.02, 2, 1),
        reserved=reserved,
    )


def where_groups_meet(market: Market) -> Market:
    """The same with children of any of three groups at once."""
    belongs = np.array(list(product([False, True], repeat=3)))
    group = np.random.default_rng(9).integers(0, len(belongs), market.n_units)
    return replace(market, group=group, belongs=belongs)


def timed(function, repeats: int) -> dict[str, float]:
    function()
    cpu, wall = [], []
    for _ in range(repeats):
        cpu_s, wall_s = time.process_time(), time.perf_counter()
        function()
        cpu.append(time.process_time() - cpu_s)
        wall.append(time.perf_counter() - wall_s)
    return {
        "cpu_s": round(statistics.median(cpu), 3),
        "cpu_s_worst": round(max(cpu), 3),
        "wall_s": round(statistics.median(wall), 3),
    }


def measure_allocations(repeats: int) -> dict[str, dict[str, float]]:
    market = make_market(100_000, 500, 12)
    rng = np.random.default_rng(3)
    draw = Draw(rng.permutation(100_000), by_choice=rng.integers(0, 1 << 38, market.choice.shape))
    found = {}
    ruled = with_rules(market)
    markets = {
        "plain": market,
        "with_reserves_and_twins": ruled,
        "where_groups_meet": where_groups_meet(ruled),
    }
    for name, of in markets.items():
        for mechanism in Mechanism:
            key = f"{name} {mechanism}"
            found[key] = timed(lambda m=mechanism, of=of: allocate(of, m, draw), repeats)
    allocation = allocate(market, Mechanism.DEFERRED, draw)
    found["counting envy"] = timed(
        lambda: count_envy(market, allocation, draw.number[:, None]), repeats
    )
    return found


def measure_lotteries(lotteries: int) -> dict[str, dict[str, float]]:
    """10 000 lotteries take a minute or so each: held once, after a short one that compiles."""
    market = make_market(20_000, 100, 6)
    fallback = np.random.default_rng(4).permutation(100)[None, :]
    market = replace(market, fallback=fallback)
    type_of = np.arange(20_000) % 50
    found = {}
    for mechanism in (Mechanism.DEFERRED, Mechanism.SERIAL, Mechanism.IMMEDIATE):
        simulate(market, mechanism, type_of, Trial(2, 1))
        cpu_s, wall_s = time.process_time(), time.perf_counter()
        simulate(market, mechanism, type_of, Trial(lotteries, 1))
        found[str(mechanism)] = {
            "lotteries": lotteries,
            "cpu_s": round(time.process_time() - cpu_s, 1),
            "wall_s": round(time.perf_counter() - wall_s, 1),
        }
    return found


def measure_chance(repeats: int) -> dict[str, dict[str, float]]:
    tickets = [digest("ticket", str(u)) for u in range(100_000)]
    seed = digest("seed", "benchmark")
    return {
        "numbers": timed(lambda: draw_numbers(seed, tickets), repeats),
        "roster": timed(lambda: fix_roster(tickets), repeats),
    }


def measure_verifier() -> dict[str, float]:
    """The replay in plain Python, deferred acceptance, 20 000 children and 100 schools."""
    market = make_market(20_000, 100, 6)
    tickets = sorted(digest("ticket", str(u)) for u in range(20_000))
    transcript = {
        "reveal": {},
        "plan": {
            "rules": {"mechanism": "deferred-acceptance", "band": 6, "open_first": False},
            "groups": ["all"],
            "schools": [
                {"id": str(s), "seats": 200, "reserved": [0], "at_most": [1 << 40]}
                for s in range(100)
            ],
            "zones": [{"fallback": []}],
        },
        "units": [
            {"ticket": ticket, "size": 1, "groups": [], "zone": 0, "registered": u,
             "choices": list(zip(market.choice[u].tolist(), market.tier[u].tolist(), strict=True))}
            for u, ticket in enumerate(tickets)
        ],
    }  # fmt: skip
    cpu_s = time.process_time()
    Replay(transcript, digest("seed", "benchmark")).allocate()
    return {"cpu_s": round(time.process_time() - cpu_s, 1)}


if __name__ == "__main__":
    main()
