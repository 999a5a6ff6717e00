"""The door of the discovery and synchronization service: `/dss/v1/…` of F3548-21."""

import re
from datetime import datetime

from starlette.responses import Response

from chengmo_airspace.flights.dss import Dss
from chengmo_airspace.flights.entity import Caller
from chengmo_airspace.flights.extent import instant_of
from chengmo_airspace.flights.message import (
    ENTITY_PATTERN,
    AreaQuery,
    PutConstraint,
    PutIntent,
    PutSubscription,
    SetAvailability,
)
from chengmo_airspace.flights.refusal import FlightRefused
from chengmo_airspace.flights.report import ErrorReport, ReportArchive
from chengmo_airspace.interfaces.door import Call, Later, Way, json_answer

PREFIX = "/dss/v1"
COORDINATION = "utm.strategic_coordination"
CONSTRAINT_MANAGEMENT = "utm.constraint_management"
CONSTRAINT_PROCESSING = "utm.constraint_processing"
CONFORMANCE = "utm.conformance_monitoring_sa"
ARBITRATION = "utm.availability_arbitration"
EVERY_SCOPE = frozenset(
    {COORDINATION, CONSTRAINT_MANAGEMENT, CONSTRAINT_PROCESSING, CONFORMANCE, ARBITRATION}
)
_INTENTS = frozenset({COORDINATION, CONFORMANCE})
_CONSTRAINT_READERS = frozenset({CONSTRAINT_MANAGEMENT, CONSTRAINT_PROCESSING})
_CONSTRAINT_WRITERS = frozenset({CONSTRAINT_MANAGEMENT})
_SUBSCRIBERS = frozenset({COORDINATION, CONSTRAINT_PROCESSING})
_ARBITERS = frozenset({ARBITRATION})
_USS_LETTERS = 200
_ENTITY = re.compile(ENTITY_PATTERN)


def caller_of(call: Call) -> Caller:
    """Return who asks, as the rules know them."""
    scopes = call.token.scopes
    return Caller(
        call.token.sub,
        coordinates=COORDINATION in scopes,
        monitors=CONFORMANCE in scopes,
        reads_constraints=CONSTRAINT_PROCESSING in scopes,
    )


def discovery_ways(dss: Dss, reports: ReportArchive) -> list[Way]:
    """Return every way of the door."""
    return [
        *_intent_ways(dss),
        *_constraint_ways(dss),
        *_subscription_ways(dss),
        *_other_ways(dss, reports),
    ]


def _intent_ways(dss: Dss) -> list[Way]:
    path = "/operational_intent_references/{entity}"

    def query(call: Call) -> Later:
        return Later(dss.query_intents(call.read(AreaQuery).area_of_interest, caller_of(call)))

    def get(call: Call) -> Later:
        return Later(dss.get_intent(entity_of(call), caller_of(call)))

    def create(call: Call) -> Later:
        asked = call.read(PutIntent)
        return Later(dss.put_intent(entity_of(call), None, asked, caller_of(call)), 201)

    def update(call: Call) -> Later:
        asked = call.read(PutIntent)
        ovn = version_of(call, "ovn")
        return Later(dss.put_intent(entity_of(call), ovn, asked, caller_of(call)))

    def delete(call: Call) -> Later:
        return Later(dss.delete_intent(entity_of(call), version_of(call, "ovn"), caller_of(call)))

    return [
        Way("POST", "/operational_intent_references/query", _INTENTS, query),
        Way("GET", path, _INTENTS, get),
        Way("PUT", path, _INTENTS, create),
        Way("PUT", f"{path}/{{ovn?}}", _INTENTS, update),
        Way("DELETE", f"{path}/{{ovn?}}", _INTENTS, delete),
    ]


def _constraint_ways(dss: Dss) -> list[Way]:
    path = "/constraint_references/{entity}"

    def query(call: Call) -> Later:
        return Later(dss.query_constraints(call.read(AreaQuery).area_of_interest, caller_of(call)))

    def get(call: Call) -> Later:
        return Later(dss.get_constraint(entity_of(call), caller_of(call)))

    def create(call: Call) -> Later:
        asked = call.read(PutConstraint)
        return Later(dss.put_constraint(entity_of(call), None, asked, caller_of(call)), 201)

    def update(call: Call) -> Later:
        asked = call.read(PutConstraint)
        ovn = version_of(call, "ovn")
        return Later(dss.put_constraint(entity_of(call), ovn, asked, caller_of(call)))

    def delete(call: Call) -> Later:
        ovn = version_of(call, "ovn")
        return Later(dss.delete_constraint(entity_of(call), ovn, caller_of(call)))

    return [
        Way("POST", "/constraint_references/query", _CONSTRAINT_READERS, query),
        Way("GET", path, _CONSTRAINT_READERS, get),
        Way("PUT", path, _CONSTRAINT_WRITERS, create),
        Way("PUT", f"{path}/{{ovn?}}", _CONSTRAINT_WRITERS, update),
        Way("DELETE", f"{path}/{{ovn?}}", _CONSTRAINT_WRITERS, delete),
    ]


def _subscription_ways(dss: Dss) -> list[Way]:
    path = "/subscriptions/{entity}"

    def query(call: Call) -> Later:
        area = call.read(AreaQuery).area_of_interest
        return Later(dss.query_subscriptions(area, caller_of(call)))

    def get(call: Call) -> Later:
        return Later(dss.get_subscription(entity_of(call), caller_of(call)))

    def create(call: Call) -> Later:
        asked = call.read(PutSubscription)
        return Later(dss.put_subscription(entity_of(call), None, asked, caller_of(call)))

    def update(call: Call) -> Later:
        asked = call.read(PutSubscription)
        version = version_of(call, "version")
        return Later(dss.put_subscription(entity_of(call), version, asked, caller_of(call)))

    def delete(call: Call) -> Later:
        version = version_of(call, "version")
        return Later(dss.delete_subscription(entity_of(call), version, caller_of(call)))

    return [
        Way("POST", "/subscriptions/query", _SUBSCRIBERS, query),
        Way("GET", path, _SUBSCRIBERS, get),
        Way("PUT", path, _SUBSCRIBERS, create),
        Way("PUT", f"{path}/{{version?}}", _SUBSCRIBERS, update),
        Way("DELETE", f"{path}/{{version?}}", _SUBSCRIBERS, delete),
    ]


def _other_ways(dss: Dss, reports: ReportArchive) -> list[Way]:
    path = "/uss_availability/{uss}"

    def get(call: Call) -> Later:
        return Later(dss.get_availability(_uss_of(call)))

    def put(call: Call) -> Later:
        return Later(dss.set_availability(_uss_of(call), call.read(SetAvailability)))

    return [
        Way("GET", path, frozenset({ARBITRATION, COORDINATION, CONFORMANCE}), get),
        Way("PUT", path, _ARBITERS, put),
        report_way(reports),
    ]


def report_way(reports: ReportArchive) -> Way:
    """Return the way in for reports of what went wrong between two servers."""

    def keep(call: Call) -> Response:
        report = call.read(ErrorReport)
        return json_answer(201, reports.keep(report, reporter=call.token.sub))

    return Way("POST", "/reports", EVERY_SCOPE, keep, is_slow=True)


def entity_of(call: Call) -> str:
    """Return the id in the path.

    Raises:
        FlightRefused: If it is no UUID, version 4.
    """
    if _ENTITY.fullmatch(call.parts["entity"]) is None:
        raise FlightRefused("the id in the path is no UUID, version 4")
    return call.parts["entity"]


def instant_of_query(call: Call, name: str) -> int:
    """Return an instant that the address names: RFC 3339 with any zone, unlike in messages.

    Raises:
        FlightRefused: If it is none, or without a zone.
    """
    # A plus that was not encoded arrives as a space.
    text = call.query.get(name, "").strip().replace(" ", "+")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise FlightRefused(f"{name} is no instant, as 2030-01-31T08:00:00Z") from error
    if moment.tzinfo is None:
        raise FlightRefused(f"{name} is an instant without a zone")
    return instant_of(moment)


def version_of(call: Call, name: str) -> str:
    """Return the OVN or version in the path.

    Raises:
        FlightRefused: If it is empty, which is no version of anything.
    """
    if not call.parts[name]:
        raise FlightRefused(f"the path ends without the {name}", hint="read the present one first")
    return call.parts[name]


def _uss_of(call: Call) -> str:
    uss = call.parts["uss"]
    if len(uss) > _USS_LETTERS:
        raise FlightRefused("the name of a USS is longer than any")
    return uss
