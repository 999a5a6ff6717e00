"""200 people panning a map at once: how long each waits, and what the server spends.

The buildings of `items.py` behind a real server. Each person has a window of 4 × 3 tiles of level
14 somewhere in the city, moves it by one tile in a random direction, and gets what has come into
it: the 3 or 4 tiles of one edge and, at the same time, a page of at most 100 features of the box of
that edge; looks at it for 2 s on average (exponential), and moves on. The city holds about 23 × 22
such tiles, so after a minute most have been asked for before, as on a busy day.

Printed are, by the clock, from the first byte sent to the last received: median, 95 %, 99 % and
worst of all requests after a time to warm up; errors; requests a second; and the processor time of
the server for one request. The clients share the machine's cores with the server. Target: 99 % in
300 ms, no error.
"""

import argparse
import asyncio
import random
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil

from benchmarks.items import HEIGHT, SOUTH, WEST, WIDTH, _span, cpu_s, import_buildings, served

LEVEL, ACROSS, DOWN = 14, 4, 3
_EDGES = ((1, 0), (-1, 0), (0, 1), (0, -1))


@dataclass
class Heard:
    """What came back.

    Attributes:
        took: Kind of request → seconds, each with the time at which it ended.
        wrong: What went wrong → how often.
    """

    took: dict[str, list[tuple[float, float]]] = field(
        default_factory=lambda: {"tile": [], "items": []}
    )
    wrong: Counter[str] = field(default_factory=Counter)


class Line:
    """One kept-alive connection to the server."""

    def __init__(self, host: str, port: int) -> None:
        self._place = host, port

    async def open(self) -> "Line":
        self._reader, self._writer = await asyncio.open_connection(*self._place, limit=2**20)
        return self

    async def get(self, path: str) -> int:
        """Ask for `path`, read the answer to its end, return its status."""
        host, port = self._place
        self._writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        head = await self._reader.readuntil(b"\r\n\r\n")
        status = int(head.split(None, 2)[1])
        length = [
            line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
        ]
        if length:
            await self._reader.readexactly(int(length[0].split(b":")[1]))
        elif status != 204:
            raise ValueError("an answer of unknown length")
        return status

    def close(self) -> None:
        self._writer.close()


@dataclass
class Person:
    """Somebody who pans."""

    tiles: Line
    items: Line
    luck: random.Random
    heard: Heard
    look_s: float

    async def pan(self, end: float) -> None:
        """Pan until `end`."""
        (west, east), (north, south) = _span(LEVEL)
        x = self.luck.randint(west, east - ACROSS)
        y = self.luck.randint(north, south - DOWN)
        await asyncio.sleep(self.luck.random() * self.look_s)
        while time.perf_counter() < end:
            step_x, step_y = self.luck.choice(_EDGES)
            x = min(max(x + step_x, west), east - ACROSS)
            y = min(max(y + step_y, north), south - DOWN)
            await asyncio.gather(*self._edge(x, y, step_x, step_y))
            await asyncio.sleep(self.luck.expovariate(1 / self.look_s))

    def _edge(self, x: int, y: int, step_x: int, step_y: int) -> tuple:
        columns = [x if step_x < 0 else x + ACROSS - 1] if step_x else range(x, x + ACROSS)
        rows = [y if step_y < 0 else y + DOWN - 1] if step_y else range(y, y + DOWN)
        path = f"/collections/buildings/tiles/WebMercatorQuad/{LEVEL}"
        tiles = [f"{path}/{row}/{column}" for row in rows for column in columns]
        box = ",".join(f"{edge:.6f}" for edge in _box(columns, rows))
        page = f"/collections/buildings/items?limit=100&bbox={box}"
        return self._ask("tile", self.tiles, tiles), self._ask("items", self.items, [page])

    async def _ask(self, kind: str, line: Line, paths: list[str]) -> None:
        for path in paths:
            started = time.perf_counter()
            try:
                status = await line.get(path)
            except (OSError, ValueError, asyncio.IncompleteReadError) as error:
                self.heard.wrong[type(error).__name__] += 1
                await line.open()
                continue
            ended = time.perf_counter()
            if status not in {200, 204}:
                self.heard.wrong[str(status)] += 1
            self.heard.took[kind].append((ended, ended - started))


def _box(columns, rows) -> tuple[float, float, float, float]:
    def lon(column: int) -> float:
        return column / 2**LEVEL * 360 - 180

    def lat(row: int) -> float:
        return float(np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * row / 2**LEVEL)))))

    west, east = lon(columns[0]), lon(columns[-1] + 1)
    south, north = lat(rows[-1] + 1), lat(rows[0])
    return max(west, WEST), max(south, SOUTH), min(east, WEST + WIDTH), min(north, SOUTH + HEIGHT)


async def crowd(place: tuple[str, int], people: int, seconds: float, look_s: float) -> Heard:
    """Let `people` pan for `seconds`."""
    heard, end = Heard(), time.perf_counter() + seconds
    persons = [
        Person(
            await Line(*place).open(), await Line(*place).open(), random.Random(i), heard, look_s
        )
        for i in range(people)
    ]
    await asyncio.gather(*(person.pan(end) for person in persons))
    for person in persons:
        person.tiles.close()
        person.items.close()
    return heard


def measure(process: psutil.Process, place: tuple[str, int], asked: argparse.Namespace) -> None:
    """Warm up, let the crowd pan, and print what it met."""
    asyncio.run(crowd(place, asked.people, asked.warm, asked.look))
    before, started = cpu_s(process), time.perf_counter()
    heard = asyncio.run(crowd(place, asked.people, asked.seconds, asked.look))
    spent, lasted = cpu_s(process) - before, time.perf_counter() - started
    count = sum(map(len, heard.took.values()))
    for kind, took in heard.took.items():
        waits = np.array([wait for _, wait in took]) * 1e3
        shares = " ".join(f"{np.percentile(waits, p):7.1f}" for p in (50, 95, 99, 100))
        print(f"{kind:6} {len(waits):6}   50/95/99/100 %: {shares} ms   target 99 %: 300")
    print(f"errors {sum(heard.wrong.values())} {dict(heard.wrong)}   target 0")
    print(f"{count / lasted:.0f} requests/s, server {spent / count * 1e3:.2f} ms of CPU a request,")
    print(f"{spent / lasted:.2f} cores; load of the machine {psutil.getloadavg()[0]:.1f}")


def main() -> None:
    """Print what 200 people meet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=40)
    parser.add_argument("--warm", type=float, default=40)
    parser.add_argument("--look", type=float, default=2.0, help="seconds between moves")
    parser.add_argument("--home", type=Path, help="a home that has the buildings already")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = asked.home or import_buildings(Path(folder))
        with served(home) as (process, connection):
            connection.request("GET", "/collections/buildings/items?limit=1")
            connection.getresponse().read()
            # A window is made when nobody has asked for some seconds.
            time.sleep(15)
            measure(process, (connection.host, connection.port), asked)


if __name__ == "__main__":
    main()
