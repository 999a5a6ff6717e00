"""May one fly in each cell: what zones and the law ask of cells, bands and hours, by columns.

A cell is taken as a whole: the strictest of all that shares any of its inside counts. What only
touches a face of it, or the instant at which its interval begins or ends, does not bear on it: a
zone up to 60 m leaves the band from 60 m on free. Heights are compared at its middle. Of
completeness the middle decides.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from chengmo_airspace.altitude import Height, Heights, Reference
from chengmo_airspace.atlas.lattice import Floats, Frame, Indices, Interval
from chengmo_airspace.atlas.reason import Reasons
from chengmo_airspace.volume import Circle
from chengmo_airspace.zones import AircraftClass, Rule, Verdict, ZoneLayer, ZoneMap, ask_many
from chengmo_airspace.zones.finding import VERDICT_OF, by_law, by_zone
from chengmo_airspace.zones.regulation import OPEN_CLASSES
from chengmo_airspace.zones.zone_map import NO, YES

Bytes = NDArray[np.uint8]
# What is left out at floor and ceiling, begin and end: faces are no inside.
_HAIR_M, _HAIR = 1e-3, timedelta(microseconds=1)
_FREE = (Verdict.ALLOWED, Verdict.CONDITIONAL)
_INDEX = np.int16


@dataclass(frozen=True, slots=True)
class CellVerdicts:
    """One verdict an interval, band and cell: columns of shape (t, b, n).

    Attributes:
        verdict: Values of `zones.Verdict`.
        known: The same from the rules that surely hold alone.
        why: Number of the deciding reason in `Reasons`.
    """

    verdict: Bytes
    known: Bytes
    why: NDArray[np.int16]

    def free_up_to(self, edges_m: tuple[float, ...], *, known: bool = False) -> Floats:
        """Return (t, n) how high one may fly without asking, from the lowest band up."""
        column = self.known if known else self.verdict
        free = np.logical_and.accumulate(np.isin(column, _FREE), axis=1).sum(axis=1)
        return np.where(free > 0, np.asarray(edges_m)[free], 0.0)


@dataclass(slots=True)
class _Columns:
    """What is being worked on: columns of shape (b, n)."""

    known: Bytes
    possible: Bytes
    known_why: NDArray[np.int16]
    doubt_why: NDArray[np.int16]

    def copy(self) -> "_Columns":
        return _Columns(
            self.known.copy(), self.possible.copy(), self.known_why.copy(), self.doubt_why.copy()
        )

    def raise_to(self, verdict: Verdict, state: NDArray[np.int8], rows: Indices, why: int) -> None:
        """Take in a rule that holds (YES) or may hold (MAYBE) at some cells of all bands."""
        band, column = np.nonzero((state == YES) & (self.known[:, rows] < verdict))
        self.known[band, rows[column]] = verdict
        self.known_why[band, rows[column]] = why
        maybe = (state != NO) & (state != YES) & (self.possible[:, rows] < verdict)
        band, column = np.nonzero(maybe)
        self.possible[band, rows[column]] = verdict
        self.doubt_why[band, rows[column]] = why


@dataclass(frozen=True, slots=True)
class _Reach:
    """A layer of a zone with the cells it meets: state (b, m) at rows (m,)."""

    zone: int
    rows: Indices
    state: NDArray[np.int8]


def permit_cells(
    zone_map: ZoneMap, frame: Frame, aircraft: AircraftClass, reasons: Reasons
) -> CellVerdicts:
    """Return what the zones and the law say of each interval, band and cell.

    Args:
        zone_map: The zones.
        frame: Cells, bands, intervals.
        aircraft: Its class.
        reasons: Takes in every reason that decides somewhere.
    """
    always = _of_the_law(zone_map, frame, aircraft, reasons)
    reaches = [reach for reach in _reaches(zone_map, frame) if reach.rows.size]
    changing = [reach for reach in reaches if zone_map.zones[reach.zone].periods]
    for reach in reaches:
        if not zone_map.zones[reach.zone].periods:
            _take_in(always, zone_map, reach, frame.intervals[0], reasons)
    found = CellVerdicts(
        np.empty(frame.shape, np.uint8), np.empty(frame.shape, np.uint8),
        np.empty(frame.shape, _INDEX),
    )  # fmt: skip
    for number, interval in enumerate(frame.intervals):
        now = always.copy() if changing else always
        for reach in changing:
            if zone_map.when(zone_map.zones[reach.zone], *_inside(interval)):
                _take_in(now, zone_map, reach, interval, reasons)
        unknown = now.possible > now.known
        found.known[number] = now.known
        found.verdict[number] = np.where(unknown, Verdict.UNKNOWN, now.known)
        found.why[number] = np.where(unknown, now.doubt_why, now.known_why)
    return found


def _take_in(
    columns: _Columns, zone_map: ZoneMap, reach: _Reach, when: Interval, reasons: Reasons
) -> None:
    zone = zone_map.zones[reach.zone]
    for is_certain, state in ((True, YES), (False, None)):
        part = np.where(reach.state == YES, YES, NO) if state == YES else np.where(
            reach.state == YES, NO, reach.state
        )  # fmt: skip
        if part.any():
            why = reasons.number(by_zone(zone, (when,), is_certain=is_certain), zone.rule.value)
            columns.raise_to(VERDICT_OF[zone.rule], part.astype(np.int8), reach.rows, why)


def _of_the_law(
    zone_map: ZoneMap, frame: Frame, aircraft: AircraftClass, reasons: Reasons
) -> _Columns:
    _, bands, cells = frame.shape
    columns = _Columns(
        np.zeros((bands, cells), np.uint8), np.zeros((bands, cells), np.uint8),
        np.zeros((bands, cells), _INDEX), np.zeros((bands, cells), _INDEX),
    )  # fmt: skip
    rules, when = zone_map.regulation, frame.intervals[0]
    limit, clause = rules.limit_of(aircraft)
    is_open = aircraft in rules.open_classes
    asked = Rule.AUTHORISATION.value
    why = reasons.number(by_law(clause if is_open else OPEN_CLASSES, when), asked)
    for number, (_, ceiling) in enumerate(frame.bands):
        if ceiling - _HAIR_M > limit or not is_open:
            columns.known[number], columns.known_why[number] = Verdict.AUTHORISATION, why
    lattice, ground = frame.lattice, Height(0.0, Reference.GROUND)
    bare = replace(zone_map, zones=())
    blank = ask_many(bare, lattice.lon, lattice.lat, ground, at=when, aircraft=aircraft)
    missing = blank.verdict == Verdict.UNKNOWN
    if missing.any():
        columns.possible[:, missing] = Verdict.AUTHORISATION
        columns.doubt_why[:, missing] = reasons.number(reasons.incomplete, asked)
    return columns


def _reaches(zone_map: ZoneMap, frame: Frame) -> list[_Reach]:
    lattice = frame.lattice
    window = shapely.box(*lattice.bounds)
    found: list[_Reach] = []
    for number in zone_map.boxes_meeting(window):
        zone_number, layer = zone_map.layers[number]
        if VERDICT_OF[zone_map.zones[zone_number].rule] is not Verdict.ALLOWED:
            rows = lattice.meeting(_outer(layer))
            found.append(_Reach(zone_number, rows, _states(zone_map, layer, frame, rows)))
    return found


def _states(zone_map: ZoneMap, layer: ZoneLayer, frame: Frame, rows: Indices) -> NDArray[np.int8]:
    states = np.empty((len(frame.bands), len(rows)), np.int8)
    x, y = frame.lattice.lon[rows], frame.lattice.lat[rows]
    for number, (floor, ceiling) in enumerate(frame.bands):
        band = (
            Heights(np.full(len(rows), floor + _HAIR_M), Reference.GROUND),
            Heights(np.full(len(rows), ceiling - _HAIR_M), Reference.GROUND),
        )
        states[number] = zone_map.meets(layer, band, x, y)
    return states


def _inside(interval: Interval) -> Interval:
    begin, end = interval
    return (begin + _HAIR, end - _HAIR) if end - begin > 2 * _HAIR else interval


def _outer(layer: ZoneLayer) -> BaseGeometry:
    """Return a polygon that misses nothing of a layer."""
    if isinstance(layer.outline, Circle):
        return shapely.Polygon(layer.outline.ring / 1e9)
    return layer.outline
