"""What other catchment lines would change: the same children, seats, rules and numbers."""

from dataclasses import asdict

import numpy as np

from chengmo import Column, Layer, Table, Text
from chengmo_scenarios.school_lottery.drawing import draw_change
from chengmo_scenarios.school_lottery.method.comparison import measure_often
from chengmo_scenarios.school_lottery.method.market import Floats, Mechanism
from chengmo_scenarios.school_lottery.method.simulation import Odds, Trial, simulate
from chengmo_scenarios.school_lottery.request import Request
from chengmo_scenarios.school_lottery.roster import Ground
from chengmo_scenarios.school_lottery.wording import OUTCOME

MOST_COMPARED = 20


def compare_lines(
    request: Request, now: Ground, new: Ground | None
) -> tuple[tuple[Table, ...], tuple[Layer, ...]]:
    """Return what the new lines change, in all, by zone of today and by home; nothing without any.

    Units stand in the order of their tickets under both, so they are the same row by row.
    """
    if new is None:
        return (), ()
    mechanism = Mechanism(request.mechanism)
    trial = Trial(min(request.lotteries, MOST_COMPARED), request.seed, request.band)
    before, after = (
        asdict(measure_often(ground.market, mechanism, ground.walk_m, trial)[0])
        for ground in (now, new)
    )
    rows = tuple(
        (
            f"{title.zh} / {title.en}",
            unit,
            round(before[key] * scale, 3),
            round(after[key] * scale, 3),
            round((after[key] - before[key]) * scale, 3),
        )
        for key, (title, unit, scale) in OUTCOME.items()
    )
    odds = [
        simulate(
            ground.market,
            mechanism,
            now.market.zone,
            Trial(request.lotteries, request.seed, request.band),
        )
        for ground in (now, new)
    ]
    first = [one.met[:, 0] / max(one.lotteries, 1) for one in odds]
    tables = (
        Table(
            key="new_lines",
            title=Text(zh="新划片与今天相比", en="The new lines against today's"),
            columns=(
                Column(key="measure", title=Text(zh="指标", en="Measure")),
                Column(key="unit", title=Text(zh="单位", en="Unit")),
                *_columns(""),
            ),
            rows=rows,
        ),
        _by_zone(now, odds[0], odds[1]),
    )
    return tables, (draw_change(now, first[0], first[1]),)


def _columns(unit: str) -> tuple[Column, Column, Column]:
    return (
        Column(key="now", title=Text(zh="今天", en="Today"), unit=unit),
        Column(key="new", title=Text(zh="新划片", en="New lines"), unit=unit),
        Column(key="change", title=Text(zh="变化", en="Change"), unit=unit),
    )


def _by_zone(now: Ground, today: Odds, then: Odds) -> Table:
    """Return the odds of the first choice for the children of each zone of today."""
    before, after = _first(today.share), _first(then.share)
    children = np.bincount(now.market.zone, weights=now.market.size, minlength=len(now.zones))
    return Table(
        key="new_lines_by_zone",
        title=Text(
            zh="今天各片儿童得到第一志愿的机会", en="Odds of the first choice, by zone today"
        ),
        columns=(
            Column(key="zone", title=Text(zh="片区", en="Zone")),
            Column(key="children", title=Text(zh="儿童", en="Children"), unit="person"),
            *_columns("%"),
        ),
        rows=tuple(
            (name, round(float(children[z])), *_three(float(before[z]), float(after[z])))
            for z, name in enumerate(now.zones[: len(before)])
        ),
    )


def _first(share: Floats) -> Floats:
    return 100.0 * share[:, 0]


def _three(before: float, after: float) -> tuple[float, float, float]:
    return round(before, 2), round(after, 2), round(after - before, 2)
