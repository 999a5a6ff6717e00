"""What a durable submit costs, at few and at many stored runs.

    python benchmarks/submit_cost.py [--stored 10 100000] [--submits 300] [--repeats 5]

Measures processor time of the submitting thread (user and system, so waiting for the disk does not
count) from the call to the acknowledged run: validation, permission, versions, one transaction
with synchronous=FULL. One dataset, SQLite, no worker. Prints JSON.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "tests" / "runs"), str(HERE.parent / "tests/runs/packages")]

import conftest as cities  # noqa: E402 - the small city of the tests, found by the path above
from chengmo.app import open_platform  # noqa: E402 - as above
from chengmo.identity.actor import LOCAL_ADMINISTRATOR  # noqa: E402 - as above
from chengmo.runs.job_table import jobs  # noqa: E402 - as above


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stored", type=int, nargs="+", default=[10, 100_000])
    parser.add_argument("--submits", type=int, default=300)
    parser.add_argument("--repeats", type=int, default=5)
    chosen = parser.parse_args()
    found = [measure(stored, chosen.submits, chosen.repeats) for stored in sorted(chosen.stored)]
    print(json.dumps({"benchmark": "submit_cost", "results": found}, indent=2))


def measure(stored: int, submits: int, repeats: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        with open_platform(home=home, work=False) as platform:
            cities.commit_people(platform, folder=Path(folder))
            fill(platform, stored)
            rounds = [submit_often(platform, submits, number) for number in range(repeats + 1)]
    # The first round compiles the statements.
    cpu, wall = zip(*rounds[1:], strict=True)
    return {
        "stored_runs": stored,
        "cpu_ms_mean_of_submit_median_of_rounds": round(statistics.median(cpu), 3),
        "cpu_ms_worst_round": round(max(cpu), 3),
        "wall_ms_median_of_rounds": round(statistics.median(wall), 3),
        "submits_a_round": submits,
        "rounds": repeats,
    }


def submit_often(platform, submits: int, salt: int) -> tuple[float, float]:
    cpu_s, wall_s = time.thread_time(), time.perf_counter()
    for number in range(submits):
        platform.runs.submit(
            "count-residents",
            {"least": number},
            actor=LOCAL_ADMINISTRATOR,
            purpose="benchmark",
            idempotency_key=f"{salt}-{number}",
        )
    cpu_ms = 1000 * (time.thread_time() - cpu_s) / submits
    return cpu_ms, 1000 * (time.perf_counter() - wall_s) / submits


def fill(platform, stored: int) -> None:
    """Store so many ended runs, as submits and ends would have left them."""
    status = platform.runs.submit(
        "count-residents", {}, actor=LOCAL_ADMINISTRATOR, purpose="benchmark"
    )
    platform.runs.cancel(status.id)
    with platform.database.write() as transaction:
        model = transaction.execute(sa.select(jobs)).mappings().one()
        transaction.execute(
            jobs.insert(),
            [
                {**model, "run": f"00{number:024}", "idempotency_key": f"old-{number}"}
                for number in range(stored)
            ],
        )


if __name__ == "__main__":
    main()
