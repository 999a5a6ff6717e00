"""The same question for a million places at once: verdicts as columns."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from chengmo_airspace.altitude import Height, Heights, Reference
from chengmo_airspace.altitude.height import as_column
from chengmo_airspace.zones.finding import VERDICT_OF, Verdict
from chengmo_airspace.zones.permission import GROUND
from chengmo_airspace.zones.regulation import AircraftClass
from chengmo_airspace.zones.zone import ALL_KINDS
from chengmo_airspace.zones.zone_map import NO, YES, ZoneMap, check_places, runs

Floats = NDArray[np.float64]
BY_LAW, NOTHING = -1, -2


@dataclass(frozen=True, slots=True)
class Verdicts:
    """One verdict a place.

    Attributes:
        verdict: (n,) values of `Verdict`.
        known: (n,) the same from the rules that surely hold alone.
        deciding: (n,) number of a strictest zone that surely holds; `BY_LAW` for a rule that holds
            everywhere, `NOTHING` where none asks for anything.
    """

    verdict: NDArray[np.uint8]
    known: NDArray[np.uint8]
    deciding: NDArray[np.int32]


def ask_many(  # noqa: PLR0913 - the parts of one question
    zone_map: ZoneMap,
    lon: ArrayLike,
    lat: ArrayLike,
    upper: Heights | Height,
    *,
    at: tuple[datetime, datetime],
    lower: Heights | Height = GROUND,
    aircraft: AircraftClass = AircraftClass.LIGHT,
) -> Verdicts:
    """Return the verdict of each place for flights between two heights within an interval of time.

    Args:
        zone_map: The zones.
        lon: Degrees east, WGS 84.
        lat: Degrees north.
        upper: The highest of each flight; one height, or as many as there are places.
        at: First and last instant, with offsets; the same twice for a moment.
        lower: The lowest of each flight.
        aircraft: Its class.

    Raises:
        InvalidRequest: As `Question`.

    Example:
        >>> from datetime import UTC
        >>> noon = datetime(2026, 5, 1, 4, tzinfo=UTC)
        >>> heights = Heights.of([80, 150], Reference.GROUND)
        >>> found = ask_many(ZoneMap([]), [114.3, 114.3], [30.5, 30.5], heights, at=(noon, noon))
        >>> [Verdict(value).name for value in found.verdict.tolist()]
        ['UNKNOWN', 'AUTHORISATION']
    """
    x, y = check_places(lon, lat)
    band = _spread(lower, len(x)), _spread(upper, len(x))
    known = np.zeros(len(x), np.uint8)
    possible = np.zeros(len(x), np.uint8)
    deciding = np.full(len(x), NOTHING, np.int32)
    _apply_law(zone_map, band[1], x, y, aircraft, (known, possible, deciding))
    place, number = zone_map.at(x, y)
    for layer_number, run in runs(number):
        zone_number, layer = zone_map.layers[layer_number]
        zone = zone_map.zones[zone_number]
        verdict = VERDICT_OF[zone.rule]
        if verdict is Verdict.ALLOWED or not zone_map.when(zone, *at):
            continue
        rows = place[run]
        part = (
            Heights(band[0].metres[rows], band[0].reference),
            Heights(band[1].metres[rows], band[1].reference),
        )
        state = zone_map.meets(layer, part, x[rows], y[rows])
        stricter = rows[(state == YES) & (known[rows] < verdict)]
        known[stricter], deciding[stricter] = verdict, zone_number
        maybe = rows[(state != NO) & (state != YES)]
        possible[maybe] = np.maximum(possible[maybe], verdict)
    return Verdicts(np.where(possible > known, Verdict.UNKNOWN, known), known, deciding)


def _spread(height: Height | Heights, count: int) -> Heights:
    column = as_column(height)
    return Heights(np.broadcast_to(column.metres, count), column.reference)


def _apply_law(
    zone_map: ZoneMap,
    upper: Heights,
    x: Floats,
    y: Floats,
    aircraft: AircraftClass,
    columns: tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.int32]],
) -> None:
    known, possible, deciding = columns
    rules = zone_map.regulation
    limit, _ = rules.limit_of(aircraft)
    height = zone_map.altitudes.convert_known(upper, x, y, to=Reference.GROUND).metres
    controlled = height > limit
    if aircraft not in rules.open_classes:
        controlled = np.ones(len(x), np.bool_)
    known[controlled], deciding[controlled] = Verdict.AUTHORISATION, BY_LAW
    possible[np.isnan(height)] = Verdict.AUTHORISATION
    possible[~_is_complete(zone_map, x, y)] = Verdict.AUTHORISATION


def _is_complete(zone_map: ZoneMap, x: Floats, y: Floats) -> NDArray[np.bool_]:
    """Say where all controlled kinds of places are known."""
    complete = np.ones(len(x), np.bool_)
    for kind in zone_map.regulation.controlled_kinds:
        covered = np.zeros(len(x), np.bool_)
        for part in zone_map.coverage:
            if part.kind in {kind, ALL_KINDS}:
                shapely.prepare(part.area)
                covered |= shapely.intersects_xy(part.area, x, y)
        complete &= covered
    return complete
