"""What a closure changes, in words, tables and a layer."""

from collections.abc import Sequence

import numpy as np

from chengmo import Column, Feature, Layer, Table, Text
from chengmo_scenarios.flight_day.planning import Outcome, Plan
from chengmo_scenarios.flight_day.request import Closure
from chengmo_scenarios.flight_day.whatif import WhatIf
from chengmo_scenarios.flight_day.wording import CHINA, STATUS_LABELS, both, say_change

_LAND = Text(zh="已在空中，须就近降落", en="in the air: has to land before it")


def say_closure(closure: Closure, found: WhatIf) -> Text:
    """Return who is affected and what then, in two sentences."""
    before, after = found.before, found.after
    count = len(found.affected)
    fate = [after.outcomes[name] for name in found.affected]
    refused = sum(one.status == "refused" for one in fate)
    extra = sum(_more_delay(before.outcomes[name], after.outcomes[name]) for name in found.affected)
    times = [moment.astimezone(CHINA).strftime("%H:%M") for moment in (closure.begin, closure.end)]
    zh = f"若在{times[0]}至{times[1]}关闭，影响{count}架次"
    en = f"Closed from {times[0]} to {times[1]} (UTC+8) it affects {count} flights"
    if not count:
        return Text(zh=zh + "。", en=en + ".")
    zh += (
        f"（{len(found.airborne)}架次已在空中）：{count - refused}架次改后可飞，"
        f"{refused}架次不能飞，合计再推迟{extra:.1f}分钟，代价增加{after.cost - before.cost:.2f}。"
    )
    en += (
        f" ({len(found.airborne)} in the air): {count - refused} fly after a change, {refused} "
        f"cannot, {extra:.1f} min more delay in all, cost up by {after.cost - before.cost:.2f}."
    )
    return Text(zh=zh, en=en)


def table_affected(found: WhatIf) -> Table:
    """Return each affected flight: as planned, as planned again, the difference, its proposals."""
    rows = [
        (
            name,
            one.flight.operator,
            name in found.airborne,
            both(say_change(one)),
            both(_say_after(found, name)),
            round(_more_delay(one, found.after.outcomes[name]), 2),
            round(found.after.outcomes[name].cost - one.cost, 3),
            "; ".join(_say_proposal(proposal) for proposal in found.proposals.get(name, ())),
        )
        for name in found.affected
        for one in (found.before.outcomes[name],)
    ]
    return Table(
        key="affected",
        title=Text(zh="受关闭影响的架次", en="Flights that the closure affects"),
        columns=(
            Column(key="flight", title=Text(zh="架次", en="Flight")),
            Column(key="operator", title=Text(zh="运营人", en="Operator")),
            Column(key="in_air", title=Text(zh="已在空中", en="In the air")),
            Column(key="before", title=Text(zh="原计划", en="Planned without it")),
            Column(key="after", title=Text(zh="新计划", en="Planned with it")),
            Column(key="delay", title=Text(zh="再推迟", en="More delay"), unit="min"),
            Column(key="cost", title=Text(zh="代价增加", en="More cost")),
            Column(
                key="proposals",
                title=Text(zh="可选（代价）", en="Proposals (cost), each the cheapest of its kind"),
            ),
        ),
        rows=tuple(rows),
    )


def table_totals(found: WhatIf) -> Table:
    """Return the plan without the closure, the new one, and one made afresh."""
    plans = (
        (Text(zh="不关闭", en="without the closure"), found.before),
        (Text(zh="关闭，只改受影响的", en="with it, only affected flights moved"), found.after),
        (Text(zh="关闭，全部重排", en="with it, all planned afresh"), found.afresh),
    )
    rows = [
        (
            both(title),
            round(plan.cost, 3),
            len(plan.with_status("refused")),
            round(_delay(plan), 2),
            _changed(found.before, plan),
            round(plan.jain(), 4),
        )
        for title, plan in plans
    ]
    return Table(
        key="closure",
        title=Text(zh="关闭前后的计划", en="The plan without and with the closure"),
        columns=(
            Column(key="plan", title=Text(zh="计划", en="Plan")),
            Column(key="cost", title=Text(zh="代价", en="Cost")),
            Column(key="refused", title=Text(zh="不能安排", en="Refused")),
            Column(key="delay", title=Text(zh="推迟合计", en="Delay in all"), unit="min"),
            Column(
                key="changed",
                title=Text(zh="与原计划不同的架次", en="Flights planned otherwise than without"),
            ),
            Column(key="jain", title=Text(zh="Jain公平指数", en="Jain's index")),
        ),
        rows=tuple(rows),
    )


def draw_affected(found: WhatIf) -> Layer | None:
    """Return the paths that affected flights had before."""
    features = [
        Feature(
            geometry={
                "type": "LineString",
                "coordinates": np.round(one.course.path, 6).tolist(),
            },
            properties={
                "flight": name,
                "operator": one.flight.operator,
                "status": one.status,
                "in_air": name in found.airborne,
            },
        )
        for name in found.affected
        for one in (found.before.outcomes[name],)
    ]
    layer = Layer(
        key="affected",
        title=Text(zh="受影响架次的原航线", en="Affected flights as planned before"),
        geometry="line",
        columns=(
            Column(key="flight", title=Text(zh="架次", en="Flight")),
            Column(key="operator", title=Text(zh="运营人", en="Operator")),
            Column(
                key="status",
                title=Text(zh="原结果", en="Result before"),
                labels=STATUS_LABELS,
            ),
            Column(key="in_air", title=Text(zh="已在空中", en="In the air")),
        ),
        features=tuple(features),
        colour_by="in_air",
        role="context",
    )
    return layer if features else None


def _say_after(found: WhatIf, name: str) -> Text:
    after = found.after.outcomes[name]
    if after.status == "refused" and name in found.airborne:
        return _LAND
    return say_change(after)


def _say_proposal(proposal: Outcome) -> str:
    return f"{both(say_change(proposal))} ({proposal.cost:.2f})"


def _more_delay(before: Outcome, after: Outcome) -> float:
    """Return how many minutes later a flight is than it was planned; 0 where it does not fly."""
    return 0.0 if after.status == "refused" else after.delay_min - before.delay_min


def _delay(plan: Plan) -> float:
    """Return all delay of the flights that fly, minutes."""
    flying: Sequence[Outcome] = [one for one in plan.outcomes.values() if one.status != "refused"]
    return sum(abs(one.delay_min) for one in flying)


def _changed(before: Plan, after: Plan) -> int:
    """Return how many flights a plan plans otherwise."""
    return sum(_key(one) != _key(after.outcomes[name]) for name, one in before.outcomes.items())


def _key(one: Outcome) -> tuple[bool, int, float, bytes]:
    return (one.status == "refused", one.delay_s, one.course.lift_m, one.course.path.tobytes())
