"""Reasons, each kept once: cells carry their numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from chengmo import Text
from chengmo_airspace.weather import REASON_TEXTS
from chengmo_airspace.weather import Reason as WeatherReason
from chengmo_airspace.zones import Finding, Verdict
from chengmo_airspace.zones.regulation import CONTROLLED_PLACES


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a cell is as it is.

    Attributes:
        key: Of the zone or the rule; unique together with whether it surely holds.
        rule: What it asks, in the words of ED-318; empty for what is no rule.
        title: What it is.
        why: Why it bears on the cell.
        citation: Where it is written.
        is_synthetic: Whether the zone is made up.
    """

    key: str
    rule: str
    title: Text
    why: Text
    citation: Text
    is_synthetic: bool = False


NOTHING = Reason(
    "", "", Text(zh="没有限制", en="Nothing stands against it"),
    Text(zh="没有规定需要申请", en="No rule asks for an application"), Text(zh="", en=""),
)  # fmt: skip
UNCOVERED = Reason(
    "uncovered", "", Text(zh="通信未覆盖", en="Not covered"),
    Text(zh="接收功率低于门限", en="What is received is below the threshold"),
    Text(zh="", en=""),
)  # fmt: skip


def of_buildings(citation: Text, *, is_synthetic: bool) -> tuple[Reason, Reason]:
    """Return why a cell is closed near a building, and why it may be."""
    return (
        Reason(
            "building", "", Text(zh="建筑物", en="A building"),
            Text(zh="在建筑物内，或离它不足规定的间距", en="In a building, or too near to one"),
            citation, is_synthetic,
        ),
        Reason(
            "building-unknown", "",
            Text(zh="建筑物高度未知", en="A building's height is not known"),
            Text(zh="附近有建筑物，没有它的高度", en="Near a building whose height is not given"),
            citation, is_synthetic,
        ),
    )  # fmt: skip


_INCOMPLETE = Finding(
    key="incomplete",
    verdict=Verdict.AUTHORISATION,
    is_certain=False,
    title=Text(zh="空域数据不齐全", en="The data of zones are not complete"),
    why=Text(
        zh="没有数据说明此处没有应划设管制空域的场所",
        en="No data say that there is none of the places whose airspace is controlled",
    ),
    citation=CONTROLLED_PLACES.citation,
    zone=None,
    when=(),
)


@dataclass(slots=True)
class Reasons:
    """The reasons of an atlas; number 0 is `NOTHING`."""

    rows: list[Reason] = field(default_factory=lambda: [NOTHING])
    _numbers: dict[tuple[str, bool], int] = field(default_factory=dict[tuple[str, bool], int])

    @property
    def incomplete(self) -> Finding:
        """That nobody states the zones to be complete."""
        return _INCOMPLETE

    def number(self, finding: Finding, rule: str) -> int:
        """Return the number of a finding's reason, new or known."""
        key = finding.key, finding.is_certain
        if key not in self._numbers:
            made_up = finding.zone is not None and finding.zone.is_synthetic
            self._numbers[key] = self.add(
                Reason(finding.key, rule, finding.title, finding.why, finding.citation, made_up)
            )
        return self._numbers[key]

    def add(self, reason: Reason) -> int:
        """Return the number of a new reason."""
        self.rows.append(reason)
        return len(self.rows) - 1


def _of_weather(key: WeatherReason, words: Text) -> tuple[Reason, Reason]:
    blank = Text(zh="", en="")
    name = key.name.lower()
    return (
        Reason(
            f"weather-{name}", "", Text(zh=f"天气：{words.zh}", en=f"Weather: {words.en}"),
            Text(zh=f"{words.zh}超出飞行器的限制", en=f"Beyond the aircraft's limit: {words.en}"),
            blank,
        ),
        Reason(
            f"weather-{name}-unknown", "",
            Text(zh=f"天气未知：{words.zh}", en=f"Weather not known: {words.en}"),
            Text(zh=f"没有{words.zh}的数据", en=f"Nothing is given of: {words.en}"), blank,
        ),
    )  # fmt: skip


WEATHER: Mapping[WeatherReason, tuple[Reason, Reason]] = MappingProxyType(
    {
        key: _of_weather(key, words)
        for key, words in REASON_TEXTS.items()
        if key is not WeatherReason.NONE
    }
)
