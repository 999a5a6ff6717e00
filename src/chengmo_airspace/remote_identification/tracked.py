"""The aircraft of the data centre as a source of sightings, and where they are announced.

The picture is looked at once a second; a minute of it is kept. A flight is called by a random id,
which ends when it has not been heard for a minute: it says neither who flies nor what. Announced
are the tiles of a coarse raster in which somebody flies, never where in them.
"""

import math
import re
import threading
import uuid
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from chengmo_airspace.flights.instant import SECOND_US, Clock, now_us
from chengmo_airspace.flights.peer import PeerFailed
from chengmo_airspace.remote_identification.announcer import Announcer
from chengmo_airspace.remote_identification.limits import RECENT_US
from chengmo_airspace.remote_identification.sighting import Flown, Sighting
from chengmo_airspace.remote_identification.view import View
from chengmo_airspace.tracking import DataCentre, see
from chengmo_airspace.tracking.batch import NO_HEIGHT
from chengmo_airspace.tracking.record import GROUND, SYNTHETIC, Record
from chengmo_airspace.volume.lattice import PER_DEGREE, PER_METRE

# Whoever was in a view within a minute is not farther from it now, by far (11 km of latitude).
_REACH_DEG = 0.1
_TILE_DEG = 0.2
_LASTS_US, _RENEWED_US = 300 * SECOND_US, 120 * SECOND_US
_EVERY_S = 1.0
# CTA-2063-A: four of the manufacturer, the length of the rest, the rest.
_SERIAL = re.compile(r"[0-9A-Z]{4}[1-9A-F][0-9A-Z]{1,15}")
# A nationality mark, a dot, what the authority assigned.
_REGISTERED = re.compile(r"[A-Z0-9]{1,4}\.[A-Z0-9]{1,16}")
Tile = tuple[int, int]


@dataclass
class _Flight:
    """One aircraft while it is news.

    Attributes:
        operator: Who reports it.
        aircraft: As they call it.
        id: Random.
        sightings: Of the last minute, in order of time.
    """

    operator: str
    aircraft: str
    is_simulated: bool
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    sightings: deque[Sighting] = field(default_factory=deque[Sighting])


class TrackedFlights:
    """What the data centre sees. Threads may share it."""

    def __init__(
        self, centre: DataCentre, announcer: Announcer | None, *, clock: Clock = now_us
    ) -> None:
        """Follow `centre`; without an announcer, nobody is told where."""
        self._centre = centre
        self._announcer = announcer
        self._clock = clock
        self._turn = -1
        self._names: dict[int, tuple[str, str]] = {}
        self._flights: dict[int, _Flight] = {}
        self._areas: dict[Tile, tuple[str, int]] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="identification", daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def close(self) -> None:
        """End; what is announced ends by itself within minutes."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()

    def follow(self) -> None:
        """Look at the picture once, and forget what is no news any more."""
        now = self._clock()
        since = self._turn
        sight = self._centre.look(lambda monitor: see(monitor, at_us=now, since=since))
        with self._lock:
            self._turn = sight.turn
            for number, operator, aircraft, _ in sight.names:
                self._names[number] = (operator, aircraft)
            for number in sight.gone:
                self._names.pop(number, None)
            for craft in sight.crafts:
                self._note(craft, now)
            self._forget(now - RECENT_US)

    def announce(self) -> None:
        """Say in which tiles somebody flies, and take back those in which nobody does."""
        if self._announcer is None:
            return
        now = self._clock()
        with self._lock:
            busy = {
                _tile_of(seen.lat, seen.lng)
                for flight in self._flights.values()
                for seen in flight.sightings
            }
        for tile in busy:
            area, until = self._areas.get(tile, (str(uuid.uuid4()), 0))
            if until < now + _RENEWED_US:
                self._announcer.announce(area, _view_of(tile), now + _LASTS_US)
                self._areas[tile] = area, now + _LASTS_US
        for tile in self._areas.keys() - busy:
            self._announcer.withdraw(self._areas[tile][0])
            del self._areas[tile]

    def within(self, view: View, since_us: int, until_us: int) -> Sequence[Flown]:
        """Return the flights that were in a view between two instants, with all of that time."""
        near = View(
            view.south - _REACH_DEG,
            view.west - _REACH_DEG / max(math.cos(math.radians(view.north)), 0.01),
            view.north + _REACH_DEG,
            view.east + _REACH_DEG / max(math.cos(math.radians(view.north)), 0.01),
        )
        with self._lock:
            chosen = [
                (flight, tuple(flight.sightings))
                for flight in self._flights.values()
                if near.holds(flight.sightings[-1].lat, flight.sightings[-1].lng)
            ]
        found: list[Flown] = []
        for flight, sightings in chosen:
            recent = tuple(s for s in sightings if since_us <= s.at_us <= until_us)
            if any(view.holds(s.lat, s.lng) for s in recent):
                found.append(Flown(flight.id, recent, is_simulated=flight.is_simulated))
        return found

    def details(self, flight: str, at_us: int) -> dict[str, Any] | None:
        """Return what is known of a flight; None if it is unknown, or no news any more."""
        with self._lock:
            for known in self._flights.values():
                if known.id == flight and known.sightings[-1].at_us >= at_us - RECENT_US:
                    return _details_of(known)
        return None

    def _note(self, craft: Record, now: int) -> None:
        track, at = int(craft["track"]), int(craft["time"])
        if craft["marks"] & GROUND or at < now - RECENT_US:
            return
        flight = self._flights.get(track)
        if flight is None:
            operator, aircraft = self._names.get(track, ("", ""))
            simulated = bool(craft["marks"] & SYNTHETIC)
            flight = self._flights[track] = _Flight(operator, aircraft, simulated)
        if not flight.sightings or flight.sightings[-1].at_us < at:
            flight.sightings.append(_sighting_of(craft))

    def _forget(self, before: int) -> None:
        for track, flight in list(self._flights.items()):
            while flight.sightings and flight.sightings[0].at_us < before:
                flight.sightings.popleft()
            if not flight.sightings:
                del self._flights[track]

    def _work(self) -> None:
        while not self._closing.wait(_EVERY_S):
            self.follow()
            try:
                self.announce()
            except PeerFailed:
                # The discovery service does not answer: asked again in a second.
                continue


def _sighting_of(craft: Record) -> Sighting:
    above = int(craft["above"])
    return Sighting(
        at_us=int(craft["time"]),
        lat=int(craft["lat"]) / PER_DEGREE,
        lng=int(craft["lon"]) / PER_DEGREE,
        alt_m=None if above == NO_HEIGHT else above / PER_METRE,
        speed=_number(craft["speed"]),
        track=_number(craft["course"]),
        climb=_number(craft["climb"]),
    )


def _number(value: Any) -> float | None:
    number = float(value)
    return None if math.isnan(number) else number


def _details_of(flight: _Flight) -> dict[str, Any]:
    name, operator = flight.aircraft, flight.operator
    details: dict[str, Any] = {"uas_id": {"utm_id": flight.id}}
    if _SERIAL.fullmatch(name) and len(name) == 5 + int(name[4], 16):
        details["uas_id"]["serial_number"] = name
    elif _REGISTERED.fullmatch(name):
        details["uas_id"]["registration_id"] = name
    if _REGISTERED.fullmatch(operator):
        details["operator_id"] = operator
    else:
        details["operation_description"] = f"operated by {operator} 运营人"
    return details


def _tile_of(lat: float, lng: float) -> Tile:
    return math.floor(lat / _TILE_DEG), math.floor(lng / _TILE_DEG)


def _view_of(tile: Tile) -> View:
    south, west = (number * _TILE_DEG for number in tile)
    return View(south, west, south + _TILE_DEG, west + _TILE_DEG)
