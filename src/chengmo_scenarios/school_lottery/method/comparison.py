"""What an allocation looks like in numbers: choices met, walks, envy, mixing."""

from dataclasses import asdict, dataclass, replace

import numpy as np

from chengmo_scenarios.school_lottery.method.allocation import Draw, allocate
from chengmo_scenarios.school_lottery.method.market import (
    NONE,
    Allocation,
    Floats,
    Ints,
    Market,
    Mechanism,
)
from chengmo_scenarios.school_lottery.method.simulation import Trial, draw_at_random
from chengmo_scenarios.school_lottery.method.stability import count_envy


@dataclass(frozen=True)
class Outcome:
    """One allocation, or the mean of several, in numbers; shares count children.

    Attributes:
        first: Share that got the first choice.
        listed: Share that got any choice.
        overflow: Share placed beyond their choices.
        unplaced: Share without a place.
        mean_rank: Mean number of the choice met, from 1, of those who got one.
        walk_m: Mean walk of those placed whose home is known, metres.
        envious: Units that would rather have a school that let others in.
        justified: Of these, with a better priority or number than somebody there.
        by_priority: Of these, with a better priority.
        wasted: Units that would rather have a school with a free seat.
        beyond: Seats beyond the plan, for siblings who stay together.
        dissimilarity: Of groups over schools, 0 mixed to 1 apart.
        entropy_index: Theil's index H of groups over schools, 0 mixed to 1 apart.
    """

    first: float
    listed: float
    overflow: float
    unplaced: float
    mean_rank: float
    walk_m: float
    envious: float
    justified: float
    by_priority: float
    wasted: float
    beyond: float
    dissimilarity: float
    entropy_index: float


def count_by_school(market: Market, allocation: Allocation) -> Ints:
    """Return (m, T) children in each school, by the groups they belong to (rows of `belongs`)."""
    inside = allocation.place != NONE
    count = np.zeros((market.n_schools, len(market.belongs)), np.int64)
    np.add.at(count, (allocation.place[inside], market.group[inside]), market.size[inside])
    return count


def measure_mixing(count: Ints) -> tuple[float, float]:
    """Return the dissimilarity index and Theil's H of (m, G) children by school and group.

    Dissimilarity for many groups: Morgan (1975), Sakoda (1981); H: Theil & Finizza (1971), as in
    Reardon & Firebaugh (2002). Both 0 where there is one group only.

    Example:
        >>> measure_mixing(np.array([[10, 0], [0, 10]]))
        (1.0, 1.0)
    """
    total, everyone = count.sum(axis=1, keepdims=True), count.sum()
    if everyone == 0:
        return 0.0, 0.0
    whole = count.sum(axis=0) / everyone
    interaction = float((whole * (1.0 - whole)).sum())
    entropy = float(_entropy(whole[None])[0])
    if interaction == 0.0:
        return 0.0, 0.0
    part = count / np.maximum(total, 1)
    weight = (total / everyone)[:, 0]
    apart = float((weight[:, None] * np.abs(part - whole)).sum()) / (2.0 * interaction)
    return apart, 1.0 - float(weight @ _entropy(part)) / entropy


def _entropy(share: Floats) -> Floats:
    safe = np.where(share > 0.0, share, 1.0)
    return -(share * np.log(safe)).sum(axis=1)


def measure(market: Market, allocation: Allocation, number: Ints, walk_m: Floats) -> Outcome:
    """Return one allocation in numbers.

    Args:
        market: Units, schools, choices and rules.
        allocation: Who got what.
        number: (n, 1) or (n, K) lottery numbers.
        walk_m: (n, m) metres, NaN where unknown.
    """
    children = max(float(market.size.sum()), 1.0)
    placed, met = allocation.place != NONE, allocation.rank != NONE
    envy = count_envy(market, allocation, number)
    count = count_by_school(market, allocation)
    walk = walk_m[np.nonzero(placed)[0], allocation.place[placed]]
    known, size = np.isfinite(walk), market.size[placed]
    apart, entropy_index = measure_mixing(count)
    return Outcome(
        first=float(market.size[allocation.rank == 0].sum()) / children,
        listed=float(market.size[met].sum()) / children,
        overflow=float(market.size[placed & ~met].sum()) / children,
        unplaced=float(market.size[~placed].sum()) / children,
        mean_rank=_mean(allocation.rank[met].astype(np.float64) + 1.0, market.size[met]),
        walk_m=_mean(walk[known], size[known]),
        envious=envy.envious,
        justified=envy.justified,
        by_priority=envy.by_priority,
        wasted=envy.wasted,
        beyond=float(np.maximum(count.sum(axis=1) - market.seats, 0).sum()),
        dissimilarity=apart,
        entropy_index=entropy_index,
    )


def _mean(value: Floats, weight: Ints) -> float:
    return float(value @ weight) / float(weight.sum()) if weight.sum() else 0.0


def number_at_schools(market: Market, mechanism: Mechanism, draw: Draw) -> Ints:
    """Return (n, 1) or (n, K) the numbers by which envy is judged.

    Under the ring rule a unit has no number of its own: only priorities can justify envy.
    """
    if mechanism is Mechanism.RING:
        return np.zeros((market.n_units, 1), np.int64)
    return draw.number[:, None] if draw.by_choice is None else draw.by_choice


def measure_often(
    market: Market, mechanism: Mechanism, walk_m: Floats, trial: Trial
) -> tuple[Outcome, Outcome]:
    """Return mean and standard deviation over simulated lotteries.

    Every mechanism sees the same numbers under the same seed, so differences are the mechanism's.
    """
    rows: list[list[float]] = []
    for state in np.random.SeedSequence(trial.seed).generate_state(trial.lotteries).tolist():
        draw = draw_at_random(market, mechanism, np.random.default_rng(state))
        found = allocate(market, mechanism, draw, band=trial.band)
        number = number_at_schools(market, mechanism, draw)
        rows.append(list(asdict(measure(market, found, number, walk_m)).values()))
    values = np.array(rows)
    return Outcome(*values.mean(axis=0).tolist()), Outcome(*values.std(axis=0).tolist())


def promote(market: Market, draw: Draw, unit: int, k: int) -> tuple[Market, Draw]:
    """Return market and draw in which a unit states its k-th choice first."""
    choice, tier = market.choice.copy(), market.tier.copy()
    order = [k, *(other for other in range(choice.shape[1]) if other != k)]
    choice[unit], tier[unit] = choice[unit, order], tier[unit, order]
    if draw.by_choice is not None:
        # A number belongs to the school, wherever it stands in the list.
        by_choice = draw.by_choice.copy()
        by_choice[unit] = by_choice[unit, order]
        draw = replace(draw, by_choice=by_choice)
    return replace(market, choice=choice, tier=tier), draw


def could_gain(
    market: Market, mechanism: Mechanism, draw: Draw, band: int, most: int
) -> tuple[int, int]:
    """Return how many units would have gained by stating a school first, and how many were tried.

    Of the units without their first choice so many are tried, evenly spread over their list; each
    states every school that it would rather have first, all others keep to their lists and
    numbers. A lower limit of what false lists can gain: more cunning ones are not tried.
    """
    found = allocate(market, mechanism, draw, band=band)
    sad = np.nonzero((found.rank != 0) & (market.choice[:, 0] != NONE))[0]
    tried = sad[np.unique(np.linspace(0, len(sad) - 1, min(most, len(sad))).astype(np.int64))]
    gained = 0
    for unit in tried.tolist():
        rank, line = int(found.rank[unit]), market.choice[unit]
        better = int((line != NONE).sum()) if rank == NONE else rank
        for k in range(1, better):
            stated, lots = promote(market, draw, unit, k)
            other = allocate(stated, mechanism, lots, band=band)
            if other.rank[unit] == 0:
                gained += 1
                break
    return gained, len(tried)
