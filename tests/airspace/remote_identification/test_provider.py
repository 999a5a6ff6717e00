"""The service provider: a minute of positions, in the view and just beside it, and no more."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from chengmo_airspace.flights import FlightRefused
from chengmo_airspace.flights.instant import SECOND_US
from chengmo_airspace.remote_identification.provider import ServiceProvider
from chengmo_airspace.remote_identification.sighting import Flown, Sighting, seen_in
from chengmo_airspace.remote_identification.trial import CreateTest, Trials
from chengmo_airspace.remote_identification.view import View

BEGIN = datetime(2090, 5, 1, 8, tzinfo=UTC)
BEGIN_US = int(BEGIN.timestamp()) * SECOND_US
VIEW = View(30.0, 114.0, 30.01, 114.01)


def state(second, lat):
    return {
        "timestamp": (BEGIN + timedelta(seconds=second)).isoformat(),
        "timestamp_accuracy": 0.1,
        "operational_status": "Airborne",
        "position": {
            "lat": lat, "lng": 114.005, "alt": 130.5, "accuracy_h": "HA1m", "accuracy_v": "VA1m",
            "height": {"distance": 80, "reference": "TakeoffLocation"},
        },
        "track": 0.0, "speed": 12.5, "speed_accuracy": "SA03mps", "vertical_speed": -0.5,
    }  # fmt: skip


def injected(*states, details=None):
    flight = {
        "injection_id": "i1",
        "aircraft_type": "Helicopter",
        "telemetry": list(states),
        "details_responses": details
        or [{"effective_after": BEGIN.isoformat(), "details": DETAILS}],
    }
    return CreateTest.model_validate_json(json.dumps({"requested_flights": [flight]}))


DETAILS = {
    "id": "flight-1",
    "operator_id": "CHN.OP1",
    "operator_location": {"lat": 30.0, "lng": 114.0},
    "operator_altitude": {"altitude": 25.0, "altitude_type": "Takeoff"},
    "serial_number": "INTCJ123-4567-890",
    "operation_description": "a trial, synthetic",
}


class At:
    """A provider of injected flights, asked at one second or another."""

    def __init__(self, *states, details=None) -> None:
        self.now = BEGIN_US
        self.trials = Trials(clock=lambda: self.now)
        self.trials.put("test", injected(*states, details=details))
        self.provider = ServiceProvider([self.trials], clock=lambda: self.now)

    def flights(self, second, view=VIEW, recent_s=0.0):
        self.now = BEGIN_US + int(second * SECOND_US)
        return self.provider.flights(view, recent_s)["flights"]

    def details(self, second, flight="flight-1"):
        self.now = BEGIN_US + int(second * SECOND_US)
        return self.provider.details(flight)["details"]


def test_a_flight_is_told_from_its_first_position_until_a_minute_after_its_last():
    at = At(*(state(second, 30.001 + second * 0.0001) for second in range(10, 20)))
    assert at.flights(9.9) == []
    (told,) = at.flights(10)
    assert (told["id"], told["aircraft_type"], told["simulated"]) == (
        "flight-1",
        "Helicopter",
        True,
    )
    assert "recent_positions" not in told
    current = told["current_state"]
    assert current["position"]["lat"] == pytest.approx(30.002)
    assert current["position"]["alt"] == 130.5
    assert current["position"]["height"] == {"distance": 80.0, "reference": "TakeoffLocation"}
    assert (current["speed"], current["track"], current["vertical_speed"]) == (12.5, 0.0, -0.5)
    assert current["timestamp"]["value"] == "2090-05-01T08:00:10.000000Z"
    (told,) = at.flights(79)
    assert told["current_state"]["timestamp"]["value"].endswith("08:00:19.000000Z")
    assert at.flights(79.1) == []
    assert at.flights(15, View(31.0, 114.0, 31.01, 114.01)) == []


def test_recent_positions_reach_a_minute_back_and_one_place_beyond_the_edge():
    # Northwards through the view and out of it, 0.001 degrees a second.
    at = At(*(state(second, 29.995 + second * 0.001) for second in range(30)))
    (told,) = at.flights(29, recent_s=60)
    lats = [round(each["position"]["lat"], 3) for each in told["recent_positions"]]
    assert lats == [29.999, *(round(30 + n * 0.001, 3) for n in range(11)), 30.011]
    assert told["current_state"]["position"]["lat"] == pytest.approx(30.011)
    (told,) = at.flights(29, recent_s=15)
    assert len(told["recent_positions"]) == 3
    assert "recent_positions" not in at.flights(29)[0]


def test_the_places_next_to_the_edge_alone_are_seen():
    inside, out = (lambda n: Sighting(n, 30.005, 114.005)), (lambda n: Sighting(n, 31, 114))
    track = [out(0), out(1), inside(2), out(3), out(4), out(5), inside(6)]
    assert [each.at_us for each in seen_in(VIEW, track)] == [1, 2, 3, 5, 6]
    assert seen_in(VIEW, [out(0), out(1)]) == []


def test_details_are_told_as_the_standard_has_them_while_the_flight_is_news():
    later = DETAILS | {"operator_id": "CHN.OP2"}
    at = At(
        state(10, 30.001),
        state(40, 30.001),
        details=[
            {"effective_after": BEGIN.isoformat(), "details": DETAILS},
            {"effective_after": (BEGIN + timedelta(seconds=30)).isoformat(), "details": later},
        ],
    )
    told = at.details(20)
    assert told == {
        "id": "flight-1",
        "operator_id": "CHN.OP1",
        "operation_description": "a trial, synthetic",
        "uas_id": {"serial_number": "INTCJ123-4567-890"},
        "operator_location": {
            "position": {"lat": 30.0, "lng": 114.0},
            "altitude": {"value": 25.0, "reference": "W84", "units": "M"},
            "altitude_type": "Takeoff",
        },
    }
    assert at.details(35)["operator_id"] == "CHN.OP2"
    for second in (5, 100.1):
        with pytest.raises(FlightRefused):
            at.details(second)
    with pytest.raises(FlightRefused):
        at.details(20, "another")


def test_what_is_not_known_is_written_as_the_standard_writes_it():
    class Source:
        def within(self, *times):
            return [Flown("f", (Sighting(times[-1], 30.005, 114.005, speed=300.0, climb=-70.0),))]

        def details(self, *_):
            return None

    (told,) = ServiceProvider([Source()]).flights(VIEW)["flights"]
    current = told["current_state"]
    assert (current["track"], current["speed"], current["vertical_speed"]) == (361.0, 254.25, -62.0)
    assert current["position"]["alt"] == -1000.0
    assert current["position"]["accuracy_h"] == "HAUnknown"
    assert told["simulated"] is False
    empty = Sighting(0, 0, 0).state()
    assert (empty["speed"], empty["vertical_speed"]) == (255.0, 63.0)


def test_a_position_that_lacks_what_it_must_tell_is_left_out_and_its_operator_told():
    whole, lacking = state(10, 30.001), state(11, 30.002)
    del lacking["speed"]
    placeless = state(12, 30.003)
    del placeless["position"]["alt"]
    at = At(whole, lacking, placeless)
    (told,) = at.flights(20, recent_s=60)
    assert len(told["recent_positions"]) == 1
    gaps = at.trials.gaps(BEGIN_US, BEGIN_US + 60 * SECOND_US)
    assert gaps == [BEGIN_US + 11 * SECOND_US, BEGIN_US + 12 * SECOND_US]
    at.now = BEGIN_US + 11 * SECOND_US
    assert at.trials.gaps(BEGIN_US, BEGIN_US + 60 * SECOND_US) == gaps[:1]
