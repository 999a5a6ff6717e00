"""Policies in words, for a reader who has only the paper."""

from collections.abc import Iterator

from chengmo.catalog.treatment import ColumnTreatment, RowRule, Treatment
from chengmo.interfaces.compliance.document import Speech
from chengmo.interfaces.compliance.wording import KINDS, ROLES
from chengmo.model.decision import Text
from chengmo.sharing.policy import ALL_DATASETS, Policy

_EVERYBODY = Text(zh="任何人", en="everybody")
_ANY_PURPOSE = Text(zh="任何用途", en="any purpose")
_DENIES = Text(zh="禁止", en="denies")
_PERMITS = Text(zh="允许", en="permits")
_ALL = Text(zh="（全部数据）", en="(all datasets)")
_AS_IT_IS = Text(zh="原样", en="as it is")


def effect_of(policy: Policy, speech: Speech) -> str:
    """Return whether a policy permits or denies, and whether it is about all datasets."""
    said = speech.say(_DENIES if policy.effect == "deny" else _PERMITS)
    return f"{said}{speech.say(_ALL)}" if policy.dataset == ALL_DATASETS else said


def who_of(policy: Policy, speech: Speech) -> str:
    """Return whom a policy is about."""
    who = policy.who
    parts = [
        ", ".join(who.actors),
        ", ".join(speech.say(ROLES[role]) for role in who.roles),
        ", ".join(who.organisations),
        ", ".join(speech.say(KINDS[kind]) for kind in who.kinds),
    ]
    return speech.join(parts) or speech.say(_EVERYBODY)


def purposes_of(policy: Policy, speech: Speech) -> str:
    """Return for what a policy holds, and when."""
    when = policy.when
    parts = [", ".join(policy.purposes) or speech.say(_ANY_PURPOSE)]
    if when.start is not None:
        start = speech.time(when.start.isoformat())
        parts.append(speech.say(Text(zh=f"自 {start} 起", en=f"from {start}")))
    if when.end is not None:
        end = speech.time(when.end.isoformat())
        parts.append(speech.say(Text(zh=f"至 {end} 止", en=f"until {end}")))
    if when.hours is not None:
        first, last = when.hours
        parts.append(speech.say(Text(zh=f"每日 {first}–{last} 时", en=f"{first}:00–{last}:00")))
    return speech.join(parts)


def treatment_of(policy: Policy, speech: Speech) -> str:
    """Return what is done to the data first: all of it, for this reader is the steward's."""
    if policy.effect == "deny":
        return ""
    parts = list(_parts(policy.treatment, speech))
    if policy.rows_per_day is not None:
        most = speech.number(policy.rows_per_day)
        parts.append(
            speech.say(Text(zh=f"每人每日至多 {most} 行", en=f"at most {most} rows a day"))
        )
    return speech.join(parts) or speech.say(_AS_IT_IS)


def _parts(treatment: Treatment, speech: Speech) -> Iterator[str]:
    yield from (_row_rule(rule) for rule in treatment.rows)
    if treatment.only is not None:
        names = ", ".join(treatment.only)
        yield speech.say(Text(zh=f"仅含字段 {names}", en=f"only the columns {names}"))
    yield from (_column_rule(name, how) for name, how in treatment.columns.items())
    # Rows and columns have been named one by one; what is left is about times and places.
    rest = treatment.model_copy(update={"rows": (), "only": None, "columns": {}})
    yield from (speech.say(text) for text in rest.words())


def _column_rule(name: str, how: ColumnTreatment) -> str:
    stated = how.model_dump(exclude={"do"}, exclude_defaults=True)
    return " ".join([f"{name}: {how.do}", *(f"{key}={value}" for key, value in stated.items())])


def _row_rule(rule: RowRule) -> str:
    value = f"⟨{rule.attribute}⟩" if rule.attribute else rule.value
    shown = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return f"{rule.column} {rule.op} {shown}"
