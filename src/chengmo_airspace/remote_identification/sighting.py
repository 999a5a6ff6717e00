"""Where aircraft were seen, from whatever source: what a service provider tells of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from chengmo_airspace.flights.instant import time_document
from chengmo_airspace.remote_identification.view import View

# What F3411-22a writes for what is not known.
UNKNOWN_ALTITUDE_M, UNKNOWN_TRACK, UNKNOWN_SPEED, UNKNOWN_CLIMB = -1000.0, 361.0, 255.0, 63.0
_FASTEST, _FASTEST_CLIMB = 254.25, 62.0


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where an aircraft was at an instant.

    Attributes:
        at_us: Microseconds since 1970.
        lat: Degrees north, WGS 84.
        lng: Degrees east.
        alt_m: Metres above the WGS 84 ellipsoid; None if not known.
        speed: Metres a second over the ground; None if not known.
        track: Degrees from true north of the way over the ground; None if not known or standing.
        climb: Metres a second upwards; None if not known.
        status: Of the standard's list.
        accuracy: `accuracy_h`, `accuracy_v`, `speed_accuracy` and `timestamp_accuracy`, where they
            are known.
        more: Members of the position that are told as they came: `height`, `pressure_altitude`.
    """

    at_us: int
    lat: float
    lng: float
    alt_m: float | None = None
    speed: float | None = None
    track: float | None = None
    climb: float | None = None
    status: str = "Airborne"
    accuracy: Mapping[str, Any] | None = None
    more: Mapping[str, Any] | None = None

    def position(self) -> dict[str, Any]:
        """Return the `RIDAircraftPosition`."""
        known = self.accuracy or {}
        return {
            "lat": self.lat,
            "lng": self.lng,
            "alt": UNKNOWN_ALTITUDE_M if self.alt_m is None else self.alt_m,
            "accuracy_h": known.get("accuracy_h", "HAUnknown"),
            "accuracy_v": known.get("accuracy_v", "VAUnknown"),
            "extrapolated": False,
            **(self.more or {}),
        }

    def state(self) -> dict[str, Any]:
        """Return the `RIDAircraftState`."""
        known = self.accuracy or {}
        return {
            "timestamp": time_document(self.at_us),
            "timestamp_accuracy": known.get("timestamp_accuracy", 0.0),
            "operational_status": self.status,
            "position": self.position(),
            "track": UNKNOWN_TRACK if self.track is None else self.track,
            "speed": UNKNOWN_SPEED if self.speed is None else min(self.speed, _FASTEST),
            "speed_accuracy": known.get("speed_accuracy", "SAUnknown"),
            "vertical_speed": UNKNOWN_CLIMB
            if self.climb is None
            else max(-_FASTEST_CLIMB, min(self.climb, _FASTEST_CLIMB)),
        }


@dataclass(frozen=True, slots=True)
class Flown:
    """A flight and where it was lately.

    Attributes:
        id: Unique to this provider.
        sightings: In order of time.
        aircraft_type: Of the standard's list.
        is_simulated: Whether nobody flies it: injected by a test, or synthetic.
    """

    id: str
    sightings: tuple[Sighting, ...]
    aircraft_type: str = "NotDeclared"
    is_simulated: bool = False


class Sightings(Protocol):
    """A source of sightings. Threads may share it."""

    def within(self, view: View, since_us: int, until_us: int) -> Sequence[Flown]:
        """Return the flights that were in a view between two instants, with all of that time."""
        ...

    def details(self, flight: str, at_us: int) -> dict[str, Any] | None:
        """Return the `RIDFlightDetails` of a flight; None if it is unknown, or long over."""
        ...


def seen_in(view: View, sightings: Sequence[Sighting]) -> list[Sighting]:
    """Return the sightings in a view, and of those outside the ones next before and after.

    Nothing else of where an aircraft came from or went to is told (NET0270 of the standard).
    """
    inside = [view.holds(each.lat, each.lng) for each in sightings]
    return [
        each
        for number, each in enumerate(sightings)
        if any(inside[max(0, number - 1) : number + 2])
    ]
