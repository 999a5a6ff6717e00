"""Open the demo city with its data centre, and fly synthetic aircraft over it: `make sky`.

Everything here is made up and says so: every message carries `synthetic`. It needs no network: keys
of its own, made for this once, stand in for an authority; flights are planned with this server's
discovery service and reported by HTTP, by the doors that operators use. Ends with Ctrl-C.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

AUDIENCE = "127.0.0.1"
OPERATORS = ("synthetic-courier", "synthetic-survey")
REPORT, PLAN = "chengmo.tracking.report", "utm.strategic_coordination"
# Lanes so far apart that their flights share no airspace, over the middle of Wuhan.
LANES, WEST, EAST, SOUTH, STEP = 36, (114.12, 114.32), (114.28, 114.48), 30.44, 0.018
HALF_WIDTH = 0.0008  # degrees of latitude, about 90 m
BAND_M, HEIGHT_M = (40.0, 180.0), 110.0
SPEED_M_S, METRES_A_DEGREE = 15.0, 111_320.0
HOURS = 2
# What goes wrong, and after how many seconds: one strays, one falls silent.
STRAYS, STRAY_AFTER_S = 5, 45
SILENT, SILENT_AFTER_S, SILENT_FOR_S = 20, 60, 40
PATIENCE_S = 180


@dataclass(frozen=True)
class Lane:
    """A straight flight to and fro, by one aircraft."""

    number: int
    intent: str

    @property
    def operator(self) -> str:
        """Who flies it."""
        return OPERATORS[self.number % len(OPERATORS)]

    @property
    def latitude(self) -> float:
        """Where it lies, degrees."""
        return SOUTH + STEP * (self.number // 2)

    @property
    def ends(self) -> tuple[float, float]:
        """Longitudes of its ends, degrees."""
        side = self.number % 2
        return WEST[side], EAST[side]

    def extent(self, now: datetime) -> dict[str, Any]:
        """Return its volume, as F3548-21 writes it."""
        west, east = self.ends
        low, high = self.latitude - HALF_WIDTH, self.latitude + HALF_WIDTH
        corners = [(west, low), (east, low), (east, high), (west, high)]
        margin = HALF_WIDTH
        corners = [(lon + (margin if lon == east else -margin), lat) for lon, lat in corners]
        return {
            "volume": {
                "outline_polygon": {"vertices": [{"lng": lon, "lat": lat} for lon, lat in corners]},
                "altitude_lower": _altitude(BAND_M[0]),
                "altitude_upper": _altitude(BAND_M[1]),
            },
            "time_start": _time(now + timedelta(seconds=2)),
            "time_end": _time(now + timedelta(hours=HOURS)),
        }

    def message(self, second: float) -> dict[str, Any]:
        """Return where its aircraft is so many seconds after the beginning."""
        west, east = self.ends
        metres = (east - west) * METRES_A_DEGREE * math.cos(math.radians(self.latitude))
        way = (SPEED_M_S * second + 700.0 * self.number) % (2 * metres)
        back = way > metres
        share = (2 * metres - way if back else way) / metres
        strays = self.number == STRAYS and second > STRAY_AFTER_S
        away = 3 * HALF_WIDTH * min(1.0, (second - STRAY_AFTER_S) / 20) if strays else 0.0
        return {
            "aircraft": f"SYN-{self.number:02d}",
            "intent": self.intent,
            "time": datetime.now(UTC).isoformat(),
            "longitude": west + (east - west) * share,
            "latitude": self.latitude + away,
            "height": HEIGHT_M + 10 * math.sin(second / 17 + self.number),
            "reference": "WGS84",
            "speed": SPEED_M_S,
            "course": 270.0 if back else 90.0,
            "synthetic": True,
        }

    def is_silent(self, second: float) -> bool:
        """Tell whether its aircraft reports nothing now."""
        return self.number == SILENT and 0 < second - SILENT_AFTER_S < SILENT_FOR_S


class Authority:
    """Issues the tokens of this one demonstration."""

    def __init__(self, folder: Path) -> None:
        self._key = ECKey.generate_key("P-256")
        self.file = folder / "public.pem"
        self.file.write_bytes(self._key.as_pem(private=False))

    def header(self, scope: str, operator: str) -> dict[str, str]:
        """Return what an operator shows."""
        now = int(time.time())
        claims = {
            "iss": "synthetic", "sub": operator, "aud": AUDIENCE, "scope": scope,
            "iat": now, "nbf": now, "exp": now + 600, "jti": str(uuid.uuid4()),
        }  # fmt: skip
        return {"Authorization": f"Bearer {jwt.encode({'alg': 'ES256'}, claims, self._key)}"}


def main() -> None:
    """Open the demo and fly."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--port", type=int, default=8037)
    parser.add_argument("--home", help="folder that holds the demo's data")
    parser.add_argument("--seconds", type=float, default=math.inf, help="end after so long")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="chengmo-sky-") as folder:
        authority = Authority(Path(folder))
        with served(given.port, given.home, authority, Path(folder)) as address:
            print(f"低空实时图（合成）  Live map (synthetic): {address}/airspace/live/", flush=True)
            with httpx.Client(base_url=address, timeout=PATIENCE_S) as client:
                fly(client, authority, given.seconds)


@contextmanager
def served(port: int, home: str | None, authority: Authority, folder: Path) -> Iterator[str]:
    """Run the demo with its discovery service and data centre, until it answers."""
    environment = {
        **os.environ,
        "CHENGMO_AIRSPACE_KEYS": str(authority.file),
        "CHENGMO_AIRSPACE_AUDIENCE": AUDIENCE,
        "CHENGMO_AIRSPACE_ROLES": "dss,tracking",
        # Synthetic tracks never lie beside real ones.
        "CHENGMO_AIRSPACE_TRACKS": str(folder / "tracks"),
    }
    command = [sys.executable, "-m", "chengmo", "demo", "--no-browser", "--port", str(port)]
    command += ["--home", home] if home else []
    server = subprocess.Popen(command, env=environment)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address, server)
        yield address
    finally:
        server.terminate()
        server.wait(30)


def wait_for(address: str, server: "subprocess.Popen[bytes]") -> None:
    """Wait until the server answers."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and server.poll() is None:
        try:
            httpx.get(f"{address}/conformance", timeout=5).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.5)
        else:
            return
    raise SystemExit("the demo did not start")


def fly(client: httpx.Client, authority: Authority, seconds: float) -> None:
    """Plan every lane's flight, activate it, and report once a second."""
    lanes = [Lane(number, str(uuid.uuid4())) for number in range(LANES)]
    for lane in lanes:
        plan(client, authority, lane)
    began = time.monotonic()
    try:
        while (second := time.monotonic() - began) < seconds:
            for operator in OPERATORS:
                own = [lane for lane in lanes if lane.operator == operator]
                messages = [lane.message(second) for lane in own if not lane.is_silent(second)]
                answer = client.post(
                    "/tracking/v1/messages", content=json.dumps(messages),
                    headers=authority.header(REPORT, operator),
                )  # fmt: skip
                answer.raise_for_status()
            time.sleep(max(0.0, 1 - (time.monotonic() - began - second)))
    except KeyboardInterrupt:
        print()


def plan(client: httpx.Client, authority: Authority, lane: Lane) -> None:
    """Announce a lane's operational intent, and activate it (ASTM F3548-21)."""
    headers = authority.header(PLAN, lane.operator)
    base_url = f"http://127.0.0.1/{lane.operator}"
    path = f"/dss/v1/operational_intent_references/{lane.intent}"
    extent = lane.extent(datetime.now(UTC))
    body: dict[str, Any] = {
        "extents": [extent], "key": [], "state": "Accepted", "uss_base_url": base_url,
        "new_subscription": {"uss_base_url": base_url, "notify_for_constraints": False},
    }  # fmt: skip
    for state in ("Accepted", "Activated"):
        answer = client.put(path, json=body | {"state": state}, headers=headers)
        answer.raise_for_status()
        reference = answer.json()["operational_intent_reference"]
        path = f"/dss/v1/operational_intent_references/{lane.intent}/{reference['ovn']}"
        body["subscription_id"] = reference["subscription_id"]
        body.pop("new_subscription", None)


def _altitude(metres: float) -> dict[str, Any]:
    return {"value": metres, "reference": "W84", "units": "M"}


def _time(moment: datetime) -> dict[str, str]:
    return {"value": moment.isoformat().replace("+00:00", "Z"), "format": "RFC3339"}


if __name__ == "__main__":
    main()
