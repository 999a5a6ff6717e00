"""How many messages a second the data centre takes, decides on and has on disk.

10 000 aircraft over a city of 50 × 50 km, each held to an operational intent of 20 volumes, report
once a second in batches of 1000 (Arrow IPC). Reading, checking, conformance, distances of all
aircraft four times a second, compression and fsync are all in the figure; HTTP is not. Synthetic
movement.

    python benchmarks/airspace_telemetry.py [--messages 2000000] [--batch 1000]

Prints messages a second by the clock and for each second of processor time, and how long it took
from a batch being handed over to its being on disk; then, at rest, from a message to its alert; how
long a frame of the picture takes, whole and with a twentieth of the aircraft changed; and how long
the picture of a past moment.
"""

import argparse
import json
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from chengmo_airspace.tracking import (
    DataCentre,
    Plan,
    read_arrow,
    read_json,
    see,
    write_sight,
)
from chengmo_airspace.tracking.centre import now_us
from chengmo_airspace.tracking.replay import Replay
from chengmo_airspace.tracking.telemetry import SCHEMA
from chengmo_airspace.volume import Polygon, Volume

AIRCRAFT, VOLUMES = 10_000, 20
WEST, SOUTH, SIZE = 114.0, 30.3, 0.5


def intent_of(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def plans(chance: np.random.Generator, now: datetime) -> tuple[list[Plan], np.ndarray]:
    """A plan for each aircraft: a row of boxes eastwards, 300 m each."""
    starts = WEST + SIZE * chance.random((AIRCRAFT, 2)) * [0.8, 1] - [0, WEST - SOUTH]
    begin, end = now - timedelta(hours=1), now + timedelta(hours=1)
    made = []
    for n, (west, south) in enumerate(starts.tolist()):
        boxes = []
        for k in range(VOLUMES):
            w = west + 0.003 * k
            corners = [
                (w, south),
                (w + 0.003, south),
                (w + 0.003, south + 0.002),
                (w, south + 0.002),
            ]
            boxes.append(Volume(Polygon(corners), 50, 150, begin, end))
        made.append(Plan(intent_of(n), "op", 1, "Activated", tuple(boxes)))
    return made, starts


def bodies(starts, messages: int, size: int, chance, now: datetime) -> list[bytes]:
    """Batches as they are sent: aircraft in turn, one round a second; one in 10 000 strays."""
    names = np.array([f"UAS-{n:05d}" for n in range(AIRCRAFT)])
    intents = np.array([intent_of(n) for n in range(AIRCRAFT)])
    base = int(now.timestamp() * 1e6) - 500_000_000
    found = []
    for start in range(0, messages, size):
        number = np.arange(start, start + size)
        who, when = number % AIRCRAFT, number // AIRCRAFT
        lon = starts[who, 0] + 0.0001 * (when % 500) + 0.001
        lat = starts[who, 1] + 0.001 + 0.01 * (chance.random(size) < 0.0001)
        columns = {
            "aircraft": pa.array(names[who]),
            "time": pa.array(base + when * 1_000_000 // 2, pa.timestamp("us", "UTC")),
            "longitude": pa.array(lon),
            "latitude": pa.array(lat),
            "height": pa.array(np.full(size, 100.0) + who % 40),
            "reference": pa.array(["WGS84"] * size),
            "speed": pa.array(np.full(size, 10.0)),
            "course": pa.array(np.full(size, 90.0)),
            "intent": pa.array(intents[who]),
            "synthetic": pa.array(np.ones(size, bool)),
        }
        table = pa.table(columns)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        found.append(sink.getvalue().to_pybytes())
    assert set(table.column_names) <= set(SCHEMA.names)
    return found


def median_ms(act, count: int = 21) -> float:
    """Processor time of an act, the median of some."""
    spent = []
    for _ in range(count):
        begun = time.process_time()
        act()
        spent.append(1000 * (time.process_time() - begun))
    return float(np.median(spent))


def measure_picture(centre: DataCentre) -> None:
    def frame(since: int) -> bytes:
        return write_sight(centre.look(lambda m: see(m, at_us=now_us(), since=since)))

    whole = frame(-1)
    print(f"whole picture: {len(whole):,} bytes, {median_ms(lambda: frame(-1)):.2f} ms CPU")
    turn = centre.look(lambda monitor: monitor.turn)

    def touch(monitor) -> None:
        live = np.flatnonzero(monitor.live.crafts["is_live"])
        monitor.live.crafts["change"][live[: len(live) // 20]] = turn + 1

    centre.look(touch)
    some = frame(turn)
    print(f"a twentieth changed: {len(some):,} bytes, {median_ms(lambda: frame(turn)):.2f} ms CPU")
    replay = Replay(centre.log)
    entries = centre.log.entries(centre.log.numbers[-1])
    middle = int(np.median(entries["last"]))
    print(
        f"picture of a past moment: {len(replay.at(middle).rows)} aircraft, "
        f"{median_ms(lambda: replay.at(middle), 5):.0f} ms CPU"
    )


def measure_alerts(centre: DataCentre, starts: np.ndarray) -> None:
    """One aircraft strays, again and again; by the clock."""
    heard, spent = threading.Event(), []
    end = centre.listen(lambda told: heard.set() if told[0].aircraft.startswith("late") else None)
    for n in range(50):
        body = json.dumps(
            [
                {
                    "aircraft": f"late-{n}", "time": datetime.now(UTC).isoformat(),
                    "longitude": starts[n, 0] - 1, "latitude": 30.5, "height": 100,
                    "reference": "WGS84", "intent": intent_of(n), "synthetic": True,
                }
            ]
        ).encode()  # fmt: skip
        heard.clear()
        begun = time.perf_counter()
        centre.report(read_json(body), "op")
        heard.wait(10)
        spent.append(1000 * (time.perf_counter() - begun))
    end()
    p50, most = np.percentile(spent, [50, 100])
    print(f"message to alert, by the clock: p50 {p50:.1f} ms, most {most:.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=2_000_000)
    parser.add_argument("--batch", type=int, default=1000)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    chance, now = np.random.default_rng(7), datetime.now(UTC)
    made, starts = plans(chance, now)
    sent = bodies(starts, given.messages, given.batch, chance, now)
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        centre = DataCentre(Path(folder), plans=lambda: made)
        alerts = []
        centre.listen(alerts.extend)
        centre.report(read_arrow(sent[0]), "op").result()  # compiled loops are loaded
        waiting, latencies = [], []
        wall, cpu = time.perf_counter(), time.process_time()
        for body in sent[1:]:
            begun = time.perf_counter()
            waiting.append((begun, centre.report(read_arrow(body), "op")))
            waiting[-1][1].add_done_callback(
                lambda _, begun=begun: latencies.append(time.perf_counter() - begun)
            )
            while centre.counts().waiting > 100_000:
                time.sleep(0.002)
        kept = sum(future.result().accepted for _, future in waiting)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        time.sleep(0.6)
        measure_picture(centre)
        measure_alerts(centre, starts)
        kinds = {}
        for alert in alerts:
            kinds[alert.kind] = kinds.get(alert.kind, 0) + 1
        size = sum(path.stat().st_size for path in Path(folder).glob("*.track"))
        centre.close()
    print(f"{kept} messages in {wall:.2f} s by the clock, {cpu:.2f} s of processor time")
    print(f"{kept / wall:,.0f} a second by the clock, {kept / cpu:,.0f} a second of processor time")
    print(f"on disk: {size / kept:.1f} bytes a message; alerts: {kinds}")
    print(
        "batch to disk: p50 {:.0f} ms, p99 {:.0f} ms (with up to 100 000 waiting)".format(
            *(1000 * np.percentile(latencies, [50, 99]))
        )
    )


if __name__ == "__main__":
    main()
