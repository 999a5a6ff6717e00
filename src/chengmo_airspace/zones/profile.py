"""How the answer changes with height at a place, and with time: intervals, each with its verdict.

Between two neighbouring limits of rules nothing changes, so the question is asked once in each
interval and once at each limit; neighbours with the same verdict are one interval. A limit belongs
to the stricter side: zones are closed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

import numpy as np

from chengmo_airspace.altitude import Height, Reference
from chengmo_airspace.zones.finding import Permission, Verdict
from chengmo_airspace.zones.permission import Question, ask
from chengmo_airspace.zones.zone_map import ZoneMap

TOP_M = 500.0
_HAIR_M = 1e-6
# Verdicts by which one may fly without asking.
FREE = (Verdict.ALLOWED, Verdict.CONDITIONAL)


@dataclass(frozen=True, slots=True)
class Band:
    """Heights above one reference with one verdict.

    Attributes:
        lower_m: Where it begins.
        upper_m: Where it ends.
        verdict: The answer for a flight that stays within it.
        known: What the rules that surely hold say alone.
        deciding: Keys of the findings of that verdict.
    """

    lower_m: float
    upper_m: float
    verdict: Verdict
    known: Verdict
    deciding: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """A time with one verdict; see `Band`."""

    start: datetime
    end: datetime
    verdict: Verdict
    known: Verdict
    deciding: tuple[str, ...]


def profile(zone_map: ZoneMap, question: Question, *, top_m: float = TOP_M) -> list[Band]:
    """Return the verdict of each height at the question's place and time, from 0 to `top_m`.

    Heights count from what `question.upper` counts from; above the ground 0 is the ground.

    Example:
        >>> from datetime import UTC
        >>> from chengmo_airspace.zones.zone import ALL_KINDS, Coverage
        >>> import shapely
        >>> noon = datetime(2026, 5, 1, 4, tzinfo=UTC)
        >>> free = ZoneMap([], [Coverage(shapely.box(114, 30, 115, 31), ALL_KINDS)])
        >>> asked = Question(114.3, 30.5, Height(80, Reference.GROUND), noon, noon)
        >>> [(band.lower_m, band.upper_m, band.verdict.name) for band in profile(free, asked)]
        [(0.0, 120.0, 'ALLOWED'), (120.0, 500.0, 'AUTHORISATION')]
    """
    reference = question.upper.reference
    cuts = _cuts(zone_map, question, reference, top_m)
    bands: list[Band] = []
    for low, high in pairwise(cuts):
        middle = Height((low + high) / 2, reference)
        answer = ask(zone_map, replace(question, lower=middle, upper=middle))
        band = Band(low, high, answer.verdict, answer.known, _deciding(answer))
        last = bands[-1] if bands else None
        if last and (last.verdict, last.known, last.deciding) == (
            band.verdict,
            band.known,
            band.deciding,
        ):
            band = replace(band, lower_m=last.lower_m)
            bands.pop()
        bands.append(band)
    return bands


def free_up_to(bands: Sequence[Band], *, known: bool = False) -> float:
    """Return up to which height one may fly freely from the lowest band on; 0.0 if not at all.

    Args:
        bands: Of `profile`.
        known: Count only the rules that surely hold; what is not known is then left out.
    """
    top = 0.0
    for band in bands:
        if (band.known if known else band.verdict) not in FREE:
            break
        top = band.upper_m
    return top


def timeline(zone_map: ZoneMap, question: Question, *, until: datetime) -> list[Span]:
    """Return the verdict of the question's band of heights from its start to `until`.

    Each instant is asked for by itself; a flight through several spans has the strictest verdict.
    """
    _, numbers = zone_map.at(question.lon, question.lat)
    zones = {zone_map.layers[number][0] for number in numbers.tolist()}
    cuts = {question.start, until}
    for number in zones:
        for begin, end in zone_map.when(zone_map.zones[number], question.start, until):
            cuts |= {begin, end}
    ordered = sorted(cuts)
    spans: list[Span] = []
    for begin, end in pairwise(ordered):
        middle = begin + (end - begin) / 2
        answer = ask(zone_map, replace(question, start=middle, end=middle))
        span = Span(begin, end, answer.verdict, answer.known, _deciding(answer))
        last = spans[-1] if spans else None
        if last and (last.verdict, last.deciding) == (span.verdict, span.deciding):
            span = replace(span, start=last.start)
            spans.pop()
        spans.append(span)
    return spans


def _cuts(zone_map: ZoneMap, question: Question, reference: Reference, top_m: float) -> list[float]:
    x, y = np.array([question.lon]), np.array([question.lat])
    limits = [Height(zone_map.regulation.limit_of(question.aircraft)[0], Reference.GROUND)]
    for number in zone_map.at(question.lon, question.lat)[1].tolist():
        layer = zone_map.layers[number][1]
        limits += [limit for limit in (layer.lower, layer.upper) if limit is not None]
    found = (zone_map.altitudes.convert_known(limit, x, y, to=reference) for limit in limits)
    metres = {round(float(heights.metres[0]), 6) for heights in found}
    inside = {value for value in metres if _HAIR_M < value < top_m - _HAIR_M}
    return [0.0, *sorted(inside), top_m]


def _deciding(answer: Permission) -> tuple[str, ...]:
    wanted = answer.verdict is not Verdict.UNKNOWN
    strictest = max(
        (item.verdict for item in answer.findings if item.is_certain is wanted),
        default=Verdict.ALLOWED,
    )
    return tuple(
        item.key
        for item in answer.findings
        if item.is_certain is wanted and item.verdict is strictest
    )
