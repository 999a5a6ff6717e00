"""The flights of one USS: planned, flown, changed and ended with the consent of all others.

Whoever is off its plan is not asked for consent, but everybody is told. Of every conflict the
operator is told.
"""

import json
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from chengmo_airspace.flights.answer import new_id
from chengmo_airspace.flights.closures import PROCESSING, KnownConstraint
from chengmo_airspace.flights.extent import Extent, extent_of
from chengmo_airspace.flights.flight import (
    ChangedIntent,
    Flight,
    KnownIntent,
    Reference,
    Subscriber,
    Wish,
    share_place,
    volumes_document,
)
from chengmo_airspace.flights.flight_store import FlightStore
from chengmo_airspace.flights.instant import SECOND_US, Clock, now_us
from chengmo_airspace.flights.message import IntentState
from chengmo_airspace.flights.neighbours import COORDINATION, Rejected, told
from chengmo_airspace.flights.notifier import Notifier
from chengmo_airspace.flights.peer import PeerFailed, Peers
from chengmo_airspace.flights.refusal import FlightRefused
from chengmo_airspace.flights.surroundings import Reading, Surroundings, meets

CONFORMANCE = "utm.conformance_monitoring_sa"
# OiMaxPlanHorizon and OiMaxVertices of F3548-21.
FURTHEST_US = 30 * 24 * 3600 * SECOND_US
MOST_CORNERS = 10_000
_ATTEMPTS = 6
Status = Literal["NotPlanned", "Planned", "OkToFly", "OffNominal", "Closed"]
_STATUS: dict[IntentState, Status] = {
    "Accepted": "Planned",
    "Activated": "OkToFly",
    "Nonconforming": "OffNominal",
    "Contingent": "OffNominal",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a wish.

    Attributes:
        result: `Completed`; `Rejected` the rules forbid it; `Failed` somebody did not answer.
        status: How the flight stands now.
        notes: Why, for people.
        advisories: How many constraints the operator was told of with it.
    """

    result: Literal["Completed", "Rejected", "Failed"]
    status: Status
    notes: str = ""
    advisories: int = 0


class Planner:
    """Manages the flights of one USS."""

    def __init__(
        self,
        store: FlightStore,
        peers: Peers,
        notifier: Notifier,
        surroundings: Surroundings,
        *,
        base_url: str,
        clock: Clock = now_us,
    ) -> None:
        self.store = store
        self.surroundings = surroundings
        self.operator = surroundings.operator
        self.base_url = base_url
        self._peers = peers
        self._notifier = notifier
        self._clock = clock
        self._turns: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def plan(self, flight: str, wish: Wish) -> Outcome:
        """Make a flight, or change one, as its operator wishes."""
        with self._turn(flight):
            self._recover(flight)
            stands = self.store.flight(flight)
            if wish.usage == "Closed":
                return self._end(stands)
            try:
                self._check_wish(stands, wish)
                accepted, advisories = self._pursue(flight, stands, wish)
                return Outcome("Completed", _STATUS[accepted.state], advisories=advisories)
            except (Rejected, FlightRefused) as rejected:
                return self._not_done(flight, "Rejected", str(rejected))
            except PeerFailed as failed:
                return self._not_done(flight, "Failed", str(failed))

    def status(self, flight: str) -> Status:
        """Return how a flight stands."""
        stands = self.store.flight(flight)
        return "NotPlanned" if stands is None else _STATUS[stands.state]

    def end(self, flight: str) -> Outcome | None:
        """End a flight; None if there is none."""
        with self._turn(flight):
            self._recover(flight)
            stands = self.store.flight(flight)
            return None if stands is None else self._end(stands)

    def clear(self, area: Extent) -> list[str]:
        """End every flight in an area; return what went wrong, by flight."""
        faults: list[str] = []
        for flight in self.store.flights():
            if share_place(extent_of(flight.extents).volumes, area.volumes):
                outcome = self.end(flight.id)
                if outcome is not None and outcome.result != "Completed":
                    faults.append(f"{flight.id}: {outcome.notes}")
        return faults

    def recover_all(self) -> None:
        """Settle every change that was pending when the process last ended, where that is known."""
        for stood, wanted in self.store.pending():
            flight = wanted or stood
            if flight is not None:
                with self._turn(flight.id):
                    self._recover(flight.id)

    def conflicts_with(self, known: KnownIntent) -> int:
        """Return how many of our flights an intent of another meets."""
        return sum(meets(flight, known) for flight in self.store.flights())

    def is_closed_by(self, known: KnownConstraint) -> bool:
        """Tell whether a constraint of another meets one of our flights."""
        return any(known.meets(flight) for flight in self.store.flights())

    def _turn(self, flight: str) -> threading.Lock:
        with self._lock:
            return self._turns.setdefault(flight, threading.Lock())

    def _check_wish(self, stands: Flight | None, wish: Wish) -> None:
        if not wish.area:
            raise Rejected("the flight has no area")
        extent = extent_of(wish.area)
        now = self._clock()
        if extent.end_us < now:
            raise Rejected("the flight ends in the past")
        if extent.start_us > now + FURTHEST_US:
            raise Rejected("the flight begins more than 30 days from now")
        if sum(len(volume.ring) for volume in extent.volumes) > MOST_CORNERS:
            raise Rejected(f"the outlines have more than {MOST_CORNERS} corners")
        if wish.state == "Activated" and extent.start_us > now:
            raise Rejected("a flight cannot be in use before it begins")
        _check_step(stands, wish)

    def _pursue(self, flight: str, stands: Flight | None, wish: Wish) -> tuple[Flight, int]:
        if stands is not None:
            return self._submit(stands.changed(wish), stands)
        made = Flight(flight, new_id(), "Accepted", wish.area, (), wish.priority)
        accepted, advisories = self._submit(made, None)
        # An intent begins as Accepted; who flies already goes on at once.
        if wish.state == "Accepted":
            return accepted, advisories
        return self._submit(accepted.changed(wish), accepted)

    def _submit(self, flight: Flight, stands: Flight | None) -> tuple[Flight, int]:
        self.store.begin(flight)
        is_nominal = flight.state in {"Accepted", "Activated"}
        for _ in range(_ATTEMPTS):
            read = self.surroundings.read(flight, stands) if is_nominal else Reading()
            try:
                answer = self._put(flight, stands, read.key)
            except PeerFailed as failed:
                if failed.status == 409:  # noqa: PLR2004 - somebody was quicker: look again
                    continue
                raise
            accepted = _with(flight, answer.operational_intent_reference)
            self.store.settle(accepted, self._notices(accepted, answer.subscribers))
            self._notifier.wake()
            self.operator.notice(read.conflicts)
            return accepted, read.advisories
        raise PeerFailed("the airspace changes faster than it can be read")

    def _put(self, flight: Flight, stands: Flight | None, key: Sequence[str]) -> ChangedIntent:
        path = f"/operational_intent_references/{flight.intent}"
        if stands is not None and stands.reference is not None:
            path += f"/{stands.reference['ovn']}"
        body = {
            "extents": volumes_document(flight.extents),
            "key": list(key),
            "state": flight.state,
            "uss_base_url": self.base_url,
            "new_subscription": {
                "uss_base_url": self.base_url,
                "notify_for_constraints": self.surroundings.closures is not None,
            },
        }
        scope = COORDINATION if flight.state in {"Accepted", "Activated"} else CONFORMANCE
        if self.surroundings.closures is not None:
            scope = f"{scope} {PROCESSING}"
        return told(ChangedIntent, self._peers.ask_discovery("PUT", path, body, scope=scope))

    def _end(self, stands: Flight | None) -> Outcome:
        if stands is None or stands.reference is None:
            return Outcome("Completed", "Closed", "there was no flight")
        self.store.begin(stands, ending=True)
        path = f"/operational_intent_references/{stands.intent}/{stands.reference['ovn']}"
        try:
            answer = told(
                ChangedIntent, self._peers.ask_discovery("DELETE", path, None, scope=COORDINATION)
            )
        except PeerFailed as failed:
            if failed.status != 404:  # noqa: PLR2004 - gone already is ended, too
                return self._not_done(stands.id, "Failed", str(failed))
            self.store.end(stands.id)
            return Outcome("Completed", "Closed")
        self.store.end(stands.id, self._notices(stands, answer.subscribers, ended=True))
        self._notifier.wake()
        return Outcome("Completed", "Closed")

    def _not_done(self, flight: str, result: Literal["Rejected", "Failed"], notes: str) -> Outcome:
        if result == "Rejected":
            self.store.give_up(flight)
        else:
            # The answer may have been lost on the way: ask what holds.
            self._recover(flight)
        return Outcome(result, self.status(flight), notes)

    def _recover(self, flight: str) -> None:
        """Ask the discovery service what became of a change that was never settled.

        If it does not answer, what stood stands, and it is asked again when the flight is touched.
        """
        for stood, wanted in self.store.pending(flight):
            sought = wanted or stood
            if sought is None:  # pragma: no cover - an end of what never stood is not written
                continue
            version = 0 if stood is None or not stood.reference else stood.reference["version"]
            try:
                found = self._at_discovery(sought.intent)
            except PeerFailed:
                return
            if found is None:
                self.store.end(flight)
            elif wanted is not None and found.version > version:
                self.store.settle(_with(wanted, found))
            else:
                self.store.give_up(flight)

    def _at_discovery(self, intent: str) -> Reference | None:
        path = f"/operational_intent_references/{intent}"
        try:
            answer = self._peers.ask_discovery("GET", path, None, scope=COORDINATION)
        except PeerFailed as failed:
            if failed.status == 404:  # noqa: PLR2004 - HTTP
                return None
            raise
        return told(Reference, answer.get("operational_intent_reference"))

    def _notices(
        self, flight: Flight, subscribers: Iterable[Subscriber], *, ended: bool = False
    ) -> list[tuple[str, str]]:
        made: list[tuple[str, str]] = []
        for subscriber in subscribers:
            if subscriber.uss_base_url == self.base_url:
                continue
            body: dict[str, Any] = {
                "operational_intent_id": flight.intent,
                "subscriptions": [s.model_dump(mode="json") for s in subscriber.subscriptions],
            }
            if not ended:
                body["operational_intent"] = flight.document()
            made.append((subscriber.uss_base_url, json.dumps(body)))
        return made


def _check_step(stands: Flight | None, wish: Wish) -> None:
    if stands is None:
        if wish.state not in {"Accepted", "Activated"}:
            raise Rejected("there is no flight that could be off its plan")
    elif stands.state != "Accepted" and wish.state == "Accepted":
        raise Rejected("a flight in use cannot be planned again")
    elif stands.state == "Contingent" and wish.state != "Contingent":
        raise Rejected("a contingent flight can only end")


def _with(flight: Flight, reference: Reference) -> Flight:
    return replace(flight, reference=reference.model_dump(mode="json", exclude_none=True))
