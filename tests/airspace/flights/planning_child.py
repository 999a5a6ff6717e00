"""A USS that plans at random, and writes down what it asked and what it was told.

Arguments: folder of the database or its address, name, seed, number of requests. One line of JSON
before each request and one after its answer, flushed at once.
"""

import json
import random
import sys
import time
from concurrent.futures import Future
from pathlib import Path

from chengmo import open_database
from chengmo_airspace.flights import AirspaceStore, Caller, Dss, FlightRefused
from chengmo_airspace.flights.message import PutIntent

TOGETHER = 4


def extent(chance: random.Random) -> list[dict]:
    """Some of 3 × 4 blocks of 20 m, at one of 3 hours: most requests meet others."""
    low, hour = 20 * chance.randrange(4), chance.randrange(3)
    lat = 30.5 + 0.002 * chance.randrange(3)
    return [
        {
            "volume": {
                "outline_circle": {
                    "center": {"lat": lat, "lng": 114.3},
                    "radius": {"value": 100, "units": "M"},
                },
                "altitude_lower": {"value": low, "reference": "W84", "units": "M"},
                "altitude_upper": {"value": low + 19, "reference": "W84", "units": "M"},
            },
            "time_start": {"value": f"2090-05-01T{hour:02d}:00:00Z", "format": "RFC3339"},
            "time_end": {"value": f"2090-05-01T{hour:02d}:59:00Z", "format": "RFC3339"},
        }
    ]


class Planner:
    """One USS with several flights and several requests at once."""

    def __init__(self, dss: Dss, name: str, seed: int) -> None:
        self.dss, self.chance = dss, random.Random(seed)
        self.caller = Caller(name, coordinates=True)
        self.own: dict[str, str] = {}

    def begin(self) -> tuple[dict, Future]:
        """Ask for something: to make, change or end a flight."""
        kind = self.chance.choice(["make", "make", "change", "end"])
        free = [entity for entity, ovn in self.own.items() if ovn]
        entity = self.chance.choice(free) if kind != "make" and free else None
        ovn = None if entity is None else self.own[entity]
        if entity is None:
            kind, entity = "make", self.new_id()
        said = {"kind": kind, "id": entity, "ovn": ovn, "began": time.monotonic_ns()}
        if kind != "make":
            self.own[entity] = ""
        if kind == "end":
            tell(json.dumps(said))
            return said, self.dss.delete_intent(entity, ovn, self.caller)
        said["extents"], said["key"] = extent(self.chance), self.known()
        tell(json.dumps(said))
        body = {
            "extents": said["extents"],
            "key": said["key"],
            "state": "Accepted",
            "uss_base_url": "https://uss.example.com",
        }
        asked = PutIntent.model_validate_json(json.dumps(body))
        return said, self.dss.put_intent(entity, ovn, asked, self.caller)

    def known(self) -> list[str]:
        """The OVNs that this USS has read, from others too; it forgets some."""
        if self.chance.random() < 0.5:
            return []
        ovns = self.dss.store.ask(lambda a: [intent.ovn for intent in a.intents]).result()
        return [ovn for ovn in ovns if self.chance.random() < 0.9]

    def end(self, said: dict, future: Future) -> dict:
        """Wait for the answer and write it down."""
        try:
            answer = future.result()
        except FlightRefused as refused:
            missing = refused.evidence.get("missing_operational_intents", [])
            said |= {"refused": refused.reason, "missing": [each["id"] for each in missing]}
            if said["kind"] != "make":
                self.own[said["id"]] = said["ovn"]
        else:
            reference = answer["operational_intent_reference"]
            said |= {"given": reference["ovn"], "version": reference["version"]}
            if said["kind"] == "end":
                del self.own[said["id"]]
            else:
                self.own[said["id"]] = reference["ovn"]
        return said | {"ended": time.monotonic_ns()}

    def new_id(self) -> str:
        digits = f"{self.chance.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    place, name, seed, requests = sys.argv[1:5]
    url = place if place.startswith("postgresql://") else None
    database = open_database(Path() if url else Path(place), url)
    store = AirspaceStore(database)
    planner = Planner(Dss(store), name, int(seed))
    tell("ready")
    sys.stdin.readline()
    for _ in range(int(requests) // TOGETHER):
        asked = [planner.begin() for _ in range(TOGETHER)]
        for said, future in asked:
            tell(json.dumps(planner.end(said, future)))
    store.close()
    database.close()


if __name__ == "__main__":
    main()
