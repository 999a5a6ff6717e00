"""How long the airspace of 50 × 50 km takes, in cells of 4″, five bands and 24 hours.

    python -m benchmarks.atlas_speed

Zones, terrain, people, masts and quiet places are made up. Processor time, the median of three.
"""

import statistics
import time
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import shapely

from chengmo import sampled_surface
from chengmo_airspace.altitude import Altitudes, Height, Reference, egm96
from chengmo_airspace.atlas import (
    Frame,
    Lattice,
    Network,
    QuietPlaces,
    Sources,
    columns_of,
    draw_atlas,
    hours_of,
)
from chengmo_airspace.coverage import Masts
from chengmo_airspace.noise import NoiseClass
from chengmo_airspace.risk import Aircraft, People, cells_of_centres
from chengmo_airspace.volume import Circle
from chengmo_airspace.zones import (
    ALL_KINDS,
    Coverage,
    Period,
    Rule,
    Zone,
    ZoneLayer,
    ZoneMap,
)

CHINA = timezone(timedelta(hours=8))
AREA = shapely.box(114.0, 30.3, 114.52, 30.75)
MORNING = Period(datetime(2026, 5, 1, 2, tzinfo=UTC), datetime(2026, 5, 1, 5, tzinfo=UTC))
RULES = (Rule.CONDITIONAL, Rule.AUTHORISATION, Rule.PROHIBITED)


def make_zone(number: int, random: np.random.Generator) -> Zone:
    lon, lat = random.uniform(114, 114.6), random.uniform(30.3, 30.8)
    circle = Circle(lon, lat, random.uniform(50, 1500))
    outline = circle if number % 2 else shapely.Point(lon, lat).buffer(random.uniform(5e-4, 0.01))
    top = Height(random.uniform(50, 300), Reference.GROUND if number % 3 else Reference.SEA)
    layer = ZoneLayer(outline, Height(0, Reference.GROUND), top)
    periods = () if number % 10 else (MORNING,)
    return Zone(f"Z{number}", RULES[number % 3], (layer,), periods=periods, is_synthetic=True)


def make_sources(random: np.random.Generator) -> tuple[Sources, Sources]:
    land = sampled_surface(
        "made up", random.uniform(15, 60, (50, 60)), box=(113.9, 30.2, 114.7, 30.9),
        crs="EPSG:4326", datum="sea level",
    )  # fmt: skip
    zone_map = ZoneMap(
        [make_zone(number, random) for number in range(500)],
        [Coverage(shapely.box(113, 29, 116, 32), ALL_KINDS)],
        Altitudes(egm96(), land),
    )
    lon, lat = np.meshgrid(np.arange(113.98, 114.62, 0.008), np.arange(30.28, 30.82, 0.008))
    people = People(
        cells_of_centres(lon.ravel(), lat.ravel(), reach_m=700), random.uniform(0, 5000, lon.size)
    )
    place = random.uniform(114, 114.6, 400), random.uniform(30.3, 30.8, 400)
    whole = Sources(
        zone_map,
        people_night=people,
        body=Aircraft(1, 20, 4),
        power_dba=90.0,
        quiet=QuietPlaces(*place, (NoiseClass.LIVING,) * 400),
        network=Network(Masts.of(*place, synthetic=True)),
    )
    return Sources(zone_map), whole


def main() -> None:
    law, whole = make_sources(np.random.default_rng(1))
    hours = hours_of(datetime(2026, 5, 1, tzinfo=CHINA))
    frame = Frame(Lattice.of(AREA, level=5), (0, 30, 60, 90, 120, 150), hours)
    count = int(np.prod(frame.shape))
    print(f"{frame.shape[2]:,} cells × {frame.shape[1]} bands × {frame.shape[0]} hours = {count:,}")
    for name, sources in (("zones and law", law), ("everything", whole)):
        spent = []
        for _ in range(3):
            begin = time.process_time()
            atlas = draw_atlas(frame, sources)
            spent.append(time.process_time() - begin)
        median = statistics.median(spent)
        print(f"{name:15} {median:6.2f} s  {count / median:14,.0f} a second")
    begin = time.process_time()
    rows = len(columns_of(atlas, whole.zone_map)["cell"])
    print(f"{'columns':15} {time.process_time() - begin:6.2f} s  {rows:14,} rows, with 3-D codes")


if __name__ == "__main__":
    main()
