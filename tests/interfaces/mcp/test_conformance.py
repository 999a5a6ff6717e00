"""The official conformance suite of the protocol, run by `tools/mcp_conformance.py`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[3] / "tools" / "mcp_conformance.py"
# Where npm installed it; the beginning of the tool says how.
SUITE = os.environ.get("CHENGMO_MCP_SUITE", "")
PASSES = (
    "server-initialize",
    "ping",
    "tools-list",
    "resources-list",
    "prompts-list",
    "completion-complete",
    "dns-rebinding-protection",
)


@pytest.mark.slow
@pytest.mark.skipif(not SUITE, reason="CHENGMO_MCP_SUITE names no folder with the npm package")
def test_every_scenario_that_applies_passes(home, platform):
    command = [sys.executable, str(TOOL), SUITE, "--home", str(home)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=400)
    became = dict(line.split()[:2] for line in done.stdout.splitlines())
    assert done.returncode == 0, done.stdout
    assert {name: became[name] for name in PASSES} == dict.fromkeys(PASSES, "passes")
