"""A rule that bears on a flight, and the verdict of several.

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

from chengmo import Text
from chengmo_airspace.zones.regulation import CONTROLLED_KINDS, CONTROLLED_PLACES, Clause
from chengmo_airspace.zones.schedule import Interval
from chengmo_airspace.zones.zone import Rule, Zone
from chengmo_airspace.zones.zone_map import ZoneMap


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


def permit(
    zone_map: ZoneMap, found: Sequence[Finding], missing: tuple[str, ...], when: Interval
) -> Permission:
    """Return the permission that follows from all findings of one question."""
    verdict, known = judge(found)
    ordered = sorted(found, key=lambda item: _weight(item, verdict))
    needs = verdict in {Verdict.AUTHORISATION, Verdict.UNKNOWN}
    until = zone_map.regulation.apply_until(when[0]) if needs else None
    return Permission(verdict, known, tuple(ordered), missing, until)


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


def by_law(
    clause: Clause, when: Interval, *, why: Text | None = None, is_certain: bool = True
) -> Finding:
    """Return the finding of a rule that holds everywhere."""
    return Finding(
        key=clause.key,
        verdict=Verdict.AUTHORISATION,
        is_certain=is_certain,
        title=clause.says,
        why=why or clause.says,
        citation=clause.citation,
        zone=None,
        when=(when,),
    )


def of_missing(missing: tuple[str, ...], when: Interval) -> Finding:
    """Return the finding that of some kinds of zones nothing is known here."""
    names = [CONTROLLED_KINDS[kind] for kind in missing if kind in CONTROLLED_KINDS]
    why = Text(
        zh="没有数据说明这里是否有：" + "、".join(name.zh for name in names),
        en="No data say whether there are any here: " + "; ".join(name.en for name in names),
    )
    return by_law(CONTROLLED_PLACES, when, why=why, is_certain=False)


def by_zone(zone: Zone, when: tuple[Interval, ...], *, is_certain: bool) -> Finding:
    """Return the finding of a zone that holds, or may hold, at some times."""
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
        citation=Text(zh=source, en=zone.citation_en or source),
        zone=zone,
        when=when,
    )
