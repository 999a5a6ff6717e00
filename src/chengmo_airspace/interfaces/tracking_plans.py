"""What aircraft are held to, and what the flights learn of aircraft that leave it.

The intents are those of the discovery service here, or the flights of the USS here, whose volumes
are the nominal ones. A flight of this USS whose aircraft deviates is made Nonconforming or
Contingent, with a volume around the aircraft, and Activated again when it conforms: so the other
USSs learn of it (F3548-21).
"""

import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from math import isnan

from chengmo import ChengmoError
from chengmo_airspace.flights.airspace import Airspace
from chengmo_airspace.flights.extent import extent_of
from chengmo_airspace.flights.flight import Flight, Wish
from chengmo_airspace.flights.flight_store import FlightStore, read_flight
from chengmo_airspace.flights.instant import time_document
from chengmo_airspace.flights.message import Volume4D, read_volume
from chengmo_airspace.flights.operator import Operator
from chengmo_airspace.flights.planner import Planner
from chengmo_airspace.flights.store import AirspaceStore
from chengmo_airspace.tracking import Alert, DataCentre, Plan
from chengmo_airspace.tracking.batch import NO_HEIGHT
from chengmo_airspace.tracking.limits import SECOND_US
from chengmo_airspace.tracking.monitor import Monitor
from chengmo_airspace.tracking.record import Record
from chengmo_airspace.volume.lattice import PER_DEGREE, PER_METRE

_TOLD = frozenset({"nonconforming", "contingent", "conforming"})
# How far and for how long an aircraft off its plan may go before it is told anew.
_REACH_M, _RISE_M, _WHILE_S = 1000.0, 100.0, 300
_RELAY_S = 1.0
_FLYING = frozenset({"Activated", "Nonconforming", "Contingent"})
Source = Callable[[], Iterable[Plan]]


def plans_of_discovery(store: AirspaceStore) -> Source:
    """Return what gives the intents of the discovery service; their managers report."""

    def listed(airspace: Airspace) -> list[Plan]:
        return [
            Plan(intent.id, intent.manager, intent.version, intent.state, intent.extent.volumes)
            for intent in airspace.intents
        ]

    return lambda: store.ask(listed).result()


def plans_of_supplier(store: FlightStore, uss: str) -> Source:
    """Return what gives the flights of the USS `uss`, each read only when it has changed."""
    known: dict[str, tuple[str, Plan]] = {}

    def listed() -> list[Plan]:
        standing = store.standing()
        for flight, intent, text in standing:
            if intent not in known or known[intent][0] != text:
                known[intent] = text, _plan(read_flight(flight, intent, text), uss)
        for gone in known.keys() - {intent for _, intent, _ in standing}:
            del known[gone]
        return [plan for _, plan in known.values()]

    return listed


def _plan(flight: Flight, uss: str) -> Plan:
    version = flight.reference["version"] if flight.reference else 0
    volumes = extent_of(flight.volumes).volumes if flight.volumes else ()
    return Plan(flight.intent, uss, version, flight.state, volumes)


class OffNominal:
    """Tells the flights of this USS what becomes of their aircraft, in a thread of its own."""

    def __init__(self, centre: DataCentre, planner: Planner, operator: Operator, uss: str) -> None:
        self._centre, self._planner, self._operator = centre, planner, operator
        self._uss = uss
        self._jobs: queue.SimpleQueue[Alert | None] = queue.SimpleQueue()
        self._off: set[str] = set()
        self._end = centre.listen(self._hear)
        self._thread = threading.Thread(target=self._work, name="tracking-flights", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Tell no more."""
        self._end()
        self._jobs.put(None)
        self._thread.join()

    def _hear(self, alerts: Sequence[Alert]) -> None:
        for alert in alerts:
            if alert.kind in _TOLD and alert.operator == self._uss:
                self._jobs.put(alert)

    def _work(self) -> None:
        while True:
            try:
                alert = self._jobs.get(timeout=_RELAY_S)
            except queue.Empty:
                self._relay()
                continue
            if alert is None:
                return
            try:
                self._tell(alert)
            except ChengmoError:
                # The database does not answer; the alert itself is kept in the log of the centre.
                continue

    def _tell(self, alert: Alert) -> None:
        flight = self._planner.store.of_intent(alert.intent)
        if flight is None or flight.state not in _FLYING:
            return
        if alert.kind == "conforming":
            self._off.discard(flight.intent)
            if flight.state == "Nonconforming":
                wish = Wish("InUse", "Nominal", flight.volumes, flight.priority)
                self._planner.plan(flight.id, wish)
            return
        self._off.add(flight.intent)
        self._relay()
        health = "OffNominal" if alert.kind == "nonconforming" else "Contingent"
        if flight.state != "Contingent":
            self._planner.plan(flight.id, Wish("InUse", health, (area_of(alert),), flight.priority))

    def _relay(self) -> None:
        """Let other USSs ask where the aircraft off their plans are (`VehicleTelemetry`)."""
        for intent, telemetry in self._centre.look(self._seen):
            flight = self._planner.store.of_intent(intent)
            if flight is not None:
                self._operator.report(flight.id, telemetry)

    def _seen(self, monitor: Monitor) -> list[tuple[str, dict[str, object]]]:
        numbers = [monitor.names.find("intent", intent) for intent in self._off]
        crafts = monitor.live.living()
        chosen = [craft for craft in crafts if int(craft["intent"]) in numbers]
        return [(monitor.names_of(craft)[2], telemetry_of(craft)) for craft in chosen]


def area_of(alert: Alert) -> Volume4D:
    """Return where an aircraft off its plan may be for a while: around where it was last."""
    above = alert.above_m if alert.above_m is not None else 0.0
    low, high = (-1000.0, 3000.0) if alert.above_m is None else (above - _RISE_M, above + _RISE_M)

    def altitude(metres: float) -> dict[str, object]:
        return {"value": metres, "reference": "W84", "units": "M"}

    return read_volume(
        {
            "volume": {
                "outline_circle": {
                    "center": {"lat": alert.latitude, "lng": alert.longitude},
                    "radius": {"value": _REACH_M, "units": "M"},
                },
                "altitude_lower": altitude(low),
                "altitude_upper": altitude(high),
            },
            "time_start": time_document(alert.at_us),
            "time_end": time_document(alert.at_us + _WHILE_S * SECOND_US),
        }
    )


def telemetry_of(craft: Record) -> dict[str, object]:
    """Return the last message of an aircraft as `VehicleTelemetry` of F3548-21."""
    position: dict[str, object] = {
        "longitude": int(craft["lon"]) / PER_DEGREE,
        "latitude": int(craft["lat"]) / PER_DEGREE,
        "extrapolated": False,
    }
    if craft["above"] != NO_HEIGHT:
        above = int(craft["above"]) / PER_METRE
        position["altitude"] = {"value": above, "reference": "W84", "units": "M"}
    told: dict[str, object] = {
        "time_measured": time_document(int(craft["time"])),
        "position": position,
    }
    if not (isnan(craft["speed"]) or isnan(craft["course"])):
        told["velocity"] = {
            "speed": float(craft["speed"]),
            "units_speed": "MetersPerSecond",
            "track": float(craft["course"]) % 360,
        }
    return told
