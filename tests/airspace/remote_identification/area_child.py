"""A provider that announces areas and subscribes to them at random, and writes down the answers.

Arguments: folder of the database or its address, name, seed, number of requests. One line of JSON
before each request and one after its answer, flushed at once.
"""

import json
import random
import sys
from concurrent.futures import Future
from pathlib import Path

from chengmo import open_database
from chengmo_airspace.flights import FlightRefused
from chengmo_airspace.remote_identification import AreaRegister, AreaStore
from chengmo_airspace.remote_identification.message import PutArea

TOGETHER = 4
# An hour before these times begin: none is ever over.
NOW_US = 3_797_276_400_000_000


def wish(chance: random.Random) -> PutArea:
    """One of four places, two of which share a cell, so that many areas are told to many."""
    lat, hour = 30.5 + 0.002 * chance.randrange(4), chance.randrange(3)
    volume = {
        "outline_circle": {
            "center": {"lat": lat, "lng": 114.3},
            "radius": {"value": 100, "units": "M"},
        },
        "altitude_lower": {"value": 0, "reference": "W84", "units": "M"},
        "altitude_upper": {"value": 100, "reference": "W84", "units": "M"},
    }
    times = {
        name: {"value": f"2090-05-01T{hour + after:02d}:00:00Z", "format": "RFC3339"}
        for name, after in (("time_start", 0), ("time_end", 2))
    }
    extents = {"volume": volume, **times}
    return PutArea.model_validate_json(
        json.dumps({"extents": extents, "uss_base_url": "https://x.example.com"})
    )


class Provider:
    """One provider with several requests at once, never two of one area or subscription."""

    def __init__(self, register: AreaRegister, name: str, seed: int) -> None:
        self.register, self.name, self.chance = register, name, random.Random(seed)
        self.own: dict[str, dict[str, str]] = {"area": {}, "subscription": {}}

    def begin(self) -> tuple[dict, Future]:
        """Ask for something: to make, change or end."""
        sort = self.chance.choice(["area", "area", "subscription"])
        own = self.own[sort]
        free = [entity for entity, version in own.items() if version]
        kind = self.chance.choice(["make", "make", "change", "end"]) if free else "make"
        entity = self.new_id() if kind == "make" else self.chance.choice(free)
        version = own.get(entity)
        said = {"kind": kind, "sort": sort, "id": entity, "version": version}
        own[entity] = ""
        tell(said)
        register = self.register
        if kind == "end":
            end = register.delete_area if sort == "area" else register.delete_subscription
            return said, end(entity, version, self.name)
        put = register.put_area if sort == "area" else register.put_subscription
        return said, put(entity, version, wish(self.chance), self.name)

    def end(self, said: dict, future: Future) -> None:
        """Wait for the answer and write it down."""
        own = self.own[said["sort"]]
        try:
            answer = future.result()
        except FlightRefused as refused:
            own[said["id"]] = said["version"] or ""
            tell(said | {"refused": refused.reason})
            return
        told = [
            (each["subscription_id"], each["notification_index"])
            for subscriber in answer.get("subscribers", ())
            for each in subscriber["subscriptions"]
        ]
        given = answer["service_area" if said["sort"] == "area" else "subscription"]["version"]
        own[said["id"]] = "" if said["kind"] == "end" else given
        tell(said | {"given": given, "told": told})

    def new_id(self) -> str:
        digits = f"{self.chance.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"


def tell(line: dict) -> None:
    sys.stdout.write(f"{json.dumps(line)}\n")
    sys.stdout.flush()


def main() -> None:
    place, name, seed, requests = sys.argv[1:5]
    url = place if place.startswith("postgresql://") else None
    database = open_database(Path() if url else Path(place), url)
    store = AreaStore(database)
    provider = Provider(AreaRegister(store, clock=lambda: NOW_US), name, int(seed))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    for _ in range(int(requests) // TOGETHER):
        for said, future in [provider.begin() for _ in range(TOGETHER)]:
            provider.end(said, future)
    store.close()
    database.close()


if __name__ == "__main__":
    main()
