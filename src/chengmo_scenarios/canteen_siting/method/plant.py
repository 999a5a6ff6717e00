"""Least cost with capacities: split deliveries (CFLP) or one site for each demand (SSCFLP).

1. Lagrangian prices give a bound (`knapsack`), local search plans (`assignment`).
2. Sites and links that no better plan can hold are ruled out by reduced costs.
3. HiGHS solves the strong formulation on the most promising links (a kernel, after Guastaroba &
   Speranza, A heuristic for BILP problems: the single source capacitated facility location
   problem, EJOR 238, 2014), then on all that remain:
   `min sum f_j y_j + sum c_ij x_ij`, `sum_j x_ij = 1`, `x_ij <= y_j`,
   `sum_i w_i x_ij <= capacity_j y_j`, `sum_j capacity_j y_j >= sum_i w_i`.
"""

from dataclasses import dataclass, replace

import numpy as np

from chengmo_scenarios.canteen_siting.method.assignment import build, plan_cost, shake
from chengmo_scenarios.canteen_siting.method.knapsack import (
    choose_plants,
    raise_plant_bound,
    rate_plants,
)
from chengmo_scenarios.canteen_siting.method.problem import (
    Flags,
    Floats,
    Ints,
    OnProgress,
    ignore_progress,
)
from chengmo_scenarios.canteen_siting.method.program import Program

ROUNDS, STEPS_A_ROUND, SHIP_EVERY = 24, 50, 4
SHAKES, SEED = 300, 20_240_601
SMALLEST_STEP, USED = 1e-4, 1e-9
KERNEL_LINKS, KERNEL_NODES = 4_000, 300
MAX_EXACT_LINKS, MAX_NODES = 60_000, 2_000


@dataclass(frozen=True)
class Plant:
    """A capacitated problem; links are ordered by demand.

    Attributes:
        weight: (n,) people.
        capacity: (m,) people.
        fixed: (m,) cost of opening.
        demand: (links,) demand of each link, ascending.
        site: (links,) its site.
        cost: (links,) cost of serving all of the demand by it.
        allowed: (m,) sites that may open.
        locked: (m,) sites that must.
        most: The most open sites.
        is_single: Whether a demand goes to one site as a whole.
    """

    weight: Floats
    capacity: Floats
    fixed: Floats
    demand: Ints
    site: Ints
    cost: Floats
    allowed: Flags
    locked: Flags
    most: int
    is_single: bool


@dataclass(frozen=True)
class PlantPlan:
    """A plan (`flow` by link, empty where none was found), its cost and the proven bound."""

    is_open: Flags
    flow: Floats
    cost: float
    bound: float
    method: str


@dataclass(frozen=True)
class _Bound:
    value: float
    price: Floats
    link_cost: Floats
    site_cost: Floats


def solve_plant(
    plant: Plant, *, max_nodes: int = MAX_NODES, on_progress: OnProgress = ignore_progress
) -> PlantPlan:
    """Return the best plan found and the bound proven; no flow where none was found."""
    plan, bound = _search(plant, on_progress)
    if _is_closed(plan, bound.value):
        return replace(plan, bound=plan.cost)
    on_progress("kernel", 0.5)
    step = _least_step(plant)
    kept = _may_improve(plan, bound, step)
    if kept.sum() > KERNEL_LINKS:
        order = np.argsort(bound.link_cost + bound.site_cost[plant.site], kind="stable")
        kernel = np.zeros(len(kept), dtype=bool)
        kernel[order[:KERNEL_LINKS]] = True
        in_plan = plan.flow > 0.0 if len(plan.flow) else np.zeros(len(kept), dtype=bool)
        plan, _ = _ask(plant, (kernel & kept) | in_plan, plan, KERNEL_NODES)
        kept = _may_improve(plan, bound, step)
    if kept.sum() > MAX_EXACT_LINKS:
        return replace(plan, bound=bound.value)
    on_progress("exact", 0.7)
    plan, proven = _ask(plant, kept, plan, max_nodes)
    lower = max(bound.value, proven)
    is_best = lower > plan.cost - step + 1e-6 if step else lower >= plan.cost
    return replace(plan, bound=plan.cost if is_best else lower)


def _count_open(plant: Plant, site_of: Ints) -> int:
    return len(np.union1d(site_of, np.flatnonzero(plant.locked)))


def _is_closed(plan: PlantPlan, bound: float) -> bool:
    return bool(np.isfinite(plan.cost)) and bound >= plan.cost - 1e-7 * abs(plan.cost)


def _least_step(plant: Plant) -> float:
    """Return how much better a better plan is at least: 1 where every cost is a whole number."""
    costs = np.concatenate([plant.fixed, plant.cost])
    is_whole = plant.is_single and bool((costs == np.rint(costs)).all())
    return 1.0 if is_whole else 0.0


def _may_improve(plan: PlantPlan, bound: _Bound, step: float) -> Flags:
    if not np.isfinite(plan.cost):
        return np.isfinite(bound.link_cost)
    ceiling = min(plan.cost * (1.0 - 1e-9), plan.cost - step + 1e-6 if step else np.inf)
    return bound.link_cost < ceiling - bound.value


@dataclass
class _Plans:
    """The best plan so far, improved from the sites that the bound proposes."""

    plant: Plant
    best: PlantPlan
    table: Floats
    site_of: Ints

    @classmethod
    def none_yet(cls, plant: Plant) -> "_Plans":
        site_of = np.full(len(plant.weight), -1)
        table = np.full((len(plant.weight), len(plant.capacity)), np.inf)
        table[plant.demand, plant.site] = plant.cost
        return cls(plant, _to_plan(plant, site_of, np.inf), table, site_of)

    @property
    def _local(self) -> tuple[Floats, Floats, Floats, Floats, Flags, Flags]:
        plant = self.plant
        return (
            self.table, plant.weight, plant.fixed, plant.capacity, plant.allowed, plant.locked,
        )  # fmt: skip

    def try_sites(self, is_open: Flags, turn: int) -> None:
        """Build a plan on these sites; keep it if it is the best."""
        plant = self.plant
        if plant.is_single:
            site_of = build(*self._local, is_open)
            cost = plan_cost(self.table, plant.fixed, plant.locked, site_of)
            if cost < self.best.cost and _count_open(plant, site_of) <= plant.most:
                self.best, self.site_of = _to_plan(plant, site_of, cost), site_of
        elif turn % SHIP_EVERY == 0 and is_open.sum() <= plant.most:
            shipped = _ship(plant, is_open)
            if shipped.cost < self.best.cost:
                self.best = shipped

    def shake(self) -> None:
        """Search around the best plan."""
        plant = self.plant
        may_shake = plant.is_single and plant.most >= len(plant.capacity)
        if may_shake and np.isfinite(self.best.cost):
            cost = shake(*self._local, self.site_of, SHAKES, SEED)
            self.best = _to_plan(plant, self.site_of, cost)


def _search(plant: Plant, on_progress: OnProgress) -> tuple[PlantPlan, _Bound]:
    """Return the best plan of the local search and the best Lagrangian bound."""
    by_site = np.argsort(plant.site, kind="stable")
    start = np.searchsorted(plant.site[by_site], np.arange(len(plant.capacity) + 1))
    links = (start, plant.demand[by_site], plant.cost[by_site])
    plans = _Plans.none_yet(plant)
    price = _first_prices(plant, plans.table)
    state, top, top_price = np.array([1.0]), -np.inf, price.copy()
    for turn in range(ROUNDS):
        guess = 1.5 * abs(top) if np.isfinite(top) else float(price.sum())
        value, chosen = raise_plant_bound(
            *links, plant.weight, plant.capacity, plant.fixed, price, plant.allowed, plant.locked,
            plant.most, plant.is_single,
            plans.best.cost if np.isfinite(plans.best.cost) else guess, state, STEPS_A_ROUND,
        )  # fmt: skip
        if value > top:
            top, top_price = value, price.copy()
        plans.try_sites(chosen > 0.0, turn)
        on_progress("bound", 0.4 * (turn + 1) / ROUNDS)
        if state[0] < SMALLEST_STEP or _is_closed(plans.best, top):
            break
    if not _is_closed(plans.best, top):
        plans.shake()
    return plans.best, _rate(plant, top_price, links)


def _first_prices(plant: Plant, table: Floats) -> Floats:
    """Return the third cheapest link of each demand and its part of an average site."""
    cheap = np.sort(table, axis=1)[:, :3].max(axis=1)
    room = max(float(plant.capacity.mean()), USED)
    return np.where(np.isfinite(cheap), cheap, 0.0) + plant.fixed.mean() * plant.weight / room


def _rate(plant: Plant, price: Floats, links: tuple[Ints, Ints, Floats]) -> _Bound:
    """Return the bound at `price` and how much each link and site lifts it when used."""
    value, _ = rate_plants(*links, plant.weight, plant.capacity, price, plant.is_single)
    rate = plant.fixed + value
    need = plant.weight.sum()
    rules = (plant.allowed, plant.locked, plant.most)
    total, chosen = choose_plants(rate, plant.capacity, need, *rules)
    site_cost = np.zeros(len(rate))
    for j in np.flatnonzero(plant.allowed & ~plant.locked & (chosen < 1.0)):
        forced = plant.locked.copy()
        forced[j] = True
        site_cost[j] = choose_plants(rate, plant.capacity, need, plant.allowed, forced, plant.most)[
            0
        ]
        site_cost[j] = max(site_cost[j] - total, 0.0)
    site_cost[~plant.allowed] = np.inf
    over = np.maximum(plant.cost - price[plant.demand], 0.0)
    return _Bound(total + price.sum(), price, over + site_cost[plant.site], site_cost)


def _ship(plant: Plant, is_open: Flags) -> PlantPlan:
    """Return the cheapest split deliveries from these open sites; no flow where they cannot."""
    here = replace(plant, locked=is_open)
    plan, _ = _ask(
        here, is_open[plant.site], _to_plan(here, np.zeros(0, dtype=np.int64), np.inf), 1
    )
    return plan


def _to_plan(plant: Plant, site_of: Ints, cost: float) -> PlantPlan:
    is_open = plant.locked.copy()
    if not np.isfinite(cost):
        return PlantPlan(is_open, np.zeros(0), np.inf, -np.inf, "none")
    is_open[site_of] = True
    flow = (plant.site == site_of[plant.demand]).astype(np.float64)
    return PlantPlan(is_open, flow, cost, -np.inf, "local search and Lagrangian bound")


def _ask(plant: Plant, kept: Flags, plan: PlantPlan, max_nodes: int) -> tuple[PlantPlan, float]:
    """Return the better of `plan` and what HiGHS finds on the kept links, and HiGHS' bound."""
    program, sites, x, link = state_plant(plant, kept)
    start = None
    if len(plan.flow) and kept[plan.flow > 0.0].all():
        start = np.concatenate([plan.is_open[sites].astype(np.float64), plan.flow[link]])
    step = _least_step(plant)
    gap = step - 1e-6 if step else 1e-6
    found = program.minimise(start=start, max_nodes=max_nodes, absolute_gap=gap)
    if found.is_infeasible:
        return plan, np.inf
    if len(found.value) == 0 or found.objective >= plan.cost - 1e-7 * abs(plan.cost):
        return plan, found.bound
    flow = np.zeros(len(plant.site))
    flow[link] = found.value[x]
    if plant.is_single:
        flow = np.rint(flow)
    is_open = plant.locked.copy()
    is_open[plant.site[flow > USED]] = True
    cost = float(plant.fixed[is_open].sum() + plant.cost @ flow)
    return PlantPlan(is_open, flow, cost, -np.inf, "Lagrangian bound and HiGHS"), found.bound


def state_plant(plant: Plant, kept: Flags) -> tuple[Program, Ints, Ints, Ints]:
    """Return the program over the kept links, its sites, its link columns, and the links.

    The columns of the sites come first, in their order.
    """
    program = Program()
    link = np.flatnonzero(kept)
    sites = np.unique(np.concatenate([plant.site[link], np.flatnonzero(plant.locked)]))
    column = np.full(len(plant.fixed), -1)
    y = program.add_columns(
        plant.fixed[sites], lower=plant.locked[sites].astype(np.float64), upper=1.0, whole=True
    )
    column[sites] = y
    x = program.add_columns(plant.cost[link], upper=1.0, whole=plant.is_single)
    demand, site = plant.demand[link], plant.site[link]
    rows = np.arange(len(link))
    program.add_rows(len(plant.weight), [(demand, x, 1.0)], lower=1.0, upper=1.0)
    program.add_rows(len(link), [(rows, x, 1.0), (rows, column[site], -1.0)], upper=0.0)
    program.add_rows(
        len(sites),
        [(column[site], x, plant.weight[demand]), (y, y, -plant.capacity[sites])],
        upper=0.0,
    )
    program.add_row([(y, plant.capacity[sites])], lower=float(plant.weight.sum()) * (1 - 1e-12))
    if plant.most < len(sites):
        program.add_row([(y, 1.0)], upper=float(plant.most))
    return program, sites, x, link
