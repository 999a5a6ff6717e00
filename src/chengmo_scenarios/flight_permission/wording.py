"""The words of the answers, in both languages."""

from datetime import datetime, timedelta, timezone

from chengmo import Text
from chengmo_airspace.altitude import Reference
from chengmo_airspace.zones import Verdict
from chengmo_airspace.zones.regulation import CONTROLLED_KINDS, RULE_NAMES
from chengmo_scenarios.flight_permission.decision import VerdictName

NAME: dict[Verdict, VerdictName] = {
    Verdict.ALLOWED: "allowed",
    Verdict.CONDITIONAL: "conditional",
    Verdict.AUTHORISATION: "authorisation",
    Verdict.UNKNOWN: "unknown",
    Verdict.PROHIBITED: "prohibited",
}
SAID = {
    Verdict.ALLOWED: Text(zh="可以飞", en="allowed"),
    Verdict.CONDITIONAL: Text(zh="有条件可飞", en="allowed under conditions"),
    Verdict.AUTHORISATION: Text(zh="须经批准", en="needs authorisation"),
    Verdict.UNKNOWN: Text(zh="不能确定", en="unknown"),
    Verdict.PROHIBITED: Text(zh="禁止飞行", en="prohibited"),
}
ABOVE = {
    Reference.GROUND: Text(zh="真高", en="above the ground"),
    Reference.SEA: Text(zh="海拔", en="above the sea"),
    Reference.ELLIPSOID: Text(zh="大地高", en="above the ellipsoid"),
}
# What values of the map's columns are called on its legend.
VERDICT_LABELS: dict[str, Text] = {NAME[verdict]: said for verdict, said in SAID.items()}
RULE_LABELS: dict[str, Text] = {str(rule): said for rule, said in RULE_NAMES.items()}
KIND_LABELS: dict[str, Text] = {**CONTROLLED_KINDS, "other": Text(zh="其他", en="other")}
_CHINA = timezone(timedelta(hours=8))


def both(text: Text) -> str:
    """Return a text in both languages for a table's cell."""
    return text.zh if text.zh == text.en else f"{text.zh} / {text.en}"


def say_metres(metres: float) -> str:
    """Return metres with at most one decimal."""
    return f"{metres:,.1f}".rstrip("0").rstrip(".")


def say_time(moment: datetime) -> str:
    """Return a time in China's time."""
    return moment.astimezone(_CHINA).strftime("%Y-%m-%d %H:%M")


def say_height(metres: float, reference: Reference) -> Text:
    """Return a height with what it counts from."""
    said = ABOVE[reference]
    return Text(zh=f"{said.zh}{say_metres(metres)}米", en=f"{say_metres(metres)} m {said.en}")
