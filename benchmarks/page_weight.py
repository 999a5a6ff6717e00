"""What the page weighs and how soon it can be used: Wuhan, loaded before, in headless Chromium.

The bytes are those that the browser received as bodies, coded as it asked for (brotli), until the
page says that its first map is drawn and nothing has been fetched for a second; the page's own
files and the data apart; and the same bodies with gzip 6. "Interactive" is from the start of the
navigation until `html[data-ready]` is set: the map is drawn and every control answers. The browser
starts anew for each round, with an empty cache. Targets: 1.2 MB gzipped in all, 2.5 s.
"""

import gzip
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from playwright.sync_api import Browser, Response, sync_playwright

from benchmarks.first_map import CHROMIUM
from benchmarks.items import served

ROUNDS = 5


def first_view(browser: Browser, url: str) -> tuple[float, dict[str, list[int]]]:
    """Return the seconds until the page is ready, and the bytes received and gzipped by kind."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - playwright marks it
    started = time.perf_counter()
    page.goto(url)
    page.wait_for_selector("html[data-ready]", state="attached", timeout=60_000)
    ready = time.perf_counter() - started
    page.wait_for_load_state("networkidle")
    sizes: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for answer in answers:
        kind = "page" if "/app/" in answer.url else "data"
        sizes[kind][0] += 1
        sizes[kind][1] += answer.request.sizes()["responseBodySize"]
        if answer.ok and answer.status != 204:
            sizes[kind][2] += len(gzip.compress(answer.body(), 6))
    page.close()
    return ready, sizes


def main() -> None:
    """Print medians."""
    if not Path(CHROMIUM).exists():
        print("skipped: there is no Chromium")
        return
    os.environ["CHENGMO_COMPRESSION"] = "on"
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        load = "from chengmo.app import open_platform as o; from pathlib import Path as P; "
        load += "from chengmo.runs.city_pack import load_city as l; "
        load += f"p = o(home=P({str(home)!r}), work=False); l(p, 'wuhan'); p.close()"
        subprocess.run([sys.executable, "-c", load], check=True)
        with served(home) as (_, connection), sync_playwright() as playwright:
            url, took = f"http://{connection.host}:{connection.port}/app/", []
            for _ in range(ROUNDS):
                browser = playwright.chromium.launch(
                    executable_path=CHROMIUM, args=["--no-sandbox"]
                )
                ready, sizes = first_view(browser, url)
                took.append(ready)
                browser.close()
    for kind, (count, received, gzipped) in sorted(sizes.items()):
        print(
            f"{kind}: {count} answers, {received / 1e3:.0f} kB received, {gzipped / 1e3:.0f} gzip"
        )
    total = sum(size[2] for size in sizes.values())
    print(f"in all, gzipped {total / 1e6:.2f} MB   target 1.2")
    print(
        f"interactive {statistics.median(took):.2f} s ({min(took):.2f} to {max(took):.2f})   "
        f"target 2.5; load of the machine {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
