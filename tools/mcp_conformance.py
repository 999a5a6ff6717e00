"""Run the official conformance suite of the Model Context Protocol against `chengmo mcp`.

The suite (npm: `@modelcontextprotocol/conformance`, MIT) wants Node.js 22 or newer. Install it
anywhere, then say where:

    npm install --prefix FOLDER node@22 @modelcontextprotocol/conformance@0.1.16
    python tools/mcp_conformance.py FOLDER [--home HOME]

Many of its scenarios call tools, prompts and resources of its own reference server
(`test_simple_text`, `test://static-text`), which no other server has: `WHY_NOT` says why each of
those does not apply. A failure of any other scenario is one of ours.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

PACKAGE = Path("node_modules/@modelcontextprotocol/conformance")
_FIXTURE = "asks for a tool, prompt or resource of the suite's own reference server"
_NOT_KEPT = "needs a session, and the server keeps none: the capability is not declared"
WHY_NOT: Mapping[str, str] = MappingProxyType(
    {
        "logging-set-level": _NOT_KEPT,
        "resources-subscribe": _NOT_KEPT,
        "resources-unsubscribe": _NOT_KEPT,
        "prompts-get-": _FIXTURE,
        "resources-read-": _FIXTURE,
        "resources-templates-read": _FIXTURE,
        "tools-call-": _FIXTURE,
        "elicitation-": _FIXTURE,
        "json-schema-2020-12": _FIXTURE,
        "server-sse-polling": _FIXTURE,
    }
)


def why_not(scenario: str) -> str | None:
    """Return why a scenario does not apply; None for one that does, or that is not known."""
    return next((why for name, why in WHY_NOT.items() if scenario.startswith(name)), None)


def suite_in(folder: Path) -> tuple[Path, Path] | None:
    """Return Node.js and the suite's program as npm installed them in `folder`, or None."""
    node = folder / "node_modules/node/bin/node"
    program = folder / PACKAGE / "dist/index.js"
    return (node, program) if node.exists() and program.exists() else None


@contextmanager
def serving(*arguments: str) -> Iterator[str]:
    """Serve assistants over HTTP; give the address."""
    command = [sys.executable, "-m", "chengmo", "mcp", "--port", "0", *arguments]
    environment = {**os.environ, "CHENGMO_LANG": "en"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


def run_suite(
    suite: tuple[Path, Path], address: str, scenario: str | None = None
) -> dict[str, list[dict[str, str]]]:
    """Return the checks of each scenario, of all of the active suite if none is named."""
    node, program = suite
    chosen = ["--scenario", scenario] if scenario else []
    with tempfile.TemporaryDirectory() as folder:
        command = [str(node), str(program), "server", "--url", address, "-o", folder, *chosen]
        subprocess.run(command, capture_output=True, check=False, timeout=300)
        # A folder a scenario: `server-NAME-TIME`, the time as 2026-11-22T16-42-43-892Z.
        return {
            path.parent.name.removeprefix("server-").rsplit("-", 6)[0]: json.loads(
                path.read_text("utf-8")
            )
            for path in sorted(Path(folder).glob("**/checks.json"))
        }


def main() -> int:
    """Print each scenario and what became of it; return 1 if one that applies failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where npm installed the suite")
    parser.add_argument("--home", help="folder of the platform; else its usual one")
    asked = parser.parse_args()
    suite = suite_in(asked.folder)
    if suite is None:
        print(f"no suite in {asked.folder}: see the beginning of {__file__}")
        return 2
    broken = False
    with serving(*(["--home", asked.home] if asked.home else [])) as address:
        for scenario, checks in run_suite(suite, address).items():
            failed = [check for check in checks if check["status"] == "FAILURE"]
            reason = why_not(scenario)
            broken |= bool(failed) and reason is None
            passed = sum(check["status"] == "SUCCESS" for check in checks)
            said = "fails" if failed else "passes" if passed else "checks nothing"
            print(f"{scenario:36} {said:15} {reason or '' if failed else ''}")
            for check in failed if reason is None else ():
                print(f"    {check['id']}: {check.get('errorMessage', '')}")
    return int(broken)


if __name__ == "__main__":
    sys.exit(main())
