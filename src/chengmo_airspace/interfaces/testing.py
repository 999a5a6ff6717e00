"""Doors for automated tests of a USS, by the interfaces of InterUSS; shut unless configured.

A test director plans flights as a user would (`flight_planning` v1), asks which software runs
(`versioning`), and has an area cleared. The interfaces are those of the repository
interuss/automated_testing_interfaces (Apache-2.0).
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import Field
from starlette.responses import Response

from chengmo import __version__
from chengmo_airspace.flights.extent import extent_of
from chengmo_airspace.flights.flight import Health, Usage, Wish
from chengmo_airspace.flights.instant import now_us
from chengmo_airspace.flights.message import Message, Volume4D
from chengmo_airspace.flights.operator import Operator
from chengmo_airspace.flights.planner import Outcome, Planner
from chengmo_airspace.flights.refusal import FlightRefused
from chengmo_airspace.interfaces.discovery import entity_of, instant_of_query
from chengmo_airspace.interfaces.door import Call, Way, json_answer

PLANNING_PREFIX = "/flight_planning/v1"
VERSIONING_PREFIX = "/versioning"
DIRECTOR = frozenset({"interuss.flight_planning.direct_automated_test"})
PLAN = frozenset({"interuss.flight_planning.plan"})
VERSIONS = frozenset({"interuss.versioning.read_system_versions"})
SYSTEM = "astm.f3548.v21"
_KEPT = 10_000


class BasicInformation(Message):
    """What a user says of a flight."""

    usage_state: Usage
    uas_state: Health
    area: tuple[Volume4D, ...] | None = Field(default=None, max_length=1000)


class OfF3548(Message):
    """What is needed for F3548-21 besides."""

    priority: int | None = None


class FlightPlan(Message):
    """A flight plan."""

    basic_information: BasicInformation
    astm_f3548_21: OfF3548 | None = None


class Upsert(Message):
    """A wish of the user."""

    flight_plan: FlightPlan
    execution_style: Literal["Hypothetical", "IfAllowed", "InReality"]
    request_id: str = Field(max_length=200)


class ClearArea(Message):
    """A wish of the director."""

    request_id: str
    extent: Volume4D


class Answers:
    """What was answered to which request, so that one that comes twice is answered once."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, request: str) -> dict[str, Any] | None:
        """Return an answer that was given."""
        with self._lock:
            return self._kept.get(request)

    def put(self, request: str, answer: dict[str, Any]) -> None:
        """Keep an answer."""
        with self._lock:
            self._kept[request] = answer
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)


@dataclass(frozen=True)
class Director:
    """What a test director and its virtual users may ask."""

    planner: Planner
    operator: Operator
    answers: Answers = field(default_factory=Answers)

    def status(self, _: Call) -> Response:
        """Say that tests may begin."""
        name = "Flight Planning Automated Testing Interface"
        return json_answer(200, {"status": "Ready", "api_name": name, "api_version": "v0.5.0"})

    def upsert(self, call: Call) -> Response:
        """Plan, change, fly or close a flight."""
        asked = call.read(Upsert)
        given = self.answers.get(asked.request_id)
        if given is None:
            given = _upserted(self.planner, entity_of(call).lower(), asked)
            self.answers.put(asked.request_id, given)
        return json_answer(200, given)

    def delete(self, call: Call) -> Response:
        """Close a flight."""
        outcome = self.planner.end(entity_of(call).lower())
        if outcome is None:
            raise FlightRefused("there is no flight plan of this id", reason="unknown")
        return json_answer(200, _outcome_document(outcome))

    def clear(self, call: Call) -> Response:
        """Close every flight in an area."""
        area = extent_of([call.read(ClearArea).extent], times=False, heights=False)
        faults = self.planner.clear(area)
        outcome = {"success": not faults, "message": "; ".join(faults) or "cleared"}
        return json_answer(200, {"outcome": outcome})

    def notifications(self, call: Call) -> Response:
        """Say what the users were told."""
        after = instant_of_query(call, "after")
        before = instant_of_query(call, "before") if "before" in call.query else now_us()
        return json_answer(200, {"user_notifications": self.operator.notices(after, before)})


def planning_ways(director: Director) -> list[Way]:
    """Return the ways of flight planning."""
    path = "/flight_plans/{entity}"
    return [
        Way("GET", "/status", DIRECTOR, director.status),
        Way("POST", "/clear_area_requests", DIRECTOR, director.clear, is_slow=True),
        Way("PUT", path, PLAN, director.upsert, is_slow=True),
        # The definition names the director, the open test suite comes as the user.
        Way("DELETE", path, DIRECTOR | PLAN, director.delete, is_slow=True),
        Way("GET", "/user_notifications", PLAN, director.notifications),
    ]


def versioning_ways() -> list[Way]:
    """Return the way of versioning."""

    def version(call: Call) -> Response:
        system = call.parts["system"]
        if system != SYSTEM:
            raise FlightRefused("no such system is known here", reason="unknown")
        return json_answer(200, {"system_identity": system, "system_version": f"v{__version__}"})

    return [Way("GET", "/versions/{system}", VERSIONS, version)]


def _upserted(planner: Planner, flight: str, asked: Upsert) -> dict[str, Any]:
    if asked.execution_style == "Hypothetical":
        stands = planner.status(flight)
        return {
            "planning_result": "NotSupported",
            "flight_plan_status": stands,
            "notes": "what might be is not answered",
        }
    basic = asked.flight_plan.basic_information
    more = asked.flight_plan.astm_f3548_21
    wish = Wish(
        basic.usage_state,
        basic.uas_state,
        basic.area or (),
        (more.priority or 0) if more is not None else 0,
    )
    return _outcome_document(planner.plan(flight, wish))


def _outcome_document(outcome: Outcome) -> dict[str, Any]:
    document = {
        "planning_result": outcome.result,
        "flight_plan_status": outcome.status,
        "includes_advisories": (
            "AtLeastOneAdvisoryOrCondition" if outcome.advisories else "NoAdvisoriesOrConditions"
        ),
    }
    return document | ({"notes": outcome.notes} if outcome.notes else {})
