"""From a plan to the decision: sentence, measures, map layers, tables, chart, caveats."""

import numpy as np

from chengmo import (
    Chart,
    City,
    Column,
    Measure,
    Quality,
    Series,
    Table,
    Text,
    Walks,
)
from chengmo_scenarios.canteen_siting.decision import Decision
from chengmo_scenarios.canteen_siting.drawing import draw_sites, draw_unserved
from chengmo_scenarios.canteen_siting.method.curve import Binding, spend_public_money
from chengmo_scenarios.canteen_siting.method.economy import Account, keep_accounts
from chengmo_scenarios.canteen_siting.method.problem import Answer, Floats, Goal, Status
from chengmo_scenarios.canteen_siting.reading import POPULATION, Ground
from chengmo_scenarios.canteen_siting.request import Request
from chengmo_scenarios.canteen_siting.walking import Tally
from chengmo_scenarios.canteen_siting.wording import (
    FACILITY,
    LIMIT,
    METHOD_ZH,
    UNIT,
    in_unit,
    say_walk,
)

# Half a person, or half a yuan, rounds to none.
HALF = 0.5


def tell_plan(
    request: Request,
    ground: Ground,
    answer: Answer,
    limits: list[Binding],
    curve: list[tuple[int, Answer]],
) -> Decision:
    """Return the decision that shows `answer`."""
    is_open = np.isin(np.arange(ground.problem.n_sites), answer.open_site)
    account = keep_accounts(
        ground.problem.weight,
        ground.problem.links,
        ground.sites.rent,
        ground.tariff,
        is_open,
        answer.flow,
    )
    measures = _measure(request, ground, answer, account)
    chosen = ground.sites.row[is_open & ~ground.sites.is_existing]
    return Decision(
        outcome="decided",
        answer=_sentence(request, answer, measures, len(chosen)),
        quality=_quality(answer),
        measures=measures,
        layers=(draw_sites(ground, answer, account), draw_unserved(ground, answer)),
        tables=(_table_limits(limits), _table_accounts(ground, answer, account)),
        charts=_chart(request, ground, curve),
        chosen=tuple(sorted(int(row) for row in chosen)),
    )


def _quality(answer: Answer) -> Quality:
    note = Text(
        zh=f"方法：{METHOD_ZH[answer.method]}；单线程、固定种子，可逐位复算",
        en=f"Method: {answer.method}; one thread, fixed seed, repeatable bit by bit",
    )
    return Quality(
        kind="optimal" if answer.status is Status.OPTIMAL else "gap",
        objective=answer.objective,
        bound=answer.bound,
        gap_0to1=answer.gap,
        note=note,
    )


def _walks(ground: Ground, answer: Answer) -> tuple[Floats, Floats]:
    """Return the people on each link used, and its metres."""
    used = answer.flow > 0.0
    people = (ground.problem.link_weight * answer.flow)[used]
    return people, ground.problem.links.distance[used]


def _measure(
    request: Request, ground: Ground, answer: Answer, account: Account
) -> tuple[Measure, ...]:
    people, metres = _walks(ground, answer)
    everybody, served = float(ground.problem.weight.sum()), float(people.sum())
    within = float(people[metres <= request.standard_m].sum())
    mean_m = float(people @ metres) / served if served else 0.0
    found = [
        Measure(key="sites", title=Text(zh="点位数", en="Sites"), value=len(answer.open_site)),
        Measure(
            key="covered_share",
            title=say_walk(within / everybody if everybody else 0.0, request.standard_m),
            value=round(100.0 * within / everybody if everybody else 0.0, 3),
            unit="%",
        ),
        Measure(
            key="covered", title=Text(zh="覆盖人数", en="People covered"), value=round(within),
            unit="person",
        ),
        Measure(
            key="mean_walk", title=Text(zh="平均步行", en="Mean walk"), value=round(mean_m, 1),
            unit="m",
        ),
        Measure(
            key="farthest_walk", title=Text(zh="最远步行", en="Farthest walk"),
            value=round(float(metres.max(initial=0.0)), 1), unit="m",
        ),
    ]  # fmt: skip
    if request.facility == "canteen":
        found += _measure_money(ground, answer, account)
    return tuple(found)


def _measure_money(ground: Ground, answer: Answer, account: Account) -> list[Measure]:
    sites = answer.open_site
    losing = int((account.balance[sites] < -HALF).sum())
    paid = float(account.subsidy.sum())
    if ground.problem.economy is not None:
        paid = spend_public_money(ground.problem, answer)
    amounts = {
        "balance": (Text(zh="各点年结余合计", en="Balance of all sites"), account.balance.sum()),
        "public_money": (Text(zh="政府补一点", en="Support 1: public money"), paid),
        "premises": (
            Text(zh="社区让一点", en="Support 2: rent waived"),
            account.premises.sum(),
        ),
        "tax_relief": (
            Text(zh="税费减一点", en="Support 3: taxes waived"),
            account.tax_relief.sum(),
        ),
        "donations": (Text(zh="社会捐一点", en="Support 4: gifts"), account.donation.sum()),
    }
    measures = [
        Measure(key=key, title=title, value=round(float(value)), unit="yuan/a")
        for key, (title, value) in amounts.items()
    ]
    title = Text(zh="年结余为负的点位", en="Sites that lose money")
    return [*measures, Measure(key="losing_sites", title=title, value=losing)]


def _sentence(request: Request, answer: Answer, measures: tuple[Measure, ...], n_new: int) -> Text:
    what = FACILITY[request.facility]
    within = next(item.title for item in measures if item.key == "covered_share")
    value = {item.key: item.value for item in measures}
    proof = Text(zh="已证明最优", en="proven best")
    if answer.status is not Status.OPTIMAL:
        gap = f"{answer.gap * 100:.2f}"
        proof = Text(zh=f"与最优相差不超过 {gap}%", en=f"within {gap} % of the best")
    sites = len(answer.open_site)
    return Text(
        zh=(
            f"设 {sites} 处{what.zh}（新建 {n_new} 处）：{within.zh}，"
            f"平均步行 {value['mean_walk']:,.0f} 米；{proof.zh}。"
        ),
        en=(
            f"Open {sites} {what.en} ({n_new} of them new): {within.en}, "
            f"{value['mean_walk']:,.0f} m to walk on average; {proof.en}."
        ),
    )


def _table_limits(limits: list[Binding]) -> Table:
    rows = [
        (
            f"{LIMIT[item.limit].zh} / {LIMIT[item.limit].en}",
            round(in_unit(item.limit, item.used), 3),
            round(in_unit(item.limit, item.allowed), 3),
            UNIT[item.limit],
            item.binds,
            None if np.isnan(item.price) else round(item.price, 6),
        )
        for item in limits
    ]
    return Table(
        key="limits",
        title=Text(zh="哪些限制在起作用", en="Which limits bind"),
        columns=(
            Column(key="limit", title=Text(zh="限制", en="Limit")),
            Column(key="used", title=Text(zh="用了", en="Used")),
            Column(key="allowed", title=Text(zh="限额", en="Allowed")),
            Column(key="unit", title=Text(zh="单位", en="Unit")),
            Column(key="binds", title=Text(zh="用尽", en="Binds")),
            Column(
                key="price",
                title=Text(
                    zh="放宽一个单位的所得（线性松弛）", en="Gain of one unit more (relaxation)"
                ),
            ),
        ),
        rows=tuple(rows),
    )


def _table_accounts(ground: Ground, answer: Answer, account: Account) -> Table:
    parts = {
        "meals": (Text(zh="餐次", en="Meals"), account.meals, "1/a"),
        "income": (Text(zh="餐费收入", en="Income"), account.income, "yuan/a"),
        "subsidy": (Text(zh="补贴", en="Public money"), account.subsidy, "yuan/a"),
        "premises": (Text(zh="减租", en="Rent waived"), account.premises, "yuan/a"),
        "tax_relief": (Text(zh="减税费", en="Taxes waived"), account.tax_relief, "yuan/a"),
        "donation": (Text(zh="捐赠", en="Gifts"), account.donation, "yuan/a"),
        "food": (Text(zh="食材", en="Food"), account.food, "yuan/a"),
        "staff": (Text(zh="人工", en="Staff"), account.staff, "yuan/a"),
        "rent": (Text(zh="租金", en="Rent"), account.rent, "yuan/a"),
        "tax": (Text(zh="税费", en="Taxes"), account.tax, "yuan/a"),
        "balance": (Text(zh="结余", en="Balance"), account.balance, "yuan/a"),
    }
    name = Column(key="site", title=Text(zh="点位", en="Site"))
    return Table(
        key="accounts",
        title=Text(zh="各点位一年的账", en="Each site's year"),
        columns=(
            name,
            Column(key="is_existing", title=Text(zh="已有", en="Exists")),
            *(Column(key=key, title=part[0], unit=part[2]) for key, part in parts.items()),
        ),
        rows=tuple(
            (
                ground.sites.name[j],
                bool(ground.sites.is_existing[j]),
                *(round(float(part[1][j])) for part in parts.values()),
            )
            for j in answer.open_site.tolist()
        ),
    )


def _chart(request: Request, ground: Ground, curve: list[tuple[int, Answer]]) -> tuple[Chart, ...]:
    if len(curve) < 2:  # noqa: PLR2004 - a line needs two points
        return ()
    total = max(float(ground.problem.weight.sum()), 1e-9)
    y = Column(key="covered", title=Text(zh="覆盖率", en="Share covered"), unit="%")
    scale = 100.0 / total
    if Goal(request.goal) is Goal.SHORTEST_WALK:
        y = Column(key="walk", title=Text(zh="平均步行", en="Mean walk"), unit="m")
        scale = 1.0 / total
    points = [(float(count), round(answer.objective * scale, 3)) for count, answer in curve]
    return (
        Chart(
            key="curve",
            title=Text(zh="点位数与效果", en="Number of sites and effect"),
            kind="line",
            x=Column(key="sites", title=Text(zh="点位数", en="Sites")),
            y=y,
            series=(
                Series(
                    title=y.title,
                    x=tuple(point[0] for point in points),
                    y=tuple(point[1] for point in points),
                ),
            ),
        ),
    )


def list_caveats(request: Request, ground: Ground, city: City) -> tuple[Text, ...]:
    """Return what a reader must know before acting on the decision."""
    named = (POPULATION, request.candidates, request.existing, request.walks_along)
    synthetic = [name for name in named if name is not None and city.about(name).synthetic]
    caveats = [_say_how_measured(request, ground.tally)]
    if request.facility == "canteen":
        zh = "价格、参与率和四项支持都是请求中的假定，不是调查结果。"
        en = "Prices, participation and the four supports are assumptions of the request."
        caveats.append(Text(zh=zh, en=en))
    meaning = city.about(POPULATION).meanings.get(request.people_column)
    if meaning is not None:
        zh = f"人数取自 {request.people_column} 列：{meaning.zh}。"
        en = f"People are counted by the column {request.people_column}: {meaning.en}."
        caveats.append(Text(zh=zh, en=en))
    unreached = float(ground.problem.weight[ground.nearest_m > request.standard_m].sum())
    if unreached >= HALF:
        caveats.append(
            Text(
                zh=f"有 {unreached:,.0f} 人在任何候选点的标准距离之外。",
                en=f"{unreached:,.0f} people live beyond the standard of every candidate.",
            )
        )
    if synthetic:
        zh = f"使用了合成数据：{'、'.join(synthetic)}。"
        en = f"Synthetic data were used: {', '.join(synthetic)}."
        caveats.append(Text(zh=zh, en=en))
    return tuple(caveats)


def _say_how_measured(request: Request, tally: Tally | None) -> Text:
    detour = f"{request.detour:g}"
    if tally is None:
        return Text(
            zh=f"距离是直线距离乘 {detour}，不是沿路量的。",
            en=f"Distances are straight lines times {detour}, not measured along roads.",
        )
    most = f"{request.detour * Walks.CAP:g}"
    return Text(
        zh=(
            f"步行距离：{tally.along:,} 对沿“{request.walks_along}”量得；{tally.capped:,} 对沿路"
            f"过远，多半因路网缺段，按直线的 {most} 倍计；{tally.straight:,} 对路网够不着或不通，"
            f"按直线的 {detour} 倍计。"
        ),
        en=(
            f"Walks: {tally.along:,} pairs were measured along '{request.walks_along}'; "
            f"{tally.capped:,} where the way along it is far longer, mostly for want of a street, "
            f"count as {most} times the straight line; {tally.straight:,} where it does not reach "
            f"or lead count as {detour} times the straight line."
        ),
    )
