"""May I fly here, this high, at this time, by which rule, and why.

Every rule that bears on the question is a `Finding`. One that surely holds counts as it is; one of
which that is not known (no terrain to compare heights by, no statement that the data are complete)
can only make the answer unknown, never free. The verdict is

    prohibited                  if a rule that surely holds prohibits
    unknown                     if a rule that may hold is stricter than all that surely do
    requires authorisation, allowed under conditions, allowed      the strictest of those that do
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

import numpy as np

from chengmo import InvalidRequest, Text
from chengmo_airspace.altitude import Height, Reference
from chengmo_airspace.altitude.height import check_height
from chengmo_airspace.zones.regulation import (
    CONTROLLED_KINDS,
    CONTROLLED_PLACES,
    OPEN_CLASSES,
    SPECIAL,
    AircraftClass,
    Clause,
    SpecialUse,
)
from chengmo_airspace.zones.schedule import Interval
from chengmo_airspace.zones.zone import Rule, Zone
from chengmo_airspace.zones.zone_map import NO, YES, ZoneMap, band_of, check_places

GROUND = Height(0.0, Reference.GROUND)


class Verdict(IntEnum):
    """What the answer is, mildest first."""

    ALLOWED = 0
    CONDITIONAL = 1
    AUTHORISATION = 2
    UNKNOWN = 3
    PROHIBITED = 4


VERDICT_OF = {
    Rule.INFORMATION: Verdict.ALLOWED,
    Rule.CONDITIONAL: Verdict.CONDITIONAL,
    Rule.AUTHORISATION: Verdict.AUTHORISATION,
    Rule.PROHIBITED: Verdict.PROHIBITED,
}


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


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that bears on the question.

    Attributes:
        key: The zone's identifier or the rule's key.
        verdict: What it asks, if it holds.
        is_certain: Whether it surely holds.
        title: What it is.
        why: Why it bears on the question.
        citation: Where it is written.
        zone: The zone, None for a rule that holds everywhere.
        when: When it holds within the time asked for; of a rule without times, all of it.
    """

    key: str
    verdict: Verdict
    is_certain: bool
    title: Text
    why: Text
    citation: Text
    zone: Zone | None
    when: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class Permission:
    """The answer to one question.

    Attributes:
        verdict: The answer.
        known: What the rules that surely hold say alone.
        findings: All rules that bear on it, the deciding one first.
        missing_kinds: Controlled kinds of places of which the data say nothing here.
        apply_until: Until when an application must be made, if one is needed.
    """

    verdict: Verdict
    known: Verdict
    findings: tuple[Finding, ...]
    missing_kinds: tuple[str, ...]
    apply_until: datetime | None


def ask(zone_map: ZoneMap, question: Question) -> Permission:
    """Return whether one may fly, and all that bears on it.

    Example:
        >>> from datetime import UTC
        >>> noon = datetime(2026, 5, 1, 4, tzinfo=UTC)
        >>> high = Question(114.3, 30.5, Height(150, Reference.GROUND), noon, noon)
        >>> ask(ZoneMap([]), high).verdict.name
        'AUTHORISATION'
    """
    found = [*_of_the_country(zone_map, question), *_of_zones(zone_map, question)]
    missing = zone_map.missing_kinds(question.lon, question.lat)
    if missing:
        found.append(_of_missing(missing, question))
    verdict, known = judge(found)
    ordered = sorted(found, key=lambda item: _weight(item, verdict))
    needs = verdict in {Verdict.AUTHORISATION, Verdict.UNKNOWN}
    return Permission(
        verdict,
        known,
        tuple(ordered),
        missing,
        zone_map.regulation.apply_until(question.start) if needs else None,
    )


def judge(findings: Sequence[Finding]) -> tuple[Verdict, Verdict]:
    """Return the verdict of some findings, and that of the certain ones alone."""
    known = max((item.verdict for item in findings if item.is_certain), default=Verdict.ALLOWED)
    possible = max(
        (item.verdict for item in findings if not item.is_certain), default=Verdict.ALLOWED
    )
    return (Verdict.UNKNOWN if possible > known else known), known


def _weight(item: Finding, verdict: Verdict) -> tuple[bool, int, bool, str]:
    # Where the answer is "unknown", what makes it so comes first.
    decides_not = item.is_certain if verdict is Verdict.UNKNOWN else not item.is_certain
    return decides_not, -item.verdict, item.zone is None, item.key


def _of_the_country(zone_map: ZoneMap, question: Question) -> list[Finding]:
    rules = zone_map.regulation
    found: list[Finding] = []
    if question.aircraft not in rules.open_classes:
        found.append(_by_law(OPEN_CLASSES, question))
    if rules.special_uses & set(question.uses):
        found.append(_by_law(SPECIAL, question))
    limit, clause = rules.limit_of(question.aircraft)
    height = zone_map.altitudes.convert_known(
        question.upper, question.lon, question.lat, to=Reference.GROUND
    ).metres[0]
    if np.isnan(height):
        why = Text(
            zh=f"没有地形数据，无法把所给高度换算为真高；超过真高{limit:g}米须经批准",
            en=f"Without terrain the height above the ground is not known; above {limit:g} m "
            "approval is needed",
        )
        found.append(_by_law(clause, question, why=why, is_certain=False))
    elif height > limit:
        why = Text(
            zh=f"飞行真高{height:.0f}米，超过{limit:g}米",
            en=f"{height:.0f} m above the ground is more than {limit:g} m",
        )
        found.append(_by_law(clause, question, why=why))
    return found


def _by_law(
    clause: Clause, question: Question, *, why: Text | None = None, is_certain: bool = True
) -> Finding:
    return Finding(
        key=clause.key,
        verdict=Verdict.AUTHORISATION,
        is_certain=is_certain,
        title=clause.says,
        why=why or clause.says,
        citation=clause.citation,
        zone=None,
        when=((question.start, question.end),),
    )


def _of_missing(missing: tuple[str, ...], question: Question) -> Finding:
    names = [CONTROLLED_KINDS[kind] for kind in missing if kind in CONTROLLED_KINDS]
    why = Text(
        zh="没有数据说明这里是否有：" + "、".join(name.zh for name in names),
        en="No data say whether there are any here: " + "; ".join(name.en for name in names),
    )
    return _by_law(CONTROLLED_PLACES, question, why=why, is_certain=False)


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
            found.append(_by_zone(zone, tuple(when), is_certain=state == YES))
    return found


def _by_zone(zone: Zone, when: tuple[Interval, ...], *, is_certain: bool) -> Finding:
    said = Text(zh=zone.message.within("zh"), en=zone.message.within("en"))
    why = Text(
        zh=said.zh or "位置、高度和时间都在此空域内",
        en=said.en or "Place, height and time are within this zone",
    )
    if not is_certain:
        why = Text(
            zh="位置在此空域内；没有地形数据，高度是否在内不得而知",
            en="The place is within this zone; without terrain nobody knows whether the height is",
        )
    source = zone.citation or zone.source
    return Finding(
        key=zone.identifier,
        verdict=VERDICT_OF[zone.rule],
        is_certain=is_certain,
        title=Text(zh=zone.title("zh"), en=zone.title("en")),
        why=why,
        citation=Text(zh=source, en=source),
        zone=zone,
        when=when,
    )
