"""`python -m chengmo_scenarios.flight_day`: a synthetic day of flights as a file.

    python -m chengmo_scenarios.flight_day population.parquet flights.geojson --flights 240
    chengmo import flights.geojson --id flight-requests --synthetic …

The input is a GeoParquet file of points with a column `residents`, such as the demo city's.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import shapely

from chengmo import ChengmoError, InvalidRequest
from chengmo_scenarios.flight_day.making import Wanted, make_flights
from chengmo_scenarios.flight_day.reading import AskedFlight

_WIDTH_M = 60.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the flights; return 0, or 2 where the input has no residents."""
    parser = argparse.ArgumentParser(
        prog="python -m chengmo_scenarios.flight_day",
        description="Write synthetic flights between places with residents.",
    )
    parser.add_argument("population", type=Path, help="GeoParquet of points, column residents")
    parser.add_argument("output", type=Path, help="the GeoJSON file to write")
    parser.add_argument("--flights", type=int, default=240)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--day", type=date.fromisoformat, default=date(2026, 5, 1))
    options = parser.parse_args(arguments)
    try:
        places, residents = _read(options.population)
        flights = make_flights(
            places, residents, Wanted(options.flights, options.seed, options.day, _WIDTH_M)
        )
    except ChengmoError as error:
        sys.stderr.write(f"{options.population}: {error}\n")
        return 2
    document = {"type": "FeatureCollection", "features": [_feature(one) for one in flights]}
    options.output.write_text(json.dumps(document, indent=1), encoding="utf-8")
    sys.stdout.write(f"{len(flights)} synthetic flights written to {options.output}\n")
    return 0


def _read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    table = pq.read_table(path)
    if not {"residents", "geometry"} <= set(table.column_names):
        raise InvalidRequest("no columns residents and geometry", hint="give GeoParquet of points")
    shapes = shapely.from_wkb(table["geometry"].to_numpy(zero_copy_only=False))
    places = np.column_stack([shapely.get_x(shapes), shapely.get_y(shapes)])
    return places, np.array(table["residents"].to_pylist(), np.float64)


def _feature(flight: AskedFlight) -> dict[str, object]:
    return {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": flight.path.tolist()},
        "properties": {
            "id": flight.id,
            "operator": flight.operator,
            "priority": flight.priority,
            "departure": flight.departure.isoformat(),
            "lower_m": flight.lower_m,
            "upper_m": flight.upper_m,
            "speed_mps": flight.speed_mps,
            "width_m": flight.width_m,
            "synthetic": True,
        },
    }


if __name__ == "__main__":
    sys.exit(main())
