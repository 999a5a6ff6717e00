"""Runs scenarios of `interuss-monitoring` with its own code; by an interpreter that has it.

The package on PyPI holds the scenarios' code without their Markdown, from which the suite takes the
names of cases, steps and checks and how grave each is. So here every name that the code uses counts
as documented, and every failed check as a failure. Everything else is theirs.
"""

import importlib
import inspect
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml
from flights import COLLECTIONS
from implicitdict import ImplicitDict
from loguru import logger
from monitoring.monitorlib import schema_validation
from monitoring.monitorlib.temporal import TestTimeContext, Time, TimeDuringTest
from monitoring.uss_qualifier.resources import communications, flight_planning
from monitoring.uss_qualifier.resources.astm.f3411 import dss as f3411
from monitoring.uss_qualifier.resources.astm.f3548.v21 import dss as f3548
from monitoring.uss_qualifier.resources.communications import auth_adapter, client_identity
from monitoring.uss_qualifier.resources.flight_planning import flight_planners
from monitoring.uss_qualifier.resources.flight_planning.flight_intent import (
    FlightIntentsSpecification,
)
from monitoring.uss_qualifier.resources.interuss import id_generator
from monitoring.uss_qualifier.resources.interuss.mock_uss import client as mock_client
from monitoring.uss_qualifier.resources.netrid import service_area
from monitoring.uss_qualifier.resources.planning_area import (
    PlanningAreaResource,
    PlanningAreaSpecification,
)
from monitoring.uss_qualifier.resources.volume import VolumeResource, VolumeSpecification
from monitoring.uss_qualifier.scenarios import scenario as scenarios
from monitoring.uss_qualifier.scenarios.definitions import TestScenarioDeclaration
from monitoring.uss_qualifier.scenarios.documentation.definitions import (
    TestCaseDocumentation,
    TestScenarioDocumentation,
    TestStepDocumentation,
)
from monitoring.uss_qualifier.suites.suite import ExecutionContext

BENCH = Path(os.environ.get("CHENGMO_BENCH", Path(__file__).parents[3] / "shared" / "bench"))
STANDARD = BENCH / "16_lowalt" / "interfaces" / "astm_f3548_21_utm.yaml"
UTM, RID = "scenarios.astm.utm", "scenarios.astm.netrid.v22a"
SCOPES = [
    "utm.strategic_coordination", "utm.constraint_management", "utm.constraint_processing",
    "utm.conformance_monitoring_sa", "utm.availability_arbitration",
    "interuss.flight_planning.plan", "interuss.flight_planning.direct_automated_test",
    "interuss.mock_uss.configure", "rid.service_provider", "rid.display_provider", "",
]  # fmt: skip
DISCOVERY = (
    "authentication.authentication_validation.AuthenticationValidation", "SubscriptionSimple",
    "SubscriptionValidation", "SubscriptionInteractions", "SubscriptionInteractionsDeletion",
    "OpIntentReferenceAccessControl", "OpIntentReferenceStateTransitions", "OIRSimple",
    "OIRKeyValidation", "OIRExplicitSubHandling", "OIRImplicitSubHandling", "CRSimple",
    "UssAvailabilityMutation", "synchronization.OIRSynchronization",
    "synchronization.CRSynchronization", "synchronization.SubscriptionSynchronization",
    "synchronization.USSAvailabilitySynchronization", "Report",
)  # fmt: skip
IDENTIFICATION = (
    "ISASimple", "ISAValidation", "ISAExpiry", "ISASubscriptionInteractions",
    "SubscriptionSimple", "SubscriptionValidation", "TokenValidation", "HeavyTrafficConcurrent",
)  # fmt: skip
EXCHANGE = "data_exchange_validation.GetOpResponseDataValidationByUSS"
AWARENESS = (
    "subscription_notifications.receive_notifications_for_awareness"
    ".receive_notifications_for_awareness.ReceiveNotificationsForAwareness"
)
OF_A_USS = (
    ("PrepareFlightPlanners", "apart"), ("FlightIntentValidation", "invalid"),
    ("ConflictHigherPriority", "higher"), ("ConflictEqualPriorityNotPermitted", "equal"),
    ("DownUSS", "higher"), ("DownUSSEqualPriorityNotPermitted", "equal"), (EXCHANGE, "apart"),
    ("PrepareFlightPlanners", "apart"), (AWARENESS, "apart"),
    ("uss_authentication.scd_authentication_validation.SCDAuthenticationValidation", "apart"),
)  # fmt: skip


def leniently():
    """Take every case, step and check that the code names as documented."""

    def documented(kind):
        cleanup = TestStepDocumentation(name="Cleanup", checks=[])
        return TestScenarioDocumentation(
            name=kind.__name__, local_path="", resources=[], cases=[], cleanup=cleanup
        )

    generic = scenarios.GenericTestScenario
    generic._allow_undocumented_checks = True  # noqa: SLF001 - theirs, for this
    begin_case, begin_step = generic.begin_test_case, generic.begin_test_step

    def case(self, name):
        if self.documentation.get_case_by_name(name) is None:
            self.documentation.cases.append(TestCaseDocumentation(name=name, steps=[]))
        begin_case(self, name)

    def step(self, name):
        if self._current_case.get_step_by_name(name) is None:
            self._current_case.steps.append(TestStepDocumentation(name=name, checks=[]))
        begin_step(self, name)

    scenarios.get_documentation = documented
    generic.begin_test_case, generic.begin_test_step = case, step
    # Definitions are not in the package either; of F3548-21 there may be a copy beside.
    theirs = schema_validation.validate

    def validate(path, *rest, **more):
        return theirs(path, *rest, **more) if "utm" in path and STANDARD.is_file() else []

    schema_validation.validate = validate
    schema_validation._get_openapi_content = lambda _: yaml.safe_load(STANDARD.read_text())  # noqa: SLF001


def made(resource, specification, told, *others):
    """Return a resource of the suite."""
    return resource(ImplicitDict.parse(told, specification), resource.__name__, *others)


def box(south, west, north, east, **more):
    """Return a rectangle (degrees) as the suite's volume, with heights and times perhaps."""
    corners = [(south, west), (north, west), (north, east), (south, east)]
    outline = {"vertices": [{"lat": lat, "lng": lng} for lat, lng in corners]}
    template = {"outline_polygon": outline, **more}
    return made(VolumeResource, VolumeSpecification, {"template": template})


def resources(at):
    """Return what scenarios ask for by the names of their arguments: of F3548 and of F3411."""

    def auth(sub):
        told = {"auth_spec": f"NoAuth(sub={sub})", "scopes_authorized": SCOPES}
        kind = communications.AuthAdapterResource
        return made(kind, auth_adapter.AuthAdapterSpecification, told)

    def identity(scope):
        told = {"whoami_audience": "127.0.0.1", "whoami_scope": scope}
        kind = communications.ClientIdentityResource
        return made(kind, client_identity.ClientIdentitySpecification, told, own)

    def ids(who):
        kind = id_generator.IDGeneratorResource
        return made(kind, id_generator.IDGeneratorSpecification, {}, who)

    def discovery(module, path, **more):
        each = [
            {"participant_id": uss, "base_url": at[name] + path, **more}
            for name, uss in (("dss", "uss1"), ("dss2", "uss2"))
        ]
        one = made(module.DSSInstanceResource, module.DSSInstanceSpecification, each[0], own)
        told = {"dss_instances": each}
        every = made(module.DSSInstancesResource, module.DSSInstancesSpecification, told, own)
        return {"dss": one, "other_instances": every, "dss_instances": every}

    own, second = auth("uss_qualifier"), auth("uss_qualifier_second")
    heights = {
        "altitude_lower": {"value": 0, "reference": "W84", "units": "M"},
        "altitude_upper": {"value": 3048, "reference": "W84", "units": "M"},
    }
    place, now = (37.1853, -80.6140, 37.2148, -80.5440), datetime.now(UTC)
    times = {
        "start_time": {"absolute_time": (now + timedelta(seconds=1)).isoformat()},
        "end_time": {"absolute_time": (now + timedelta(hours=1)).isoformat()},
    }
    planner = identity("utm.strategic_coordination")
    display = identity("rid.display_provider")
    address = "https://testdummy.interuss.org/uss"
    planners = [
        {"participant_id": name, "v1_base_url": f"{at[name]}/flight_planning/v1"}
        for name in ("uss1", "uss2")
    ]
    flown = made(
        flight_planners.FlightPlannersResource,
        flight_planners.FlightPlannersSpecification,
        {"flight_planners": planners},
        own,
    )
    mock = {"participant_id": "mock_uss", "mock_uss_base_url": at["mock"]}
    shared = {
        "problematically_big_area": box(-24, 130, -23, 132),
        "second_utm_auth": second,
        "utm_auth": own,
        "flight_planners": flown,
        "mock_uss": made(mock_client.MockUSSResource, mock_client.MockUSSSpecification, mock, own),
    }
    area = made(
        PlanningAreaResource,
        PlanningAreaSpecification,
        {"base_url": address},
        box(*place, **heights),
    )
    utm = {
        **shared,
        **discovery(f3548, "", supports_ovn_request=True),
        "id_generator": ids(planner),
        "client_identity": planner,
        "utm_client_identity": planner,
        "planning_area": area,
    }
    rid = {
        **shared,
        **discovery(f3411, "/rid/v2", rid_version="F3411-22a"),
        "id_generator": ids(display),
        "client_identity": display,
        "isa": made(
            service_area.ServiceAreaResource,
            service_area.ServiceAreaSpecification,
            {"base_url": address},
            box(*place, **heights, **times),
        ),
    }
    return utm, rid


def flights_called(name):
    """Return a collection of flights."""
    intents = {key: {"full": value} for key, value in COLLECTIONS[name].items()}
    told = {"intent_collection": {"intents": intents}}
    return made(flight_planning.FlightIntentsResource, FlightIntentsSpecification, told)


def run(name, pool):
    """Run one scenario and say how it went; return whether it went well."""
    module, kind = name.rsplit(".", 1)
    found = getattr(importlib.import_module(f"monitoring.uss_qualifier.{module}"), kind)
    wanted = inspect.signature(found.__init__).parameters
    one = found(**{key: pool[key] for key in wanted if key in pool})
    one.declaration, one.resource_origins = TestScenarioDeclaration(scenario_type=name), {}
    context, fault = ExecutionContext(None, []), None
    one.time_context = TestTimeContext()
    for moment in (TimeDuringTest.StartOfTestRun, TimeDuringTest.StartOfScenario):
        one.time_context[moment] = Time(context.start_time)
    try:
        one.run(context)
    except Exception as error:  # noqa: BLE001 - whatever stops a scenario is what it says
        fault = error
        one.record_execution_error(error)
    if one._phase == scenarios.ScenarioPhase.ReadyForCleanup:  # noqa: SLF001
        # One that cleans nothing up says so only where its document agrees.
        cleans = found.cleanup is not scenarios.GenericTestScenario.cleanup
        one.documentation.cleanup = one.documentation.cleanup if cleans else None
        one.cleanup()
    report = one.get_report()
    steps = [step for case in report.cases for step in case.steps]
    steps += [report.cleanup] if report.has_field_with_value("cleanup") else []
    passed = sum(len(step.passed_checks) for step in steps)
    failed = [(step.name, check) for step in steps for check in step.failed_checks]
    verdict = "FAIL" if failed or fault else "ok"
    print(f"{verdict:4} {name}: {passed} checks passed, {len(failed)} failed {fault or ''}")
    for step, check in failed:
        print(f"     [{step}] {check.name}: {check.summary}")
    sys.stdout.flush()
    return passed, not (failed or fault)


def main(addresses, only):
    """Run the scenarios called `only`, all if none is; return 0 if every check passed."""
    logger.remove()
    leniently()
    utm, rid = resources(addresses)
    utm["flight_intents"] = flights_called("apart")
    results = [run(f"{UTM}.dss.{name}", utm) for name in DISCOVERY if not only or name in only]
    if not STANDARD.is_file():
        print(f"not run without the standard's definition ({STANDARD}): {EXCHANGE}")
    uss1, uss2 = utm["flight_planners"].flight_planners
    for tested, control in ((uss1, uss2), (uss2, uss1)):
        for name, flights in OF_A_USS:
            if (not only or name in only) and (name != EXCHANGE or STANDARD.is_file()):
                roles = {"tested_uss": tested, "control_uss": control}
                drawn = {"flight_intents": flights_called(flights)}
                results.append(run(f"{UTM}.{name}", utm | roles | drawn))
    results += [
        run(f"{RID}.dss.{name}", rid) for name in IDENTIFICATION if not only or name in only
    ]
    good = sum(is_good for _, is_good in results)
    print(f"{good} of {len(results)} scenarios, {sum(passed for passed, _ in results)} checks")
    return 0 if good == len(results) else 1


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1]), sys.argv[2:]))
