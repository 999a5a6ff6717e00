"""The tables and the chart: flights, operators, orders, cells by hour, flights in the air."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

import numpy as np

from chengmo import Chart, Column, Series, Table, Text
from chengmo_scenarios.flight_day.closing import Closed
from chengmo_scenarios.flight_day.flying import minutes_of
from chengmo_scenarios.flight_day.load import CellHour
from chengmo_scenarios.flight_day.planning import Outcome, Plan
from chengmo_scenarios.flight_day.reading import AskedFlight
from chengmo_scenarios.flight_day.request import Request
from chengmo_scenarios.flight_day.wording import (
    CHINA,
    STATUS_LABELS,
    both,
    say_blockers,
    say_change,
    say_clock,
    titles_of,
)

MOST_ROWS = 200
_MINUTES = 10
_ORDER = {
    "turns": Text(zh="各家轮流", en="operators in turn"),
    "schedule": Text(zh="按起飞时间", en="by departure"),
}


def table_flights(outcomes: Iterable[Outcome], closed: Sequence[Closed]) -> Table:
    """Return what becomes of each flight, why, and what it costs."""
    titles = titles_of(list(closed))
    rows = [
        (
            one.flight.id,
            one.flight.operator,
            one.flight.priority,
            one.status,
            say_clock(one.flight.departure),
            _departure(one),
            both(say_change(one)),
            both(say_blockers(one.blocked_by, titles)),
            round(one.delay_min, 2),
            one.course.lift_m,
            round(max(0.0, one.course.extra_m), 1),
            round(one.cost, 3),
        )
        for one in outcomes
    ]
    return Table(
        key="flights",
        title=Text(zh="各架次的结果、原因与代价", en="Each flight: result, reason and cost"),
        columns=(
            Column(key="flight", title=Text(zh="架次", en="Flight")),
            Column(key="operator", title=Text(zh="运营人", en="Operator")),
            Column(key="priority", title=Text(zh="优先级", en="Priority")),
            Column(key="status", title=Text(zh="结果", en="Result"), labels=STATUS_LABELS),
            Column(key="asked", title=Text(zh="申请起飞（北京时间）", en="Asked for (UTC+8)")),
            Column(key="planned", title=Text(zh="计划起飞（北京时间）", en="Planned (UTC+8)")),
            Column(key="change", title=Text(zh="改动", en="Change")),
            Column(key="because", title=Text(zh="按申请会遇到", en="Would meet as asked")),
            Column(key="delay", title=Text(zh="推迟", en="Delay"), unit="min"),
            Column(key="lift", title=Text(zh="升高", en="Higher by"), unit="m"),
            Column(key="longer", title=Text(zh="航线加长", en="Longer by"), unit="m"),
            Column(key="cost", title=Text(zh="代价", en="Cost")),
        ),
        rows=tuple(rows),
    )


def table_operators(plan: Plan) -> Table:
    """Return how each operator fares."""
    rows = [
        (
            share.operator,
            share.flights,
            share.moved,
            share.refused,
            round(share.delay_min, 2),
            round(share.burden, 3),
        )
        for share in plan.shares()
    ]
    return Table(
        key="operators",
        title=Text(zh="各运营人的负担", en="What each operator bears"),
        columns=(
            Column(key="operator", title=Text(zh="运营人", en="Operator")),
            Column(key="flights", title=Text(zh="申请架次", en="Flights asked for")),
            Column(key="moved", title=Text(zh="改动架次", en="Changed")),
            Column(key="refused", title=Text(zh="不能安排", en="Refused")),
            Column(key="delay", title=Text(zh="平均推迟", en="Mean delay"), unit="min"),
            Column(
                key="burden",
                title=Text(zh="因他人每架次代价", en="Cost a flight because of others"),
            ),
        ),
        rows=tuple(rows),
    )


def table_orders(request: Request, plan: Plan, other: Plan) -> Table:
    """Return what the other order of choosing would give."""
    second = "schedule" if request.order == "turns" else "turns"
    rows = [
        (
            both(_ORDER[order]),
            round(one.cost, 3),
            len(one.with_status("refused")),
            round(max(share.burden for share in one.shares()), 3),
            round(one.jain(), 4),
        )
        for order, one in ((request.order, plan), (second, other))
    ]
    return Table(
        key="orders",
        title=Text(
            zh="先后规则的比较（第一行为所用）", en="Orders of choosing, the used one first"
        ),
        columns=(
            Column(key="order", title=Text(zh="同级谁先选", en="Who chooses first")),
            Column(key="cost", title=Text(zh="代价", en="Cost")),
            Column(key="refused", title=Text(zh="不能安排", en="Refused")),
            Column(
                key="worst",
                title=Text(
                    zh="因他人最重的每架次代价", en="Heaviest cost a flight because of others"
                ),
            ),
            Column(key="jain", title=Text(zh="Jain公平指数", en="Jain's index")),
        ),
        rows=tuple(rows),
    )


def table_loads(loads: Sequence[CellHour], request: Request) -> Table:
    """Return the fullest cells by hour."""
    rows = [
        (
            load.code,
            load.hour.astimezone(CHINA).strftime("%Y-%m-%d %H:00"),
            load.asked,
            load.planned,
            load.peak,
            request.cell_capacity,
            round(load.planned / request.cell_capacity, 3),
        )
        for load in loads[:MOST_ROWS]
    ]
    return Table(
        key="load",
        title=Text(
            zh="网格每小时进入架次与容量（最满的在前）",
            en="Entries of cells by hour and capacity, the fullest first",
        ),
        columns=(
            Column(key="code", title=Text(zh="北斗网格码（1′）", en="BeiDou code (1′)")),
            Column(key="hour", title=Text(zh="小时（北京时间）", en="Hour (UTC+8)")),
            Column(key="asked", title=Text(zh="申请进入", en="Entries asked for")),
            Column(key="planned", title=Text(zh="计划进入", en="Entries planned")),
            Column(key="peak", title=Text(zh="同时最多", en="Most at one time")),
            Column(key="capacity", title=Text(zh="容量", en="Capacity")),
            Column(key="share_0to1", title=Text(zh="占容量", en="Share of capacity")),
        ),
        rows=tuple(rows),
    )


def chart_hours(
    flights: Sequence[AskedFlight], outcomes: Sequence[Outcome], request: Request
) -> Chart:
    """Return how many flights are in the air over the day, as asked and as planned."""
    asked = [(one.departure, minutes_of(one, one.path, request)) for one in flights]
    planned = [
        (
            one.flight.departure + timedelta(seconds=one.delay_s),
            minutes_of(one.flight, one.course.path, request),
        )
        for one in outcomes
        if one.status != "refused"
    ]
    first = min(start for start, _ in asked).astimezone(CHINA)
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    spans = [
        np.array([[(start - midnight).total_seconds() / 60, length] for start, length in part])
        .reshape(-1, 2)
        .cumsum(axis=1)
        for part in (asked, planned)
    ]
    begin = min(part[:, 0].min() for part in spans if len(part))
    end = max(part[:, 1].max() for part in spans if len(part))
    minutes = np.arange(begin // _MINUTES * _MINUTES, end + _MINUTES, _MINUTES)
    titles = Text(zh="按申请", en="As asked"), Text(zh="按计划", en="As planned")
    return Chart(
        key="in_the_air",
        title=Text(zh="同时在空架次", en="Flights in the air"),
        kind="line",
        x=Column(key="hour", title=Text(zh="北京时间", en="Time (UTC+8)"), unit="h"),
        y=Column(key="flights", title=Text(zh="架次", en="Flights")),
        series=tuple(
            Series(
                title=title,
                x=tuple(np.round(minutes / 60, 4).tolist()),
                y=tuple(
                    ((part[:, :1] <= minutes) & (minutes < part[:, 1:]))
                    .sum(0)
                    .astype(float)
                    .tolist()
                ),
            )
            for title, part in zip(titles, spans, strict=True)
        ),
    )


def _departure(one: Outcome) -> str | None:
    if one.status == "refused":
        return None
    return say_clock(one.flight.departure + timedelta(seconds=one.delay_s))
