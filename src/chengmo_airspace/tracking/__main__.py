"""`python -m chengmo_airspace.tracking`: statistics of the log as a table to import.

    python -m chengmo_airspace.tracking TRACKS flights.parquet --from 2026-05-01T00:00:00Z --to …
    chengmo import flights.parquet --id low-altitude-flights …

From then on the dataset's sharing rules apply. The log may be in use meanwhile. See
docs/how-to/watch-the-sky.md.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import shapely

from chengmo import ChengmoError, InvalidRequest
from chengmo_airspace.tracking.flown import HOUR_US, Areas
from chengmo_airspace.tracking.replay import Replay
from chengmo_airspace.tracking.segment_files import Segments
from chengmo_airspace.tracking.sound import POWER_DBA, Places, heard
from chengmo_airspace.tracking.statistics import MINIMUM, summarise
from chengmo_airspace.tracking.telemetry import read_instant


def main(arguments: Sequence[str] | None = None) -> int:
    """Write one table; return 0, or 2 where that cannot be."""
    parser = argparse.ArgumentParser(
        prog="python -m chengmo_airspace.tracking", description="Statistics of flights."
    )
    parser.add_argument("tracks", type=Path, help="folder of the log")
    parser.add_argument("output", type=Path, help="the Parquet file to write")
    parser.add_argument("--from", dest="begin", required=True, help="such as 2026-05-01T00:00:00Z")
    parser.add_argument("--to", dest="end", required=True, help="until then; whole hours, both")
    parser.add_argument("--areas", type=Path, help="GeoJSON of areas; without it cells of 1′")
    parser.add_argument("--name", default="name", help="property that names an area (name)")
    parser.add_argument(
        "--minimum", type=int, default=MINIMUM,
        help=f"fewer flights than this in an area and hour are withheld ({MINIMUM})",
    )  # fmt: skip
    parser.add_argument(
        "--places", type=Path, help="what was heard at these places instead: CSV, see the how-to"
    )
    parser.add_argument(
        "--power", type=float, default=POWER_DBA,
        help=f"A-weighted sound power every aircraft is taken to have ({POWER_DBA:.0f} dB)",
    )  # fmt: skip
    options = parser.parse_args(arguments)
    try:
        begin, end = hours_of(options.begin, options.end)
        table = _table_of(options, begin, end - 1)
        pq.write_table(table, options.output)
    except (ChengmoError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"{table.num_rows} rows written to {options.output}\n")
    return 0


def _table_of(options: argparse.Namespace, begin: int, end: int) -> pa.Table:
    replay = Replay(Segments(options.tracks))
    flown = replay.between(begin, end)
    if options.places:
        return heard(flown.rows, read_places(options.places), power_dba=options.power)
    areas = read_areas(options.areas, options.name) if options.areas else None
    plans, alerts = replay.plans(begin, end), replay.alerts(begin, end)
    return summarise(flown, plans, alerts, areas=areas, minimum=options.minimum)


def hours_of(begin: str, end: str) -> tuple[int, int]:
    """Return the microseconds since 1970 of two whole hours.

    Raises:
        InvalidRequest: If they are none, or not in this order.
    """
    first, last = read_instant(begin), read_instant(end)
    if first % HOUR_US or last % HOUR_US or first >= last:
        raise InvalidRequest(
            f"from {begin} to {end} are no whole hours", hint="such as 2026-05-01T08:00:00Z"
        )
    return first, last


def read_areas(file: Path, name: str) -> Areas:
    """Return the areas of a GeoJSON file.

    Raises:
        InvalidRequest: If it is none, or an area has no such property.
    """
    try:
        features = json.loads(file.read_text("utf-8"))["features"]
        shapes = [shapely.geometry.shape(feature["geometry"]) for feature in features]
        names = [str(feature["properties"][name]) for feature in features]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise InvalidRequest(
            f"{file} holds no areas with the property '{name}'", hint="a FeatureCollection; --name"
        ) from error
    return Areas.of(names, shapes)


def read_places(file: Path) -> Places:
    """Return the places of a CSV file: name, longitude, latitude, and ground_m where it is known.

    Raises:
        InvalidRequest: If it is none.
    """
    try:
        table = pacsv.read_csv(file)
        lon, lat = (table[name].cast(pa.float64()).to_numpy() for name in ("longitude", "latitude"))
        ground = (
            table["ground_m"].cast(pa.float64()).to_numpy()
            if "ground_m" in table.column_names
            else np.full(len(lon), np.nan)
        )
        return Places(tuple(table["name"].cast(pa.string()).to_pylist()), lon, lat, ground)
    except (pa.ArrowException, KeyError) as error:
        raise InvalidRequest(
            f"{file} holds no places", hint="CSV: name, longitude, latitude, ground_m"
        ) from error


if __name__ == "__main__":
    sys.exit(main())
