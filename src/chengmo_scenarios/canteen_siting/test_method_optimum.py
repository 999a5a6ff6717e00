"""Every goal against brute force on tiny cities, and against a plain dense program elsewhere."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from chengmo_scenarios.canteen_siting.method.economy import Tariff, keep_accounts, state_economy
from chengmo_scenarios.canteen_siting.method.problem import Goal, Problem, Status
from chengmo_scenarios.canteen_siting.method.reach import link_by_table
from chengmo_scenarios.canteen_siting.method.siting import measure, solve

TARIFF = Tariff(
    price=10.0, food=6.0, meals_a_year=100.0, share_at_door=0.5, half_m=30.0, staff=900.0,
    tax_share=0.05, meal_subsidy=2.0, grant=100.0, rent_relief=0.5, tax_relief=0.5, donation=50.0,
)  # fmt: skip
COVERING = [Goal.FEWEST_SITES, Goal.MOST_COVERED, Goal.SHORTEST_FARTHEST]


@st.composite
def problems(draw, *, capacity=False, money=False, districts=False, sparse=True):
    n, m = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    weights = st.lists(st.integers(0, 9), min_size=n, max_size=n)
    weight = np.array(draw(weights), dtype=np.float64)
    cells = st.lists(st.integers(0, 20), min_size=n * m, max_size=n * m)
    distance = np.array(draw(cells), dtype=np.float64).reshape(n, m)
    links = link_by_table(distance, limit_m=draw(st.sampled_from([8, 14])) if sparse else np.inf)
    costs = st.lists(st.integers(1, 9), min_size=m, max_size=m)
    site_cost = np.array(draw(costs), dtype=np.float64)
    flags = st.lists(st.sampled_from([False, False, False, True]), min_size=m, max_size=m)
    locked_in = np.array(draw(flags))
    problem = Problem(
        weight, links, site_cost,
        locked_in=locked_in,
        locked_out=np.array(draw(flags)) & ~locked_in,
        max_sites=draw(st.integers(1, m)),
        budget=draw(st.sampled_from([np.inf, 8.0, 14.0])),
        cover_share=draw(st.sampled_from([0.5, 0.8, 1.0])),
    )  # fmt: skip
    if capacity:
        rooms = st.lists(st.integers(3, 25), min_size=m, max_size=m)
        problem = replace(problem, capacity=np.array(draw(rooms), dtype=np.float64))
    if districts:
        group = np.array(draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
        share = np.array(draw(st.tuples(*[st.sampled_from([0.0, 0.5, 1.0])] * 2)))
        problem = replace(problem, group=group, group_share=share)
    if money:
        rent = np.array(draw(costs), dtype=np.float64) * 100.0
        economy = state_economy(
            weight, links, rent, TARIFF,
            may_top_up=draw(st.booleans()),
            subsidy_budget=draw(st.sampled_from([np.inf, 1500.0])),
        )  # fmt: skip
        problem = replace(problem, economy=economy, nearest=draw(st.booleans()))
    return problem


def site_sets(problem):
    for bits in itertools.product([False, True], repeat=problem.n_sites):
        opened = np.array(bits)
        if (problem.locked_in & ~opened).any() or (problem.locked_out & opened).any():
            continue
        if problem.max_sites is not None and opened.sum() > problem.max_sites:
            continue
        if problem.site_cost[opened].sum() <= problem.budget + 1e-9:
            yield opened


def shares_kept(problem, goal, served):
    people = problem.weight.sum()
    if goal is not Goal.MOST_COVERED and served @ problem.weight < (
        problem.cover_share * people - 2e-5
    ):
        return False
    if problem.group is None:
        return True
    return all(
        (served * problem.weight)[problem.group == k].sum()
        >= share * problem.weight[problem.group == k].sum() - 2e-5
        for k, share in enumerate(problem.group_share)
    )


def brute_force_by_reach(problem, goal):
    """The best objective when everybody in reach goes to the nearest open site."""
    best = np.nan
    distance = np.full((problem.n_demands, problem.n_sites), np.inf)
    distance[problem.links.demand, problem.links.site] = problem.links.distance
    for opened in site_sets(problem):
        near = np.where(opened, distance, np.inf).min(axis=1)
        radii = [np.inf]
        if goal is Goal.SHORTEST_FARTHEST:
            radii = np.unique(np.append(problem.links.distance, 0.0))
        for radius in radii:
            served = np.isfinite(near) & (near <= radius)
            if not shares_kept(problem, goal, served):
                continue
            value = {
                Goal.FEWEST_SITES: float(opened.sum()),
                Goal.MOST_COVERED: -float(problem.weight @ served),
                Goal.SHORTEST_FARTHEST: float(near[served & (problem.weight > 0)].max(initial=0.0)),
            }[goal]
            best = np.nanmin([best, value])
    return -best if goal is Goal.MOST_COVERED else best


@pytest.mark.slow
@pytest.mark.parametrize("goal", COVERING, ids=str)
@settings(max_examples=40, deadline=None)
@given(data=st.data(), districts=st.booleans())
def test_a_covering_plan_is_as_good_as_the_best_of_all_plans(goal, data, districts):
    problem = data.draw(problems(districts=districts))
    expected = brute_force_by_reach(problem, goal)
    answer = solve(problem, goal)
    if np.isnan(expected):
        assert answer.status is Status.INFEASIBLE
    else:
        assert answer.status is Status.OPTIMAL
        assert answer.objective == pytest.approx(expected, abs=1e-6)
        check_plan(problem, goal, answer)


def check_plan(problem, goal, answer):
    opened = np.zeros(problem.n_sites, dtype=bool)
    opened[answer.open_site] = True
    assert opened[problem.links.site[answer.flow > 1e-6]].all()
    assert not (problem.locked_in & ~opened).any()
    assert not (problem.locked_out & opened).any()
    if problem.max_sites is not None:
        assert opened.sum() <= problem.max_sites
    assert problem.site_cost[opened].sum() <= problem.budget + 1e-6 or goal is Goal.LEAST_COST
    served = np.bincount(problem.links.demand, weights=answer.flow, minlength=problem.n_demands)
    assert (served <= 1 + 1e-6).all()
    assert shares_kept(problem, goal, served + 1e-9)
    assert measure(problem, goal, opened, answer.flow) == pytest.approx(answer.objective)
    if problem.capacity is not None:
        load = np.bincount(
            problem.links.site,
            weights=problem.link_weight * answer.flow,
            minlength=problem.n_sites,
        )
        assert (load <= problem.capacity * opened + 1e-5).all()
    if problem.economy is not None and not problem.economy.may_top_up:
        earned = np.bincount(
            problem.links.site,
            weights=problem.economy.link_balance * answer.flow,
            minlength=problem.n_sites,
        )
        assert ((problem.economy.site_balance + earned)[opened] >= -1e-3).all()


class Dense:
    """The textbook program of a problem: every pair a column, every limit a row."""

    def __init__(self, problem):
        self.problem = problem
        self.n, self.m = problem.n_demands, problem.n_sites
        self.rows, self.low, self.high = [], [], []
        self.weights = np.repeat(problem.weight, self.m)

    def table(self, values):
        full = np.zeros((self.n, self.m))
        full[self.problem.links.demand, self.problem.links.site] = values
        return full.ravel()

    def row(self, site=None, pair=None, top_up=None):
        parts = zip((site, pair, top_up), (self.m, self.n * self.m, self.m), strict=True)
        return np.concatenate([np.zeros(k) if part is None else part for part, k in parts])

    def add(self, row, lower, upper):
        self.rows.append(row)
        self.low.append(lower)
        self.high.append(upper)

    def assign(self, must):
        problem, links = self.problem, self.problem.links
        reach = self.table(1.0).reshape(self.n, self.m) > 0
        metres = self.table(links.distance).reshape(self.n, self.m)
        for i in range(self.n):
            mine = np.repeat(np.arange(self.n) == i, self.m) * 1.0
            served = 1.0 if must and problem.weight[i] > 0 else 0.0
            self.add(self.row(pair=mine), served, 1.0)
            for j in range(self.m):
                site = -1.0 * (np.arange(self.m) == j)
                pair = np.zeros((self.n, self.m))
                pair[i, j] = 1.0
                self.add(self.row(site=site, pair=pair.ravel()), -np.inf, 0.0)
                if problem.nearest and reach[i, j]:
                    closer = np.zeros((self.n, self.m))
                    closer[i] = reach[i] & (metres[i] <= metres[i, j])
                    self.add(self.row(site=site, pair=closer.ravel()), 0.0, np.inf)

    def limit_sites(self):
        problem = self.problem
        if problem.max_sites is not None:
            self.add(self.row(site=np.ones(self.m)), 0, problem.max_sites)
        if np.isfinite(problem.budget):
            self.add(self.row(site=problem.site_cost), 0, problem.budget)

    def limit_shares(self, *, of_all):
        problem = self.problem
        if of_all:
            least = problem.cover_share * problem.weight.sum() - 1e-7
            self.add(self.row(pair=self.weights), least, np.inf)
        for k, share in enumerate([] if problem.group is None else problem.group_share):
            inside = problem.group == k
            pair = self.weights * np.repeat(inside, self.m)
            self.add(self.row(pair=pair), share * problem.weight[inside].sum() - 1e-7, np.inf)

    def limit_each_site(self):
        problem, economy = self.problem, self.problem.economy
        for j in range(self.m):
            mine = (np.arange(self.m) == j) * 1.0
            here = np.tile(mine, self.n)
            if problem.capacity is not None:
                pair = self.weights * here
                self.add(self.row(site=-mine * problem.capacity, pair=pair), -np.inf, 0.0)
            if economy is not None:
                pair = self.table(economy.link_balance) * here
                site = mine * economy.site_balance
                self.add(self.row(site=site, pair=pair, top_up=mine), 0.0, np.inf)

    def limit_money(self):
        economy = self.problem.economy
        if economy is not None and np.isfinite(economy.subsidy_budget):
            pair, top_up = self.table(economy.link_subsidy), np.ones(self.m)
            row = self.row(site=economy.site_subsidy, pair=pair, top_up=top_up)
            self.add(row, 0, economy.subsidy_budget)
        return np.inf if economy is not None and economy.may_top_up else 0.0

    def cost(self, goal):
        problem, nothing = self.problem, np.zeros(self.n * self.m)
        pair = {
            Goal.SHORTEST_WALK: self.weights * self.table(problem.links.distance),
            Goal.MOST_COVERED: -self.weights,
        }.get(goal, nothing)
        if goal is Goal.LEAST_COST and problem.link_cost is not None:
            pair = self.table(problem.link_cost)
        site = {Goal.FEWEST_SITES: np.ones(self.m), Goal.LEAST_COST: problem.site_cost}
        return self.row(site.get(goal, np.zeros(self.m)), pair)


def dense_program(problem, goal):
    """The objective of the textbook program, solved by scipy; NaN where it is infeasible."""
    dense = Dense(problem)
    must = goal in (Goal.SHORTEST_WALK, Goal.LEAST_COST) and problem.cover_share >= 1.0
    dense.assign(must)
    dense.limit_sites()
    dense.limit_shares(of_all=goal is not Goal.MOST_COVERED and not must)
    dense.limit_each_site()
    most = dense.limit_money()
    pairs = np.full(dense.n * dense.m, float(problem.single_source))
    upper = dense.row(~problem.locked_out * 1.0, dense.table(1.0), np.full(dense.m, most))
    result = milp(
        dense.cost(goal),
        integrality=dense.row(np.ones(dense.m), pairs),
        bounds=Bounds(dense.row(problem.locked_in * 1.0), upper),
        constraints=LinearConstraint(np.array(dense.rows), dense.low, dense.high),
    )
    # Now and then scipy gives up on a row at its tolerance: no oracle, no comparison.
    if result.status not in (0, 2):
        reject()
    if not result.success:
        return np.nan
    return -result.fun if goal is Goal.MOST_COVERED else result.fun


def compare_with_dense(problem, goal):
    expected = dense_program(problem, goal)
    answer = solve(problem, goal)
    if np.isnan(expected):
        assert answer.status is Status.INFEASIBLE
    else:
        assert answer.status is Status.OPTIMAL
        assert answer.objective == pytest.approx(expected, abs=2e-4, rel=1e-6)
        check_plan(problem, goal, answer)


@pytest.mark.slow
@pytest.mark.parametrize("single", [False, True], ids=["split", "single-source"])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_the_least_cost_equals_that_of_a_dense_program(single, data):
    problem = data.draw(problems(capacity=True))
    cost = data.draw(
        st.lists(
            st.integers(0, 30),
            min_size=len(problem.links.site),
            max_size=len(problem.links.site),
        )
    )
    problem = replace(
        problem,
        # Where nobody lives, nothing is delivered.
        link_cost=np.array(cost, dtype=np.float64) * (problem.link_weight > 0),
        cover_share=1.0,
        budget=np.inf,
        single_source=single,
    )
    compare_with_dense(problem, Goal.LEAST_COST)


@pytest.mark.parametrize("capacity", [False, True], ids=["free", "capacitated"])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_the_shortest_walk_equals_that_of_a_dense_program(capacity, data):
    problem = data.draw(problems(capacity=capacity, sparse=data.draw(st.booleans())))
    compare_with_dense(replace(problem, cover_share=1.0, budget=np.inf), Goal.SHORTEST_WALK)


@pytest.mark.parametrize(
    "goal", [Goal.FEWEST_SITES, Goal.MOST_COVERED, Goal.SHORTEST_WALK], ids=str
)
@settings(max_examples=40, deadline=None)
@given(data=st.data(), capacity=st.booleans(), single=st.booleans())
def test_a_plan_that_must_pay_its_way_equals_that_of_a_dense_program(goal, data, capacity, single):
    problem = data.draw(problems(capacity=capacity, money=True, districts=True))
    compare_with_dense(replace(problem, single_source=single), goal)


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_one_more_site_is_never_worse(data):
    problem = data.draw(problems(sparse=False))
    problem = replace(problem, budget=np.inf, cover_share=1.0)
    if problem.locked_out.all():
        return
    for goal, sign in ((Goal.SHORTEST_WALK, 1.0), (Goal.MOST_COVERED, -1.0)):
        values = [
            sign * solve(replace(problem, max_sites=p), goal).objective
            for p in range(max(1, int(problem.locked_in.sum())), problem.n_sites + 1)
        ]
        assert (np.diff(values) <= 1e-6).all()


def large_city(seed, n=300, m=60):
    rng = np.random.default_rng(seed)
    demand, site = rng.uniform(0, 10_000, (n, 2)), rng.uniform(0, 10_000, (m, 2))
    distance = np.hypot(*(demand[:, None] - site[None]).transpose(2, 0, 1))
    weight = rng.integers(1, 200, n).astype(np.float64)
    return Problem(weight, link_by_table(distance), np.ones(m), max_sites=8), distance


@pytest.mark.parametrize("seed", range(3))
def test_the_p_median_of_300_demands_is_proven_and_equals_the_dense_program(seed):
    problem, _ = large_city(seed, n=60, m=25)
    answer = solve(problem, Goal.SHORTEST_WALK)
    assert answer.status is Status.OPTIMAL
    assert answer.objective == pytest.approx(dense_program(problem, Goal.SHORTEST_WALK), rel=1e-6)


@pytest.mark.parametrize("goal", list(Goal), ids=str)
def test_the_same_problem_gives_the_same_bits_again(goal):
    problem, _ = large_city(7, n=120, m=30)
    near = problem.restrict(problem.links.distance <= 4_000.0)
    problem = problem if goal is Goal.SHORTEST_WALK else near
    problem = replace(problem, max_sites=12)
    first, second = solve(problem, goal), solve(problem, goal)
    assert first.objective == second.objective
    assert first.bound == second.bound
    assert (first.open_site == second.open_site).all()
    assert (first.flow == second.flow).all()


@pytest.mark.slow
def test_a_search_cut_short_still_gives_a_bound_below_the_optimum():
    problem, _ = large_city(3)
    whole = solve(problem, Goal.SHORTEST_WALK)
    cut = solve(problem, Goal.SHORTEST_WALK, max_nodes=0)
    assert cut.bound <= whole.objective * (1 + 1e-9)
    assert cut.objective >= whole.objective * (1 - 1e-9)


def test_progress_only_moves_forward_to_one():
    heard: list[tuple[str, float]] = []
    problem, _ = large_city(4)
    solve(
        problem, Goal.SHORTEST_WALK, on_progress=lambda stage, share: heard.append((stage, share))
    )
    shares = [share for _, share in heard]
    assert shares == sorted(shares)
    assert heard[-1] == ("solved", 1.0)


def test_the_accounts_of_a_plan_agree_with_the_balances_in_the_program():
    problem, _ = large_city(5, n=40, m=6)
    rent = np.arange(6) * 1_000.0
    economy = state_economy(problem.weight, problem.links, rent, TARIFF)
    answer = solve(problem, Goal.SHORTEST_WALK)
    is_open = np.isin(np.arange(6), answer.open_site)
    account = keep_accounts(problem.weight, problem.links, rent, TARIFF, is_open, answer.flow)
    earned = np.bincount(
        problem.links.site, weights=economy.link_balance * answer.flow, minlength=6
    )
    expected = np.where(is_open, economy.site_balance + earned, 0.0)
    assert account.balance == pytest.approx(expected)
