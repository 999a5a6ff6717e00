"""A dataset of 2 million rows, read from its first page to its last by the links that pages give.

Points with four columns over Wuhan, pages of 10 000 features as GeoJSON. Printed: processor time of
the server for a page, median of each tenth of the way, while every page is a query (the server has
just begun), and again when the rows are mapped. Target: the last tenth costs what the first does.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from benchmarks.items import cpu_s, get, served

ROWS, PAGE = 2_000_000, 10_000


def import_points(folder: Path) -> Path:
    """Import the points into a new home."""
    rng = np.random.default_rng(3)
    lon, lat = 114 + rng.random(ROWS) * 0.6, 30.3 + rng.random(ROWS) * 0.6
    file, home = folder / "points.csv", folder / "home"
    with file.open("w", encoding="utf-8") as out:
        out.write("code,floors,height_m,lon,lat\n")
        for i in range(ROWS):
            out.write(f"P{i:07d},{i % 40},{i % 400 / 4},{lon[i]:.6f},{lat[i]:.6f}\n")
    command = [sys.executable, "-m", "chengmo", "import", str(file), "--home", str(home), "--yes"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return home


def pages_ms(process, connection) -> list[float]:
    """Return the milliseconds of the server's processor time of every page, first to last."""
    path, seen, spent = f"/collections/points/items?limit={PAGE}", 0, []
    while path:
        before = cpu_s(process)
        page = json.loads(get(connection, path))
        spent.append((cpu_s(process) - before) * 1e3)
        seen += page["numberReturned"]
        following = [link["href"] for link in page["links"] if link["rel"] == "next"]
        path = urlsplit(following[0])._replace(scheme="", netloc="").geturl() if following else ""
    assert seen == ROWS
    return spent


def show(name: str, spent: list[float]) -> None:
    """Print the median of each tenth of the way."""
    tenths = " ".join(f"{np.median(part):6.1f}" for part in np.array_split(spent, 10))
    print(f"{name:22} {len(spent)} pages, ms of CPU a page, tenth by tenth: {tenths}")


def main() -> None:
    """Print what pages cost on the way."""
    with tempfile.TemporaryDirectory() as folder:
        home = import_points(Path(folder))
        with served(home) as (process, connection):
            show("a query a page", pages_ms(process, connection))
            # A window is made when nobody has asked for some seconds.
            time.sleep(25)
            show("from mapped rows", pages_ms(process, connection))


if __name__ == "__main__":
    main()
