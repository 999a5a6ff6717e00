"""Servers that are killed at any moment: every acknowledged run ends, and the ledger is whole."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest

from chengmo.app import open_platform
from chengmo.identity.actor import LOCAL_ADMINISTRATOR

PATIENCE_S = 120.0

SERVER = """
import sys, time
from pathlib import Path
from chengmo.app import open_platform
from chengmo.identity.actor import LOCAL_ADMINISTRATOR
sys.path.append(sys.argv[2])
platform = open_platform(home=Path(sys.argv[1]))
print("ready", flush=True)
number = 0
while True:
    number += 1
    request = {"number": number, "seconds": (number % 4) / 10,
               "kind": ("none", "raise", "exit", "none")[number % 4]}
    status = platform.runs.submit("make-trouble", request, actor=LOCAL_ADMINISTRATOR, purpose="")
    print(status.id, flush=True)
    time.sleep(0.1)
"""


def serve_and_kill(home: Path, scenarios: Path, after_s: float) -> list[str]:
    """Run a server, kill it so many seconds after it is ready; return what it acknowledged."""
    command = [sys.executable, "-c", SERVER, str(home), str(scenarios)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout.readline() == "ready\n"
        time.sleep(after_s)
        children = psutil.Process(server.pid).children(recursive=True)
        server.send_signal(signal.SIGKILL)
        lines = server.stdout.read().split("\n")
    _gone, alive = psutil.wait_procs(children, timeout=PATIENCE_S)
    assert not [left for left in alive if left.status() != psutil.STATUS_ZOMBIE]
    # The last line may be cut off; what was printed whole was acknowledged.
    return lines[:-1]


def check_everything_ended(home: Path, acknowledged: list[str]) -> Counter:
    with open_platform(home=home) as platform:
        ended = [platform.runs.wait(run, PATIENCE_S) for run in acknowledged]
        assert {status.status for status in ended} <= {"successful", "failed"}
        stored = platform.runs.list(limit=100_000)
        # A run may be stored and not acknowledged, never the other way round.
        assert set(acknowledged) <= {status.id for status in stored}
        for status in stored:
            assert platform.runs.wait(status.id, PATIENCE_S).has_ended
        for run in acknowledged:
            assert platform.ledger.get(run).status in {"successful", "failed"}
        assert platform.ledger.verify() == len(stored)
        left = list((home / "runs").glob("*/*.*"))
    assert left == []
    return Counter(status.status for status in ended)


def kill_often(home: Path, scenarios: Path, *, rounds: int, seed: int) -> Counter:
    moments = random.Random(seed)
    acknowledged = []
    for _ in range(rounds):
        acknowledged += serve_and_kill(home, scenarios, moments.uniform(0.0, 3.0))
    assert acknowledged
    return check_everything_ended(home, acknowledged)


@pytest.mark.slow
def test_no_acknowledged_run_is_lost_when_servers_are_killed(tmp_path, scenarios):
    kill_often(tmp_path, scenarios, rounds=4, seed=1)


@pytest.mark.slow
def test_no_acknowledged_run_is_lost_when_servers_are_killed_fifty_times(tmp_path, scenarios):
    found = kill_often(tmp_path, scenarios, rounds=50, seed=2)
    assert found["successful"] > 0


@pytest.mark.slow
def test_a_run_that_kills_its_server_twice_fails_and_says_so(tmp_path, scenarios):
    with open_platform(home=tmp_path, work=False) as platform:
        run = platform.runs.submit(
            "make-trouble", {"kind": "sleep"}, actor=LOCAL_ADMINISTRATOR, purpose=""
        ).id
    for _ in range(2):
        serve_until_running(tmp_path, scenarios, run)
    with open_platform(home=tmp_path) as platform:
        status = platform.runs.wait(run, PATIENCE_S)
        assert status.status == "failed"
        assert "ended 2 times" in status.message
        assert platform.runs.result(run).error.slug == "run-failed"


WORKER = """
import sys, time
from pathlib import Path
from chengmo.app import open_platform
sys.path.append(sys.argv[2])
platform = open_platform(home=Path(sys.argv[1]))
while platform.runs.status(sys.argv[3]).stage != "sleeping":
    time.sleep(0.02)
print("running", flush=True)
time.sleep(600)
"""


def serve_until_running(home: Path, scenarios: Path, run: str) -> None:
    command = [sys.executable, "-c", WORKER, str(home), str(scenarios), run]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) as server:
        assert server.stdout.readline() == "running\n"
        server.send_signal(signal.SIGKILL)


@pytest.mark.slow
def test_a_run_cancelled_while_its_server_is_gone_is_dismissed(tmp_path, scenarios):
    with open_platform(home=tmp_path, work=False) as platform:
        run = platform.runs.submit(
            "make-trouble", {"kind": "sleep"}, actor=LOCAL_ADMINISTRATOR, purpose=""
        ).id
        serve_until_running(tmp_path, scenarios, run)
        assert platform.runs.status(run).status == "running"
        platform.runs.cancel(run)
        platform.runs.start_worker()
        assert platform.runs.wait(run, PATIENCE_S).status == "dismissed"
        assert platform.ledger.verify() == 1


@pytest.mark.slow
def test_a_worker_that_is_stopped_for_longer_than_its_lease_changes_nothing(tmp_path, scenarios):
    with open_platform(home=tmp_path, work=False) as platform:
        run = platform.runs.submit(
            "make-trouble", {"seconds": 1}, actor=LOCAL_ADMINISTRATOR, purpose=""
        ).id
        jobs = platform.runs._jobs
        slept = jobs.lease("elsewhere.1", -1.0)
        platform.runs.start_worker()
        assert platform.runs.wait(run, PATIENCE_S).status == "successful"
        # It wakes up and believes that the run is still its own.
        assert not jobs.renew(slept, 30.0, "", 0.5)
        assert not jobs.give_back(slept, counts=False)
        assert platform.runs.status(run).status == "successful"
        assert platform.ledger.verify() == 1
