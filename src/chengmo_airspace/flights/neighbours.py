"""The operational intents of others round a flight: found, read, remembered."""

import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from chengmo_airspace.flights.extent import extent_of
from chengmo_airspace.flights.flight import (
    Flight,
    KnownIntent,
    Reference,
    extent_of_known,
    volumes_document,
)
from chengmo_airspace.flights.flight_store import FlightStore
from chengmo_airspace.flights.message import Volume4D, read_volume
from chengmo_airspace.flights.peer import PeerFailed, Peers
from chengmo_airspace.flights.refusal import FlightRefused
from chengmo_airspace.volume.lattice import PER_DEGREE

COORDINATION = "utm.strategic_coordination"
_KEPT = 10_000
# What is looked at round a flight, as a share of its own width and height, and at least so much.
_MARGIN = 0.05
_LEAST_MARGIN_DEG = 0.0005


class Rejected(Exception):
    """A wish that the rules forbid; the planner makes an outcome of it."""


class Neighbours:
    """Whom one USS flies among. Threads may share it."""

    def __init__(self, store: FlightStore, peers: Peers) -> None:
        self._store = store
        self._peers = peers
        self._known: OrderedDict[str, KnownIntent] = OrderedDict()
        self._lock = threading.Lock()

    def around(self, flight: Flight) -> list[KnownIntent]:
        """Return the intents in and round the area of a flight with their details, ours included.

        Raises:
            Rejected: If one that the flight meets cannot be read and goes before everybody.
            PeerFailed: If somebody does not answer who should.
        """
        found = self._references(near_volumes(flight))
        found.pop(flight.intent, None)
        read = [self._details(reference, flight) for reference in found.values()]
        return [known for known in read if known is not None]

    def remember(self, intent: str, known: KnownIntent | None, *, sender: str) -> None:
        """Take note of what another USS tells of its intent; None: it has ended.

        Raises:
            FlightRefused: If it is not theirs, cannot be, or is older than what is known.
        """
        if known is not None:
            extent_of_known(known)
        with self._lock:
            before = self._known.get(intent)
            manager = sender if known is None else known.reference.manager
            if manager != sender or (before and before.reference.manager != sender):
                raise FlightRefused(
                    "this operational intent is managed by another", reason="foreign"
                )
            if known is None:
                self._known.pop(intent, None)
                return
            if before is not None and not _is_newer(known, before):
                raise FlightRefused(
                    "a newer version, or another of the same number, was told before",
                    reason="stale",
                )
            self._keep(intent, known)

    def _references(self, volumes: Sequence[Volume4D]) -> dict[str, Reference]:
        found: dict[str, Reference] = {}
        for volume in volumes_document(volumes):
            answer = self._peers.ask_discovery(
                "POST",
                "/operational_intent_references/query",
                {"area_of_interest": volume},
                scope=COORDINATION,
            )
            for each in answer.get("operational_intent_references", ()):
                reference = told(Reference, each)
                found[reference.id] = reference
        return found

    def _details(self, reference: Reference, flight: Flight) -> KnownIntent | None:
        own = self._store.of_intent(reference.id)
        if own is not None:
            return told(KnownIntent, own.document())
        with self._lock:
            known = self._known.get(reference.id)
        if known is not None and known.reference.version == reference.version:
            return known
        try:
            answer = self._peers.ask_uss(
                reference.uss_base_url, f"/operational_intents/{reference.id}", scope=COORDINATION
            )
            known = _possible(told(KnownIntent, answer.get("operational_intent")))
        except PeerFailed:
            if reference.uss_availability != "Down":
                raise
            if reference.state == "Accepted" or reference.id not in self._references(
                flight.extents
            ):
                return None
            # Whoever flies and cannot be asked goes before everybody.
            raise Rejected(f"operational intent {reference.id} cannot be read") from None
        if known.reference.id != reference.id or known.reference.ovn is None:
            raise PeerFailed(f"{reference.manager} tells of another operational intent")
        with self._lock:
            self._keep(reference.id, known)
        return known

    def _keep(self, intent: str, known: KnownIntent) -> None:
        self._known[intent] = known
        self._known.move_to_end(intent)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)


def near_volumes(flight: Flight) -> list[Volume4D]:
    """Return where to look for what a flight is among: somewhat more than its own volumes."""
    return [_near(volume) or volume for volume in flight.extents]


def _near(volume: Volume4D) -> Volume4D | None:
    """Return the bounds of a volume and somewhat more; None if that is more than may be asked.

    A flight that passes by is to be known, too: F3548-21 calls it relevant before anybody can tell
    that the two outlines do not meet.
    """
    box = extent_of([volume]).volumes[0].box
    degrees = [side / PER_DEGREE for side in (box.west, box.east, box.south, box.north)]
    west, east, south, north = degrees
    aside = max((east - west) * _MARGIN, _LEAST_MARGIN_DEG)
    along = max((north - south) * _MARGIN, _LEAST_MARGIN_DEG)
    corners = [
        (lat, (lng + 180) % 360 - 180)
        for lat, lng in (
            (south - along, west - aside),
            (south - along, east + aside),
            (north + along, east + aside),
            (north + along, west - aside),
        )
    ]
    shape = volume.volume.model_dump(exclude={"outline_circle", "outline_polygon"})
    shape["outline_polygon"] = {"vertices": [{"lat": a, "lng": b} for a, b in corners]}
    try:
        near = read_volume(volume.model_dump(exclude={"volume"}) | {"volume": shape})
        extent_of([near])
    except (FlightRefused, ValidationError):
        return None
    return near


def _possible(known: KnownIntent) -> KnownIntent:
    try:
        extent_of_known(known)
    except FlightRefused as refused:
        raise PeerFailed(f"{known.reference.manager} tells what cannot be: {refused}") from refused
    return known


def _is_newer(known: KnownIntent, before: KnownIntent) -> bool:
    if known.reference.version == before.reference.version:
        return known == before
    return known.reference.version > before.reference.version


def told(sort: Any, document: Any) -> Any:
    """Return a message that somebody sent, or say that it is none."""
    try:
        return sort.model_validate_json(json.dumps(document))
    except ValidationError as error:
        raise PeerFailed("an answer is not as F3548-21 says") from error
