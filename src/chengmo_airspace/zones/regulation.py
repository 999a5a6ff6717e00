"""What a country's rules say of every place, as parameters with the article each follows from.

The values are those of 《无人驾驶航空器飞行管理暂行条例》 (Interim Regulation on the Flight of
Unmanned Aircraft, State Council and Central Military Commission, decree 761, in force since
2024-01-01), retold; the text is what binds. Whoever has better or newer rules gives other values.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from enum import StrEnum

from chengmo import Text
from chengmo_airspace.zones.zone import Rule


class AircraftClass(StrEnum):
    """Classes of unmanned aircraft (article 62): by mass, speed and what they can do."""

    MICRO = "micro"
    LIGHT = "light"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class SpecialUse(StrEnum):
    """What needs an application also where flying is free (article 31, second paragraph)."""

    RELAYED = "relayed"
    DANGEROUS_OR_DROPPED = "dangerous-or-dropped"
    OVER_CROWDS = "over-crowds"
    FROM_A_VEHICLE = "from-a-vehicle"
    SWARM = "swarm"


@dataclass(frozen=True, slots=True)
class Clause:
    """One rule: its article and what it says, retold."""

    key: str
    citation: Text
    says: Text


_NAME = Text(
    zh="《无人驾驶航空器飞行管理暂行条例》", en="Interim Regulation on UAS Flight (decree 761)"
)


def _clause(key: str, article: tuple[str, str], zh: str, en: str) -> Clause:
    citation = Text(zh=f"{_NAME.zh}{article[0]}", en=f"{_NAME.en}, {article[1]}")
    return Clause(key, citation, Text(zh=zh, en=en))


CONTROLLED_HIGH = _clause(
    "above-120",
    ("第十九条", "article 19"),
    "真高120米以上空域应划设为管制空域，未经空中交通管理机构批准不得飞行",
    "More than 120 m above the ground the airspace is controlled: no flight without approval",
)
MICRO_LOW = _clause(
    "micro-50",
    ("第六十二条", "article 62"),
    "微型无人驾驶航空器的最大飞行真高不超过50米",
    "A micro aircraft flies at most 50 m above the ground",
)
OPEN_CLASSES = _clause(
    "open-classes",
    ("第十九条、第三十一条", "articles 19 and 31"),
    "管制空域以外只是微型、轻型、小型的适飞空域，中型、大型须提出飞行活动申请",
    "Outside controlled airspace only micro, light and small aircraft fly without an application",
)
SPECIAL = _clause(
    "special-use",
    ("第三十一条第二款", "article 31, second paragraph"),
    "中继飞行、运载危险品或投放物品、飞越集会人群、在移动的交通工具上操控、分布式或集群飞行，"
    "在适飞空域内也须提出飞行活动申请",
    "Relayed flight, dangerous goods or dropping, flying over crowds, control from a vehicle and "
    "swarms need an application also where flying is free",
)
CONTROLLED_PLACES = _clause(
    "controlled-places",
    ("第十九条", "article 19"),
    "空中禁区、限制区，军用超低空飞行空域，以及机场、军事、涉密、危险品、公共基础设施、电磁环境保护、"
    "革命纪念地和文物等区域上方应划设为管制空域",
    "Above airports, military and secret places, dangerous goods, public infrastructure, protected "
    "radio sites, memorials and monuments the airspace is controlled",
)
TEMPORARY = _clause(
    "temporary",
    ("第二十条", "article 20"),
    "可临时增加管制空域：大型活动生效前24小时、紧急任务生效前30分钟公布",
    "Controlled airspace may be added for a time: made public 24 h before, in urgent cases 30 min",
)
APPLYING = _clause(
    "applying",
    ("第二十六条", "article 26"),
    "飞行活动申请应在拟飞行前1日12时前提出，飞行前1日21时前得到答复",
    "An application is made before 12:00 of the day before the flight and answered before 21:00",
)

# What the rules of zones are called, mildest first.
RULE_NAMES: Mapping[Rule, Text] = {
    Rule.INFORMATION: Text(zh="提示", en="Information"),
    Rule.CONDITIONAL: Text(zh="有条件", en="Under conditions"),
    Rule.AUTHORISATION: Text(zh="须经批准", en="Needs authorisation"),
    Rule.PROHIBITED: Text(zh="禁止", en="Prohibited"),
}
# Kinds of places whose airspace article 19 has controlled, and article 20's temporary ones.
CONTROLLED_KINDS: Mapping[str, Text] = {
    "airport": Text(zh="机场及其周边", en="airports and around"),
    "prohibited-area": Text(zh="空中禁区、限制区及周边", en="prohibited and restricted areas"),
    "military-flying": Text(zh="军用超低空飞行空域", en="military low-level flying"),
    "border": Text(zh="国界、实际控制线、边境线", en="borders"),
    "military": Text(zh="军事、监管等涉密单位及周边", en="military and secret places"),
    "hazardous": Text(zh="军工、核设施、危险品", en="arms industry, nuclear, dangerous goods"),
    "infrastructure": Text(zh="公共基础设施及水源地", en="public infrastructure, water sources"),
    "radio": Text(zh="电磁环境保护设施", en="protected radio sites"),
    "heritage": Text(zh="革命纪念地、不可移动文物", en="memorials and monuments"),
    "temporary": Text(zh="临时管制空域", en="temporary restrictions"),
}


@dataclass(frozen=True)
class Regulation:
    """The parameters; every one may be set otherwise.

    Attributes:
        controlled_above_m: Above this true height all airspace is controlled (article 19; the limit
            itself still counts as free).
        class_limits_m: Lower limits of a class (article 62).
        open_classes: Who flies without an application outside controlled airspace (article 31).
        special_uses: What needs one nevertheless (article 31).
        controlled_kinds: Kinds of places that are controlled (articles 19, 20): where one of them
            is not known to be complete, nothing is free.
        apply_until_hour: Of the day before the flight, local time (article 26).
        answer_until_hour: The same for the answer.
        utc_offset_h: Of local time.
    """

    controlled_above_m: float = 120.0
    class_limits_m: Mapping[AircraftClass, float] = field(
        default_factory=lambda: {AircraftClass.MICRO: 50.0}, hash=False
    )
    open_classes: frozenset[AircraftClass] = frozenset(
        {AircraftClass.MICRO, AircraftClass.LIGHT, AircraftClass.SMALL}
    )
    special_uses: frozenset[SpecialUse] = frozenset(SpecialUse)
    controlled_kinds: tuple[str, ...] = tuple(CONTROLLED_KINDS)
    apply_until_hour: int = 12
    answer_until_hour: int = 21
    utc_offset_h: float = 8.0

    def limit_of(self, aircraft: AircraftClass) -> tuple[float, Clause]:
        """Return up to which true height a class flies freely, and by which rule."""
        own = self.class_limits_m.get(aircraft, self.controlled_above_m)
        if own < self.controlled_above_m:
            return own, MICRO_LOW
        return self.controlled_above_m, CONTROLLED_HIGH

    def apply_until(self, start: datetime) -> datetime:
        """Return until when an application for a flight at `start` must be made, local time."""
        return self._day_before(start, self.apply_until_hour)

    def answer_until(self, start: datetime) -> datetime:
        """Return until when it must be answered, local time."""
        return self._day_before(start, self.answer_until_hour)

    def _day_before(self, start: datetime, hour: int) -> datetime:
        local = start.astimezone(timezone(timedelta(hours=self.utc_offset_h)))
        before = local - timedelta(days=1)
        return before.replace(hour=hour, minute=0, second=0, microsecond=0)


CHINA_2024 = Regulation()
