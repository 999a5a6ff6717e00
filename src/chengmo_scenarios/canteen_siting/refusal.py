"""From a diagnosis to the decision that says why there is no plan, and what would make one."""

import numpy as np

from chengmo import Column, Measure, Quality, Table, Text
from chengmo_scenarios.canteen_siting.decision import Decision
from chengmo_scenarios.canteen_siting.method.diagnosis import Diagnosis, Remedy
from chengmo_scenarios.canteen_siting.method.statement import Limit
from chengmo_scenarios.canteen_siting.reading import Ground
from chengmo_scenarios.canteen_siting.request import Request
from chengmo_scenarios.canteen_siting.wording import LIMIT, UNIT, in_unit, say_amount

MOST_LISTED = 1000


def tell_infeasible(
    request: Request, ground: Ground, found: Diagnosis, caveats: tuple[Text, ...]
) -> Decision:
    """Return the decision that names what cannot be met and what alone would change it."""
    people = float(ground.problem.weight[found.unreached].sum())
    measures = [
        Measure(
            key="unreached", title=Text(zh="够不着的人", en="People no candidate reaches"),
            value=round(people), unit="person",
        ),
    ]  # fmt: skip
    if np.isfinite(found.standard_m):
        title = Text(zh="够得着所需的距离", en="Walk at which candidates reach enough people")
        measures.append(
            Measure(key="standard_needed", title=title, value=found.standard_m, unit="m")
        )
    return Decision(
        outcome="infeasible",
        answer=_sentence(request, ground, found, people),
        quality=Quality(kind="exact"),
        measures=tuple(measures),
        tables=(_table(found),),
        unreached=tuple(
            int(row) for row in ground.people.row[found.unreached[:MOST_LISTED]].tolist()
        ),
        caveats=caveats,
    )


def _sentence(request: Request, ground: Ground, found: Diagnosis, people: float) -> Text:
    if len(found.clashing):
        names = [ground.sites.name[j] for j in found.clashing.tolist()]
        return Text(
            zh=f"同时要求启用又禁用：{'、'.join(names)}。",
            en=f"These are to be both kept open and kept shut: {', '.join(names)}.",
        )
    helps = [item for item in found.remedies if np.isfinite(item.needed)]
    zh, en = "没有方案能同时满足所有要求。", "No plan keeps all limits."
    if people >= 0.5:  # noqa: PLR2004 - half a person rounds to nobody
        zh += f"{people:,.0f} 人够不着任何候选点。"
        en += f" No candidate reaches {people:,.0f} people."
    if np.isfinite(found.standard_m) and found.standard_m > request.standard_m:
        zh += f"要够得着所要求的人，距离至少放宽到 {found.standard_m:,.0f} 米。"
        en += f" To reach those asked for, the walk must be {found.standard_m:,.0f} m at least."
    if helps:
        zh += "单独改动下列任何一项即可：" + "；".join(_say(item).zh for item in helps) + "。"
        en += " Any one of these alone would do: " + "; ".join(_say(item).en for item in helps)
        en += "."
    return Text(zh=zh, en=en)


def _say(remedy: Remedy) -> Text:
    name, amount = LIMIT[remedy.limit], say_amount(remedy.limit, remedy.needed)
    if remedy.limit is Limit.CAPACITY:
        return Text(zh=f"接待能力共增加 {amount.zh}", en=f"{amount.en} more capacity in all")
    return Text(zh=f"{name.zh} {amount.zh}", en=f"{name.en.lower()} {amount.en}")


def _table(found: Diagnosis) -> Table:
    rows = [
        (
            f"{LIMIT[item.limit].zh} / {LIMIT[item.limit].en}",
            _number(item.limit, item.asked),
            _number(item.limit, item.needed),
            UNIT[item.limit],
            item.is_exact,
        )
        for item in found.remedies
    ]
    return Table(
        key="remedies",
        title=Text(zh="单独放宽哪一项可行", en="What each limit alone would have to be"),
        columns=(
            Column(key="limit", title=Text(zh="限制", en="Limit")),
            Column(key="asked", title=Text(zh="要求", en="Asked")),
            Column(
                key="needed",
                title=Text(zh="需要（空：单独放宽无用）", en="Needed (empty: no help)"),
            ),
            Column(key="unit", title=Text(zh="单位", en="Unit")),
            Column(key="is_exact", title=Text(zh="已证明是最小改动", en="Proven least")),
        ),
        rows=tuple(rows),
    )


def _number(limit: Limit, value: float) -> float | None:
    return round(in_unit(limit, value), 6) if np.isfinite(value) else None
