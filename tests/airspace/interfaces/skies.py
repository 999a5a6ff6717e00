"""A discovery service and two USSs, each a real process that can be killed, and who asks them."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from tests.airspace.interfaces import definitions

from chengmo_airspace.flights.instant import write_instant

HERE = Path(__file__).parent
PLAN, DIRECT = "interuss.flight_planning.plan", "interuss.flight_planning.direct_automated_test"
PATIENCE_S = 60


class Server:
    """A server that can be killed and started again at the same address."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder, self.environment = folder, environment
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(128)
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        number = self.listener.fileno()
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "serve_airspace.py"), str(self.folder), str(number)],
            env=self.environment,
            pass_fds=[number],
        )
        httpx.get(f"{self.address}/conformance", timeout=PATIENCE_S).raise_for_status()

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
        self.listener.close()


class Uss(Server):
    """A USS, and the virtual user who plans flights with it.

    Attributes:
        issuer: Of the tokens of who asks it.
        standard: What its answers are held against.
    """

    issuer: Any
    standard: Any

    def tell(self, method: str, path: str, scope: str, body=None):
        token = self.issuer.token(scope, sub="tester", aud="127.0.0.1")
        answer = httpx.request(
            method, f"{self.address}{path}", json=body, timeout=PATIENCE_S,
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip
        if answer.content:
            plain = path.partition("?")[0]
            self.standard.check(method, plain, answer.status_code, answer.json())
            definitions.check(method, plain, answer.status_code, answer.json())
        return answer

    def plan(self, flight, *volumes, usage="Planned", health="Nominal", priority=0):
        body = {
            "flight_plan": {
                "basic_information": {
                    "usage_state": usage, "uas_state": health, "area": list(volumes),
                },
                "astm_f3548_21": {"priority": priority},
            },
            "execution_style": "IfAllowed",
            "request_id": str(uuid.uuid4()),
        }  # fmt: skip
        answer = self.tell("PUT", f"/flight_planning/v1/flight_plans/{flight}", PLAN, body)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        return told["planning_result"], told["flight_plan_status"]

    def end(self, flight):
        return self.tell("DELETE", f"/flight_planning/v1/flight_plans/{flight}", DIRECT)

    def warnings(self, since_us):
        query = f"after={write_instant(since_us)}"
        answer = self.tell("GET", f"/flight_planning/v1/user_notifications?{query}", PLAN)
        return [told["conflicts"] for told in answer.json()["user_notifications"]]


class Sky:
    """All of them, and what the discovery service can be asked."""

    def __init__(self, dss: Server, one: Uss, two: Uss, issuer, stranger: "Stranger") -> None:
        self.dss, self.one, self.two, self.issuer = dss, one, two, issuer
        self.stranger = stranger

    def ask(self, method, path, *scopes, body=None):
        token = self.issuer.token(*(scopes or ("coordination",)), sub="tester", aud="127.0.0.1")
        return httpx.request(
            method, f"{self.dss.address}/dss/v1{path}", json=body, timeout=PATIENCE_S,
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip

    def states(self, volume) -> list[str]:
        """The states of all intents there."""
        body = {"area_of_interest": volume}
        answer = self.ask("POST", "/operational_intent_references/query", body=body)
        found = answer.json()["operational_intent_references"]
        return sorted(f"{each['manager']} {each['state']}" for each in found)

    def mark(self, uss: str, state: str) -> None:
        path = f"/uss_availability/{uss}"
        version = self.ask("GET", path, "arbitration").json()["version"]
        body = {"old_version": version, "availability": state}
        assert self.ask("PUT", path, "arbitration", body=body).status_code == 200


class Stranger:
    """A USS of somebody else, which answers what it is told to and writes down what it hears.

    Attributes:
        answers: Status and document of each path; what is not there is not found.
        heard: Method, path and document of each request.
    """

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, Any]] = {}
        self.heard: list[tuple[str, str, Any]] = []
        stranger = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                raw = self.rfile.read(length)
                stranger.heard.append((self.command, self.path, json.loads(raw) if raw else None))
                status, document = stranger.answers.get(self.path, (404, {"message": "unknown"}))
                body = b"" if document is None else json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def eventually(condition: Callable[[], bool]) -> bool:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.1)
    return False


@contextmanager
def open_sky(folder: Path, issuer, standard, copy_of_home) -> Iterator[Sky]:
    """Start a discovery service and two USSs."""
    (folder / "private.pem").write_bytes(issuer.rsa.as_pem(private=True))
    (folder / "public.pem").write_bytes(issuer.rsa.as_pem(private=False))
    shared = {
        **os.environ,
        "CHENGMO_AIRSPACE_KEYS": str(folder / "public.pem"),
        "CHENGMO_AIRSPACE_AUDIENCE": "127.0.0.1",
    }
    with ExitStack() as stack:
        dss = Server(copy_of_home(folder / "dss"), shared)
        suppliers = [Uss(copy_of_home(folder / name), {}) for name in ("one", "two")]
        for server in (dss, *suppliers):
            stack.callback(server.close)
        stranger = Stranger()
        stack.callback(stranger.close)
        peers = ",".join(each.address.removeprefix("http://") for each in (*suppliers, stranger))
        for name, supplier in zip(("one", "two"), suppliers, strict=True):
            supplier.issuer, supplier.standard = issuer, standard
            supplier.environment = shared | {
                "CHENGMO_AIRSPACE_ROLES": "uss,tracking",
                "CHENGMO_AIRSPACE_TRACKS": str(folder / f"{name}-tracks"),
                "CHENGMO_AIRSPACE_LIMITS": "lost_link_s=600,restored_after_s=1",
                "CHENGMO_AIRSPACE_USS": name,
                "CHENGMO_AIRSPACE_BASE_URL": supplier.address,
                "CHENGMO_AIRSPACE_DSS": dss.address,
                "CHENGMO_AIRSPACE_PEERS": peers,
                "CHENGMO_AIRSPACE_SIGNING_KEY": str(folder / "private.pem"),
                "CHENGMO_AIRSPACE_TESTING": "1",
                # One of the two heeds constraints.
                "CHENGMO_AIRSPACE_CONSTRAINTS": "1" if name == "one" else "0",
            }
        for server in (dss, *suppliers):
            server.start()
        yield Sky(dss, *suppliers, issuer, stranger)
