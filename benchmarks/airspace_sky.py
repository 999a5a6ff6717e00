"""The data centre over HTTP: 10 000 aircraft report each second, and a map looks on.

A server in a process of its own (`chengmo.app`, all guards), batches of 2000 messages in Arrow over
kept connections from this one, as fast as they are answered, then 10 000 messages a second; all
the while one WebSocket takes the picture. Synthetic movement, no intents.

    python benchmarks/airspace_sky.py [--messages 1000000] [--seconds 10]

Prints messages a second by the clock and for each second of the server's processor time; frames a
second, their size, and the server's processor time while it only keeps up.
"""

import argparse
import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
from joserfc import jwt
from joserfc.jwk import RSAKey
from websockets.asyncio.client import connect

ROOT = Path(__file__).parents[1]
AIRCRAFT, BATCH, AT_ONCE = 10_000, 2000, 8
SCOPE = "chengmo.tracking.report chengmo.tracking.watch"


def body_of(number: int, when_us: int) -> bytes:
    """A fifth of the aircraft, all a little further east than before."""
    who = np.arange(number * BATCH, (number + 1) * BATCH) % AIRCRAFT
    table = pa.table(
        {
            "aircraft": pa.array([f"UAS-{n:05d}" for n in who]),
            "time": pa.array(np.full(BATCH, when_us), pa.timestamp("us", "UTC")),
            "longitude": pa.array(114.0 + 0.0045 * (who % 100) + number % 1000 * 1e-6),
            "latitude": pa.array(30.3 + 0.0045 * (who // 100)),
            "height": pa.array(100.0 + 20 * (who % 5)),
            "reference": pa.array(["WGS84"] * BATCH),
            "synthetic": pa.array(np.ones(BATCH, bool)),
        }
    )
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


class Connection:
    """One kept connection; no client library, whose time would be measured, too."""

    def __init__(self, reader, writer, token: str) -> None:
        self.reader, self.writer, self.token = reader, writer, token

    async def send(self, body: bytes) -> int:
        self.writer.write(
            f"POST /tracking/v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: Bearer {self.token}\r\n"
            "Content-Type: application/vnd.apache.arrow.stream\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0])
        answer = json.loads(await self.reader.readexactly(length))
        return answer["accepted"]


async def report(port: int, token: str, bodies: list[bytes], pause_s: float = 0.0) -> int:
    """Send all; return how many messages were accepted."""
    left, accepted = iter(bodies), 0

    async def sender() -> None:
        nonlocal accepted
        connection = Connection(*await asyncio.open_connection("127.0.0.1", port), token)
        for body in left:
            taken = await connection.send(body)
            accepted += taken
            await asyncio.sleep(pause_s)
        connection.writer.close()

    await asyncio.gather(*(sender() for _ in range(1 if pause_s else AT_ONCE)))
    return accepted


async def look(port: int, token: str, seen: list[tuple[float, int, int]]) -> None:
    """Take the picture until cancelled: when, how many aircraft, how many bytes."""
    address = f"ws://127.0.0.1:{port}/tracking/v1/watch"
    async with connect(address, max_size=None, compression=None) as socket_:
        await socket_.send(json.dumps({"token": token}))
        async for message in socket_:
            if isinstance(message, bytes):
                count = int.from_bytes(message[8:12], "little")
                seen.append((time.perf_counter(), count, len(message)))


async def measure(port: int, token: str, server: psutil.Process, given) -> None:
    base, step = time.time_ns() // 1000 - 500_000_000, AIRCRAFT // BATCH
    rounds = given.messages // AIRCRAFT
    bodies = [body_of(n, base + (n // step + 1) * 1000) for n in range(rounds * step)]
    seen: list[tuple[float, int, int]] = []
    looking = asyncio.create_task(look(port, token, seen) if given.look else asyncio.sleep(0))
    last = base + (rounds + 2) * 1000
    slowly = [body_of(n, last + n * 1000) for n in range(given.seconds * step)]
    for name, sent, pause in (
        ("as fast as it goes", bodies, 0.0),
        ("10 000 a second", slowly, 1 / step),
    ):
        before, begun = sum(server.cpu_times()[:2]), time.perf_counter()
        accepted = await report(port, token, sent, pause)
        wall, cpu = time.perf_counter() - begun, sum(server.cpu_times()[:2]) - before
        frames = [(count, size) for at, count, size in seen if at >= begun]
        counts, sizes = np.array(frames or [(0, 0)]).T
        print(
            f"{name}: {accepted / wall:,.0f} messages/s by the clock, {cpu / wall:.2f} cores, "
            f"{accepted / cpu:,.0f} for each second of processor time; {len(frames) / wall:.1f} "
            f"frames/s of {np.mean(counts):,.0f} aircraft, {np.mean(sizes) / 1000:,.0f} kB"
        )
    looking.cancel()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--look", type=int, default=1, help="0: no map looks on")
    given = parser.parse_args()
    key = RSAKey.generate_key(2048)
    with tempfile.TemporaryDirectory() as folder, socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        keys = Path(folder) / "keys.pem"
        keys.write_bytes(key.as_pem(private=False))
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT / "src"),
            "CHENGMO_AIRSPACE_KEYS": str(keys),
            "CHENGMO_AIRSPACE_AUDIENCE": "127.0.0.1",
            "CHENGMO_AIRSPACE_ROLES": "tracking",
            "CHENGMO_AIRSPACE_TRACKS": f"{folder}/tracks",
        }
        program = str(ROOT / "tests" / "airspace" / "interfaces" / "serve_airspace.py")
        number = listener.fileno()
        server = subprocess.Popen(
            [sys.executable, program, f"{folder}/home", str(number)],
            env=environment,
            pass_fds=[number],
        )
        claims = {"sub": "op", "aud": "127.0.0.1", "scope": SCOPE, "exp": int(time.time()) + 3000}
        token = jwt.encode({"alg": "RS256"}, claims, key)
        port = listener.getsockname()[1]
        try:
            warm = [body_of(n, time.time_ns() // 1000 - 590_000_000) for n in range(5)]
            asyncio.run(report(port, token, warm))
            # The platform prepares itself for other questions after it has started.
            while psutil.Process(server.pid).cpu_percent(2) > 5:
                time.sleep(1)
            asyncio.run(measure(port, token, psutil.Process(server.pid), given))
        finally:
            server.terminate()
            server.wait(30)


if __name__ == "__main__":
    main()
