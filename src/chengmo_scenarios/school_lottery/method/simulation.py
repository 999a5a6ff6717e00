"""Many lotteries over one roster: the odds of each unit and of each type of child."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np
from numba import njit

from chengmo_scenarios.school_lottery.method.admission import (
    accept_in_bands,
    place_the_rest,
    serve_in_turn,
)
from chengmo_scenarios.school_lottery.method.allocation import Draw, allocate
from chengmo_scenarios.school_lottery.method.market import (
    NONE,
    Floats,
    Ints,
    Market,
    Mechanism,
    OnProgress,
    ignore_progress,
)
from chengmo_scenarios.school_lottery.method.rules import Rules, rules_of

# The lotteries are dealt out to so many parts, each with a seed of its own: the same numbers come
# out on any number of processors.
PARTS = 16
IN_TURN, SINGLE, MULTIPLE = 0, 1, 2


@dataclass(frozen=True)
class Odds:
    """What came of many lotteries.

    Outcomes are the index of the choice met, then `K` for a place beyond the choices and `K + 1`
    for none.

    Attributes:
        lotteries: How many there were.
        met: (n, K + 2) how often each unit had each outcome.
        share: (types, K + 2) mean share of each type's children with each outcome.
        error: (types, K + 2) standard error of that mean, over the lotteries.
        is_exact: Whether every possible lottery was counted, once.
    """

    lotteries: int
    met: Ints
    share: Floats
    error: Floats
    is_exact: bool


@njit(cache=True)
def count_outcomes(
    choice: Ints, size: Ints, type_of: Ints, rank: Ints, place: Ints, met: Ints
) -> Floats:
    """Add one lottery's outcomes to `met`; return (types, K + 2) children by type and outcome."""
    longest = choice.shape[1]
    count = np.zeros((type_of.max() + 1, longest + 2))
    for u in range(len(rank)):
        outcome = rank[u]
        if outcome == NONE:
            outcome = longest if place[u] != NONE else longest + 1
        met[u, outcome] += 1
        count[type_of[u], outcome] += size[u]
    return count


@njit(cache=True, nogil=True)
def simulate_part(
    rules: Rules, market: tuple[Ints, ...], kind: int, band: int, seeds: tuple[int, int], met: Ints
) -> tuple[Floats, Floats]:
    """Hold lotteries and add their outcomes to `met`; return sums and sums of squares by type.

    Args:
        rules: The market's rules.
        market: Choices, priorities, zones, fallback, types.
        kind: In turn, or in bands with one number or one for each choice.
        band: Choices in a band.
        seeds: The seed, and the number of lotteries.
        met: (n, K + 2) counts, changed.
    """
    choice, tier, zone, fallback, type_of = market
    n, longest = choice.shape
    np.random.seed(seeds[0])  # noqa: NPY002 - compiled code has no other generator
    total = np.zeros((type_of.max() + 1, longest + 2))
    square = np.zeros((type_of.max() + 1, longest + 2))
    place = np.empty(n, np.int64)
    for _ in range(seeds[1]):
        turn = np.random.permutation(n)  # noqa: NPY002 - as above
        number = np.empty((n, longest if kind == MULTIPLE else 1), np.int64)
        number[turn, 0] = np.arange(n)
        if kind == MULTIPLE:
            number[:] = np.random.randint(0, 1 << 39, number.shape)  # noqa: NPY002 - as above
        if kind == IN_TURN:
            rank = serve_in_turn(rules, choice, turn)
        else:
            rank = accept_in_bands(rules, choice, tier, number, band)
        for u in range(n):
            place[u] = NONE if rank[u] == NONE else choice[u, rank[u]]
        place_the_rest(rules, place, turn, zone, fallback)
        count = count_outcomes(choice, rules.size, type_of, rank, place, met)
        total += count
        square += count * count
    return total, square


def _share_out(lotteries: int) -> list[int]:
    parts = min(PARTS, lotteries)
    return [lotteries // parts + (part < lotteries % parts) for part in range(parts)]


def _simulate_compiled(
    market: Market, mechanism: Mechanism, band: int, lots: list[tuple[int, int]], type_of: Ints
) -> Iterator[tuple[Ints, Floats, Floats]]:
    rules, longest = rules_of(market), market.choice.shape[1]
    tier = np.zeros_like(market.tier) if mechanism is Mechanism.SERIAL else market.tier
    arrays = (market.choice, tier, market.zone, market.fallback, type_of)
    by_turn = SINGLE if rules.has_rules.any() else IN_TURN
    kinds = {Mechanism.SERIAL: by_turn, Mechanism.DEFERRED_MULTIPLE: MULTIPLE}
    bands = {Mechanism.IMMEDIATE: 1, Mechanism.PARALLEL: band}
    width, kind = bands.get(mechanism) or longest, kinds.get(mechanism, SINGLE)

    def hold(lot: tuple[int, int]) -> tuple[Ints, Floats, Floats]:
        met = np.zeros((market.n_units, longest + 2), np.int64)
        total, square = simulate_part(rules, arrays, kind, width, lot, met)
        return met, total, square

    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as threads:
        yield from threads.map(hold, lots)


def _simulate_plainly(
    market: Market, mechanism: Mechanism, band: int, lots: list[tuple[int, int]], type_of: Ints
) -> Iterator[tuple[Ints, Floats, Floats]]:
    for seed, count in lots:
        rng = np.random.default_rng(seed)
        draws = (draw_at_random(market, mechanism, rng) for _ in range(count))
        yield _add_up(market, mechanism, band, draws, type_of)


def _add_up(
    market: Market, mechanism: Mechanism, band: int, draws: Iterator[Draw], type_of: Ints
) -> tuple[Ints, Floats, Floats]:
    shape = (int(type_of.max(initial=0)) + 1, market.choice.shape[1] + 2)
    met, total, square = np.zeros((market.n_units, shape[1]), np.int64), np.zeros(shape), 0.0
    for draw in draws:
        found = allocate(market, mechanism, draw, band=band)
        count = count_outcomes(market.choice, market.size, type_of, found.rank, found.place, met)
        total += count
        square = square + count * count
    return met, total, np.asarray(square)


def draw_at_random(market: Market, mechanism: Mechanism, rng: np.random.Generator) -> Draw:
    """Return a draw from a generator: for trying rules out, never for deciding."""
    number = rng.permutation(market.n_units).astype(np.int64)
    by_choice = None
    if mechanism is Mechanism.DEFERRED_MULTIPLE:
        by_choice = rng.integers(0, 1 << 39, market.choice.shape)

    def ring(_school: int, _round: int, _tier: int, count: int) -> tuple[int, int]:
        return int(rng.integers(count)) + 1, int(rng.integers(count)) + 1

    return Draw(number=number, by_choice=by_choice, ring=ring)


@dataclass(frozen=True)
class Trial:
    """How many lotteries to hold, from which seed, and how wide a band of choices is.

    Up to `most_exact` units every order of numbers is tried instead.
    """

    lotteries: int
    seed: int
    band: int = 3
    most_exact: int = 6


def simulate(
    market: Market,
    mechanism: Mechanism,
    type_of: Ints,
    trial: Trial,
    on_progress: OnProgress = ignore_progress,
) -> Odds:
    """Return the odds under `mechanism`, exact for a few units with one number each.

    Args:
        market: Units, schools, choices and rules.
        mechanism: How places are given.
        type_of: (n,) number of each unit's type, from 0.
        trial: Lotteries to hold.
        on_progress: Called after each part.
    """
    if market.n_units == 0:
        empty = np.zeros((1, market.choice.shape[1] + 2))
        return Odds(0, np.zeros((0, empty.shape[1]), np.int64), empty, empty, is_exact=True)
    by_number = mechanism not in (Mechanism.DEFERRED_MULTIPLE, Mechanism.RING)
    if by_number and market.n_units <= trial.most_exact:
        return _count_all(market, mechanism, type_of, trial.band)
    counts = _share_out(trial.lotteries)
    states = np.random.SeedSequence(trial.seed).generate_state(len(counts)).tolist()
    lots = list(zip(states, counts, strict=True))
    is_plain = mechanism in (Mechanism.TRADING, Mechanism.RING)
    run = _simulate_plainly if is_plain else _simulate_compiled
    met, total, square = 0, 0.0, 0.0
    for done, part in enumerate(run(market, mechanism, trial.band, lots, type_of)):
        met, total, square = met + part[0], total + part[1], square + part[2]
        on_progress(str(mechanism), (done + 1) / len(lots))
    return _odds(market, type_of, trial.lotteries, (np.asarray(met), np.asarray(total), square))


def _count_all(market: Market, mechanism: Mechanism, type_of: Ints, band: int) -> Odds:
    orders = [np.array(order, dtype=np.int64) for order in permutations(range(market.n_units))]
    draws = (Draw(number) for number in orders)
    sums = _add_up(market, mechanism, band, draws, type_of)
    odds = _odds(market, type_of, len(orders), sums)
    return replace(odds, error=np.zeros_like(odds.error), is_exact=True)


def _odds(
    market: Market, type_of: Ints, lotteries: int, sums: tuple[Ints, Floats, Floats | float]
) -> Odds:
    met, total, square = sums
    children = np.bincount(type_of, weights=market.size, minlength=total.shape[0])[:, None]
    share = total / lotteries / np.maximum(children, 1.0)
    mean_square = square / lotteries / np.maximum(children, 1.0) ** 2
    variance = np.maximum(mean_square - share**2, 0.0) / max(lotteries - 1, 1)
    return Odds(lotteries, met, share, np.sqrt(variance), is_exact=False)


def expected_change(odds: Odds) -> float:
    """Return how likely a unit's outcome differs between two lotteries, on average over units.

    Unbiased: 1 − Σ c (c − 1) / (L (L − 1)) over the outcomes' counts c of L lotteries.
    """
    if odds.is_exact:
        return float(1.0 - ((odds.met / max(odds.lotteries, 1)) ** 2).sum(axis=1).mean())
    pairs = odds.lotteries * (odds.lotteries - 1)
    if pairs == 0:
        return 0.0
    same = (odds.met * (odds.met - 1)).sum(axis=1) / pairs
    return float(1.0 - same.mean())
