"""Verdicts of cells against questions at places, and against a loop over cells and zones."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import shapely

from chengmo import sampled_surface
from chengmo_airspace.altitude import Altitudes, Height, Reference, egm96
from chengmo_airspace.atlas import Frame, Lattice, Reasons, permit_cells
from chengmo_airspace.volume import Circle
from chengmo_airspace.zones import (
    ALL_KINDS,
    AircraftClass,
    Coverage,
    Period,
    Question,
    Rule,
    Verdict,
    Zone,
    ZoneLayer,
    ZoneMap,
    ask,
)

NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
AREA = shapely.box(114.30, 30.50, 114.32, 30.515)
EDGES = (0.0, 60.0, 120.0, 200.0)
HOURS = tuple((NOON + i * HOUR, NOON + (i + 1) * HOUR) for i in range(3))


def agl(metres):
    return Height(metres, Reference.GROUND)


def amsl(metres):
    return Height(metres, Reference.SEA)


def zone(key, rule, outline, low=None, high=None, periods=()):
    return Zone(key, rule, (ZoneLayer(outline, low, high),), periods=periods)


ZONES = [
    zone("PAD", Rule.CONDITIONAL, Circle(114.305, 30.505, 130), agl(0), agl(80)),
    zone("TINY", Rule.PROHIBITED, Circle(114.3111, 30.5112, 6), agl(0), agl(30)),
    zone(
        "SEA", Rule.AUTHORISATION, shapely.box(114.31, 30.50, 114.33, 30.506), amsl(90), amsl(150)
    ),
    zone("TOP", Rule.PROHIBITED, shapely.box(114.30, 30.512, 114.304, 30.52), agl(120), None),
    zone(
        "EVENT",
        Rule.PROHIBITED,
        shapely.Polygon([(114.312, 30.502), (114.319, 30.509), (114.312, 30.51)]),
        periods=(Period(NOON + 1.2 * HOUR, NOON + 1.5 * HOUR),),
    ),
    zone("NOTE", Rule.INFORMATION, AREA),
]
TERRAIN = sampled_surface(
    "slope", [[20, 60], [20, 60]], box=(114.2, 30.4, 114.4, 30.6), crs="EPSG:4326",
    datum="sea level",
)  # fmt: skip
COMPLETE = [Coverage(shapely.box(114, 30, 115, 31), ALL_KINDS)]


def draw(coverage=COMPLETE, terrain=TERRAIN, aircraft=AircraftClass.LIGHT, zones=ZONES):
    zone_map = ZoneMap(zones, coverage, Altitudes(egm96(), terrain))
    frame = Frame(Lattice.of(AREA, level=5), EDGES, HOURS)
    reasons = Reasons()
    return zone_map, frame, permit_cells(zone_map, frame, aircraft, reasons), reasons.rows


def test_nowhere_in_a_cell_is_the_answer_stricter_than_the_cells():
    zone_map, frame, found, _ = draw()
    random, lattice = np.random.default_rng(2), frame.lattice
    for _ in range(250):
        t, b, n = (int(random.integers(size)) for size in frame.shape)
        lon = lattice.west[n] + random.uniform() * lattice.step
        lat = lattice.south[n] + random.uniform() * lattice.step
        # The cell's own terrain at its middle, as the atlas takes it: level ground suffices here.
        height = agl(random.uniform(EDGES[b], EDGES[b + 1]) * 0.999)
        moment = NOON + (t + random.uniform()) * HOUR
        answer = ask(zone_map, Question(lon, lat, height, moment, moment, lower=height))
        seen = {item.key for item in answer.findings} - {"SEA", "NOTE"}
        strict = max(
            (item.verdict for item in answer.findings if item.key in seen), default=Verdict.ALLOWED
        )
        assert strict <= found.verdict[t, b, n], (lon, lat, height, answer.findings)


def _holds(own, box, band, when, ground):
    """Return the verdict of a zone for a cell, and whether it surely holds; None if it does not."""
    (layer,) = own.layers
    outline = layer.outline
    area = shapely.Polygon(outline.ring / 1e9) if isinstance(outline, Circle) else outline
    if not area.intersects(shapely.box(*box)) or (own.periods and not when(own)):
        return None
    verdict = {"conditional": 1, "requires-authorisation": 2, "prohibited": 4}[own.rule]
    low = layer.lower.metres if layer.lower else 0
    high = layer.upper.metres if layer.upper else np.inf
    if own.identifier == "SEA":
        if ground is None:
            return verdict, False
        low, high = low - ground, high - ground
    return (verdict, True) if band[1] > low + 1e-3 and band[0] < high - 1e-3 else None


@pytest.mark.parametrize("bare", [False, True])
def test_a_cell_is_what_a_loop_over_zones_makes_of_it(bare):
    zone_map, frame, found, reasons = draw(**({"terrain": None, "coverage": []} if bare else {}))
    lattice, hair = frame.lattice, timedelta(microseconds=1)
    for t, b, n in np.ndindex(*frame.shape):
        if (n + b + t) % 5:
            continue
        begin, end = HOURS[t]
        west, south, step = lattice.west[n] + 1e-9, lattice.south[n] + 1e-9, lattice.step - 2e-9
        ground = None if bare else TERRAIN.heights(lattice.lon[[n]], lattice.lat[[n]])[0]
        held = [
            _holds(
                own, (west, south, west + step, south + step), frame.bands[b],
                lambda own: zone_map.when(own, begin + hair, end - hair), ground,  # noqa: B023 - now
            )
            for own in ZONES[:-1]
        ]  # fmt: skip
        known = max(
            [2 if frame.bands[b][1] > 120 else 0, *(v for v, sure in filter(None, held) if sure)]
        )
        doubt = max([2 if bare else 0, *(v for v, sure in filter(None, held) if not sure)])
        wanted = Verdict.UNKNOWN if doubt > known else known
        assert (found.known[t, b, n], found.verdict[t, b, n]) == (known, wanted)
        assert (wanted == Verdict.ALLOWED) == (not reasons[found.why[t, b, n]].key)


def test_a_zone_smaller_than_a_cell_is_not_missed_and_is_named():
    _, frame, found, reasons = draw()
    cell = frame.lattice.meeting(shapely.Point(114.3111, 30.5112))
    assert found.verdict[0, 0, cell].tolist() == [Verdict.PROHIBITED] * len(cell)
    assert {reasons[i].key for i in found.why[0, 0, cell]} == {"TINY"}
    assert found.verdict[0, 1, cell].tolist() == [Verdict.ALLOWED] * len(cell)


def test_what_begins_at_a_ceiling_does_not_bear_on_the_cell_below():
    _, frame, found, reasons = draw()
    cell = frame.lattice.meeting(shapely.Point(114.302, 30.514))
    keys = [reasons[i].key for i in found.why[0][:, cell[0]]]
    assert keys == ["", "", "TOP"]
    assert found.free_up_to(EDGES)[0, cell].tolist() == [120.0]


def test_a_temporary_zone_holds_in_the_hours_that_it_touches():
    _, frame, found, _ = draw()
    cell = frame.lattice.meeting(shapely.Point(114.3125, 30.508))
    assert found.verdict[:, 0, cell[0]].tolist() == [0, Verdict.PROHIBITED, 0]


def test_the_layers_of_one_zone_are_one_reason():
    layers = (
        ZoneLayer(shapely.box(114.30, 30.50, 114.305, 30.505), agl(0), agl(60)),
        ZoneLayer(shapely.box(114.31, 30.51, 114.315, 30.515), agl(0), agl(60)),
    )
    _, _, found, reasons = draw(zones=[Zone("TWO", Rule.PROHIBITED, layers)])
    numbers = np.unique(found.why[found.verdict == Verdict.PROHIBITED])
    assert [reasons[i].key for i in numbers] == ["TWO"]


def test_an_aircraft_that_always_needs_an_application_needs_one_everywhere():
    _, _, found, reasons = draw(aircraft=AircraftClass.LARGE, zones=[])
    assert (found.verdict == Verdict.AUTHORISATION).all()
    assert {reasons[i].key for i in np.unique(found.why)} == {"open-classes"}
    assert (found.free_up_to(EDGES) == 0).all()


def test_without_a_statement_of_completeness_nothing_is_free_but_what_is_known_is_told():
    _, _, found, reasons = draw(coverage=[], zones=[])
    assert (found.verdict[:, :2] == Verdict.UNKNOWN).all()
    assert (found.known[:, :2] == Verdict.ALLOWED).all()
    assert (found.verdict[:, 2] == Verdict.AUTHORISATION).all()
    assert (found.free_up_to(EDGES, known=True) == 120).all()
    assert {reasons[i].key for i in np.unique(found.why)} == {"incomplete", "above-120"}
