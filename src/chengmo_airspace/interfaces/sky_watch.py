"""The doors of remote identification at a USS: for other USSs, for who looks, and for tests.

- `/rid/v2/uss/…`: of F3411-22a, as a service provider;
- `/rid/observation/v1`: what a display provider shows, by the interface of InterUSS;
- `/rid/injection/v1`: flights that a test director injects, by the same (only for tests).
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from chengmo_airspace.flights.instant import now_us, time_document
from chengmo_airspace.flights.peer import PeerFailed
from chengmo_airspace.flights.refusal import FlightRefused
from chengmo_airspace.interfaces.discovery import entity_of, instant_of_query
from chengmo_airspace.interfaces.door import Call, Way, error_answer, json_answer
from chengmo_airspace.interfaces.identification import DISPLAYS, SERVICES, numbers_of
from chengmo_airspace.remote_identification.announcer import Announcer, around
from chengmo_airspace.remote_identification.display import DisplayProvider
from chengmo_airspace.remote_identification.message import AreaNotice
from chengmo_airspace.remote_identification.provider import ServiceProvider
from chengmo_airspace.remote_identification.trial import CreateTest, Trials
from chengmo_airspace.remote_identification.view import View, read_view

PROVIDER_PREFIX = "/rid/v2/uss"
OBSERVATION_PREFIX = "/rid/observation/v1"
INJECTION_PREFIX = "/rid/injection/v1"
INJECTORS = frozenset({"rid.inject_test_data"})
# The interface still names the role of the standard's first edition.
OBSERVERS = DISPLAYS | {"dss.read.identification_service_areas"}
_LONGEST_RECENT_S = 60.0
# Ids of tests are any text; areas are called by UUIDs.
_TESTS = uuid.UUID("7a1cf2a4-6d3e-4a8c-9d6f-1f6b5c2f9e10")


@dataclass(frozen=True)
class Watch:
    """What a USS has for remote identification.

    Attributes:
        provider: Tells of its own flights.
        display: Shows everybody's.
        announcer: Announces where it provides.
        trials: Flights of tests.
    """

    provider: ServiceProvider
    display: DisplayProvider
    announcer: Announcer
    trials: Trials


def provider_ways(watch: Watch) -> list[Way]:
    """Return the ways of a service provider."""

    def flights(call: Call) -> Response:
        recent_s = _recent_of(call)
        return json_answer(200, watch.provider.flights(view_of(call), recent_s))

    def details(call: Call) -> Response:
        return json_answer(200, watch.provider.details(call.parts["flight"]))

    def area(call: Call) -> Response:
        extents = watch.announcer.extents(entity_of(call).lower())
        if extents is None:
            raise FlightRefused("there is no service area of this id", reason="unknown")
        return json_answer(200, {"extents": extents})

    def hear(call: Call) -> Response:
        # Whoever looks makes this USS ask the discovery service: nothing need be remembered.
        entity_of(call)
        call.read(AreaNotice)
        return Response(status_code=204)

    path = "/identification_service_areas/{entity}"
    return [
        Way("GET", "/flights", DISPLAYS, flights, is_slow=True),
        Way("GET", "/flights/{flight}/details", DISPLAYS, details, is_slow=True),
        Way("GET", path, DISPLAYS, area),
        Way("POST", path, SERVICES, hear),
    ]


def observation_ways(watch: Watch) -> list[Way]:
    """Return the ways of an observer."""

    def show(call: Call) -> Response:
        view = view_of(call)
        return _answered(lambda: json_answer(200, watch.display.show(view)))

    def details(call: Call) -> Response:
        return _answered(lambda: json_answer(200, watch.display.details(call.parts["flight"])))

    return [
        Way("GET", "/display_data", OBSERVERS, show, is_slow=True),
        Way("GET", "/display_data/{flight}", OBSERVERS, details, is_slow=True),
    ]


@dataclass(frozen=True)
class Injection:
    """What a test director may ask."""

    watch: Watch

    def put(self, call: Call) -> Response:
        """Inject the flights of a test, and announce them."""
        test, asked = call.parts["test"], call.read(CreateTest)
        trial = self.watch.trials.put(test, asked)
        seen = trial.sightings

        def announce() -> Response:
            if seen:
                until = max(now_us(), *(sighting.at_us for sighting in seen))
                self.watch.announcer.announce(_area_of(test), around(seen), until)
            injected = list(trial.injected)
            return json_answer(200, {"version": trial.version, "injected_flights": injected})

        return _answered(announce)

    def delete(self, call: Call) -> Response:
        """Forget the flights of a test."""
        test = call.parts["test"]
        trial = self.watch.trials.get(test)
        if trial is None:
            raise FlightRefused("no test of this id is under way", reason="unknown")
        if trial.version != call.parts["version"]:
            raise FlightRefused("this is not the current version of the test", reason="stale")
        self.watch.trials.drop(test)

        def withdraw() -> Response:
            self.watch.announcer.withdraw(_area_of(test))
            return json_answer(200, {"injected_flights": list(trial.injected)})

        return _answered(withdraw)

    def notifications(self, call: Call) -> Response:
        """Say when operators were told that an aircraft tells too little."""
        after = instant_of_query(call, "after")
        before = instant_of_query(call, "before") if "before" in call.query else now_us()
        told = [
            {"observed_at": time_document(at), "message": "the aircraft tells too little 遥测不全"}
            for at in self.watch.trials.gaps(after, before)
        ]
        return json_answer(200, {"user_notifications": told})


def injection_ways(watch: Watch) -> list[Way]:
    """Return the ways of a test director."""
    director = Injection(watch)
    return [
        Way("PUT", "/tests/{test}", INJECTORS, director.put, is_slow=True),
        Way("DELETE", "/tests/{test}/{version}", INJECTORS, director.delete, is_slow=True),
        Way("GET", "/user_notifications", INJECTORS, director.notifications),
    ]


def view_of(call: Call) -> View:
    """Return the view that the address names.

    Raises:
        FlightRefused: If it is none, or too large.
    """
    return read_view(numbers_of(call.query.get("view", "")))


def _recent_of(call: Call) -> float:
    text = call.query.get("recent_positions_duration", "0")
    try:
        recent_s = float(text)
    except ValueError as error:
        raise FlightRefused("recent_positions_duration is no number of seconds") from error
    if not 0 <= recent_s <= _LONGEST_RECENT_S:
        raise FlightRefused("recent_positions_duration is 0 to 60 seconds")
    return recent_s


def _area_of(test: str) -> str:
    # Version 5 says where it comes from; ids of areas are of version 4.
    return str(uuid.UUID(bytes=uuid.uuid5(_TESTS, test).bytes, version=4))


def _answered(answer: Callable[[], Response]) -> Response:
    try:
        return answer()
    except PeerFailed as failed:
        return error_answer(502, f"another server is needed for this: {failed}")
