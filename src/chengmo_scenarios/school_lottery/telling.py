"""From outcomes to measures, tables and charts."""

from dataclasses import asdict

import numpy as np

from chengmo import Chart, City, Column, Measure, Series, Table, Text
from chengmo_scenarios.school_lottery.method.comparison import Outcome
from chengmo_scenarios.school_lottery.method.market import Flags, Ints, Mechanism
from chengmo_scenarios.school_lottery.method.ring import pair_odds
from chengmo_scenarios.school_lottery.method.simulation import Odds
from chengmo_scenarios.school_lottery.request import Request
from chengmo_scenarios.school_lottery.roster import Ground
from chengmo_scenarios.school_lottery.wording import MECHANISM, OUTCOME

# 95 % of a normal distribution.
TWO_SIDED = 1.959964
MOST_ROWS = 500
# A ring of more numbers than this is not counted out for the odds of twins.
MOST_RING = 2000


def measure_outcome(mean: Outcome, spread: Outcome | None) -> tuple[Measure, ...]:
    """Return the numbers of an outcome; with `spread`, where 95 % of single lotteries fall."""
    found: list[Measure] = []
    for key, value in asdict(mean).items():
        title, unit, scale = OUTCOME[key]
        digits = 1 if unit == "m" else 4
        interval = None
        if spread is not None:
            half = TWO_SIDED * asdict(spread)[key]
            low, high = max(value - half, 0.0) * scale, (value + half) * scale
            interval = (round(low, digits), round(high, digits))
        shown = round(value * scale, digits)
        found.append(Measure(key=key, title=title, value=shown, unit=unit, interval=interval))
    return tuple(found)


def table_comparison(
    found: list[tuple[Mechanism, Outcome]], gains: dict[Mechanism, float]
) -> Table:
    """Return every mechanism on the same roster and numbers, one row each."""
    return Table(
        key="comparison",
        title=Text(zh="同一名册、同一批号码，各种办法的结果", en="Mechanisms on the same roster"),
        columns=(
            Column(key="mechanism", title=Text(zh="办法", en="Mechanism")),
            *(Column(key=key, title=title, unit=unit) for key, (title, unit, _) in OUTCOME.items()),
            Column(
                key="could_gain",
                title=Text(zh="未得首选者谎报可得利", en="Could have gained by a false list"),
                unit="%",
            ),
        ),
        rows=tuple(
            (
                f"{MECHANISM[mechanism].zh} / {MECHANISM[mechanism].en}",
                *(round(value * OUTCOME[key][2], 3) for key, value in asdict(outcome).items()),
                round(100.0 * gains[mechanism], 2),
            )
            for mechanism, outcome in found
        ),
    )


def type_by(*parts: list[str]) -> tuple[Ints, list[tuple[str, ...]]]:
    """Return (n,) the type of each unit, and what the types are called."""
    labels = list(zip(*parts, strict=True))
    names = sorted(set(labels))
    index = {name: number for number, name in enumerate(names)}
    return np.array([index[label] for label in labels], dtype=np.int64), names


def types_of_home(ground: Ground) -> tuple[Ints, list[tuple[str, ...]]]:
    """Return units by zone and household tier."""
    zone = [ground.children.zone[c] for c in ground.first.tolist()]
    tier = [str(value) for value in ground.children.tier[ground.first].tolist()]
    return type_by(zone, tier)


def types_of_family(ground: Ground) -> tuple[Ints, list[tuple[str, ...]]]:
    """Return units by group and number of children who stay together."""
    group = [say_groups(ground.kinds[row], ground.groups) for row in ground.market.group.tolist()]
    size = [str(value) for value in ground.market.size.tolist()]
    return type_by(group, size)


def say_groups(kind: tuple[int, ...], groups: tuple[str, ...]) -> str:
    """Return the names of the groups that a child belongs to."""
    return " + ".join(groups[one] for one in kind)


def table_odds(
    key: str, title: Text, names: tuple[Column, Column], odds: Odds, of: "Types"
) -> Table:
    """Return the odds of each type of child, with their 95 % limits."""
    type_of, labels = of
    met = odds.share[:, :-2].sum(axis=1)
    children = np.bincount(type_of, weights=of_size(odds, type_of), minlength=len(labels))
    rows = [
        (
            *label,
            round(float(children[t])),
            *_bounds(float(odds.share[t, 0]), float(odds.error[t, 0])),
            round(100.0 * float(met[t]), 2),
            round(100.0 * float(odds.share[t, -2]), 2),
            round(100.0 * float(odds.share[t, -1]), 2),
        )
        for t, label in enumerate(labels[:MOST_ROWS])
    ]
    percent = "%"
    return Table(
        key=key,
        title=title,
        columns=(
            *names,
            Column(key="units", title=Text(zh="单元数", en="Units")),
            Column(key="first", title=Text(zh="第一志愿", en="First choice"), unit=percent),
            Column(key="low", title=Text(zh="95% 下限", en="95 % from"), unit=percent),
            Column(key="high", title=Text(zh="95% 上限", en="95 % to"), unit=percent),
            Column(key="listed", title=Text(zh="任一志愿", en="Any choice"), unit=percent),
            Column(key="overflow", title=Text(zh="统筹", en="Beyond choices"), unit=percent),
            Column(key="none", title=Text(zh="没有学位", en="No seat"), unit=percent),
        ),
        rows=tuple(rows),
    )


Types = tuple[Ints, list[tuple[str, ...]]]


def of_size(odds: Odds, type_of: Ints) -> Ints:
    """Return (n,) one for each unit that odds are known of."""
    return np.ones(len(type_of), np.int64) if len(odds.met) else np.zeros(0, np.int64)


def _bounds(share: float, error: float) -> tuple[float, float, float]:
    low, high = share - TWO_SIDED * error, share + TWO_SIDED * error
    return tuple(round(100.0 * min(max(x, 0.0), 1.0), 2) for x in (share, low, high))  # pyright: ignore[reportReturnType] - three in, three out


def chart_ranks(odds: Odds, size: Ints) -> Chart:
    """Return the share of children by the choice they get."""
    total = max(float(size.sum()) * max(odds.lotteries, 1), 1.0)
    share = 100.0 * (odds.met * size[:, None]).sum(axis=0) / total
    names = [*(str(k + 1) for k in range(len(share) - 2)), "统筹 / beyond", "无 / none"]
    y = Column(key="share", title=Text(zh="儿童比例", en="Share of children"), unit="%")
    return Chart(
        key="ranks",
        title=Text(zh="得到第几志愿", en="Which choice is met"),
        kind="bar",
        x=Column(key="choice", title=Text(zh="志愿序号", en="Choice")),
        y=y,
        series=(Series(title=y.title, x=tuple(names), y=tuple(round(float(x), 3) for x in share)),),
    )


def table_twins(applicants: int, seats: int) -> Table:
    """Return the odds of twins who register one after the other, under the ring rule and not.

    Counted exactly over every start and every gap from 1 to the number of applicants.
    """
    odds = pair_odds(applicants, seats)
    rows = (
        ("ring rule, neighbours / 环形规则，相邻两号", odds.both[1], odds.neither[1]),
        ("fair lottery, two numbers / 公平抽签，任意两号", odds.fair_both, odds.fair_neither),
        (
            "one number for both / 捆绑一号",
            seats / max(applicants - 1, 1),
            1.0 - seats / max(applicants - 1, 1),
        ),
    )
    return Table(
        key="twins",
        title=Text(
            zh=f"双胞胎的机会：{applicants} 人报名、{seats} 个学位",
            en=f"Twins' odds: {applicants} apply for {seats} seats",
        ),
        columns=(
            Column(key="rule", title=Text(zh="规则", en="Rule")),
            Column(key="both", title=Text(zh="都中", en="Both get in"), unit="%"),
            Column(key="neither", title=Text(zh="都不中", en="Neither does"), unit="%"),
        ),
        rows=tuple(
            (name, round(100.0 * min(float(both), 1.0), 3), round(100.0 * max(float(no), 0.0), 3))
            for name, both, no in rows
        ),
    )


def table_schools(ground: Ground, place: Ints, rank: Ints, key: Ints) -> Table:
    """Return each school's seats, applicants, children let in, and the last let in."""
    market = ground.market
    rows: list[tuple[str, int, int, int, int, str, int | None]] = []
    for s in range(min(market.n_schools, MOST_ROWS)):
        lists, there = (market.choice == s).any(axis=1), (place == s) & (rank >= 0)
        last = _last(there, rank, key)
        rows.append(
            (
                ground.schools.name[s],
                int(market.seats[s]),
                int(market.size[lists].sum()),
                int(market.size[market.choice[:, 0] == s].sum()),
                int(market.size[place == s].sum()),
                *last,
            )
        )
    return Table(
        key="schools",
        title=Text(zh="各校", en="Schools"),
        columns=(
            Column(key="school", title=Text(zh="学校", en="School")),
            Column(key="seats", title=Text(zh="学位", en="Seats")),
            Column(key="listed", title=Text(zh="填报人数", en="Listed by"), unit="person"),
            Column(key="first", title=Text(zh="第一志愿人数", en="First choice of"), unit="person"),
            Column(key="admitted", title=Text(zh="录取", en="Let in"), unit="person"),
            Column(key="last_tier", title=Text(zh="末位优先级", en="Priority of the last")),
            Column(key="last_number", title=Text(zh="末位号码", en="Number of the last")),
        ),
        rows=tuple(rows),
    )


def _last(there: Flags, rank: Ints, key: Ints) -> tuple[str, int | None]:
    if not there.any():
        return "", None
    unit = np.nonzero(there)[0]
    worst = int(key[unit, rank[unit]].max())
    return str(worst >> 40), (worst & ((1 << 40) - 1)) + 1


def list_caveats(request: Request, ground: Ground, city: City) -> tuple[Text, ...]:
    """Return what a reader must know before acting on the decision."""
    caveats: list[Text] = []
    if ground.is_synthetic:
        zh = "使用了合成数据：名册、志愿或学校是编造的，不是任何真实的儿童。"
        en = "Synthetic data were used: roster, choices or schools are made up, nobody's child."
        if request.population is not None and city.about(request.population).synthetic:
            en += " So is the population."
            zh += "人口也是合成的。"
        caveats.append(Text(zh=zh, en=en))
    if ground.dropped:
        zh = f"有 {ground.dropped:,} 个志愿不在本片，未读取。"
        en = f"{ground.dropped:,} choices lie outside the zone and were not read."
        caveats.append(Text(zh=zh, en=en))
    if (ground.market.size > 1).any():
        zh = "捆绑派位的最后一家可使学校超计划，最多超一家人数减一。"
        en = "The last family let in may exceed a school's plan by its size less one."
        caveats.append(Text(zh=zh, en=en))
    return (*caveats, _say_how_measured(request, ground))


def _say_how_measured(request: Request, ground: Ground) -> Text:
    straight, along, capped = ground.measured.tolist()
    if request.walks_along is None:
        zh = f"步行是直线距离乘 {request.detour:g}，不是沿路量的。"
        en = f"Walks are straight lines times {request.detour:g}, not measured along roads."
        return Text(zh=zh, en=en)
    return Text(
        zh=(
            f"步行沿“{request.walks_along}”的线量：{along:,} 对住处与学校沿路量得，"
            f"{capped:,} 对绕行过远而封顶，其余 {straight:,} 对（无路可通或相距 3 公里以上）"
            f"为直线距离乘 {request.detour:g}。"
        ),
        en=(
            f"Walks follow the lines of '{request.walks_along}' for {along:,} pairs of home and "
            f"school; {capped:,} were cut at the cap, and {straight:,} (no street leads there, or "
            f"more than 3 km) are straight lines times {request.detour:g}."
        ),
    )
