"""Flights that a test director injects: as if they were flown, at the times it says.

They live in memory, are told as simulated, and are announced by a service area of their own, which
is wider than they are and rounded outwards, so that it does not show where they begin.
"""

import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import AwareDatetime, Field

from chengmo_airspace.flights.extent import instant_of
from chengmo_airspace.flights.instant import Clock, now_us
from chengmo_airspace.flights.message import Message
from chengmo_airspace.remote_identification.limits import RECENT_US
from chengmo_airspace.remote_identification.message import Height
from chengmo_airspace.remote_identification.sighting import Flown, Sighting
from chengmo_airspace.remote_identification.view import View

_MOST_STATES = 20_000
_NEEDED = ("timestamp", "timestamp_accuracy", "speed", "vertical_speed", "track", "speed_accuracy")
_NEEDED_OF_POSITION = ("lat", "lng", "alt", "accuracy_h", "accuracy_v")


class InjectedPosition(Message):
    """Where an injected aircraft is; what it needs may be missing, to see what is done then."""

    lat: float | None = Field(default=None, ge=-90, le=90, allow_inf_nan=False)
    lng: float | None = Field(default=None, ge=-180, le=180, allow_inf_nan=False)
    alt: float | None = Field(default=None, allow_inf_nan=False)
    height: Height | None = None
    accuracy_h: str | None = None
    accuracy_v: str | None = None
    pressure_altitude: float | None = None


class InjectedState(Message):
    """The state of an injected aircraft."""

    timestamp: AwareDatetime | None = None
    timestamp_accuracy: float | None = None
    operational_status: str | None = None
    position: InjectedPosition | None = None
    track: float | None = Field(default=None, ge=0, le=361, allow_inf_nan=False)
    speed: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    speed_accuracy: str | None = None
    vertical_speed: float | None = Field(default=None, allow_inf_nan=False)

    def missing(self) -> list[str]:
        """Return what it lacks of what an aircraft must tell."""
        position = self.position or InjectedPosition()
        return [
            *(name for name in _NEEDED if getattr(self, name) is None),
            *(name for name in _NEEDED_OF_POSITION if getattr(position, name) is None),
        ]


class InjectedDetails(Message):
    """What is told of a flight from an instant on."""

    effective_after: AwareDatetime
    details: dict[str, Any]


class InjectedFlight(Message):
    """A flight to be told as if it were flown."""

    injection_id: str = Field(max_length=200)
    aircraft_type: str = "NotDeclared"
    telemetry: tuple[InjectedState, ...] = Field(max_length=_MOST_STATES)
    details_responses: tuple[InjectedDetails, ...] = Field(max_length=1000)


class CreateTest(Message):
    """Flights to inject."""

    requested_flights: tuple[InjectedFlight, ...] = Field(max_length=1000)


@dataclass(frozen=True)
class _Told:
    details: tuple[tuple[int, dict[str, Any]], ...]
    sightings: tuple[Sighting, ...]
    aircraft_type: str

    def at(self, instant: int) -> dict[str, Any] | None:
        past = [details for since, details in self.details if since <= instant]
        return past[-1] if past else None


@dataclass(frozen=True)
class Trial:
    """One test: what was injected, as it came and as it is told.

    Attributes:
        version: Opaque.
        injected: As it came.
        told: What came of it.
        gaps: When an aircraft did not tell what it must: instants, for its operator.
    """

    version: str
    injected: tuple[dict[str, Any], ...]
    told: tuple[_Told, ...]
    gaps: tuple[int, ...]

    @property
    def sightings(self) -> list[Sighting]:
        """All of all flights."""
        return [each for told in self.told for each in told.sightings]


class Trials:
    """The tests that are under way: a source of sightings. Threads may share it."""

    def __init__(self, clock: Clock = now_us) -> None:
        self._clock = clock
        self._trials: dict[str, Trial] = {}
        self._lock = threading.Lock()

    def put(self, test: str, asked: CreateTest) -> Trial:
        """Inject the flights of a test in place of what it had."""
        trial = Trial(
            str(uuid.uuid4()),
            tuple(
                flight.model_dump(mode="json", exclude_none=True)
                for flight in asked.requested_flights
            ),
            tuple(_told(flight) for flight in asked.requested_flights),
            tuple(
                sorted(
                    self._clock() if state.timestamp is None else instant_of(state.timestamp)
                    for flight in asked.requested_flights
                    for state in flight.telemetry
                    if state.missing()
                )
            ),
        )
        with self._lock:
            self._trials[test] = trial
        return trial

    def get(self, test: str) -> Trial | None:
        """Return a test, if it is under way."""
        with self._lock:
            return self._trials.get(test)

    def drop(self, test: str) -> None:
        """Forget a test."""
        with self._lock:
            self._trials.pop(test, None)

    def gaps(self, after_us: int, before_us: int) -> list[int]:
        """Return when, between two instants that have passed, an aircraft told too little."""
        until = min(before_us, self._clock())
        return [at for trial in self._every() for at in trial.gaps if after_us <= at <= until]

    def within(self, view: View, since_us: int, until_us: int) -> Sequence[Flown]:
        """Return the flights that were in a view between two instants, with all of that time."""
        found: list[Flown] = []
        for told in (told for trial in self._every() for told in trial.told):
            recent = tuple(s for s in told.sightings if since_us <= s.at_us <= until_us)
            details = told.at(until_us)
            if details is not None and any(view.holds(s.lat, s.lng) for s in recent):
                found.append(Flown(details["id"], recent, told.aircraft_type, is_simulated=True))
        return found

    def details(self, flight: str, at_us: int) -> dict[str, Any] | None:
        """Return the details of a flight; None if it is unknown, or long over."""
        for told in (told for trial in self._every() for told in trial.told):
            details = told.at(at_us)
            is_recent = told.sightings and (
                told.sightings[0].at_us <= at_us <= told.sightings[-1].at_us + RECENT_US
            )
            if is_recent and details is not None and details["id"] == flight:
                return details
        return None

    def _every(self) -> list[Trial]:
        with self._lock:
            return list(self._trials.values())


def _told(flight: InjectedFlight) -> _Told:
    details = sorted(
        (
            (instant_of(each.effective_after), _details(each.details))
            for each in flight.details_responses
            if isinstance(each.details.get("id"), str)
        ),
        key=lambda pair: pair[0],
    )
    sightings = sorted(
        (_sighting(state) for state in flight.telemetry if not state.missing()),
        key=lambda sighting: sighting.at_us,
    )
    return _Told(tuple(details), tuple(sightings), flight.aircraft_type)


def _sighting(state: InjectedState) -> Sighting:
    position, moment = state.position, state.timestamp
    if position is None or moment is None or position.lat is None or position.lng is None:
        raise RuntimeError("a state that lacks what was asked for")
    more = position.model_dump(include={"height", "pressure_altitude"}, exclude_none=True)
    return Sighting(
        at_us=instant_of(moment),
        lat=position.lat,
        lng=position.lng,
        alt_m=position.alt,
        speed=state.speed,
        track=state.track,
        climb=state.vertical_speed,
        status=state.operational_status or "Undeclared",
        accuracy={
            "accuracy_h": position.accuracy_h,
            "accuracy_v": position.accuracy_v,
            "speed_accuracy": state.speed_accuracy,
            "timestamp_accuracy": state.timestamp_accuracy,
        },
        more=more,
    )


def _details(given: dict[str, Any]) -> dict[str, Any]:
    """Return details as F3411-22a has them: the interface's older members in their new places."""
    names = ("id", "eu_classification", "operator_id", "operation_description", "auth_data")
    details = {name: given[name] for name in names if given.get(name) is not None}
    uas = dict(given.get("uas_id") or {})
    for old, new in (
        ("serial_number", "serial_number"),
        ("registration_number", "registration_id"),
    ):
        if given.get(old) and not uas.get(new):
            uas[new] = given[old]
    if uas:
        details["uas_id"] = {name: value for name, value in uas.items() if value}
    place = given.get("operator_location")
    if place:
        location: dict[str, Any] = {"position": place}
        altitude = given.get("operator_altitude") or {}
        if altitude.get("altitude") is not None:
            location["altitude"] = {"value": altitude["altitude"], "reference": "W84", "units": "M"}
        if altitude.get("altitude_type"):
            location["altitude_type"] = altitude["altitude_type"]
        details["operator_location"] = location
    return details
