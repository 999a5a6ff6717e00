"""From `chengmo demo` in an empty home to the first map in headless Chromium (wall time)."""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

CHROMIUM = "/usr/bin/chromium"
TIMES = 3


def first_map_s(browser: Browser, home: str) -> tuple[float, float]:
    """Return seconds until the server is ready and until the page has drawn the city."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "chengmo", "demo", "--no-browser", "--port", "0", "--home", home],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline()
        ready = time.perf_counter() - started
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(next(word for word in line.split() if word.startswith("http")) + "app/")
        page.wait_for_selector("html[data-ready]", state="attached", timeout=60_000)
        drawn = time.perf_counter() - started
        page.close()
        return ready, drawn
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    """Print medians of an empty home and of one that has the city already."""
    if not Path(CHROMIUM).exists():
        print("skipped: there is no Chromium")
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        first, later = [], []
        for _ in range(TIMES):
            with tempfile.TemporaryDirectory() as home:
                first.append(first_map_s(browser, home))
                later.append(first_map_s(browser, home))
    for title, pairs in (("empty home", first), ("city loaded", later)):
        ready = statistics.median(pair[0] for pair in pairs)
        drawn = statistics.median(pair[1] for pair in pairs)
        print(f"{title:12} ready {ready:5.2f} s, first map {drawn:5.2f} s   target 8")


if __name__ == "__main__":
    main()
