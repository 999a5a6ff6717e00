"""The scenario through the platform's window: outcomes, zones, fairness, what cannot be read."""

import json
from datetime import UTC, datetime
from functools import cache
from itertools import combinations
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from pydantic import ValidationError

from chengmo import ExampleCity, InvalidRequest
from chengmo_scenarios.flight_day import model
from chengmo_scenarios.flight_day.__main__ import main

FOLDER = Path(__file__).parent / "example"
CITY = ExampleCity.from_folder(FOLDER)
BASE = {"flights": "flight-requests", "later_min": 20}


@cache
def decide_example():
    return model.decide(model.request_type(**BASE), CITY)


def decide(city=CITY, **changes):
    if city is CITY and not changes:
        return decide_example()
    return model.decide(model.request_type(**{**BASE, **changes}), city)


def city_of(rows, **others):
    made = pa.table({name: pa.array([row.get(name) for row in rows]) for name in rows[0]})
    given = made.append_column("_row", pa.array(range(1, len(rows) + 1)))
    places = {"_cell": pa.uint64(), "_geometry": pa.binary()}
    for name, kind in places.items():
        given = given.append_column(name, pa.nulls(len(rows), kind))
    zones = CITY.table("airspace-zones")
    return ExampleCity({"flight-requests": given, "airspace-zones": zones, **others})


ROW = {
    "id": "X", "operator": "o", "departure": "2026-05-01T09:00:00+08:00",
    "from_lon": 114.20, "from_lat": 30.50, "to_lon": 114.22, "to_lat": 30.50,
}  # fmt: skip


def table(decision, key="flights"):
    found = next(table for table in decision.tables if table.key == key)
    names = [column.key for column in found.columns]
    return {row[0]: dict(zip(names, row, strict=True)) for row in found.rows}


def volumes(decision):
    layer = next(layer for layer in decision.layers if layer.key == "volumes")
    return [(shapely.geometry.shape(one.geometry), one.properties) for one in layer.features]


@pytest.mark.parametrize("changes", [{}, {"order": "schedule"}, {"sidestep_m": 0}])
def test_no_two_flights_of_the_plan_share_place_height_and_time(changes):
    decision = decide(**changes)
    assert decision.conflicts_planned == 0
    assert decision.conflicts_asked == 12
    drawn = volumes(decision)
    assert len({about["flight"] for _, about in drawn}) == decision.flights - decision.refused
    for (one, mine), (other, theirs) in combinations(drawn, 2):
        if mine["flight"] != theirs["flight"]:
            # Drawn corners are rounded to a tenth of a metre, times to the second.
            together = (
                mine["lower_m"] <= theirs["upper_m"]
                and theirs["lower_m"] <= mine["upper_m"]
                and mine["from"] < theirs["to"]
                and theirs["from"] < mine["to"]
            )
            assert not together or one.intersection(other).area < 1e-10


def test_a_flight_keeps_out_of_a_zone_unless_it_is_authorised():
    decision = decide()
    event = shapely.box(114.33, 30.55, 114.34, 30.57)
    inside = {
        about["flight"]
        for area, about in volumes(decision)
        if about["from"] < "2026-05-01T04:00:00Z" and area.intersects(event)
    }
    assert inside == {"M2"}
    flights = table(decision)
    assert flights["A4"]["status"] == "rerouted"
    assert flights["A4"]["longer"] > 0
    assert flights["B3"]["status"] == "refused"
    assert "Example gathering" in flights["B3"]["because"]
    assert decide(zones=None).refused == 0


def test_above_the_ceiling_flies_only_who_is_authorised():
    flights = table(decide())
    assert (flights["C2"]["lift"], flights["C3"]["lift"]) == (-50.0, 0.0)
    assert "above 120 m" in flights["C2"]["because"]
    strict = table(decide(floor_m=100))
    assert strict["C2"]["status"] == "refused"


def test_a_higher_priority_does_not_wait_for_lower_ones():
    flights = table(decide())
    assert flights["M1"]["status"] == "accepted"


def test_cost_bound_and_gap_belong_together():
    decision = decide()
    rows = table(decision).values()
    assert decision.cost == pytest.approx(sum(row["cost"] for row in rows), abs=0.01)
    assert decision.bound <= decision.cost
    assert decision.quality.gap_0to1 == pytest.approx(1 - decision.bound / decision.cost, abs=1e-5)
    alone = decide(city=city_of([ROW]))
    assert (alone.quality.kind, alone.cost, alone.accepted) == ("optimal", 0.0, 1)


def test_operators_and_orders_are_compared():
    decision = decide()
    shares = table(decision, "operators")
    assert sum(share["flights"] for share in shares.values()) == 12
    assert next(iter(table(decision, "orders"))).endswith("operators in turn")
    assert 0 < decision.jain_0to1 <= 1


def test_loads_count_every_flight_once_in_its_first_cell_and_hour():
    decision = decide(cell_capacity=2)
    rows = next(t for t in decision.tables if t.key == "load").rows
    assert sum(row[3] for row in rows) >= decision.flights - decision.refused
    measures = {measure.key: measure.value for measure in decision.measures}
    assert measures["over_capacity"] == sum(row[3] > 2 for row in rows)
    assert all(row[4] <= row[3] + 12 for row in rows)


def test_if_nothing_can_fly_the_outcome_is_infeasible():
    inside = {**ROW, "from_lon": 114.335, "from_lat": 30.56, "to_lon": 114.336, "to_lat": 30.561}
    decision = decide(city=city_of([inside]))
    assert (decision.outcome, decision.refused) == ("infeasible", 1)
    assert [layer.key for layer in decision.layers] == ["paths", "closed", "load"]


def test_volumes_beyond_the_number_to_draw_are_counted():
    decision = decide(most_drawn=20)
    assert len(volumes(decision)) <= 20
    assert any("not drawn" in caveat.en for caveat in decision.caveats)


def test_a_departure_may_be_an_instant_and_a_text():
    at = datetime(2026, 5, 1, 1, tzinfo=UTC)
    assert decide(city=city_of([{**ROW, "departure": at}])) == decide(city=city_of([ROW]))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"departure": "nine"}, "is no time"),
        ({"departure": "2026-05-01T09:00:00"}, "no offset"),
        ({"operator": None}, "no operator"),
        ({"from_lon": None}, "instead of a path"),
        ({"to_lon": 114.20}, "leads nowhere"),
        ({"from_lon": 179.5}, "±180"),
        ({"lower_m": 90, "upper_m": 60}, "a band from 90 to 60"),
        ({"speed_mps": 0}, "speed or width"),
        ({"later_min": -1}, "later_min"),
        ({"width_m": "wide"}, "is no number"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(changes, message):
    with pytest.raises(InvalidRequest, match=f"'flight-requests', row 1: .*{message}"):
        decide(city=city_of([{**ROW, **changes}]))


def test_a_table_that_is_none_of_flights_is_refused():
    with pytest.raises(InvalidRequest, match="no column 'departure'"):
        decide(city=city_of([{"id": "X", "operator": "o"}]))
    with pytest.raises(InvalidRequest, match="two flights are called 'X'"):
        decide(city=city_of([ROW, ROW]))
    empty = ExampleCity({
        "flight-requests": CITY.table("flight-requests").slice(0, 0),
        "airspace-zones": CITY.table("airspace-zones"),
    })  # fmt: skip
    with pytest.raises(InvalidRequest, match="has no flight"):
        decide(city=empty)


@pytest.mark.parametrize(
    "changes", [{"ceiling_m": 30}, {"order": "chance"}, {"step_s": 0}, {"flights": "NO NAME"}]
)
def test_a_request_outside_its_limits_is_refused(changes):
    with pytest.raises(ValidationError):
        model.request_type(**{**BASE, **changes})


def population(count=12):
    rows = [(114.2 + 0.02 * (n % 4), 30.5 + 0.02 * (n // 4), 100 + n) for n in range(count)]
    lon, lat, residents = zip(*rows, strict=True)
    table = pa.table({
        "residents": pa.array(residents),
        "_row": pa.array(range(1, count + 1)),
        "_cell": pa.array(range(count), pa.uint64()),
        "_geometry": pa.array(shapely.to_wkb(shapely.points(lon, lat)), pa.binary()),
    })  # fmt: skip
    return ExampleCity({"population": table, "airspace-zones": CITY.table("airspace-zones")})


def test_without_flights_a_synthetic_day_is_made_from_residents_and_said_to_be_so():
    asked = {"flights": None, "synthetic_flights": 20}
    decision = decide(city=population(), **asked)
    assert decision.flights == 20
    assert decision == decide(city=population(), **asked)
    assert decision != decide(city=population(), **asked, seed=2)
    assert any("synthetic" in caveat.en for caveat in decision.caveats)
    assert all(name.startswith("synthetic-") for name in table(decision))
    assert model.datasets_of(model.request_type()) == ("population", "airspace-zones")
    assert "population" not in model.datasets_of(model.request_type(**BASE))


def test_synthetic_flights_need_residents():
    with pytest.raises(InvalidRequest, match="two places"):
        decide(city=population(1), flights=None)
    with pytest.raises(InvalidRequest, match="no column 'residents'"):
        decide(flights=None, population="airspace-zones")


def test_a_synthetic_day_can_be_written_to_a_file(tmp_path, capsys):
    points = shapely.to_wkb(shapely.points([114.30, 114.32, 114.34], [30.5, 30.52, 30.5]))
    source = tmp_path / "people.parquet"
    pq.write_table(pa.table({"residents": [5, 6, 7], "geometry": points.tolist()}), source)
    written = tmp_path / "flights.geojson"
    assert main([str(source), str(written), "--flights", "10"]) == 0
    features = json.loads(written.read_text())["features"]
    assert len(features) == 10
    assert all(one["properties"]["synthetic"] for one in features)
    pq.write_table(pa.table({"people": [5]}), source)
    assert main([str(source), str(written)]) == 2
    assert "residents" in capsys.readouterr().err
