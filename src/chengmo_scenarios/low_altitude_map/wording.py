"""The words of the answers, in both languages."""

from datetime import datetime

from chengmo import Text
from chengmo_airspace.atlas import Reason, Use
from chengmo_airspace.zones.regulation import CONTROLLED_KINDS, RULE_NAMES
from chengmo_scenarios.low_altitude_map.reading import CHINA

SAID = {
    Use.FREE: Text(zh="可以飞", en="free"),
    Use.CONDITIONAL: Text(zh="有条件可飞", en="free under conditions"),
    Use.APPROVAL: Text(zh="须经批准", en="needs approval"),
    Use.UNKNOWN: Text(zh="不能确定", en="unknown"),
    Use.NO: Text(zh="不能飞", en="closed"),
}


USE_LABELS: dict[str, Text] = {use.name.lower(): said for use, said in SAID.items()}
# What is unknown is neither milder nor stricter than the rest: it has no place on the ramp.
USE_ORDER = tuple(use.name.lower() for use in Use if use is not Use.UNKNOWN)
RULE_LABELS: dict[str, Text] = {str(rule): said for rule, said in RULE_NAMES.items()}
KIND_LABELS: dict[str, Text] = {**CONTROLLED_KINDS, "other": Text(zh="其他", en="other")}


def both(text: Text) -> str:
    """Return a text in both languages for one cell of a table."""
    return text.zh if text.zh == text.en else f"{text.zh} / {text.en}"


def cited(reason: Reason) -> str:
    """Return what decides, with where it is written, in both languages."""
    if not reason.citation.zh:
        return both(reason.title)
    return f"{both(reason.title)} ({both(reason.citation)})"


def say_share(share: float) -> str:
    """Return a share in per cent; what is small is not called nothing."""
    return f"{share:.1%}" if share == 0 or share >= 0.001 else "<0.1%"  # noqa: PLR2004 - a tenth of a per cent


def say_metres(metres: float) -> str:
    """Return metres with at most one decimal."""
    return f"{metres:,.1f}".rstrip("0").rstrip(".")


def say_hour(moment: datetime) -> str:
    """Return a time of day in China."""
    local = moment.astimezone(CHINA)
    return local.strftime("%H:%M")
