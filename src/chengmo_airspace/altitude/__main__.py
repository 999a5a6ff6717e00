"""`python -m chengmo_airspace.altitude`: a geoid's samples around a city, ready to import.

    python -m chengmo_airspace.altitude us_nga_egm08_25.gtx geoid.csv --box 113.6,29.9,115.1,31.4
    chengmo import geoid.csv --id egm2008 …

The dataset's id is the geoid's name; scenarios take it as `geoid`.
"""

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path

from chengmo import ChengmoError, InvalidRequest
from chengmo_airspace.altitude.geoid_file import Box, samples_within


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the samples of a GTX file around a box; return 0, or 2 where that cannot be done."""
    parser = argparse.ArgumentParser(
        prog="python -m chengmo_airspace.altitude", description="A geoid's samples as CSV."
    )
    parser.add_argument("input", type=Path, help="a GTX file (gdal_translate -of GTX makes one)")
    parser.add_argument("output", type=Path, help="the CSV to write: lon, lat, geoid_m")
    parser.add_argument("--box", required=True, metavar="W,S,E,N", help="degrees around the city")
    options = parser.parse_args(arguments)
    try:
        rows = list(samples_within(_load(options.input), options.input.stem, _edges(options.box)))
    except ChengmoError as error:
        sys.stderr.write(f"{options.input}: {error}\n")
        return 2
    with options.output.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["lon", "lat", "geoid_m"])
        writer.writerows((f"{lon:.9f}", f"{lat:.9f}", f"{metres:.4f}") for lon, lat, metres in rows)
    sys.stdout.write(f"{len(rows)} samples written to {options.output}\n")
    return 0


def _load(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidRequest(f"cannot be read: {error}", hint="give a GTX file") from error


def _edges(text: str) -> Box:
    try:
        west, south, east, north = (float(number) for number in text.split(","))
    except ValueError as error:
        raise InvalidRequest(f"{text!r} is no box", hint="--box 113.6,29.9,115.1,31.4") from error
    return west, south, east, north


if __name__ == "__main__":
    sys.exit(main())
