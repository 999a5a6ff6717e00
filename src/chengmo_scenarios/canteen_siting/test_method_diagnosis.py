"""What the diagnosis says is checked by trying it; curves and prices by their meaning."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chengmo_scenarios.canteen_siting.method.curve import (
    find_bindings,
    spend_public_money,
    trace_curve,
)
from chengmo_scenarios.canteen_siting.method.diagnosis import diagnose
from chengmo_scenarios.canteen_siting.method.economy import Tariff, state_economy
from chengmo_scenarios.canteen_siting.method.problem import Goal, Problem, Status
from chengmo_scenarios.canteen_siting.method.reach import (
    link_by_coordinates,
    link_by_table,
    nearest_candidate_m,
)
from chengmo_scenarios.canteen_siting.method.siting import solve
from chengmo_scenarios.canteen_siting.method.statement import Limit

POOR = Tariff(
    price=8.0, food=7.0, meals_a_year=50.0, share_at_door=0.4, half_m=500.0, staff=4_000.0
)


def town(seed, *, n=12, m=5, limit_m=700.0, **limits):
    rng = np.random.default_rng(seed)
    demand, site = rng.uniform(0, 1_500, (n, 2)), rng.uniform(0, 1_500, (m, 2))
    weight = rng.integers(1, 50, n).astype(np.float64)
    links = link_by_coordinates(demand, site, detour=1.3, limit_m=limit_m)
    cost = rng.integers(1, 9, m).astype(np.float64)
    problem = Problem(weight, links, cost, **limits)
    return problem, nearest_candidate_m(demand, site, detour=1.3), demand, site


def remedy_of(problem, goal, limit):
    found = diagnose(problem, goal).remedies
    return next(remedy for remedy in found if remedy.limit is limit)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), share=st.sampled_from([0.5, 0.8, 0.95]))
def test_the_sites_a_diagnosis_asks_for_are_enough_and_one_less_is_not(seed, share):
    problem, *_ = town(seed, max_sites=1, cover_share=share)
    assume(solve(problem, Goal.FEWEST_SITES).status is Status.INFEASIBLE)
    remedy = remedy_of(problem, Goal.FEWEST_SITES, Limit.SITES)
    if np.isnan(remedy.needed):
        everywhere = replace(problem, max_sites=problem.n_sites)
        assert solve(everywhere, Goal.FEWEST_SITES).status is Status.INFEASIBLE
        return
    enough = int(remedy.needed)
    assert remedy.is_exact
    solved = solve(replace(problem, max_sites=enough), Goal.FEWEST_SITES)
    assert solved.status is Status.OPTIMAL
    less = solve(replace(problem, max_sites=enough - 1), Goal.FEWEST_SITES)
    assert less.status is Status.INFEASIBLE


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_budget_a_diagnosis_asks_for_is_enough_and_a_little_less_is_not(seed):
    problem, *_ = town(seed, budget=1.0, cover_share=0.5)
    assume(solve(problem, Goal.FEWEST_SITES).status is Status.INFEASIBLE)
    needed = remedy_of(problem, Goal.FEWEST_SITES, Limit.BUDGET).needed
    assume(np.isfinite(needed))
    goal = Goal.FEWEST_SITES
    assert solve(replace(problem, budget=needed), goal).status is Status.OPTIMAL
    assert solve(replace(problem, budget=needed - 0.5), goal).status is Status.INFEASIBLE


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_share_a_diagnosis_offers_can_be_covered_and_no_more(seed):
    problem, *_ = town(seed, max_sites=2, cover_share=1.0)
    goal = Goal.FEWEST_SITES
    assume(solve(problem, goal).status is Status.INFEASIBLE)
    share = remedy_of(problem, goal, Limit.COVERAGE).needed
    assert solve(replace(problem, cover_share=share), goal).status is Status.OPTIMAL
    assert solve(replace(problem, cover_share=share + 0.001), goal).status is Status.INFEASIBLE


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_unreached_demands_and_the_standard_that_would_reach_them_are_named(seed):
    problem, nearest_m, demand, site = town(seed, limit_m=300.0)
    found = diagnose(problem, Goal.FEWEST_SITES, nearest_m=nearest_m)
    beyond = nearest_m > 300.0
    assert set(found.unreached) == set(np.flatnonzero(beyond))
    assert found.unreached_m == pytest.approx(nearest_m[found.unreached])
    wider = link_by_coordinates(demand, site, detour=1.3, limit_m=found.standard_m)
    assert solve(replace(problem, links=wider), Goal.FEWEST_SITES).status is Status.OPTIMAL
    narrower = link_by_coordinates(demand, site, detour=1.3, limit_m=found.standard_m - 0.02)
    answer = solve(replace(problem, links=narrower), Goal.FEWEST_SITES)
    assert answer.status is Status.INFEASIBLE


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_public_money_a_diagnosis_asks_for_makes_poor_canteens_live(seed):
    problem, *_ = town(seed, cover_share=0.5)
    rent = np.full(problem.n_sites, 1_000.0)
    economy = state_economy(problem.weight, problem.links, rent, POOR)
    problem = replace(problem, economy=economy, nearest=True)
    goal = Goal.FEWEST_SITES
    assume(solve(problem, goal).status is Status.INFEASIBLE)
    needed = remedy_of(problem, goal, Limit.SUBSIDY).needed
    assume(np.isfinite(needed))

    def with_money(amount):
        paid = replace(economy, may_top_up=True, subsidy_budget=amount)
        return replace(problem, economy=paid)

    answer = solve(with_money(needed + 0.01), goal)
    assert answer.status is Status.OPTIMAL
    assert spend_public_money(with_money(needed), answer) <= needed + 0.02
    assert solve(with_money(needed - 1.0), goal).status is Status.INFEASIBLE


def test_a_district_that_falls_short_is_told_by_how_much():
    distance = np.array([[10.0, 99.0], [99.0, 10.0], [99.0, 99.0]])
    problem = Problem(
        weight=np.array([5.0, 3.0, 1.0]),
        links=link_by_table(distance, limit_m=50.0),
        site_cost=np.ones(2),
        max_sites=2,
        group=np.array([0, 1, 1]),
        group_share=np.array([0.9, 0.9]),
    )
    assert solve(problem, Goal.MOST_COVERED).status is Status.INFEASIBLE
    remedy = remedy_of(problem, Goal.MOST_COVERED, Limit.DISTRICTS)
    assert remedy.needed == pytest.approx(0.75, abs=1e-5)


def test_the_capacity_a_diagnosis_asks_for_is_what_is_missing():
    problem = Problem(
        weight=np.array([5.0, 5.0]),
        links=link_by_table(np.array([[1.0], [2.0]])),
        site_cost=np.ones(1),
        capacity=np.array([7.0]),
        max_sites=1,
    )
    assert solve(problem, Goal.SHORTEST_WALK).status is Status.INFEASIBLE
    remedy = remedy_of(problem, Goal.SHORTEST_WALK, Limit.CAPACITY)
    assert remedy.needed == pytest.approx(3.0)


def test_sites_locked_in_and_out_are_named_as_the_clash():
    problem, *_ = town(1)
    lock = np.array([True, False, False, False, False])
    problem = replace(problem, locked_in=lock, locked_out=lock)
    assert solve(problem, Goal.MOST_COVERED).status is Status.INFEASIBLE
    found = diagnose(problem, Goal.MOST_COVERED)
    assert list(found.clashing) == [0]
    assert found.remedies == []


def test_the_curve_of_coverage_never_falls_and_ends_at_all_within_reach():
    problem, *_ = town(3, n=40, m=12)
    curve = trace_curve(problem, Goal.MOST_COVERED, Limit.SITES, range(1, 13), max_nodes=1_000)
    people = [answer.objective for answer in curve]
    assert (np.diff(people) >= 0).all()
    assert people[-1] == problem.weight[np.diff(problem.links.start) > 0].sum()


def test_a_curve_over_budgets_is_one_of_plans_within_them():
    problem, *_ = town(4, n=40, m=12)
    budgets = [2.0, 6.0, 12.0]
    for budget, answer in zip(
        budgets,
        trace_curve(problem, Goal.MOST_COVERED, Limit.BUDGET, budgets, max_nodes=1_000),
        strict=True,
    ):
        assert problem.site_cost[answer.open_site].sum() <= budget


def test_a_binding_limit_has_a_price_and_a_loose_one_has_none():
    problem, *_ = town(5, n=40, m=12, max_sites=2, budget=1_000.0)
    answer = solve(problem, Goal.MOST_COVERED)
    found = {item.limit: item for item in find_bindings(problem, Goal.MOST_COVERED, answer)}
    assert found[Limit.SITES].binds
    assert found[Limit.SITES].price > 0.0
    assert not found[Limit.BUDGET].binds
    assert found[Limit.BUDGET].price == 0.0


def test_links_by_coordinates_equal_links_by_table():
    rng = np.random.default_rng(9)
    demand, site = rng.uniform(0, 3_000, (50, 2)), rng.uniform(0, 3_000, (20, 2))
    table = np.hypot(*(demand[:, None] - site[None]).transpose(2, 0, 1)) * 1.3
    near = link_by_coordinates(demand, site, detour=1.3, limit_m=900.0)
    same = link_by_table(table, limit_m=900.0)
    assert (near.start == same.start).all()
    assert (near.site == same.site).all()
    assert near.distance == pytest.approx(same.distance)
