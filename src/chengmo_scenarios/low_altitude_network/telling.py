"""From the network to the decision: sentence, quality, measures, tables, chart."""

import numpy as np

from chengmo import Chart, Column, Measure, Quality, Series, Table, Text
from chengmo_scenarios.low_altitude_network.decision import Decision
from chengmo_scenarios.low_altitude_network.drawing import draw
from chengmo_scenarios.low_altitude_network.planning import CORNER_LEVEL, Plan, code_places
from chengmo_scenarios.low_altitude_network.reading import Ground
from chengmo_scenarios.low_altitude_network.request import Request

_PER_CENT = 100
_MOST_BARS = 20


def refuse(why: Text) -> Decision:
    """Return the decision that there is no network."""
    return Decision(outcome="infeasible", answer=why, quality=Quality(kind="exact"))


def tell(request: Request, ground: Ground, plan: Plan) -> Decision:
    """Return the decision that says what was planned."""
    heights = [ground.rules.layers.heights(item.pair) for item in plan.opened]
    return Decision(
        answer=_say(plan),
        quality=_judge(plan),
        measures=_measure(plan),
        layers=draw(ground, plan),
        tables=(
            _table_sites(ground, plan),
            _table_corridors(request, ground, plan),
            _table_losses(plan),
            _table_corners(ground, plan),
        ),
        charts=(_chart(plan),),
        sites=plan.codes,
        corridors=tuple((item.ends[0] + 1, item.ends[1] + 1) for item in plan.opened),
        lower_m=tuple(low for low, _ in heights),
        upper_m=tuple(high for _, high in heights),
        shared_air=plan.shared,
    )


def _say(plan: Plan) -> Text:
    sites, corridors = len(plan.sites), len(plan.opened)
    share = _PER_CENT * plan.covering.covered / plan.covering.total
    weak = len(plan.bridges) + len(plan.joints)
    apart_zh = (
        "任何两条航线在起降区外不共享空域" if not plan.shared else f"有{plan.shared}对航线共享空域"
    )
    apart_en = (
        "no two lanes share air outside terminal areas"
        if not plan.shared
        else f"{plan.shared} pairs of lanes share air"
    )
    kept_zh = "断任何一点或一条都不再分裂" if not weak else f"有{weak}处一断即分裂"
    kept_en = "no single loss parts it further" if not weak else f"{weak} single losses part it"
    if plan.parts > 1:
        kept_zh = f"全网分成互不相连的{plan.parts}块，{kept_zh}"
        kept_en = f"it is in {plan.parts} parts that are not joined, and {kept_en}"
    else:
        kept_zh, kept_en = kept_zh.replace("再", ""), kept_en.removesuffix(" further")
    return Text(
        zh=f"{sites}个起降点、{corridors}条航路，可服务区内{share:.0f}%的常住人口；{apart_zh}；{kept_zh}。",
        en=f"{sites} sites and {corridors} corridors serve {share:.0f} % of the area's residents; "
        f"{apart_en}; {kept_en}.",
    )


def _judge(plan: Plan) -> Quality:
    sited = "proven to cover the most" if plan.covering.is_optimal else "not proven the best"
    sited_zh = "已证明覆盖最多" if plan.covering.is_optimal else "未证明最优"
    layers = plan.design.colouring
    dropped = len(plan.design.corridors) - len(plan.opened) + len(plan.design.unjoined)
    return Quality(
        kind="heuristic",
        objective=plan.covering.covered,
        bound=plan.covering.bound,
        note=Text(
            zh=f"选址{sited_zh}；每条航路不劣于栅格上的最优；连接哪些点是启发式；"
            f"用了{layers.count}对高度，全部连接至少要{layers.at_least}对，{dropped}条因无高度或无路未开；航线是否共享空域由{plan.volumes}个"
            "空域体逐对精确检验。",
            en=f"The sites are {sited}; no corridor costs more than the least by 26 moves; which "
            f"sites are joined is a heuristic; {layers.count} pairs of heights are used, "
            f"{layers.at_least} needed at least for all links, {dropped} of which were not opened "
            f"for want of a height or a way; shared air was checked exactly over "
            f"{plan.volumes} volumes.",
        ),
    )


def _measure(plan: Plan) -> tuple[Measure, ...]:
    straight = sum(item.route.straight.length_m for item in plan.opened)
    length = sum(item.route.length_m for item in plan.opened)
    largest = min((loss.largest_part for loss in plan.link_losses), default=0)
    worst = max((loss.cut_off_0to1 for loss in plan.site_losses), default=0.0)
    return (
        _number("covered", "可服务常住人口", "Residents served", round(plan.covering.covered)),
        _number("length", "航路总长", "Length of corridors", round(length / 1000, 1), "km"),
        _number("detour", "与直线之比", "Over straight lines", round(length / straight, 3)),
        _number("pairs", "用到的高度对数", "Pairs of heights used", plan.design.colouring.count),
        _number("near", "高度错开的交叉处", "Crossings told apart by height", _crossings(plan)),
        _number("shared", "共享空域的航线对", "Pairs of lanes that share air", plan.shared),
        _number("lane", "一条航线的容量", "Capacity of a lane", round(plan.lane_per_h, 1), "/h"),
        _number("site", "一个起降点的容量", "Capacity of a site", round(plan.site_per_h, 1), "/h"),
        _number(
            "lane-used", "最忙航线的容量占用", "Busiest lane, share of capacity",
            round(float(plan.flows.lanes.max(initial=0)) / plan.lane_per_h, 3),
        ),
        _number(
            "site-used", "最忙起降点的容量占用", "Busiest site, share of capacity",
            round(float(plan.flows.movements.max(initial=0)) / plan.site_per_h, 3),
        ),
        _number("parts", "互不相连的块数", "Parts not joined", plan.parts),
        _number("bridges", "一断即分裂的航路", "Corridors that alone join", len(plan.bridges)),
        _number("joints", "一断即分裂的起降点", "Sites that alone join parts", len(plan.joints)),
        _number("largest", "断一条后最大连通部分", "Largest part after a loss", largest, "sites"),
        _number("cut-off", "断一点最多中断", "Most cut off by a site's loss", round(worst, 3)),
        _number("unserved", "无路可飞", "Without a way", round(plan.flows.lost_per_h, 1), "/h"),
    )  # fmt: skip


def _crossings(plan: Plan) -> int:
    """Return how many pairs of opened corridors come near one another."""
    pairs = [item.pair for item in plan.design.corridors]
    return sum(pairs[i] >= 0 and pairs[j] >= 0 for i, j in plan.design.near)


def _number(key: str, zh: str, en: str, value: float, unit: str = "") -> Measure:
    return Measure(key=key, title=Text(zh=zh, en=en), value=value, unit=unit)


def _table_sites(ground: Ground, plan: Plan) -> Table:
    rows = tuple(
        (
            number + 1,
            ground.places.name[int(plan.rows[number])],
            plan.codes[number],
            round(float(plan.served[number])),
            round(float(plan.flows.movements[number]), 1),
            round(float(plan.flows.movements[number]) / plan.site_per_h, 3),
        )
        for number in range(len(plan.sites))
    )
    return Table(
        key="sites",
        title=Text(zh="起降点", en="Sites"),
        columns=(
            _column("number", "编号", "Number"),
            _column("name", "名称", "Name"),
            _column("code", "北斗三维网格码", "BeiDou 3-D code"),
            _column("served", "服务常住人口", "Residents served"),
            _column("movements", "起降（虚构需求）", "Movements (synthetic demand)", "/h"),
            _column("used", "容量占用", "Share of capacity"),
        ),
        rows=rows,
    )


def _table_corridors(request: Request, ground: Ground, plan: Plan) -> Table:
    rows = tuple(
        (
            f"{item.ends[0] + 1}-{item.ends[1] + 1}",
            round(item.route.length_m),
            round(item.route.length_m / request.speed_mps / 60, 1),
            round(item.route.length_m / item.route.straight.length_m, 3),
            *ground.rules.layers.heights(item.pair),
            round(float(plan.flows.lanes[number, 0]), 1),
            round(float(plan.flows.lanes[number, 1]), 1),
            int(plan.risks[number].intrinsic.max()),
            int(plan.risks[number].final.max()),
            int(plan.risks[number].sail.max()),
            round(float(plan.risks[number].people.sum())),
            round(item.route.amounts["noise"] / item.route.length_m * 10_000),
            item.route.explained.zh + " " + item.route.explained.en,
        )
        for number, item in enumerate(plan.opened)
    )
    return Table(
        key="corridors",
        title=Text(zh="航路", en="Corridors"),
        columns=(
            _column("corridor", "航路", "Corridor"),
            _column("length", "长度", "Length", "m"),
            _column("minutes", "时间", "Time", "min"),
            _column("detour", "与直线之比", "Over the straight line"),
            _column("lower", "低线真高", "Lower lane", "m"),
            _column("upper", "高线真高", "Upper lane", "m"),
            _column("there", "去程架次（虚构）", "There (synthetic)", "/h"),
            _column("back", "回程架次（虚构）", "Back (synthetic)", "/h"),
            _column("intrinsic", "固有地面风险等级", "Intrinsic ground risk class"),
            _column("final", "最终地面风险等级", "Final ground risk class"),
            _column("sail", "SAIL", "SAIL"),
            _column("below", "下方常住人口", "Residents below"),
            _column("heard", "听闻范围内人口密度", "Residents a km² in earshot", "/km2"),
            _column("why", "说明", "Why it goes there"),
        ),
        rows=rows,
    )


def _table_losses(plan: Plan) -> Table:
    bridges, joints = set(plan.bridges), set(plan.joints)
    rows = [
        (
            f"{item.ends[0] + 1}-{item.ends[1] + 1}",
            item.ends in bridges,
            round(loss.cut_off_0to1, 4),
            round(loss.detour, 3),
            loss.largest_part,
        )
        for item, loss in zip(plan.opened, plan.link_losses, strict=True)
    ]
    rows += [
        (
            str(n + 1),
            n in joints,
            round(loss.cut_off_0to1, 4),
            round(loss.detour, 3),
            loss.largest_part,
        )
        for n, loss in enumerate(plan.site_losses)
    ]
    rows.sort(key=lambda row: (-row[2], -row[3], row[0]))
    return Table(
        key="losses",
        title=Text(zh="断一处会怎样（严重的在前）", en="What a single loss does (the worst first)"),
        columns=(
            _column("what", "航路或起降点", "Corridor or site"),
            _column("parts", "网络分裂", "Parts the network"),
            _column("cut", "中断的架次", "Flights cut off"),
            _column("detour", "其余绕行", "Detour of the others"),
            _column("largest", "最大连通部分", "Largest part", "sites"),
        ),
        rows=tuple(rows),
    )


def _table_corners(ground: Ground, plan: Plan) -> Table:
    rows: list[tuple[str, int, str, str]] = []
    for item in plan.opened:
        low, high = (
            code_places(ground, item.route.spots[:, :2], height, CORNER_LEVEL)
            for height in ground.rules.layers.heights(item.pair)
        )
        name = f"{item.ends[0] + 1}-{item.ends[1] + 1}"
        rows += [(name, n + 1, a, b) for n, (a, b) in enumerate(zip(low, high, strict=True))]
    return Table(
        key="corners",
        title=Text(zh="航路点的北斗三维网格码", en="BeiDou 3-D codes of the corridors' corners"),
        columns=(
            _column("corridor", "航路", "Corridor"),
            _column("corner", "第几点", "Corner"),
            _column("lower", "低线", "Lower lane"),
            _column("upper", "高线", "Upper lane"),
        ),
        rows=tuple(rows),
    )


def _column(key: str, zh: str, en: str, unit: str = "") -> Column:
    return Column(key=key, title=Text(zh=zh, en=en), unit=unit)


def _chart(plan: Plan) -> Chart:
    busiest = plan.flows.lanes.max(axis=1)
    order = np.argsort(-busiest, kind="stable")[:_MOST_BARS]
    names = tuple(
        f"{plan.opened[int(n)].ends[0] + 1}-{plan.opened[int(n)].ends[1] + 1}" for n in order
    )
    return Chart(
        key="load",
        title=Text(
            zh="各航路较忙航线的架次（虚构需求）",
            en="Flights on each corridor's busier lane (synthetic)",
        ),
        kind="bar",
        x=_column("corridor", "航路", "Corridor"),
        y=_column("flights", "架次", "Flights", "/h"),
        series=(
            Series(
                title=Text(zh="架次", en="Flights"),
                x=names,
                y=tuple(round(float(busiest[int(n)]), 2) for n in order),
            ),
            Series(
                title=Text(zh="容量", en="Capacity"),
                x=names,
                y=tuple(round(plan.lane_per_h, 2) for _ in order),
            ),
        ),
    )
