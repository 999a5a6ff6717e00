"""The one decision point: may this actor use this dataset for this purpose, and how treated.

A pure function of the question, the policies and the time. Every way in asks it, through `View`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from chengmo.catalog.dataset import Dataset, SharingType
from chengmo.catalog.treatment import NO_TREATMENT, Treatment
from chengmo.identity.actor import Actor, Scope
from chengmo.model.decision import Text
from chengmo.sharing.policy import ALL_DATASETS, Policy
from chengmo.sharing.stewardship import is_steward_of

GOVERNMENT = frozenset({"department", "district"})
CHINA = timezone(timedelta(hours=8))
MOST_GUARDED = 4


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes:
        purpose: A word for what the data are for; empty if none was stated.
        at: When, with a zone.
        scope: What a key must be for.
    """

    actor: Actor
    dataset: Dataset
    purpose: str
    at: datetime
    scope: Scope = "read"


@dataclass(frozen=True)
class Considered:
    """One policy and why it does or does not apply."""

    policy: str
    applies: bool
    because: Text


@dataclass(frozen=True)
class Verdict:
    """The answer, which explains itself.

    Attributes:
        slug: The reason as one word, for the audit.
        policy: Id of the policy that decided; empty for the general rules.
        treatment: What is done before the data are seen.
        rows_per_day: How many rows the actor may take in a day; None without limit.
        considered: Every policy about the dataset, in the order in which they were looked at.
    """

    allowed: bool
    slug: str
    reason: Text
    policy: str = ""
    treatment: Treatment = NO_TREATMENT
    rows_per_day: int | None = None
    considered: tuple[Considered, ...] = ()


def decide(question: Question, policies: Sequence[Policy]) -> Verdict:
    """Decide by these rules, the first that applies.

    1. a key that may not read, reads nothing;
    2. an administrator uses everything, a steward what his organisation is steward of;
    3. a use without a purpose is denied: it could not be audited;
    4. a policy that denies and applies, denies, whatever permits;
    5. of the policies that permit and apply, the first in order decides how the data are treated;
    6. without any, the dataset's sharing type decides for government bodies and its opening type
       for everybody else; what has conditions, or grade 4, needs a policy;
    7. all else is denied.
    """
    about = sorted(
        (each for each in policies if each.dataset in {question.dataset.id, ALL_DATASETS}),
        key=lambda policy: (policy.effect != "deny", policy.order, policy.id),
    )
    return _before_policies(question) or _by_policies(question, about)


def _before_policies(question: Question) -> Verdict | None:
    actor = question.actor
    if not actor.has_scope(question.scope):
        return _denied("scope", _NO_SCOPE)
    if actor.is_a("administrator"):
        return Verdict(allowed=True, slug="administrator", reason=_ADMINISTRATOR)
    if is_steward_of(actor, question.dataset):
        return Verdict(allowed=True, slug="steward", reason=_STEWARD)
    return None if question.purpose.strip() else _denied("purpose", _NO_PURPOSE)


def _by_policies(question: Question, about: Sequence[Policy]) -> Verdict:
    considered = tuple(
        Considered(policy.id, because is None, because or _APPLIES)
        for policy, because in ((each, _obstacle(each, question)) for each in about)
    )
    for policy, looked in zip(about, considered, strict=True):
        if looked.applies:
            return _by_policy(policy, question, considered)
    return _by_type(question, considered)


def may_know_of(actor: Actor, dataset: Dataset) -> bool:
    """Tell whether the actor may know that the dataset exists, and so ask for its use."""
    if actor.is_a("administrator", "auditor") or is_steward_of(actor, dataset):
        return True
    if actor.roles and actor.kind in GOVERNMENT:
        return dataset.sharing != "none" or dataset.opening != "none"
    return dataset.opening != "none"


def _by_policy(policy: Policy, question: Question, considered: tuple[Considered, ...]) -> Verdict:
    if policy.effect == "deny":
        return _denied("policy", policy.title, policy.id, considered)
    actor = question.actor
    attributes = {"organisation": actor.organisation, "district": actor.district}
    return Verdict(
        allowed=True,
        slug="policy",
        reason=policy.title,
        policy=policy.id,
        treatment=policy.treatment.bound(attributes),
        rows_per_day=policy.rows_per_day,
        considered=considered,
    )


def _by_type(question: Question, considered: tuple[Considered, ...]) -> Verdict:
    actor, dataset = question.actor, question.dataset
    if dataset.grade == MOST_GUARDED:
        return _denied("grade", _GRADE_4, considered=considered)
    is_government = bool(actor.roles) and actor.kind in GOVERNMENT
    kinds: list[tuple[SharingType, dict[SharingType, Text]]] = [(dataset.opening, _OPENED)]
    if is_government:
        # What is open to everybody is open to them.
        kinds.insert(0, (dataset.sharing, _SHARED))
    for kind, reasons in kinds:
        if kind == "unconditional":
            return Verdict(allowed=True, slug="type", reason=reasons[kind], considered=considered)
    kind, reasons = kinds[0]
    return _denied("type", reasons[kind], considered=considered)


def _denied(
    slug: str, reason: Text, policy: str = "", considered: tuple[Considered, ...] = ()
) -> Verdict:
    return Verdict(allowed=False, slug=slug, reason=reason, policy=policy, considered=considered)


def _obstacle(policy: Policy, question: Question) -> Text | None:
    """Return why a policy does not apply, or None."""
    return next((text for holds, text in _conditions(policy, question) if not holds), None)


def _conditions(policy: Policy, question: Question) -> Iterator[tuple[bool, Text]]:
    actor, who, when = question.actor, policy.who, policy.when
    yield not who.actors or actor.id in who.actors, _OTHER_ACTOR
    yield not who.roles or actor.is_a(*who.roles), _OTHER_ROLE
    yield not who.organisations or actor.organisation in who.organisations, _OTHER_ORGANISATION
    yield not who.kinds or actor.kind in who.kinds, _OTHER_ORGANISATION
    yield not policy.purposes or question.purpose in policy.purposes, _OTHER_PURPOSE
    yield when.start is None or question.at >= when.start, _NOT_YET
    yield when.end is None or question.at < when.end, _ENDED
    yield _within_hours(when.hours, question.at), _OTHER_HOURS
    needed = {rule.attribute for rule in policy.treatment.rows if rule.attribute}
    yield all(getattr(actor, name) for name in needed), _NO_ATTRIBUTE
    # A version that lost a column by which rows are chosen cannot be treated: it is not shown.
    columns = {column.name for column in question.dataset.columns}
    yield all(rule.column in columns for rule in policy.treatment.rows), _OTHER_COLUMNS


def _within_hours(hours: tuple[int, int] | None, at: datetime) -> bool:
    if hours is None:
        return True
    first, last = hours
    now = at.astimezone(CHINA).hour
    return first <= now < last if first <= last else now >= first or now < last


def now() -> datetime:
    """Return the time of a question asked now."""
    return datetime.now(UTC)


_ADMINISTRATOR = Text(zh="管理员可使用全部数据", en="The administrator may use all data")
_STEWARD = Text(zh="本单位为数据管理方", en="The organisation is the steward of the data")
_NO_SCOPE = Text(zh="此密钥不能读取数据", en="The key may not be used to read data")
_NO_PURPOSE = Text(zh="未说明使用目的", en="No purpose of the use was given")
_GRADE_4 = Text(zh="第 4 级数据须单独授权", en="Data of grade 4 need a permission of its own")
_APPLIES = Text(zh="适用", en="It applies")
_OTHER_ACTOR = Text(zh="针对其他账号", en="It is about other accounts")
_OTHER_ROLE = Text(zh="针对其他角色", en="It is about other roles")
_OTHER_ORGANISATION = Text(zh="针对其他单位", en="It is about other organisations")
_OTHER_PURPOSE = Text(zh="针对其他用途", en="It is about other purposes")
_NOT_YET = Text(zh="尚未生效", en="It does not hold yet")
_ENDED = Text(zh="已过期", en="It has ended")
_OTHER_HOURS = Text(zh="不在允许的时段", en="It does not hold at this hour")
_NO_ATTRIBUTE = Text(
    zh="账号缺少所需的单位或城区", en="The account has no organisation or district to go by"
)
_OTHER_COLUMNS = Text(zh="数据缺少规则所需的字段", en="The data lack a column that it goes by")
_SHARED: dict[SharingType, Text] = {
    "unconditional": Text(zh="无条件共享", en="It is shared unconditionally"),
    "conditional": Text(
        zh="有条件共享，尚无共享协议",
        en="It is shared on conditions, and no agreement is on record",
    ),
    "none": Text(zh="不予共享", en="It is not shared"),
}
_OPENED: dict[SharingType, Text] = {
    "unconditional": Text(zh="无条件开放", en="It is open to the public"),
    "conditional": Text(
        zh="有条件开放，尚无开放协议",
        en="It is opened on conditions, and no agreement is on record",
    ),
    "none": Text(zh="不予开放", en="It is not open to the public"),
}
