"""Run the scenarios of InterUSS's uss_qualifier against servers of this checkout.

    python -m venv /tmp/q && /tmp/q/bin/pip install interuss-monitoring==0.37.0     # Python 3.13
    python tools/qualifier /tmp/q/bin/python

Starts two discovery services of one pool, two USSs and InterUSS's mock_uss on loopback, then the
scenarios (`scenarios.py`) with that interpreter. docs/qualification.md says what came of it.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.airspace.interfaces.skies import Server

from chengmo.app import open_platform

MOCK_PORT = 8974
KEY = "from monitoring.monitorlib.auth import NoAuth as N; k = N.dummy_private_key; "


def pem(python: str, how: str) -> bytes:
    """Return the key with which the suite's own tokens are signed."""
    code = f"{KEY}import sys; sys.stdout.buffer.write(k.export_to_pem({how}))"
    return subprocess.run([python, "-c", code], check=True, capture_output=True).stdout


def main(python: str, names: list[str]) -> int:
    """Serve, run the scenarios called `names` (all if none is), and return how it ended."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        at = Path(folder)
        (at / "private.pem").write_bytes(pem(python, "True, None"))
        (at / "public.pem").write_bytes(pem(python, ""))
        addresses = serve(at, stack)
        stack.callback(stop, start_mock(python, at, addresses["dss"]))
        addresses["mock"] = f"http://127.0.0.1:{MOCK_PORT}"
        command = [python, str(Path(__file__).with_name("scenarios.py")), json.dumps(addresses)]
        return subprocess.run([*command, *names], check=False).returncode


def serve(at: Path, stack: ExitStack) -> dict[str, str]:
    """Start two discovery services of one database and two USSs; return their addresses."""
    with open_platform(home=at / "dss", work=False):
        pass
    shared = {
        **os.environ,
        "CHENGMO_AIRSPACE_KEYS": str(at / "public.pem"),
        "CHENGMO_AIRSPACE_AUDIENCE": "127.0.0.1",
    }
    homes = {name: shutil.copytree(at / "dss", at / name) for name in ("uss1", "uss2")}
    servers = {"dss": Server(at / "dss", shared), "dss2": Server(at / "dss", shared)}
    servers |= {name: Server(home, {}) for name, home in homes.items()}
    hosts = [servers[name].address.removeprefix("http://") for name in homes]
    for name in homes:
        servers[name].environment = shared | {
            "CHENGMO_AIRSPACE_ROLES": "uss,tracking",
            "CHENGMO_AIRSPACE_TRACKS": str(at / f"{name}-tracks"),
            "CHENGMO_AIRSPACE_LIMITS": "lost_link_s=600",
            "CHENGMO_AIRSPACE_USS": name,
            "CHENGMO_AIRSPACE_BASE_URL": servers[name].address,
            "CHENGMO_AIRSPACE_DSS": servers["dss"].address,
            "CHENGMO_AIRSPACE_PEERS": ",".join([*hosts, f"127.0.0.1:{MOCK_PORT}"]),
            "CHENGMO_AIRSPACE_SIGNING_KEY": str(at / "private.pem"),
            "CHENGMO_AIRSPACE_TESTING": "1",
        }
    for server in servers.values():
        stack.callback(server.close)
        server.start()
    return {name: server.address for name, server in servers.items()}


def start_mock(python: str, at: Path, discovery: str) -> subprocess.Popen[bytes]:
    """Start InterUSS's mock_uss, and wait until it answers."""
    (at / "interactions").mkdir()
    environment = os.environ | {
        "HOME": str(at),
        "MOCK_USS_PUBLIC_KEY": str(at / "public.pem"),
        "MOCK_USS_TOKEN_AUDIENCE": "127.0.0.1,localhost",
        "MOCK_USS_BASE_URL": f"http://127.0.0.1:{MOCK_PORT}",
        "MOCK_USS_AUTH_SPEC": "NoAuth(sub=mock_uss)",
        "MOCK_USS_SERVICES": "scdsc,flight_planning,interaction_logging,versioning",
        "MOCK_USS_DSS_URL": discovery,
        "MOCK_USS_INTERACTIONS_LOG_DIR": str(at / "interactions"),
    }
    environment.pop("PYTHONPATH", None)
    find = "import monitoring.mock_uss as m; print(m.__path__[0])"
    found = subprocess.run([python, "-c", find], check=True, capture_output=True, text=True)
    command = [python, "-m", "gunicorn", "--preload", "--worker-class", "gevent", "--workers", "1"]
    command += ["--config", f"{found.stdout.strip()}/gunicorn.conf.py"]
    command += ["--bind", f"127.0.0.1:{MOCK_PORT}", "monitoring.mock_uss.mockuss:webapp"]
    # In a session of its own: it has children that outlive it otherwise, and hold the port.
    process = subprocess.Popen(
        command, env=environment, start_new_session=True, stderr=subprocess.DEVNULL
    )
    for _ in range(120):
        try:
            if httpx.get(f"http://127.0.0.1:{MOCK_PORT}/status", timeout=5).is_success:
                return process
        except httpx.HTTPError:
            time.sleep(0.5)
    stop(process)
    raise SystemExit("mock_uss does not answer")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process and the children that it began."""
    os.killpg(process.pid, 9)
    process.wait(30)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
