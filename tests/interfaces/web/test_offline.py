"""The demo with the network cable pulled."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ALONE = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]


@pytest.fixture(scope="module")
def without_network():
    """The beginning of a command that runs with no network but its own loopback."""
    if not all(shutil.which(name) for name in ("unshare", "ip", "chromium")):
        pytest.skip("unshare, ip or Chromium is not installed (util-linux, iproute2, chromium)")
    if subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("a network namespace needs rights that this user has not got")
    return ALONE


@pytest.mark.browser
def test_the_demo_answers_a_question_without_a_network(without_network, tmp_path):
    child = Path(__file__).with_name("offline_child.py")
    command = [*without_network, sys.executable, child, tmp_path, sys.executable, "-m", "chengmo"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert ended.returncode == 0, ended.stderr
    assert "食堂" in ended.stdout
