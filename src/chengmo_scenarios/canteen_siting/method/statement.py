"""The siting problem as one mixed-integer program, every limit a row (or a few).

Columns: `y_j` site j is open; and, where only reach matters, `z_i` demand i is covered, else
`x_ij` the share of demand i that goes to site j, and `t_j` money that tops up site j's deficit.

- covering (Toregas et al. 1971; Church & ReVelle 1974): `z_i <= sum of y_j in reach of i`
- assignment in its strong form: `sum_j x_ij <= 1` (or `= 1`), `x_ij <= y_j`
- nearest open site (Wagner & Falkson 1975): `sum of x_ik no farther than j >= y_j`
- capacity: `sum_i w_i x_ij <= capacity_j y_j`
- balance: `site_balance_j y_j + sum_i link_balance_ij x_ij + t_j >= 0`
- public money: `sum site_subsidy_j y_j + sum link_subsidy_ij x_ij + sum t_j <= budget`
- sites: `sum y_j <= p`; budget: `sum cost_j y_j <= B`
- coverage: `sum w_i covered_i >= share * W`, of all people and of each district
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from chengmo_scenarios.canteen_siting.method.problem import (
    Flags,
    Floats,
    Goal,
    Ints,
    Problem,
    add_up,
)
from chengmo_scenarios.canteen_siting.method.program import Program

# Shares come from percentages: so little of a person is rounding, not a shortfall. It is more than
# the tolerance of HiGHS, whose presolve calls rows infeasible that are met with less to spare.
ROUNDING, PERSON_PART = 1e-8, 3e-6


class Limit(StrEnum):
    """A limit of the request that can bind, or be what makes it infeasible."""

    SITES = "sites"
    BUDGET = "budget"
    COVERAGE = "coverage"
    DISTRICTS = "districts"
    CAPACITY = "capacity"
    SUBSIDY = "subsidy"
    BALANCE = "balance"


@dataclass(frozen=True)
class Statement:
    """A program and where its parts are.

    Attributes:
        program: Ready to be minimised.
        site: (m,) column of each site.
        cover: (n,) column of each demand's coverage; empty where links are columns.
        link: (links,) column of each link; empty where they are not.
        row: Row numbers of each limit.
        has_links: Whether links are columns.
    """

    program: Program
    site: Ints
    cover: Ints
    link: Ints
    row: dict[Limit, Ints]
    has_links: bool


def needs_links(problem: Problem, goal: Goal) -> bool:
    """Tell whether it matters who goes where, not only what is in reach."""
    walks = goal in (Goal.SHORTEST_WALK, Goal.LEAST_COST)
    return walks or problem.capacity is not None or problem.economy is not None


def state(
    problem: Problem,
    goal: Goal,
    *,
    relaxed: Limit | None = None,
    free_cover: Flags | None = None,
) -> Statement:
    """State `problem` as a program.

    Args:
        problem: The problem.
        goal: What to make best.
        relaxed: A limit that is lifted; the program then asks how little of it would do, instead
            of `goal`.
        free_cover: (n,) demands to count as covered whatever is open (see `cover`).
    """
    program = Program()
    aim = _Aim(problem, goal, relaxed)
    site = program.add_columns(
        aim.site_cost(),
        lower=problem.locked_in.astype(np.float64),
        upper=(~problem.locked_out).astype(np.float64),
        whole=True,
    )
    none = np.zeros(0, dtype=np.int64)
    has_links = needs_links(problem, goal)
    if has_links:
        link = program.add_columns(aim.link_cost(), upper=1.0, whole=problem.single_source)
        cover = none
        _assign(program, aim, site, link)
    else:
        cover = program.add_columns(aim.cover_cost(), upper=1.0)
        link = none
        _cover(program, problem, site, cover, free_cover)
    stated = Statement(program, site, cover, link, {}, has_links)
    _limit_sites(stated, aim)
    _limit_coverage(stated, aim)
    _limit_capacity(stated, aim)
    _limit_money(stated, aim)
    return stated


@dataclass(frozen=True)
class _Aim:
    """What the objective is: the goal, or the amount of the relaxed limit."""

    problem: Problem
    goal: Goal
    relaxed: Limit | None

    def keeps(self, limit: Limit) -> bool:
        return self.relaxed is not limit

    @property
    def must_serve_all(self) -> bool:
        served = self.goal in (Goal.SHORTEST_WALK, Goal.LEAST_COST)
        return served and self.problem.cover_share >= 1.0 and self.keeps(Limit.COVERAGE)

    def site_cost(self) -> Floats:
        problem = self.problem
        zero, one = np.zeros(problem.n_sites), np.ones(problem.n_sites)
        if self.relaxed is None:
            prices = {Goal.FEWEST_SITES: one, Goal.LEAST_COST: problem.site_cost}
            return prices.get(self.goal, zero)
        if self.relaxed is Limit.SUBSIDY and problem.economy is not None:
            return problem.economy.site_subsidy
        return {Limit.SITES: one, Limit.BUDGET: problem.site_cost}.get(self.relaxed, zero)

    def cover_cost(self) -> Floats:
        wants = self.goal is Goal.MOST_COVERED if self.relaxed is None else False
        if wants or self.relaxed is Limit.COVERAGE:
            return -self.problem.weight
        return np.zeros(self.problem.n_demands)

    def link_cost(self) -> Floats:
        problem = self.problem
        if self.relaxed is Limit.SUBSIDY and problem.economy is not None:
            return problem.economy.link_subsidy
        if self.relaxed is None and self.goal is Goal.SHORTEST_WALK:
            return problem.link_weight * problem.links.distance
        if self.relaxed is None and self.goal is Goal.LEAST_COST and problem.link_cost is not None:
            return problem.link_cost
        return self.cover_cost()[problem.links.demand]


def _cover(program: Program, problem: Problem, site: Ints, cover: Ints, free: Flags | None) -> None:
    demand = problem.links.demand
    program.add_rows(
        problem.n_demands,
        [(np.arange(problem.n_demands), cover, 1.0), (demand, site[problem.links.site], -1.0)],
        upper=0.0 if free is None else free.astype(np.float64),
    )


def _assign(program: Program, aim: _Aim, site: Ints, link: Ints) -> None:
    problem = aim.problem
    links, demand = problem.links, problem.links.demand
    served = 1.0 if aim.must_serve_all else 0.0
    program.add_rows(problem.n_demands, [(demand, link, 1.0)], lower=served, upper=1.0)
    rows = np.arange(len(link))
    program.add_rows(len(link), [(rows, link, 1.0), (rows, site[links.site], -1.0)], upper=0.0)
    if problem.nearest:
        row, column = _no_farther(links.start, links.distance)
        program.add_rows(
            len(link), [(row, link[column], 1.0), (rows, site[links.site], -1.0)], lower=0.0
        )


def _no_farther(start: Ints, distance: Floats) -> tuple[Ints, Ints]:
    """Return pairs (link, link of the same demand that is no farther)."""
    rows: list[Ints] = []
    columns: list[Ints] = []
    for low, high in zip(start[:-1].tolist(), start[1:].tolist(), strict=True):
        here = distance[low:high]
        counts = np.searchsorted(here, here, side="right")
        rows.append(np.repeat(np.arange(low, high), counts))
        columns.extend(np.arange(low, low + count) for count in counts.tolist())
    none = np.zeros(0, dtype=np.int64)
    return np.concatenate([*rows, none]), np.concatenate([*columns, none])


def _limit_sites(stated: Statement, aim: _Aim) -> None:
    problem, program = aim.problem, stated.program
    if problem.max_sites is not None and aim.keeps(Limit.SITES):
        row = program.add_row([(stated.site, 1.0)], upper=float(problem.max_sites))
        stated.row[Limit.SITES] = np.array([row])
    if np.isfinite(problem.budget) and aim.keeps(Limit.BUDGET):
        row = program.add_row([(stated.site, problem.site_cost)], upper=problem.budget)
        stated.row[Limit.BUDGET] = np.array([row])


def _limit_coverage(stated: Statement, aim: _Aim) -> None:
    problem, program = aim.problem, stated.program
    demand = problem.links.demand if stated.has_links else np.arange(problem.n_demands)
    column = stated.link if stated.has_links else stated.cover
    weight = problem.weight[demand]
    all_people = problem.weight.sum()
    wants_share = aim.goal is not Goal.MOST_COVERED and not aim.must_serve_all
    if wants_share and aim.keeps(Limit.COVERAGE):
        least = float(_least(problem.cover_share * all_people))
        row = program.add_row([(column, weight)], lower=least)
        stated.row[Limit.COVERAGE] = np.array([row])
    if problem.group is None or problem.group_share is None:
        return
    people = add_up(problem.group, problem.weight, len(problem.group_share))
    terms: list[tuple[Ints, Ints, Floats | float]] = [(problem.group[demand], column, weight)]
    if not aim.keeps(Limit.DISTRICTS):
        # One column: by how much of its people the worst district falls short.
        short = program.add_columns(np.ones(1))
        groups = np.arange(len(people))
        terms.append((groups, np.repeat(short, len(people)), people))
    least = np.asarray(_least(problem.group_share * people))
    stated.row[Limit.DISTRICTS] = program.add_rows(len(people), terms, lower=least)


def _least(people: Floats | float) -> Floats | float:
    return people * (1.0 - ROUNDING) - PERSON_PART


def _limit_capacity(stated: Statement, aim: _Aim) -> None:
    problem, program = aim.problem, stated.program
    if problem.capacity is None:
        return
    site = problem.links.site
    terms: list[tuple[Ints, Ints, Floats | float]] = [
        (site, stated.link, problem.link_weight),
        (np.arange(problem.n_sites), stated.site, -problem.capacity),
    ]
    if not aim.keeps(Limit.CAPACITY):
        extra = program.add_columns(np.ones(problem.n_sites))
        terms.append((np.arange(problem.n_sites), extra, -1.0))
    stated.row[Limit.CAPACITY] = program.add_rows(problem.n_sites, terms, upper=0.0)


def _limit_money(stated: Statement, aim: _Aim) -> None:
    problem, program, economy = aim.problem, stated.program, aim.problem.economy
    if economy is None:
        return
    sites = np.arange(problem.n_sites)
    lifted = not aim.keeps(Limit.SUBSIDY)
    most = np.inf if economy.may_top_up or lifted else 0.0
    # Only an open site is topped up: its deficit before the first meal is the most it can need.
    top_up = program.add_columns(np.full(problem.n_sites, float(lifted)), upper=most)
    program.add_rows(
        problem.n_sites,
        [
            (sites, stated.site, economy.site_balance),
            (problem.links.site, stated.link, economy.link_balance),
            (sites, top_up, 1.0),
        ],
        lower=0.0,
    )
    if np.isfinite(economy.subsidy_budget) and not lifted:
        row = program.add_row(
            [
                (stated.site, economy.site_subsidy),
                (stated.link, economy.link_subsidy),
                (top_up, 1.0),
            ],
            upper=economy.subsidy_budget,
        )
        stated.row[Limit.SUBSIDY] = np.array([row])
