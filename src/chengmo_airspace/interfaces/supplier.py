"""The door of a USS to other USSs: `/uss/v1/…` of F3548-21."""

from dataclasses import dataclass

from starlette.responses import Response

from chengmo_airspace.flights.closures import ConstraintNotice
from chengmo_airspace.flights.flight import Flight, IntentNotice
from chengmo_airspace.flights.operator import Operator
from chengmo_airspace.flights.planner import Planner
from chengmo_airspace.flights.refusal import FlightRefused
from chengmo_airspace.flights.report import ReportArchive
from chengmo_airspace.interfaces.discovery import (
    CONFORMANCE,
    CONSTRAINT_MANAGEMENT,
    CONSTRAINT_PROCESSING,
    COORDINATION,
    entity_of,
    report_way,
)
from chengmo_airspace.interfaces.door import Call, Way, json_answer

PREFIX = "/uss/v1"
_OFF_NOMINAL = frozenset({"Nonconforming", "Contingent"})


@dataclass(frozen=True)
class Supplier:
    """What other USSs may ask of this one and tell it."""

    planner: Planner
    operator: Operator

    def details(self, call: Call) -> Response:
        """Tell an intent with its details."""
        return json_answer(200, {"operational_intent": self._flight(call).document()})

    def telemetry(self, call: Call) -> Response:
        """Tell where an aircraft is that is off its plan."""
        flight = self._flight(call)
        if flight.state not in _OFF_NOMINAL:
            raise FlightRefused(
                "telemetry is told of Nonconforming and Contingent intents alone", reason="state"
            )
        seen = self.operator.telemetry(flight.id)
        if seen is None:
            raise FlightRefused("there is no telemetry", reason="down")
        return json_answer(200, {"operational_intent_id": flight.intent, "telemetry": seen})

    def hear(self, call: Call) -> Response:
        """Take note of a change of another's intent."""
        told = call.read(IntentNotice)
        intent, known = told.operational_intent_id.lower(), told.operational_intent
        if known is not None and (
            known.reference.id.lower() != intent or known.reference.ovn is None
        ):
            raise FlightRefused("the reference is of another intent, or without OVN")
        self.planner.surroundings.neighbours.remember(intent, known, sender=call.token.sub)
        if known is not None:
            self.operator.notice(self.planner.conflicts_with(known))
        return Response(status_code=204)

    def hear_constraint(self, call: Call) -> Response:
        """Take note of a change of another's constraint, if constraints are processed here."""
        told = call.read(ConstraintNotice)
        closures = self.planner.surroundings.closures
        if closures is not None:
            known = told.constraint
            closures.remember(told.constraint_id.lower(), known, sender=call.token.sub)
            if known is not None and self.planner.is_closed_by(known):
                self.operator.notice_constraint()
        return Response(status_code=204)

    def _flight(self, call: Call) -> Flight:
        flight = self.planner.store.of_intent(entity_of(call).lower())
        if flight is None:
            raise FlightRefused("there is no operational intent of this id", reason="unknown")
        return flight


def supplier_ways(supplier: Supplier, reports: ReportArchive) -> list[Way]:
    """Return every way of the door."""
    path, coordination = "/operational_intents/{entity}", frozenset({COORDINATION})
    return [
        Way("GET", path, coordination, supplier.details, is_slow=True),
        Way("GET", f"{path}/telemetry", frozenset({CONFORMANCE}), supplier.telemetry, is_slow=True),
        Way("POST", "/operational_intents", coordination, supplier.hear, is_slow=True),
        Way("GET", "/constraints/{entity}", frozenset({CONSTRAINT_PROCESSING}), _no_constraint),
        Way(
            "POST",
            "/constraints",
            frozenset({CONSTRAINT_MANAGEMENT}),
            supplier.hear_constraint,
            is_slow=True,
        ),
        report_way(reports),
    ]


def _no_constraint(call: Call) -> Response:
    # This USS manages none.
    entity_of(call)
    raise FlightRefused("there is no constraint of this id", reason="unknown")
