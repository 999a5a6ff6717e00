"""Whatever is asked in whatever order: the service against a model that is a dictionary."""

import json
import tempfile
import uuid
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chengmo import open_database
from chengmo_airspace.flights import AirspaceStore, Caller, Dss, FlightRefused
from chengmo_airspace.flights.message import AreaQuery, PutIntent

BLOCKS = 6
STATES = ("Accepted", "Activated", "Nonconforming", "Contingent")
MAY_BECOME = {
    "Accepted": STATES,
    "Activated": STATES[1:],
    "Nonconforming": STATES[1:],
    "Contingent": STATES[3:],
}
flights = st.integers(0, 4)
spans = st.tuples(st.integers(0, BLOCKS - 1), st.integers(1, 3))


def volume(first: int, count: int, *, circle: bool) -> dict:
    """Heights `first` to `first + count` of some blocks of 10 m; polygon or circle, they meet."""
    corners = [(30.5, 114.3), (30.51, 114.3), (30.51, 114.31), (30.5, 114.31)]
    shape = (
        {"outline_circle": {"center": {"lat": 30.505, "lng": 114.305},
                            "radius": {"value": 100, "units": "M"}}}
        if circle
        else {"outline_polygon": {"vertices": [{"lat": a, "lng": b} for a, b in corners]}}
    )  # fmt: skip
    altitude = {"reference": "W84", "units": "M"}
    return {
        "volume": {
            **shape,
            "altitude_lower": {"value": 10.0 * first, **altitude},
            "altitude_upper": {"value": 10.0 * (first + count) - 1, **altitude},
        },
        "time_start": {"value": "2090-05-01T08:00:00Z", "format": "RFC3339"},
        "time_end": {"value": "2090-05-01T09:00:00Z", "format": "RFC3339"},
    }


class Airspace(RuleBasedStateMachine):
    """Two USSs, five flights; the process is started again now and then."""

    def __init__(self) -> None:
        super().__init__()
        memory = Path("/dev/shm")
        self.folder = tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)
        self.ids = [str(uuid.UUID(int=n, version=4)) for n in range(5)]
        self.standing: dict[int, dict] = {}
        self.indices: dict[str, int] = {}
        self.open()

    def open(self) -> None:
        self.database = open_database(Path(self.folder.name))
        self.dss = Dss(AirspaceStore(self.database))

    @rule()
    def start_again(self) -> None:
        self.dss.store.close()
        self.database.close()
        self.open()

    @rule(
        flight=flights, span=spans, state=st.sampled_from(STATES), circle=st.booleans(),
        reads=st.booleans(), knows=st.booleans(), subscribes=st.booleans(),
    )  # fmt: skip
    def put(self, flight, span, state, circle, reads, knows, subscribes) -> None:
        stands = self.standing.get(flight)
        caller = Caller(f"uss{flight % 2}", coordinates=True, monitors=True)
        met = {
            other
            for other, s in self.standing.items()
            if other != flight and s["first"] < span[0] + span[1] and span[0] < s["last"]
        }
        body = {
            "extents": [volume(*span, circle=circle)],
            "state": state,
            "uss_base_url": "https://uss.example.com",
            "key": [self.standing[other]["ovn"] for other in met] if reads else [],
        }
        if subscribes:
            body["new_subscription"] = {"uss_base_url": f"https://{caller.uss}.example.com"}
        ovn = stands["ovn"] if stands and knows else ("x" * 20 if stands else None)
        allowed = (
            (state == "Accepted" if stands is None else state in MAY_BECOME[stands["state"]])
            and (subscribes or state == "Accepted")
            and (stands is None or knows)
            and (reads or not met or state in STATES[2:])
        )
        asked = PutIntent.model_validate_json(json.dumps(body))
        if not allowed:
            with pytest.raises(FlightRefused) as refused:
                self.dss.put_intent(self.ids[flight], ovn, asked, caller).result()
            if refused.value.reason == "missing":
                missing = refused.value.evidence["missing_operational_intents"]
                assert {each["id"] for each in missing} == {self.ids[other] for other in met}
            return
        answer = self.dss.put_intent(self.ids[flight], ovn, asked, caller).result()
        reference = answer["operational_intent_reference"]
        assert reference["version"] == (stands["version"] + 1 if stands else 1)
        self.hear(answer)
        self.standing[flight] = {
            "ovn": reference["ovn"], "version": reference["version"], "state": state,
            "first": span[0], "last": span[0] + span[1],
            "subscription": reference["subscription_id"],
        }  # fmt: skip

    @rule(flight=flights)
    def end(self, flight) -> None:
        stands = self.standing.pop(flight, None)
        caller = Caller(f"uss{flight % 2}", coordinates=True)
        future = self.dss.delete_intent(
            self.ids[flight], (stands or {}).get("ovn", "x" * 20), caller
        )
        if stands is None:
            with pytest.raises(FlightRefused):
                future.result()
        else:
            self.hear(future.result())

    def hear(self, answer: dict) -> None:
        """Each notice counts one on: none is lost, none comes twice."""
        for subscriber in answer["subscribers"]:
            for told in subscriber["subscriptions"]:
                before = self.indices.get(told["subscription_id"], 0)
                assert told["notification_index"] == before + 1
                self.indices[told["subscription_id"]] = before + 1

    @invariant()
    def what_stands_is_what_is_found(self) -> None:
        area = AreaQuery.model_validate_json(
            json.dumps({"area_of_interest": volume(0, BLOCKS + 3, circle=True)})
        ).area_of_interest
        caller = Caller("uss0", coordinates=True)
        found = self.dss.query_intents(area, caller).result()["operational_intent_references"]
        told = {each["id"]: (each["version"], each["state"], "ovn" in each) for each in found}
        assert told == {
            self.ids[flight]: (s["version"], s["state"], flight % 2 == 0)
            for flight, s in self.standing.items()
        }
        kept = self.dss.store.ask(lambda a: {s.id for s in a.subscriptions}).result()
        used = {s["subscription"] for s in self.standing.values()}
        assert kept == {each for each in used if not each.startswith("00000000-0000-4000")}

    def teardown(self) -> None:
        self.dss.store.close()
        self.database.close()
        self.folder.cleanup()


@pytest.mark.slow
class TestAirspace(Airspace.TestCase):
    settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
