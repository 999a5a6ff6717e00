"""How many flights a second one discovery service takes: each asks what is there, then plans.

A server in a process of its own (`chengmo.app`, all guards, SQLite with `synchronous=FULL`), a
client in this one with many connections at once. Two skies: a city of 50 × 50 km, and one S2 cell
in which all flights are. No two flights meet; in the busy cell they share cell, hours and heights,
so each creation has others to tell. Synthetic demand.

    python benchmarks/airspace_flights.py [--flights 2000] [--at-once 32]

Prints flows a second by the clock, the server's CPU time for each, and how long a creation takes.
"""

import argparse
import asyncio
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import psutil
from joserfc import jwt
from joserfc.jwk import RSAKey

from chengmo_airspace.flights.instant import SECOND_US, now_us, time_document

ROOT = Path(__file__).parents[1]
SCOPE = "utm.strategic_coordination"


def volume_of(sky: str, number: int, chance: random.Random) -> dict:
    """A circle that meets no other: of one second, or of one height, or of one place."""
    if sky == "city":
        row, column = divmod(number, 150)
        lat, lng, radius = 30.3 + row * 0.003, 114.1 + column * 0.0035, 120.0
        low, start_s = 60.0, 3600 + chance.random() * 3000
        high, end_s = 120.0, start_s + 600
    else:
        # 40 heights of 10 m, and in each one flight after the other.
        turn, level = divmod(number, 40)
        lat, lng, radius = 30.5, 114.3, 100.0
        low, start_s = 10.0 * level, 3600 + 60.0 * turn
        high, end_s = low + 9, start_s + 59
    return {
        "volume": {
            "outline_circle": {
                "center": {"lat": lat, "lng": lng},
                "radius": {"value": radius, "units": "M"},
            },
            "altitude_lower": {"value": low, "reference": "W84", "units": "M"},
            "altitude_upper": {"value": high, "reference": "W84", "units": "M"},
        },
        "time_start": time_document(BASE + int(start_s * SECOND_US)),
        "time_end": time_document(BASE + int(end_s * SECOND_US)),
    }


BASE = now_us()


class Connection:
    """One kept connection; no client library, whose time would be measured, too."""

    def __init__(self, reader, writer, token: str) -> None:
        self.reader, self.writer, self.token = reader, writer, token

    @classmethod
    async def open(cls, port: int, token: str):
        return cls(*await asyncio.open_connection("127.0.0.1", port), token)

    async def ask(self, method: str, path: str, body: dict) -> tuple[int, bytes]:
        content = json.dumps(body).encode()
        self.writer.write(
            f"{method} /dss/v1{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: Bearer {self.token}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n\r\n".encode()
            + content
        )
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0])
        return int(head.split(b" ", 2)[1]), await self.reader.readexactly(length)


async def fly(port: int, token: str, sky: str, flights: int, at_once: int) -> list[float]:
    """Plan all flights; return the seconds that each creation took."""
    numbers, took, chance = iter(range(flights)), [], random.Random(1)

    async def planner() -> None:
        connection = await Connection.open(port, token)
        for number in numbers:
            volume = volume_of(sky, number, chance)
            query = {"area_of_interest": volume}
            status, _ = await connection.ask("POST", "/operational_intent_references/query", query)
            assert status == 200
            body = {
                "extents": [volume],
                "key": [],
                "state": "Accepted",
                "uss_base_url": "https://uss.example.com",
                "new_subscription": {"uss_base_url": "https://uss.example.com"},
            }
            began = time.perf_counter()
            path = f"/operational_intent_references/{uuid.uuid4()}"
            status, answer = await connection.ask("PUT", path, body)
            took.append(time.perf_counter() - began)
            assert status == 201, answer
        connection.writer.close()

    await asyncio.gather(*(planner() for _ in range(at_once)))
    return took


def timed(server, door, sky: str, flights: int, at_once: int) -> tuple[list[float], float, float]:
    """Return how long each creation took, ascending; the whole; the server's CPU time."""
    # The first open the database and compile what is compiled.
    asyncio.run(fly(*door, "warm" if sky == "city" else "city", 20, 1))
    watched = psutil.Process(server.pid)
    before, began = sum(watched.cpu_times()[:2]), time.perf_counter()
    took = sorted(asyncio.run(fly(*door, sky, flights, at_once)))
    return took, time.perf_counter() - began, sum(watched.cpu_times()[:2]) - before


def measure(sky: str, flights: int, at_once: int) -> str:
    key = RSAKey.generate_key(2048)
    with tempfile.TemporaryDirectory() as folder, socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(256)
        keys = Path(folder) / "keys.pem"
        keys.write_bytes(key.as_pem(private=False))
        installed = Path(folder) / "packages" / "doors-1.dist-info"
        installed.mkdir(parents=True)
        (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: doors\nVersion: 1\n")
        (installed / "entry_points.txt").write_text(
            "[chengmo.services]\nairspace = chengmo_airspace.interfaces:open_service\n"
        )
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(installed.parent), str(ROOT / "src")]),
            "CHENGMO_AIRSPACE_KEYS": str(keys),
            "CHENGMO_AIRSPACE_AUDIENCE": "127.0.0.1",
        }
        program = str(ROOT / "tests" / "airspace" / "interfaces" / "serve_airspace.py")
        number = listener.fileno()
        server = subprocess.Popen(
            [sys.executable, program, f"{folder}/home", str(number)],
            env=environment,
            pass_fds=[number],
        )
        claims = {"sub": "uss1", "aud": "127.0.0.1", "scope": SCOPE, "exp": int(time.time()) + 3000}
        token = jwt.encode({"alg": "RS256"}, claims, key)
        port = listener.getsockname()[1]
        try:
            took, wall, cpu = timed(server, (port, token), sky, flights, at_once)
        finally:
            server.terminate()
            server.wait(30)
    middle, last = took[len(took) // 2], took[int(len(took) * 0.99)]
    return (
        f"{sky:5} {flights} flows, {at_once} at once: {flights / wall:6.0f}/s by the clock, "
        f"{1000 * cpu / flights:5.2f} ms CPU each (one core: {flights / cpu:5.0f}/s), "
        f"creation p50 {1000 * middle:5.1f} ms, p99 {1000 * last:5.1f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--flights", type=int, default=2000)
    parser.add_argument("--at-once", type=int, default=32)
    asked = parser.parse_args()
    for sky in ("city", "cell"):
        print(measure(sky, asked.flights, asked.at_once))


if __name__ == "__main__":
    main()
