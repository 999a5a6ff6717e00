"""How fast a map of airspace zones answers: a million places at once, one place in full.

`python -m benchmarks.zone_speed`. 500 zones over 50 × 50 km: circles and polygons of 8 to 400
corners, a third with times. CPU seconds, median of five.
"""

from datetime import UTC, datetime, timedelta

import numpy as np
import shapely

from benchmarks._timing import seconds
from chengmo import Surface
from chengmo_airspace.altitude import Altitudes, Height, Heights, Reference, egm96
from chengmo_airspace.volume import Circle
from chengmo_airspace.zones import (
    ALL_KINDS,
    Coverage,
    Period,
    Question,
    Rule,
    Zone,
    ZoneLayer,
    ZoneMap,
    ask,
    ask_many,
    profile,
    timeline,
)

NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)
BOX = (114.0, 30.3, 114.52, 30.75)
ZONES, PLACES, ROUNDS = 500, 1_000_000, 5


def make_city(random: np.random.Generator, *, zones: int = ZONES) -> ZoneMap:
    """Return a map of random zones."""
    made = []
    for number in range(zones):
        lon, lat = random.uniform(BOX[0], BOX[2]), random.uniform(BOX[1], BOX[3])
        size = random.uniform(0.002, 0.03)
        if number % 3 == 0:
            outline = Circle(lon, lat, size * 100_000)
        else:
            turns = np.linspace(0, 2 * np.pi, int(random.integers(8, 400)), endpoint=False)
            reach = size * random.uniform(0.8, 1.2, len(turns))
            corners = np.column_stack([lon + reach * np.cos(turns), lat + reach * np.sin(turns)])
            outline = shapely.Polygon(corners)
        low = float(random.uniform(0, 100))
        reference = list(Reference)[int(random.integers(3))]
        band = Height(low, reference), Height(low + 100, reference)
        periods = () if number % 3 else (Period(NOON, NOON + timedelta(hours=3)),)
        rule = list(Rule)[int(random.integers(4))]
        layer = ZoneLayer(outline, *band)
        made.append(Zone(f"Z{number}", rule, (layer,), periods=periods))
    terrain = Surface("slope", lambda x, y: 20 + 100 * (x - 114) + 0 * y, "EPSG:4326", "sea level")
    everywhere = Coverage(shapely.box(113, 29, 116, 32), ALL_KINDS)
    return ZoneMap(made, [everywhere], Altitudes(egm96(), terrain))


def main() -> None:
    random = np.random.default_rng(1)
    city = make_city(random)
    lon = random.uniform(BOX[0], BOX[2], PLACES)
    lat = random.uniform(BOX[1], BOX[3], PLACES)
    heights = Heights.of(random.uniform(0, 200, PLACES), Reference.GROUND)
    at = (NOON, NOON + timedelta(minutes=30))
    pairs = len(city.at(lon, lat)[0])
    print(f"{ZONES} zones, {PLACES:,} places, {pairs:,} places in zones")
    many = seconds(lambda: ask_many(city, lon, lat, heights, at=at), ROUNDS)
    print(f"ask_many: {many:.2f} s")
    print(f"  which zones: {seconds(lambda: city.at(lon, lat), ROUNDS):.2f} s")
    print(f"geoid: {seconds(lambda: egm96().heights(lon, lat), ROUNDS):.2f} s")

    def questions(one):
        for i in range(200):
            height = Height(float(heights.metres[i]), Reference.GROUND)
            one(Question(float(lon[i]), float(lat[i]), height, NOON, NOON))

    print(f"ask: {seconds(lambda: questions(lambda q: ask(city, q)), ROUNDS) / 0.2:.2f} ms")
    print(f"profile: {seconds(lambda: questions(lambda q: profile(city, q)), ROUNDS) / 0.2:.2f} ms")
    until = NOON + timedelta(hours=24)
    spans = seconds(lambda: questions(lambda q: timeline(city, q, until=until)), ROUNDS)
    print(f"timeline: {spans / 0.2:.2f} ms")


if __name__ == "__main__":
    main()
