"""Who may use a dataset: one pure rule for every way in. What it does not allow is denied."""

from dataclasses import dataclass

from chengmo.catalog.dataset import Dataset
from chengmo.errors import SharingDenied
from chengmo.identity.actor import Actor
from chengmo.model.decision import Text

_GOVERNMENT = frozenset({"department", "district"})


@dataclass(frozen=True)
class Verdict:
    """Whether a use is allowed, and why."""

    allowed: bool
    reason: Text


def decide_access(actor: Actor, purpose: str, dataset: Dataset) -> Verdict:
    """Decide whether `actor` may use `dataset` for `purpose`.

    - an administrator may use everything;
    - whoever has a role in a department or district may use what is shared unconditionally;
    - anybody else may use what is opened to the public unconditionally;
    - conditional sharing needs an agreement, and there is none on record: it is denied.

    A use without a purpose is denied to all but the administrator: it could not be audited.
    """
    if actor.is_a("administrator"):
        return Verdict(
            allowed=True,
            reason=Text(zh="管理员可使用全部数据", en="The administrator may use all data"),
        )
    if not purpose.strip():
        return Verdict(
            allowed=False,
            reason=Text(zh="未说明使用目的", en="No purpose of the use was given"),
        )
    if actor.roles and actor.kind in _GOVERNMENT:
        return _by_type(dataset.sharing, _SHARED, dataset)
    return _by_type(dataset.opening, _OPENED, dataset)


def check_access(actor: Actor, purpose: str, dataset: Dataset) -> None:
    """Pass if `actor` may use `dataset` for `purpose`.

    Raises:
        SharingDenied: With the reason, and the steward to ask.
    """
    verdict = decide_access(actor, purpose, dataset)
    if not verdict.allowed:
        steward = f", {dataset.steward}," if dataset.steward else ""
        raise SharingDenied(
            f"'{dataset.id}' may not be used: {verdict.reason.en} ({verdict.reason.zh})",
            hint=f"ask its steward{steward} or sign in as somebody who may",
        )


_SHARED = {
    "unconditional": Text(zh="无条件共享", en="It is shared unconditionally"),
    "conditional": Text(
        zh="有条件共享，尚无共享协议",
        en="It is shared on conditions, and no agreement is on record",
    ),
    "none": Text(zh="不予共享", en="It is not shared"),
}
_OPENED = {
    "unconditional": Text(zh="无条件开放", en="It is open to the public"),
    "conditional": Text(
        zh="有条件开放，尚无开放协议",
        en="It is opened on conditions, and no agreement is on record",
    ),
    "none": Text(zh="不予开放", en="It is not open to the public"),
}


def _by_type(kind: str, reasons: dict[str, Text], dataset: Dataset) -> Verdict:
    # Grade 4 is what GB/T 43697 would guard most: no general permission reaches it.
    if dataset.grade == 4:  # noqa: PLR2004 - the highest of four grades
        return Verdict(
            allowed=False,
            reason=Text(
                zh="第 4 级数据须单独授权", en="Data of grade 4 need a permission of its own"
            ),
        )
    return Verdict(allowed=kind == "unconditional", reason=reasons[kind])
