"""From the plan to the decision: sentence, measures, quality, caveats."""

from collections.abc import Sequence
from dataclasses import dataclass

from chengmo import City, Measure, Quality, Text
from chengmo_airspace.zones import ALL_KINDS, ZoneMap
from chengmo_scenarios.flight_day.closing import Closed
from chengmo_scenarios.flight_day.decision import Decision
from chengmo_scenarios.flight_day.drawing import (
    draw_closed,
    draw_loads,
    draw_paths,
    draw_volumes,
)
from chengmo_scenarios.flight_day.load import CellHour
from chengmo_scenarios.flight_day.planning import Plan
from chengmo_scenarios.flight_day.reading import AskedFlight
from chengmo_scenarios.flight_day.request import Request
from chengmo_scenarios.flight_day.tabling import (
    chart_hours,
    table_flights,
    table_loads,
    table_operators,
    table_orders,
)
from chengmo_scenarios.flight_day.telling_whatif import (
    draw_affected,
    say_closure,
    table_affected,
    table_totals,
)
from chengmo_scenarios.flight_day.whatif import WhatIf

_TINY = 1e-9


@dataclass(frozen=True)
class Found:
    """All that was found out.

    Attributes:
        flights: As asked for.
        closed: What is closed.
        plan: The plan in the order asked for.
        other: The plan in the other order.
        conflicts_asked: Pairs of flights that would meet as asked.
        loads: Cells by hour.
        zone_map: The zones.
        whatif: What the closure changes, if one is asked about; `plan` is then the one with it.
    """

    flights: Sequence[AskedFlight]
    closed: Sequence[Closed]
    plan: Plan
    other: Plan
    conflicts_asked: int
    loads: Sequence[CellHour]
    zone_map: ZoneMap
    whatif: WhatIf | None = None


def tell(request: Request, found: Found) -> Decision:
    """Return the decision that says what was found."""
    plan = found.plan
    outcomes = list(plan.outcomes.values())
    refused = len(plan.with_status("refused"))
    volumes, _ = draw_volumes(outcomes, request)
    layers = (
        volumes,
        draw_paths(outcomes),
        draw_closed(found.closed, outcomes),
        draw_loads(found.loads, request),
        draw_affected(found.whatif) if found.whatif else None,
    )
    what_if = found.whatif
    changed = (table_totals(what_if), table_affected(what_if)) if what_if else ()
    first = what_if.before if what_if else plan
    return Decision(
        outcome="decided" if refused < len(outcomes) else "infeasible",
        answer=_say(request, found),
        quality=_quality(plan),
        measures=_measure(request, found),
        layers=tuple(layer for layer in layers if layer is not None),
        tables=(
            *changed,
            table_flights(outcomes, found.closed),
            table_operators(plan),
            table_orders(request, first, found.other),
            table_loads(found.loads, request),
        ),
        charts=(chart_hours(found.flights, outcomes, request),),
        flights=len(outcomes),
        accepted=len(plan.with_status("accepted")),
        delayed=len(plan.with_status("delayed")),
        level=len(plan.with_status("level")),
        rerouted=len(plan.with_status("rerouted")),
        refused=refused,
        conflicts_asked=found.conflicts_asked,
        conflicts_planned=plan.conflicts,
        cost=round(plan.cost, 6),
        bound=round(plan.bound, 6),
        jain_0to1=round(plan.jain(), 6),
        affected=len(what_if.affected) if what_if else 0,
        closure_cost=round(plan.cost - first.cost, 6),
    )


def _say(request: Request, found: Found) -> Text:
    plan, asked = found.plan, len(found.flights)
    count = {status: len(plan.with_status(status)) for status in ("accepted", "refused")}
    moved = asked - count["accepted"] - count["refused"]
    pairs = found.conflicts_asked
    zh = (
        f"{asked}架次中{count['accepted']}架次按申请飞行，{moved}架次须改动，"
        f"{count['refused']}架次不能安排；申请中有{pairs}对互相冲突，计划中没有。"
    )
    en = (
        f"Of {asked} flights {count['accepted']} fly as asked, {moved} are changed and "
        f"{count['refused']} find no place; {pairs} pairs would have met, none do in the plan."
    )
    shares = plan.shares()
    if len(shares) > 1:
        worst = max(shares, key=lambda share: (share.burden, share.operator))
        zh += (
            f"负担最重的是{worst.operator}（因其他航班每架次多付{worst.burden:.2f}），"
            f"Jain公平指数{plan.jain():.2f}。"
        )
        en += (
            f" The heaviest burden is on {worst.operator} ({worst.burden:.2f} a flight because "
            f"of others); Jain's index of fairness is {plan.jain():.2f}."
        )
    if request.closure and found.whatif:
        closure = say_closure(request.closure, found.whatif)
        zh, en = f"{closure.zh}关闭后：{zh}", f"{closure.en} With it: {en}"
    return Text(zh=zh, en=en)


def _quality(plan: Plan) -> Quality:
    note = Text(
        zh="没有冲突：对全部航次两两精确核对。代价：逐一安排的启发式；下界为各航次单独飞行时的代价之和。",
        en="No conflict: checked exactly over all pairs. The cost is a heuristic's, one flight "
        "after the other; the bound is what the flights would cost each alone.",
    )
    cost, bound = plan.cost, min(plan.bound, plan.cost)
    if cost - bound <= _TINY * max(1.0, cost):
        return Quality(
            kind="optimal", objective=round(cost, 6), bound=round(cost, 6), gap_0to1=0.0, note=note
        )
    return Quality(
        kind="gap",
        objective=round(cost, 6),
        bound=round(bound, 6),
        gap_0to1=round((cost - bound) / cost, 6),
        note=note,
    )


def _measure(request: Request, found: Found) -> tuple[Measure, ...]:
    plan = found.plan
    delays = [one.delay_min for one in plan.outcomes.values() if one.status != "refused"]
    burdens = [share.burden for share in plan.shares()]
    over = [load for load in found.loads if load.planned > request.cell_capacity]
    values: tuple[tuple[str, str, str, float, str], ...] = (
        ("accepted", "按申请", "As asked", len(plan.with_status("accepted")), ""),
        ("delayed", "改时间", "Delayed", len(plan.with_status("delayed")), ""),
        ("level", "换高度", "Other level", len(plan.with_status("level")), ""),
        ("rerouted", "改航线", "Rerouted", len(plan.with_status("rerouted")), ""),
        ("refused", "不能安排", "Refused", len(plan.with_status("refused")), ""),
        ("conflicts_asked", "申请中的冲突", "Pairs in conflict as asked",
         found.conflicts_asked, "pair"),
        ("conflicts_planned", "计划中的冲突", "Pairs in conflict as planned",
         plan.conflicts, "pair"),
        ("delay_total", "推迟合计", "Delay in all", round(sum(map(abs, delays)), 2), "min"),
        ("delay_most", "最长推迟", "Longest delay",
         round(max(map(abs, delays), default=0.0), 2), "min"),
        ("cost", "代价", "Cost", round(plan.cost, 3), ""),
        ("worst_burden", "因他人最重的每架次代价", "Heaviest cost a flight because of others",
         round(max(burdens), 3), ""),
        ("jain", "Jain公平指数", "Jain's index", round(plan.jain(), 3), ""),
        ("over_capacity", "超出容量的网格小时", "Cell-hours over capacity", len(over), ""),
    )  # fmt: skip
    return tuple(
        Measure(key=key, title=Text(zh=zh, en=en), value=value, unit=unit)
        for key, zh, en, value, unit in values
    )


def list_caveats(request: Request, found: Found, city: City) -> tuple[Text, ...]:
    """Return what a reader must know before acting on this."""
    caveats = [
        Text(
            zh="这是计划建议，不是批准；天气、航空器与驾驶员、起降场地容量不在其中。",
            en="A proposed plan, no approval; weather, aircraft, pilots and the room of "
            "landing sites are not in it.",
        ),
        Text(
            zh="高度全部从地面算起（真高），随地形起伏；编码按假定的地面海拔"
            f"{request.ground_m:g}米换算。",
            en="All heights count from the ground and follow it; codes take the ground to be "
            f"{request.ground_m:g} m above the sea everywhere.",
        ),
    ]
    caveats += _of_data(request, city)
    caveats += _of_zones(request, found)
    left_out = draw_volumes(found.plan.outcomes.values(), request)[1]
    if left_out:
        caveats.append(
            Text(
                zh=f"有{left_out}架次的空间没有画出（most_drawn）。",
                en=f"The volumes of {left_out} flights are not drawn (most_drawn).",
            )
        )
    return tuple(caveats)


def _of_data(request: Request, city: City) -> list[Text]:
    if request.flights is None:
        return [
            Text(
                zh="飞行是按常住人口虚构的（synthetic），运营人也是虚构的。",
                en="The flights are synthetic, drawn by residents; so are their operators.",
            )
        ]
    named = [name for name in (request.flights, request.zones, request.terrain) if name]
    made_up = [name for name in named if city.about(name).synthetic]
    if not made_up:
        return []
    names = ", ".join(made_up)
    return [Text(zh=f"下列数据集是虚构的：{names}。", en=f"Synthetic datasets were used: {names}.")]


def _of_zones(request: Request, found: Found) -> list[Text]:
    caveats: list[Text] = []
    if request.zones is None:
        caveats.append(Text(zh="没有给出空域。", en="No airspace zones were given."))
    elif not any(part.kind == ALL_KINDS for part in found.zone_map.coverage):
        caveats.append(
            Text(
                zh=f"没有人声明“{request.zones}”收录了全部空域：计划只避开其中已有的。",
                en=f"Nobody states that '{request.zones}' holds all zones: the plan keeps out of "
                "those in it alone.",
            )
        )
    guessed = sorted({part.key for part in found.closed if part.is_guessed})
    if guessed:
        names = ", ".join(guessed)
        caveats.append(
            Text(
                zh=f"下列空域的限高不从地面算起，其地面高程不全知道，按所有高度对待：{names}。",
                en="Zones whose limits do not count from the ground, which is not known all over "
                f"them, are kept at all heights: {names}.",
            )
        )
    return caveats
