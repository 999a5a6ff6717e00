"""May I fly here, this high, at this time, by which rule, and why: one place."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from chengmo import InvalidRequest, Text
from chengmo_airspace.altitude import Height, Reference
from chengmo_airspace.altitude.height import check_height
from chengmo_airspace.zones.finding import (
    Finding,
    Permission,
    by_law,
    by_zone,
    of_missing,
    permit,
)
from chengmo_airspace.zones.regulation import OPEN_CLASSES, SPECIAL, AircraftClass, SpecialUse
from chengmo_airspace.zones.schedule import Interval
from chengmo_airspace.zones.zone_map import NO, YES, ZoneMap, band_of, check_places

GROUND = Height(0.0, Reference.GROUND)


@dataclass(frozen=True, slots=True)
class Question:
    """Somebody wants to fly at a place.

    Attributes:
        lon: Degrees east, WGS 84.
        lat: Degrees north.
        upper: The highest the aircraft will be.
        start: First instant, with its offset.
        end: Last instant; `start` for a moment.
        lower: The lowest it will be; the ground, unless it comes from elsewhere.
        aircraft: Its class.
        uses: What special is done with it.
    """

    lon: float
    lat: float
    upper: Height
    start: datetime
    end: datetime
    lower: Height = GROUND
    aircraft: AircraftClass = AircraftClass.LIGHT
    uses: tuple[SpecialUse, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be asked."""
        check_places(self.lon, self.lat)
        lower, upper = check_height(self.lower), check_height(self.upper)
        if self.start.utcoffset() is None or self.end.utcoffset() is None:
            raise InvalidRequest("a time has no offset from UTC", hint="write …T08:00:00+08:00")
        if self.end < self.start:
            raise InvalidRequest("the flight ends before it starts", hint="start ≤ end")
        if lower.reference is upper.reference and lower.metres > upper.metres:
            raise InvalidRequest(
                f"from {lower.metres} m up to {upper.metres} m is no band", hint="lower ≤ upper"
            )


def ask(zone_map: ZoneMap, question: Question) -> Permission:
    """Return whether one may fly, and all that bears on it.

    Example:
        >>> from datetime import UTC
        >>> noon = datetime(2026, 5, 1, 4, tzinfo=UTC)
        >>> high = Question(114.3, 30.5, Height(150, Reference.GROUND), noon, noon)
        >>> ask(ZoneMap([]), high).verdict.name
        'AUTHORISATION'
    """
    when = question.start, question.end
    found = [*_of_the_country(zone_map, question), *_of_zones(zone_map, question)]
    missing = zone_map.missing_kinds(question.lon, question.lat)
    if missing:
        found.append(of_missing(missing, when))
    return permit(zone_map, found, missing, when)


def find_by_use(
    zone_map: ZoneMap, aircraft: AircraftClass, uses: tuple[SpecialUse, ...], when: Interval
) -> list[Finding]:
    """Return what the law asks of an aircraft and its use, wherever it flies."""
    rules = zone_map.regulation
    found: list[Finding] = []
    if aircraft not in rules.open_classes:
        found.append(by_law(OPEN_CLASSES, when))
    if rules.special_uses & set(uses):
        found.append(by_law(SPECIAL, when))
    return found


def find_by_height(
    zone_map: ZoneMap, aircraft: AircraftClass, true_heights: tuple[float, float], when: Interval
) -> list[Finding]:
    """Return what the law asks of a true height.

    Args:
        zone_map: Whose law.
        aircraft: Its class.
        true_heights: Metres above the ground: what is surely reached, and what may be at most;
            NaN where not known.
        when: Of the flight.
    """
    surely, at_most = true_heights
    limit, clause = zone_map.regulation.limit_of(aircraft)
    if surely > limit:
        why = Text(
            zh=f"飞行真高{surely:.0f}米，超过{limit:g}米",
            en=f"{surely:.0f} m above the ground is more than {limit:g} m",
        )
        return [by_law(clause, when, why=why)]
    if np.isnan(surely) or np.isnan(at_most):
        why = Text(
            zh=f"没有地形数据，无法把所给高度换算为真高；超过真高{limit:g}米须经批准",
            en=f"Without terrain the height above the ground is not known; above {limit:g} m "
            "approval is needed",
        )
        return [by_law(clause, when, why=why, is_certain=False)]
    if at_most > limit:
        why = Text(
            zh=f"地面起伏，真高可能超过{limit:g}米",
            en=f"The ground varies: it may be more than {limit:g} m above it",
        )
        return [by_law(clause, when, why=why, is_certain=False)]
    return []


def _of_the_country(zone_map: ZoneMap, question: Question) -> list[Finding]:
    when = question.start, question.end
    height = zone_map.altitudes.convert_known(
        question.upper, question.lon, question.lat, to=Reference.GROUND
    ).metres.item()
    return [
        *find_by_use(zone_map, question.aircraft, question.uses, when),
        *find_by_height(zone_map, question.aircraft, (height, height), when),
    ]


def _of_zones(zone_map: ZoneMap, question: Question) -> list[Finding]:
    _, numbers = zone_map.at(question.lon, question.lat)
    band = band_of(question.lower, question.upper)
    x, y = np.array([question.lon]), np.array([question.lat])
    states: dict[int, int] = {}
    for number in numbers.tolist():
        zone_number, layer = zone_map.layers[number]
        state = int(zone_map.meets(layer, band, x, y)[0])
        if state != NO and states.get(zone_number) != YES:
            states[zone_number] = state
    found: list[Finding] = []
    for zone_number, state in states.items():
        zone = zone_map.zones[zone_number]
        when = zone_map.when(zone, question.start, question.end)
        if when:
            found.append(by_zone(zone, tuple(when), is_certain=state == YES))
    return found
