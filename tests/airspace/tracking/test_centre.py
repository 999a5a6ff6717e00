"""The centre answers what is on disk, comes back as it was, and refuses what it cannot take."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from tests.airspace.tracking.scene import START_US, make_plan, say, table_of

from chengmo import PlatformError, ResourceExhausted
from chengmo_airspace.tracking import centre as module
from chengmo_airspace.tracking.centre import DataCentre, Keeping
from chengmo_airspace.tracking.frame import MESSAGES, unpack_messages
from chengmo_airspace.tracking.limits import SECOND_US
from chengmo_airspace.tracking.names import Names
from chengmo_airspace.volume.lattice import from_instant


class Clock:
    def __init__(self):
        self.now_us = START_US

    def __call__(self):
        return self.now_us


def until(condition):
    for _ in range(2000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it never came")


@pytest.fixture
def opened(quick_folder, tmp_path):
    """Opens centres in one folder, one after the other."""
    folder, clock, opened = quick_folder / tmp_path.name, Clock(), []

    def open_one(**more):
        for one in opened:
            one.close()
        opened[:] = [DataCentre(folder, clock=clock, plans=lambda: [make_plan()], **more)]
        return opened[0]

    open_one.clock = clock
    open_one.folder = folder
    yield open_one
    for one in opened:
        one.close()


def kept(centre):
    rows = [
        unpack_messages(centre.log.read(number, int(entry["offset"])), int(entry["count"]))
        for number in centre.log.numbers
        for entry in centre.log.entries(number)
        if entry["kind"] == MESSAGES
    ]
    return np.concatenate(rows)


def test_what_is_answered_is_in_the_log(opened):
    centre = opened()
    receipt = centre.report(table_of(say(0), say(1), say(0), say(99)), "op").result()
    assert (receipt.accepted, receipt.duplicates) == (2, 1)
    assert receipt.refused[0][0] == 3
    assert kept(centre)["time"].tolist() == [START_US, START_US + SECOND_US]


def test_a_centre_that_is_opened_again_is_as_it_was(opened):
    centre = opened(keeping=Keeping(600))
    for second in range(12):
        opened.clock.now_us = START_US + second * SECOND_US
        more = {"lat": 30.6} if second == 11 else {}
        centre.report(table_of(say(second, **more), say(second, "B")), "op").result()
    centre.report(table_of(say(3, aircraft="C", intent=None)), "else").result()
    until(centre.recent_alerts)
    before = centre.look(lambda monitor: np.sort(monitor.live.living(), order="track"))
    assert len(centre.log.numbers) > 2
    centre = opened()
    after = centre.look(lambda monitor: np.sort(monitor.live.living(), order="track"))
    for name in ("time", "lon", "lat", "above", "state", "verdict", "track", "intent", "operator"):
        assert after[name].tolist() == before[name].tolist()
    names = centre.look(lambda monitor: [monitor.names_of(craft) for craft in after])
    assert [name[:2] for name in names] == [("op", "UAS-1"), ("op", "B"), ("else", "C")]
    assert centre.report(table_of(say(11), say(10)), "op").result().duplicates == 2


def test_alerts_are_told_at_once_and_kept(opened):
    centre, told = opened(), []
    end = centre.listen(told.extend)
    centre.report(table_of(say(0, lat=30.6)), "op").result()
    until(lambda: told)
    assert told[0].kind == "nonconforming"
    assert centre.recent_alerts() == told
    end()
    assert centre.counts().alerts == 1


def test_lost_links_are_found_without_a_message(opened):
    centre = opened()
    centre.report(table_of(say(0)), "op").result()
    opened.clock.now_us += 11 * SECOND_US
    until(lambda: len(centre.recent_alerts()) == 2)
    assert [alert.kind for alert in centre.recent_alerts()] == ["lost-link", "nonconforming"]
    centre = opened()
    assert centre.look(lambda monitor: monitor.live.living()["is_lost"].tolist()) == [1]


def test_more_than_may_wait_is_refused_and_a_closed_centre_takes_nothing(opened, monkeypatch):
    centre = opened()
    monkeypatch.setattr(module, "MOST_WAITING", 1)
    with pytest.raises(ResourceExhausted):
        centre.report(table_of(say(0), say(1)), "op")
    assert centre.report(table_of(say(0)), "op").result().accepted == 1
    monkeypatch.setattr(module, "MOST_AIRCRAFT", 1)
    with pytest.raises(ResourceExhausted, match="aircraft"):
        centre.report(table_of(say(0, "B")), "op")
    monkeypatch.undo()
    centre.close()
    with pytest.raises(PlatformError, match="closed"):
        centre.report(table_of(say(2)), "op")


def test_a_disk_that_fails_refuses_what_it_did_not_keep_and_the_centre_mends_itself(
    opened, monkeypatch
):
    centre = opened()
    centre.report(table_of(say(0)), "op").result()

    def fail(file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("chengmo_airspace.tracking.segments.os.fdatasync", fail)
    with pytest.raises(PlatformError, match="No space"):
        centre.report(table_of(say(1)), "op").result()
    monkeypatch.undo()
    assert centre.report(table_of(say(1)), "op").result().accepted == 1
    assert len(kept(centre)) == 2


def test_names_that_nothing_has_any_more_are_forgotten():
    names = Names()
    one, two = names.number("intent", "a"), names.number("intent", "b")
    names.new()
    names.keep([two])
    assert (names.find("intent", "a"), names.name(one)) == (0, ())
    assert names.number("intent", "a") == 3
    learnt = Names()
    learnt.learn(names.written())
    assert learnt.number("intent", "b") == two
    assert names.new() == b'[[3,"intent","a"]]'
    with pytest.raises(PlatformError):
        learnt.learn(b"{")


WRITER = """
import sys, time
from pathlib import Path
from chengmo_airspace.tracking.centre import DataCentre, Keeping
from tests.airspace.tracking.scene import table_of
from datetime import UTC, datetime, timedelta

centre = DataCentre(Path(sys.argv[1]), keeping=Keeping(20_000))
base = datetime.now(UTC) - timedelta(seconds=400)
for n in range(10**9):
    stamps = [base + timedelta(milliseconds=n * 50 + k) for k in range(50)]
    rows = [
        {"aircraft": f"UAS-{k % 7}", "time": stamp.isoformat(), "longitude": 114, "latitude": 30.5}
        for k, stamp in enumerate(stamps)
    ]
    assert centre.report(table_of(*rows), "op").result().accepted == 50
    print(int(stamps[-1].timestamp() * 1e6 + 0.5), flush=True)
"""


# Where real movement lies, which may not be shipped with the product: ADS-B by OpenSky, in the
# samples of the package `traffic` (MIT).
REAL = (
    Path(os.environ.get("CHENGMO_DATA", Path(__file__).parents[4] / "shared" / "data")) / "lowalt"
)


@pytest.mark.slow
@pytest.mark.skipif(not REAL.is_dir(), reason="the samples of real movement are not at hand")
@pytest.mark.parametrize("sample", ["airbus_tree", "sydney", "zurich_airport"])
def test_of_real_movement_nothing_is_lost_and_the_last_place_is_right(opened, sample):
    messages = json.loads(gzip.decompress((REAL / f"adsb_{sample}.json.gz").read_bytes()))
    base = max(row["timestamp"] for row in messages)
    # In the last ten minutes, whenever it was.
    messages = [row for row in messages if row["timestamp"] > base - 600_000]
    centre = opened(keeping=Keeping(100_000))
    opened.clock.now_us = START_US
    last, told = {}, 0
    for start in range(0, len(messages), 500):
        rows = [
            {
                "aircraft": row["icao24"], "longitude": row["longitude"],
                "latitude": row["latitude"], "height": (row["altitude"] or 0) * 0.3048,
                "reference": "AMSL", "intent": None,
                "time": from_instant(START_US + (row["timestamp"] - base) * 1000).isoformat(),
            }
            for row in messages[start : start + 500]
        ]  # fmt: skip
        receipt = centre.report(table_of(*rows), "op").result()
        assert receipt.accepted + receipt.duplicates + len(receipt.refused) == len(rows)
        told += receipt.accepted
        refused = {row for row, _ in receipt.refused}
        for number, row in enumerate(rows):
            if (
                number not in refused
                and row["time"] > last.get(row["aircraft"], {"time": ""})["time"]
            ):
                last[row["aircraft"]] = row
    assert len(kept(centre)) == told > 100
    seen = centre.look(lambda m: {m.names_of(one)[1]: one for one in m.live.living()})
    assert seen.keys() == last.keys()
    for aircraft, row in last.items():
        assert int(seen[aircraft]["lon"]) / 1e9 == pytest.approx(row["longitude"], abs=1e-9)


@pytest.mark.slow
def test_a_centre_that_is_killed_has_lost_nothing_that_it_acknowledged(tmp_path):
    """Killed four times at any moment, in the midst of segments that are begun all the time."""
    root = Path(__file__).parents[3]
    environment = os.environ | {"PYTHONPATH": f"{root / 'src'}{os.pathsep}{root}"}
    acknowledged = []
    for moment in (0.05, 0.3, 0.9, 1.7):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)],
            stdout=subprocess.PIPE, text=True, env=environment, cwd=root,
        ) as process:  # fmt: skip
            acknowledged.append(int(process.stdout.readline()))
            time.sleep(moment)
            process.send_signal(signal.SIGKILL)
            acknowledged += [int(line) for line in process.stdout.read().splitlines()]
    centre = DataCentre(tmp_path)
    found = {int(time) // 1000 for time in kept(centre)["time"]}
    assert len(acknowledged) > 20
    assert {stamp // 1000 for stamp in acknowledged} <= found
    assert centre.counts().aircraft == 7
    centre.close()


def test_old_segments_go_when_new_ones_are_begun(opened):
    centre = opened(keeping=Keeping(300, days=1))
    for day in range(4):
        opened.clock.now_us = START_US + day * 86_400 * SECOND_US
        for second in range(3):
            centre.report(table_of(say(day * 86_400 + second)), "op").result()
    assert len(kept(centre)["time"]) < 12
    assert kept(centre)["time"].max() == START_US + (3 * 86_400 + 2) * SECOND_US
