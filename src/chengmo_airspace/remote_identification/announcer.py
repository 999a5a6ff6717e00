"""Announces where this USS provides remote identification, and tells those who want to know.

An area is rounded outwards to hundredths of a degree, so that it says neither where a flight
begins nor which way it goes.
"""

import json
import math
import threading
from collections.abc import Sequence
from typing import Any

from chengmo_airspace.flights.instant import Clock, now_us, time_document
from chengmo_airspace.flights.neighbours import told
from chengmo_airspace.flights.peer import PeerFailed
from chengmo_airspace.remote_identification.contacts import Contacts
from chengmo_airspace.remote_identification.limits import RECENT_US
from chengmo_airspace.remote_identification.message import ChangedArea
from chengmo_airspace.remote_identification.sighting import Sighting
from chengmo_airspace.remote_identification.view import View

SCOPE = "rid.service_provider"
_STEP_DEG = 0.01
_LOWEST_M, _HIGHEST_M = -1000, 20_000


class Announcer:
    """The service areas of one USS. Threads may share it."""

    def __init__(self, contacts: Contacts, *, base_url: str, clock: Clock = now_us) -> None:
        self.base_url = base_url
        self._contacts = contacts
        self._clock = clock
        self._known: dict[str, tuple[str, dict[str, Any]]] = {}
        self._lock = threading.Lock()

    def announce(self, area: str, where: View, until_us: int) -> None:
        """Make a service area from now until the last position told is no news any more.

        Raises:
            PeerFailed: If the discovery service does not take it.
        """
        extents = _extents(where, self._clock(), until_us + RECENT_US)
        body = {"extents": extents, "uss_base_url": self.base_url}
        path = f"/identification_service_areas/{area}"
        with self._lock:
            known = self._known.get(area)
        path += f"/{known[0]}" if known else ""
        changed = self._asked("PUT", path, body)
        with self._lock:
            self._known[area] = changed.service_area.version, extents
        self._tell(area, changed, extents)

    def withdraw(self, area: str) -> None:
        """End a service area, if this USS made it.

        Raises:
            PeerFailed: If the discovery service does not answer.
        """
        with self._lock:
            known = self._known.get(area)
        if known is None:
            return
        try:
            path = f"/identification_service_areas/{area}/{known[0]}"
            self._tell(area, self._asked("DELETE", path, None), None)
        except PeerFailed as failed:
            if failed.status != 404:  # noqa: PLR2004 - gone already is ended, too
                raise
        with self._lock:
            self._known.pop(area, None)

    def extents(self, area: str) -> dict[str, Any] | None:
        """Return where and when a service area of this USS is."""
        with self._lock:
            known = self._known.get(area)
        return None if known is None else known[1]

    def _asked(self, method: str, path: str, body: Any) -> ChangedArea:
        return told(ChangedArea, self._contacts.ask_register(method, path, body, scope=SCOPE))

    def _tell(self, area: str, changed: ChangedArea, extents: dict[str, Any] | None) -> None:
        document: dict[str, Any] = {}
        if extents is not None:
            document["service_area"] = changed.service_area.model_dump(mode="json")
            document["extents"] = extents
        for subscriber in changed.subscribers:
            states = [state.model_dump(mode="json") for state in subscriber.subscriptions]
            body = json.dumps(document | {"subscriptions": states})
            path = f"/uss/identification_service_areas/{area}"
            try:
                self._contacts.tell_display(subscriber.url, path, body, scope=SCOPE)
            except PeerFailed:
                # Whoever looks next asks the discovery service anyway; nothing of a flight is lost.
                continue


def around(sightings: Sequence[Sighting]) -> View:
    """Return a box that holds sightings and says little of where in it they are."""
    lats, lngs = [s.lat for s in sightings], [s.lng for s in sightings]
    return View(
        max(-90.0, (math.floor(min(lats) / _STEP_DEG) - 1) * _STEP_DEG),
        max(-180.0, (math.floor(min(lngs) / _STEP_DEG) - 1) * _STEP_DEG),
        min(90.0, (math.ceil(max(lats) / _STEP_DEG) + 1) * _STEP_DEG),
        min(180.0, (math.ceil(max(lngs) / _STEP_DEG) + 1) * _STEP_DEG),
    )


def _extents(where: View, start_us: int, end_us: int) -> dict[str, Any]:
    corners = [
        (where.south, where.west),
        (where.south, where.east),
        (where.north, where.east),
        (where.north, where.west),
    ]
    return {
        "volume": {
            "outline_polygon": {"vertices": [{"lat": a, "lng": b} for a, b in corners]},
            "altitude_lower": {"value": _LOWEST_M, "reference": "W84", "units": "M"},
            "altitude_upper": {"value": _HIGHEST_M, "reference": "W84", "units": "M"},
        },
        "time_start": time_document(start_us),
        "time_end": time_document(end_us),
    }
