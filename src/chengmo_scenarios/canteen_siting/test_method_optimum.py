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
        weight=weight,
        links=links,
        site_cost=site_cost,
        locked_in=locked_in,
        locked_out=np.array(draw(flags)) & ~locked_in,
        max_sites=draw(st.integers(1, m)),
        budget=draw(st.sampled_from([np.inf, 8.0, 14.0])),
        cover_share=draw(st.sampled_from([0.5, 0.8, 1.0])),
    )
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


@pytest.mark.parametrize(
    "goal", [Goal.FEWEST_SITES, Goal.MOST_COVERED, Goal.SHORTEST_FARTHEST], ids=str
)
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
    """The plan keeps every limit and has the objective it claims."""
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


def dense_program(problem, goal):  # noqa: C901 - one program, read from top to bottom
    """The textbook program with every pair a column, solved by scipy: objective or NaN."""
    n, m, links = problem.n_demands, problem.n_sites, problem.links
    reach = np.zeros((n, m), dtype=bool)
    reach[links.demand, links.site] = True

    def table(values):
        full = np.zeros((n, m))
        full[links.demand, links.site] = values
        return full.ravel()

    size = m + n * m + m  # sites, pairs, top-ups
    rows, low, high = [], [], []

    def add(row, lower, upper):
        rows.append(row)
        low.append(lower)
        high.append(upper)

    def row_of(site=None, pair=None, top_up=None):
        parts = [site, pair, top_up]
        lengths = [m, n * m, m]
        return np.concatenate(
            [np.zeros(k) if p is None else p for p, k in zip(parts, lengths, strict=True)]
        )

    must = goal in (Goal.SHORTEST_WALK, Goal.LEAST_COST) and problem.cover_share >= 1.0
    for i in range(n):
        mine = np.repeat(np.arange(n) == i, m)
        add(row_of(pair=mine * 1.0), 1.0 if must and problem.weight[i] > 0 else 0.0, 1.0)
        for j in range(m):
            pair = np.zeros(n * m)
            pair[i * m + j] = 1.0
            add(row_of(site=-1.0 * (np.arange(m) == j), pair=pair), -np.inf, 0.0)
            if problem.nearest and reach[i, j]:
                distances = table(links.distance).reshape(n, m)
                closer = np.zeros((n, m))
                closer[i] = reach[i] & (distances[i] <= distances[i, j])
                add(row_of(site=-1.0 * (np.arange(m) == j), pair=closer.ravel()), 0.0, np.inf)
    if problem.max_sites is not None:
        add(row_of(site=np.ones(m)), 0, problem.max_sites)
    if np.isfinite(problem.budget):
        add(row_of(site=problem.site_cost), 0, problem.budget)
    weights = np.repeat(problem.weight, m)
    if goal is not Goal.MOST_COVERED and not must:
        add(row_of(pair=weights), problem.cover_share * problem.weight.sum() - 1e-7, np.inf)
    if problem.group is not None:
        for k, share in enumerate(problem.group_share):
            inside = np.repeat(problem.group == k, m)
            people = problem.weight[problem.group == k].sum()
            add(row_of(pair=weights * inside), share * people - 1e-7, np.inf)
    for j in range(m):
        here = np.tile(np.arange(m) == j, n)
        mine = np.arange(m) == j
        if problem.capacity is not None:
            add(row_of(site=-1.0 * mine * problem.capacity, pair=weights * here), -np.inf, 0.0)
        if problem.economy is not None:
            margin = table(problem.economy.link_balance) * here
            site = mine * problem.economy.site_balance
            add(row_of(site=site, pair=margin, top_up=mine * 1.0), 0.0, np.inf)
    top_most = 0.0
    if problem.economy is not None:
        top_most = np.inf if problem.economy.may_top_up else 0.0
        if np.isfinite(problem.economy.subsidy_budget):
            pair = table(problem.economy.link_subsidy)
            site = problem.economy.site_subsidy
            add(row_of(site=site, pair=pair, top_up=np.ones(m)), 0, problem.economy.subsidy_budget)
    pair_cost = {
        Goal.SHORTEST_WALK: weights * table(links.distance),
        Goal.MOST_COVERED: -weights,
        Goal.LEAST_COST: np.zeros(n * m) if problem.link_cost is None else table(problem.link_cost),
    }.get(goal, np.zeros(n * m))
    site_cost = {Goal.FEWEST_SITES: np.ones(m), Goal.LEAST_COST: problem.site_cost}.get(
        goal, np.zeros(m)
    )
    whole = row_of(site=np.ones(m), pair=np.full(n * m, float(problem.single_source)))
    upper = row_of(~problem.locked_out * 1.0, reach.ravel() * 1.0, np.full(m, top_most))
    lower = row_of(site=problem.locked_in * 1.0)
    result = milp(
        row_of(site_cost, pair_cost),
        integrality=whole,
        bounds=Bounds(lower, upper),
        constraints=LinearConstraint(np.array(rows), low, high),
    )
    assert size == len(upper)
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
    assert heard[-1] == ("done", 1.0)


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
