"""How long a person waits (wall time): `chengmo --help`, and `serve` until its first answer."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

TIMES = 5


def help_s() -> float:
    """Return the seconds that `chengmo --help` takes."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "chengmo", "--help"], check=True, capture_output=True)
    return time.perf_counter() - started


def serve_s() -> tuple[float, float]:
    """Return the seconds until `serve` is ready and until it has answered `/conformance`."""
    with tempfile.TemporaryDirectory() as home:
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "chengmo", "serve", "--port", "0", "--home", home],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            line = process.stdout.readline()
            ready = time.perf_counter() - started
            url = next(word for word in line.split() if word.startswith("http"))
            with urllib.request.urlopen(url + "conformance") as answer:
                json.load(answer)
            return ready, time.perf_counter() - started
        finally:
            process.terminate()
            process.wait()


def main() -> None:
    """Print medians."""
    helps = [help_s() for _ in range(TIMES)]
    serves = [serve_s() for _ in range(TIMES)]
    print(f"chengmo --help            {statistics.median(helps):6.2f} s   target 0.5")
    print(f"serve: ready              {statistics.median(s[0] for s in serves):6.2f} s")
    print(f"serve: first answer       {statistics.median(s[1] for s in serves):6.2f} s   target 3")


if __name__ == "__main__":
    main()
