"""What the page weighs and how soon it can be used: Wuhan, loaded before, in headless Chromium.

The bytes are those that the browser received as bodies, coded as it asked for (brotli), until the
page says that its first map is drawn and ten seconds more, in which it looks whether the city has
grown; the page's own files and the data apart; and the same bodies with gzip 6. "Interactive" is
from the start of the navigation until `html[data-ready]` is set: every control answers and the map
takes what is laid on it; "drawn" until `html[data-map=idle]` too: all of it is drawn. The browser
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

ROUNDS = 3
LOOKED_ON_MS = 10_000


def first_view(browser: Browser, url: str) -> tuple[float, float, dict[str, list[int]]]:
    """Return the seconds until the page is ready and drawn, and the bytes by kind.

    The bytes of each kind are: answers, bytes received, and the same gzipped.
    """
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - playwright marks it
    started = time.perf_counter()
    page.goto(url)
    page.wait_for_selector("html[data-ready]", state="attached", timeout=60_000)
    ready = time.perf_counter() - started
    page.wait_for_selector("html[data-map=idle]", state="attached", timeout=60_000)
    drawn = time.perf_counter() - started
    page.wait_for_timeout(LOOKED_ON_MS)
    sizes: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for answer in answers:
        kind = "page" if "/app/" in answer.url else "data"
        sizes[kind][0] += 1
        received = answer.request.sizes()["responseBodySize"]
        sizes[kind][1] += received
        # What the browser had already is not sent again.
        if received and answer.ok:
            sizes[kind][2] += len(gzip.compress(answer.body(), 6))
    page.close()
    return ready, drawn, sizes


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
                *seconds, sizes = first_view(browser, url)
                took.append(seconds)
                browser.close()
    for kind, (count, received, gzipped) in sorted(sizes.items()):
        print(
            f"{kind}: {count} answers, {received / 1e3:.0f} kB received, {gzipped / 1e3:.0f} gzip"
        )
    total = sum(size[2] for size in sizes.values())
    print(f"in all, gzipped {total / 1e6:.2f} MB   target 1.2")
    for title, column in zip(("interactive", "drawn"), zip(*took, strict=True), strict=True):
        middle = statistics.median(column)
        print(f"{title} {middle:.2f} s ({min(column):.2f} to {max(column):.2f})   target 2.5")
    print(f"load of the machine {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
