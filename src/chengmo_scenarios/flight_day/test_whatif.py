"""A closure: who is affected, what each can do, and that nothing planned meets it."""

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from chengmo import ExampleCity, InvalidRequest
from chengmo_scenarios.flight_day import model
from chengmo_scenarios.flight_day.closing import (
    close_above,
    close_area,
    close_zones,
    day_of,
    index_of,
)
from chengmo_scenarios.flight_day.flying import FLIGHT, wish_of
from chengmo_scenarios.flight_day.method.path import length_of
from chengmo_scenarios.flight_day.planning import count_conflicts, plan_day_of
from chengmo_scenarios.flight_day.reading import read_flights, read_zones
from chengmo_scenarios.flight_day.request import Closure, Request
from chengmo_scenarios.flight_day.whatif import close

CITY = ExampleCity.from_folder(Path(__file__).parent / "example")
SQUARE = [(114.305, 30.545), (114.312, 30.545), (114.312, 30.556), (114.305, 30.556)]
CLOSED = {
    "area": SQUARE,
    "begin": "2026-05-01T09:03:00+08:00",
    "end": "2026-05-01T09:12:00+08:00",
}
BASE = {"flights": "flight-requests", "later_min": 20}
TOLD = "2026-05-01T09:02:30+08:00"


def decide(closure=None, **changes):
    asked = {**BASE, "closure": {**CLOSED, **(closure or {})}, **changes}
    return model.decide(model.request_type(**asked), CITY)


@cache
def what_if(**closure):
    request = Request(**BASE, closure={**CLOSED, **closure})
    flights = read_flights(request, "flight-requests", CITY)
    zone_map = read_zones(request, CITY)
    day = day_of(flights)
    closed = [*close_zones(zone_map, day), close_above(request, flights, day)]
    before = plan_day_of(request, flights, closed, order="turns")
    closure = close_area(request.closure, zone_map)
    found = close(request, before, closed, closure, request.closure.announced)
    return request, [*closed, *closure], found


@pytest.mark.parametrize("announced", [None, TOLD])
def test_no_planned_flight_meets_the_closure_nor_another(announced):
    _, closed, found = what_if(announced=announced)
    assert count_conflicts(list(found.before.outcomes.values()), closed) == len(found.affected) == 4
    for plan in (found.after, found.afresh):
        assert plan.conflicts == count_conflicts(list(plan.outcomes.values()), closed) == 0


@pytest.mark.slow
def test_only_affected_flights_are_moved():
    _, _, found = what_if()
    for name, one in found.before.outcomes.items():
        if name not in found.affected:
            assert found.after.outcomes[name] == one
    assert found.after.cost >= found.before.cost
    assert found.after.bound <= found.after.cost
    assert found.afresh.cost <= found.after.cost


@pytest.mark.slow
def test_each_proposal_is_the_cheapest_of_its_kind_by_trying_all():
    request, closed, found = what_if()
    zones = index_of(closed)
    standing = index_of(closed)
    for name, one in found.before.outcomes.items():
        if name not in found.affected and one.status != "refused":
            standing.put(FLIGHT + name, one.volumes)
    snapshot = standing.snapshot()
    for name in found.affected:
        flight = found.before.outcomes[name].flight
        wish, courses = wish_of(flight, request, closed, zones.snapshot())
        best = {}
        for way in (None, *wish.ways):
            course = courses[way.name] if way else None
            kind = "delayed" if way is None else "level"
            kind = "rerouted" if course and course.route != "asked" else kind
            volumes = way.make() if way else wish.volumes
            for delay in range(0, wish.leeway.later_s + 1, request.step_s):
                moved = volumes.moved(time_us=delay * 1_000_000)
                if not snapshot.find_meetings(moved, besides=wish.exempt):
                    cost = delay / 60 + (way.cost if way else 0.0)
                    best[kind] = min(best.get(kind, np.inf), cost)
                    break
        proposed = {one.status: one.cost for one in found.proposals[name]}
        assert proposed == pytest.approx(best)
        assert [one.cost for one in found.proposals[name]] == sorted(proposed.values())


def test_a_flight_in_the_air_keeps_its_time_and_goes_round_from_the_end_of_its_leg():
    _, _, found = what_if(announced=TOLD)
    assert found.airborne == {"A1", "A2", "C1", "M1"}
    assert found.proposals == {}
    before, after = found.before.outcomes["C1"], found.after.outcomes["C1"]
    assert (after.status, after.delay_s) == ("rerouted", before.delay_s)
    told = datetime(2026, 5, 1, 1, 2, 30, tzinfo=UTC).timestamp() * 1e6
    flown = int((before.volumes.boxes[:, 6] + 15e6 <= told).sum())
    assert (after.volumes.boxes[:flown] == before.volumes.boxes[:flown]).all()
    assert after.course.extra_m == pytest.approx(
        length_of(after.course.path) - length_of(before.course.path)
    )
    # Legs follow each other without a gap: each begins when the one before ends.
    boxes, spare = after.volumes.boxes, 15_000_000
    assert (np.abs(boxes[1:, 6] + spare - (boxes[:-1, 7] - spare)) <= 1).all()
    assert all(found.after.outcomes[name].status == "refused" for name in ("A1", "M1"))


@pytest.mark.slow
def test_who_has_not_left_when_told_leaves_later_than_that():
    told = "2026-05-01T08:59:30+08:00"
    _, _, found = what_if(announced=told)
    assert not found.airborne
    _, _, unaware = what_if()
    assert found.after.cost == pytest.approx(unaware.after.cost)
    request, _, late = what_if(announced="2026-05-01T09:01:15+08:00")
    assert late.airborne == {"A1", "C1", "M1"}
    first = datetime(2026, 5, 1, 1, 1, 15, tzinfo=UTC)
    again = late.after.outcomes["A2"]
    assert again.flight.departure + timedelta(seconds=again.delay_s) > first
    assert again.cost == pytest.approx(
        again.delay_min * request.minute_cost
        + again.course.extra_m / again.flight.speed_mps / 60
        + abs(again.course.lift_m) * request.metre_cost
    )


def test_the_decision_says_who_is_affected_and_what_changes():
    decision = decide()
    assert decision.affected == 4
    assert decision.closure_cost == pytest.approx(4.98, abs=0.01)
    assert decision.answer.zh.startswith("若在09:03至09:12关闭，影响4架次")
    tables = {table.key: table for table in decision.tables}
    assert [row[0] for row in tables["affected"].rows] == ["A1", "A2", "C1", "M1"]
    assert [row[4] for row in tables["closure"].rows] == [0, 4, 7]
    layers = {layer.key: layer for layer in decision.layers}
    assert len(layers["affected"].features) == 4
    assert {one.properties["kind"] for one in layers["closed"].features} == {"zone", "closure"}
    landing = {table.key: table for table in decide({"announced": TOLD}).tables}["affected"]
    assert landing.rows[0][4].endswith("has to land before it")


@pytest.mark.slow
def test_a_closure_that_nobody_meets_changes_nothing():
    decision = decide({"begin": "2026-05-01T20:00:00+08:00", "end": "2026-05-01T21:00:00+08:00"})
    assert (decision.affected, decision.closure_cost) == (0, 0.0)
    assert "it affects 0 flights." in decision.answer.en
    assert "affected" not in {layer.key for layer in decision.layers}
    assert decide({"lower_m": 500}).affected == 0


@pytest.mark.slow
def test_a_zone_of_the_dataset_can_be_closed_for_longer():
    event = {
        "zone": "EVENT1",
        "area": (),
        "begin": "2026-05-01T12:00:00+08:00",
        "end": "2026-05-01T13:00:00+08:00",
    }
    assert decide(event).affected == 0
    assert decide({**event, "begin": "2026-05-01T09:35:00+08:00"}).affected == 1
    with pytest.raises(InvalidRequest, match="no zone 'NONE'"):
        decide({**event, "zone": "NONE"})
    with pytest.raises(InvalidRequest, match="crosses itself"):
        decide({"area": [SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3]]})


@pytest.mark.parametrize(
    "changes",
    [
        {"area": ()},
        {"zone": "EVENT1"},
        {"area": SQUARE[:2]},
        {"end": CLOSED["begin"]},
        {"upper_m": 10, "lower_m": 20},
        {"announced": "2026-05-01T09:05:00+08:00"},
        {"begin": "2026-05-01T09:03:00"},
    ],
)
def test_a_closure_outside_its_limits_is_refused(changes):
    with pytest.raises(ValidationError):
        Closure(**{**CLOSED, **changes})
