"""The display provider: gathers who flies in a view from every service provider that has it.

In a small view single aircraft are shown; in a larger one groups alone (`view.group`).
"""

import threading
import uuid
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from chengmo_airspace.flights.instant import Clock, now_us, parse_instant, write_instant
from chengmo_airspace.flights.neighbours import told
from chengmo_airspace.flights.peer import PeerFailed
from chengmo_airspace.flights.refusal import FlightRefused
from chengmo_airspace.remote_identification.contacts import Contacts
from chengmo_airspace.remote_identification.limits import RECENT_US
from chengmo_airspace.remote_identification.message import (
    FoundAreas,
    Position,
    ToldDetails,
    ToldFlight,
    ToldFlights,
    ToldState,
)
from chengmo_airspace.remote_identification.provider import ServiceProvider
from chengmo_airspace.remote_identification.view import View, group

SCOPE = "rid.display_provider"
_KEPT = 100_000
_OF_POSITION = ("lat", "lng", "alt", "accuracy_h", "accuracy_v", "height")


@dataclass(frozen=True, slots=True)
class Shown:
    """Which flight of which provider somebody was shown."""

    base_url: str
    flight: str


class DisplayProvider:
    """Shows who flies here. Threads may share it."""

    def __init__(
        self,
        contacts: Contacts,
        own: ServiceProvider,
        *,
        base_url: str,
        clock: Clock = now_us,
    ) -> None:
        """Ask others by `contacts`, and this USS's own provider, at `base_url`, directly."""
        self._contacts = contacts
        self._own = own
        self._base_url = base_url
        self._clock = clock
        self._names: OrderedDict[Shown, str] = OrderedDict()
        self._shown: dict[str, Shown] = {}
        self._lock = threading.Lock()

    def show(self, view: View) -> dict[str, Any]:
        """Return the `GetDisplayDataResponse` of a view.

        Raises:
            PeerFailed: If the discovery service does not answer, or none of the providers does.
        """
        seen: dict[Shown, ToldFlight] = {}
        failures: list[PeerFailed] = []
        addresses = self._providers(view)
        for base_url in addresses:
            try:
                for flight in self._flights(base_url, view):
                    seen[Shown(base_url, flight.id)] = flight
            except PeerFailed as failed:
                failures.append(failed)
        if failures and len(failures) == len(addresses):
            raise failures[0]
        if view.is_detailed:
            return {"flights": [self._document(s, f) for s, f in seen.items()], "clusters": []}
        return {"flights": [], "clusters": _clusters(view, seen.values())}

    def details(self, name: str) -> dict[str, Any]:
        """Return the `GetDetailsResponse` of a flight that was shown.

        Raises:
            FlightRefused: If nobody was shown a flight of this name, or it is over.
            PeerFailed: If its provider does not answer.
        """
        with self._lock:
            shown = self._shown.get(name)
        if shown is None:
            raise FlightRefused("no flight of this id was shown", reason="unknown")
        if shown.base_url == self._base_url:
            document: Any = self._own.details(shown.flight)
        else:
            path = f"/uss/flights/{quote(shown.flight, safe='')}/details"
            try:
                document = self._contacts.ask_provider(shown.base_url, path, scope=SCOPE)
            except PeerFailed as failed:
                if failed.status == 404:  # noqa: PLR2004 - HTTP
                    raise FlightRefused("the flight is over", reason="unknown") from failed
                raise
        return _details_document(told(ToldDetails, document).details)

    def _providers(self, view: View) -> list[str]:
        now = self._clock()
        corners = [
            (view.south, view.west),
            (view.south, view.east),
            (view.north, view.east),
            (view.north, view.west),
        ]
        asked = {
            "area": ",".join(f"{lat!r},{lng!r}" for lat, lng in corners),
            "earliest_time": write_instant(now - RECENT_US),
            "latest_time": write_instant(now),
        }
        path = f"/identification_service_areas?{urlencode(asked)}"
        answer = self._contacts.ask_register("GET", path, None, scope=SCOPE)
        found: FoundAreas = told(FoundAreas, answer)
        return sorted({area.uss_base_url for area in found.service_areas})

    def _flights(self, base_url: str, view: View) -> Iterable[ToldFlight]:
        recent_s = RECENT_US / 1e6
        if base_url == self._base_url:
            document: Any = self._own.flights(view, recent_s)
        else:
            asked = {"view": view.written(), "recent_positions_duration": f"{recent_s:.0f}"}
            path = f"/uss/flights?{urlencode(asked)}"
            document = self._contacts.ask_provider(base_url, path, scope=SCOPE)
        answer: ToldFlights = told(ToldFlights, document)
        return answer.flights or ()

    def _document(self, shown: Shown, flight: ToldFlight) -> dict[str, Any]:
        document: dict[str, Any] = {
            "id": self._name(shown),
            "aircraft_type": flight.aircraft_type,
            "recent_paths": [
                {"positions": [_position_document(p) for p in path]} for path in _paths(flight)
            ],
        }
        state = flight.current_state
        if state is not None:
            document["current_state"] = _state_document(state)
            document["most_recent_position"] = _position_document(state.position)
        return document

    def _name(self, shown: Shown) -> str:
        # Not the provider's own id: who looks need not know who flies for whom.
        with self._lock:
            name = self._names.get(shown)
            if name is None:
                name = self._names[shown] = str(uuid.uuid4())
                self._shown[name] = shown
            self._names.move_to_end(shown)
            while len(self._names) > _KEPT:
                _, gone = self._names.popitem(last=False)
                del self._shown[gone]
            return name


def _paths(flight: ToldFlight) -> list[list[Position]]:
    recent = sorted(flight.recent_positions or (), key=lambda each: parse_instant(each.time.value))
    return [[each.position for each in recent]] if recent else []


def _clusters(view: View, flights: Iterable[ToldFlight]) -> list[dict[str, Any]]:
    places = [
        (flight.current_state.position.lat, flight.current_state.position.lng)
        for flight in flights
        if flight.current_state is not None
    ]
    return [
        {
            "corners": [
                {"lat": where.south, "lng": where.west},
                {"lat": where.north, "lng": where.east},
            ],
            "area_sqm": where.area_m2,
            "number_of_flights": number,
        }
        for where, number in group(view, places)
    ]


def _position_document(position: Position) -> dict[str, Any]:
    return position.model_dump(mode="json", include=set(_OF_POSITION), exclude_none=True)


def _state_document(state: ToldState) -> dict[str, Any]:
    document: dict[str, Any] = state.model_dump(
        mode="json", exclude={"timestamp", "position"}, exclude_none=True
    )
    # The observation's tracks end below 360: what is unknown is not written.
    if document.get("track", 0.0) >= 360:  # noqa: PLR2004 - degrees
        del document["track"]
    return document | {"timestamp": state.timestamp.value}


def _details_document(details: Mapping[str, Any]) -> dict[str, Any]:
    operator: dict[str, Any] = {}
    if details.get("operator_id"):
        operator["id"] = details["operator_id"]
    location = details.get("operator_location") or {}
    if location.get("position"):
        operator["location"] = location["position"]
    altitude = location.get("altitude") or {}
    if altitude.get("value") is not None:
        operator["altitude"] = {"altitude": altitude["value"]}
        if location.get("altitude_type"):
            operator["altitude"]["altitude_type"] = location["altitude_type"]
    uas: dict[str, Any] = {}
    known = details.get("uas_id") or {}
    for name in ("serial_number", "registration_id", "utm_id", "specific_session_id"):
        if known.get(name):
            uas["id"] = known[name]
            break
    if details.get("eu_classification"):
        uas["eu_classification"] = details["eu_classification"]
    return {"operator": operator, "uas": uas}
