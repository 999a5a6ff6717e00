"""Run the benchmarks, each in a process of its own: `python -m benchmarks [NAME …]`.

What they print is kept in `benchmarks/results/<name>.txt`. Numbers are CPU time unless said.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
RESULTS = HERE / "results"


def available() -> dict[str, str]:
    """Return name → module of every benchmark: a file, or a folder with a `__main__`."""
    files = {path.stem: f"benchmarks.{path.stem}" for path in HERE.glob("[a-z]*.py")}
    folders = {
        path.parent.name: f"benchmarks.{path.parent.name}" for path in HERE.glob("*/__main__.py")
    }
    return dict(sorted({**files, **folders}.items()))


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all; return 1 if any failed."""
    known = available()
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"no benchmark '{unknown[0]}'; there are: {', '.join(known)}")
        return 2
    RESULTS.mkdir(exist_ok=True)
    failed = [name for name in names or known if not _run(name, known[name])]
    if failed:
        print(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


def _run(name: str, module: str) -> bool:
    print(f"\n== {name}", flush=True)
    with (RESULTS / f"{name}.txt").open("w", encoding="utf-8") as kept:
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", module],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=HERE.parent,
        )
        for line in process.stdout or ():
            print(line, end="", flush=True)
            kept.write(line)
    return process.wait() == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
