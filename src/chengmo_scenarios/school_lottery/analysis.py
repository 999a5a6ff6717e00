"""What the rules do, before they are used."""

from dataclasses import replace

import numpy as np

from chengmo import Column, Measure, Quality, Table, Text, report_progress
from chengmo_scenarios.school_lottery.comparing import compare_lines
from chengmo_scenarios.school_lottery.decision import Decision
from chengmo_scenarios.school_lottery.drawing import (
    admitted_on_average,
    draw_homes,
    draw_schools,
)
from chengmo_scenarios.school_lottery.method.chance import always_ring
from chengmo_scenarios.school_lottery.method.comparison import Outcome, could_gain, measure_often
from chengmo_scenarios.school_lottery.method.market import Floats, Mechanism
from chengmo_scenarios.school_lottery.method.simulation import (
    Odds,
    Trial,
    draw_at_random,
    expected_change,
    simulate,
)
from chengmo_scenarios.school_lottery.request import Request
from chengmo_scenarios.school_lottery.roster import Ground
from chengmo_scenarios.school_lottery.telling import (
    MOST_RING,
    chart_ranks,
    measure_outcome,
    table_comparison,
    table_odds,
    table_twins,
    types_of_family,
    types_of_home,
)
from chengmo_scenarios.school_lottery.wording import MECHANISM, say_percent

# Comparing costs seven mechanisms a lottery: so many lotteries tell them apart.
MOST_COMPARED = 20
# So many families without their first choice try false lists; fewer where each try costs more.
MOST_TRIED, LEAST_TRIED, TRIED_UNITS = 30, 6, 60_000
HOME = (
    Column(key="zone", title=Text(zh="片区", en="Zone")),
    Column(key="tier", title=Text(zh="户籍住房类别", en="Household tier")),
)
FAMILY = (
    Column(key="group", title=Text(zh="群体", en="Group")),
    Column(key="together", title=Text(zh="捆绑人数", en="Children together")),
)


def tell_analysis(request: Request, ground: Ground, new: Ground | None) -> Decision:
    """Return the odds of each type of child and every mechanism on the same roster.

    `new` is the same roster under other catchment lines, to be compared.
    """
    market, mechanism = ground.market, Mechanism(request.mechanism)
    trial = Trial(request.lotteries, request.seed, request.band)
    home, family = types_of_home(ground), types_of_family(ground)
    odds = simulate(
        market, mechanism, home[0], trial,
        on_progress=lambda _, share: report_progress("lotteries", 0.05 + 0.5 * share),
    )  # fmt: skip
    family_odds = simulate(market, mechanism, family[0], trial)
    compared, spread = _compare(request, ground, mechanism)
    mine = next(outcome for one, outcome in compared if one is mechanism)
    first, none = _shares(odds)
    tables, layers = compare_lines(request, ground, new)
    return Decision(
        answer=_sentence(mechanism, mine, odds),
        quality=_quality(odds),
        measures=(*measure_outcome(mine, spread), _measure_change(odds)),
        layers=(
            draw_schools(ground, admitted_on_average(ground, odds.met, odds.lotteries)),
            draw_homes(ground, first, none),
            *layers,
        ),
        tables=(
            table_odds(
                "odds", Text(zh="各片各类儿童的机会", en="Odds by zone and tier"), HOME, odds, home
            ),
            table_odds(
                "family_odds", Text(zh="各群体、多胞胎的机会", en="Odds by group and siblings"),
                FAMILY, family_odds, family,
            ),
            table_comparison(compared, _find_gains(request, ground)),
            *tables,
            *_twins(ground),
        ),
        charts=(chart_ranks(odds, market.size),),
    )  # fmt: skip


def _compare(
    request: Request, ground: Ground, mechanism: Mechanism
) -> tuple[list[tuple[Mechanism, Outcome]], Outcome | None]:
    trial = Trial(min(request.lotteries, MOST_COMPARED), request.seed, request.band)
    compared: list[tuple[Mechanism, Outcome]] = []
    spread = None
    for done, one in enumerate(Mechanism):
        mean, deviation = measure_often(ground.market, one, ground.walk_m, trial)
        compared.append((one, mean))
        spread = deviation if one is mechanism else spread
        report_progress("comparison", 0.55 + 0.4 * (done + 1) / len(Mechanism))
    return compared, spread


def _find_gains(request: Request, ground: Ground) -> dict[Mechanism, float]:
    gains: dict[Mechanism, float] = {}
    most = min(MOST_TRIED, max(LEAST_TRIED, TRIED_UNITS // max(ground.market.n_units, 1)))
    for one in Mechanism:
        draw = draw_at_random(ground.market, one, np.random.default_rng(request.seed))
        # A ring's start and gap are drawn as it is held: the same ones for every list.
        draw = replace(draw, ring=always_ring(1 + request.seed % 97, 1 + request.seed % 89))
        gained, tried = could_gain(ground.market, one, draw, request.band, most)
        gains[one] = gained / tried if tried else 0.0
    return gains


def _shares(odds: Odds) -> tuple[Floats, Floats]:
    total = max(odds.lotteries, 1)
    return odds.met[:, 0] / total, odds.met[:, -1] / total


def _measure_change(odds: Odds) -> Measure:
    return Measure(
        key="change",
        title=Text(zh="换一次号码，结果不同的机会", en="Odds that another draw changes a result"),
        value=round(100.0 * expected_change(odds), 2),
        unit="%",
    )


def _quality(odds: Odds) -> Quality:
    if odds.is_exact:
        note = Text(
            zh=f"全部 {odds.lotteries:,} 种号码次序逐一计算",
            en=f"Every one of {odds.lotteries:,} orders of numbers was counted",
        )
        return Quality(kind="exact", note=note)
    note = Text(
        zh=f"模拟 {odds.lotteries:,} 次派位的估计，给出 95% 区间；种子固定，可逐位复算",
        en=f"Estimated from {odds.lotteries:,} simulated draws, with 95 % limits; fixed seed",
    )
    return Quality(kind="interval", note=note)


def _sentence(mechanism: Mechanism, mine: Outcome, odds: Odds) -> Text:
    name = MECHANISM[mechanism]
    first, listed = say_percent(mine.first), say_percent(mine.listed)
    change = say_percent(expected_change(odds))
    return Text(
        zh=(
            f"{name.zh}：{first}% 得到第一志愿，{listed}% 得到任一志愿，{mine.justified:,.0f} 家有"
            f"理羡慕；换一次号码，{change}% 的结果会变。"
        ),
        en=(
            f"{name.en}: {first} % get their first choice, {listed} % any choice, "
            f"{mine.justified:,.0f} families envy with reason; another draw would change "
            f"{change} % of results."
        ),
    )


def _twins(ground: Ground) -> tuple[Table, ...]:
    """Return the twins' table of the most sought school that cannot take all, if there is one."""
    market = ground.market
    first = np.bincount(
        np.maximum(market.choice[:, 0], 0), weights=market.size, minlength=market.n_schools
    ).astype(np.int64)
    over = np.where(
        (market.seats > 0) & (first > market.seats), first / np.maximum(market.seats, 1), 0
    )
    s = int(over.argmax()) if len(over) else -1
    if s < 0 or over[s] == 0 or first[s] > MOST_RING:
        return ()
    return (table_twins(int(first[s]), int(market.seats[s])),)
