"""What tests of telemetry share: messages, plans, a clock that stands still."""

import json
from datetime import timedelta

from chengmo_airspace.altitude import Altitudes, egm96
from chengmo_airspace.tracking.batch import read_batch
from chengmo_airspace.tracking.limits import SECOND_US, Limits
from chengmo_airspace.tracking.monitor import Monitor
from chengmo_airspace.tracking.plan import Plan, PlanBook
from chengmo_airspace.tracking.telemetry import read_json
from chengmo_airspace.volume import Polygon, Volume
from chengmo_airspace.volume.lattice import from_instant

START_US = 1_800_000_000 * SECOND_US
INTENT = "2f8343be-6482-4d1b-a474-16847e01af1e"
WEST, EAST, SOUTH, NORTH, LOW, HIGH = 114.3, 114.31, 30.5, 30.51, 50.0, 120.0


def make_plan(intent=INTENT, manager="op", state="Activated", version=1, first_s=-60, last_s=3600):
    """A box of about 1 km, open for an hour."""
    corners = [(WEST, SOUTH), (EAST, SOUTH), (EAST, NORTH), (WEST, NORTH)]
    begin, end = (from_instant(START_US) + timedelta(seconds=s) for s in (first_s, last_s))
    return Plan(intent, manager, version, state, (Volume(Polygon(corners), LOW, HIGH, begin, end),))


def say(second=0.0, aircraft="UAS-1", lon=114.305, lat=30.505, height=80.0, **more):
    """A message as JSON has it."""
    time = from_instant(START_US + int(second * SECOND_US)).isoformat()
    message = {
        "aircraft": aircraft, "time": time, "longitude": lon, "latitude": lat,
        "height": height, "reference": "WGS84", "intent": INTENT,
    }  # fmt: skip
    return {name: value for name, value in (message | more).items() if value is not None}


def table_of(*messages):
    return read_json(json.dumps(messages).encode())


class Sky:
    """A monitor, and a clock that goes as far as one lets it."""

    def __init__(self, *plans, **limits):
        self.limits = Limits(**limits)
        self.monitor = Monitor(self.limits)
        self.monitor.follow(PlanBook.of(plans))
        self.now_us = START_US
        self.altitudes = Altitudes(egm96())

    def batch(self, *messages, operator="op"):
        return read_batch(
            table_of(*messages), operator,
            altitudes=self.altitudes, limits=self.limits, now_us=self.now_us,
        )  # fmt: skip

    def hear(self, *messages, operator="op"):
        """Take messages when the last of them was sent; return what is kept."""
        return self.monitor.take([self.batch(*messages, operator=operator)], self.now_us)

    def kinds(self, *messages, **more):
        return [alert.kind for alert in self.hear(*messages, **more).alerts]

    def at(self, second):
        self.now_us = START_US + int(second * SECOND_US)
        return self

    def watch(self):
        return [alert.kind for alert in self.monitor.watch(self.now_us)]

    def state(self, aircraft="UAS-1", operator="op"):
        track = self.monitor.names.find("aircraft", operator, aircraft)
        slot = self.monitor.live.slot(track)
        return int(self.monitor.live.crafts["state"][slot])
