"""From the answer to the decision: sentence, measures, map, tables, chart, caveats."""

from collections.abc import Sequence
from dataclasses import dataclass

from chengmo import Chart, City, Column, Measure, Quality, Series, Table, Text
from chengmo_airspace.altitude import Reference, name_geoid
from chengmo_airspace.zones import (
    Band,
    Finding,
    Permission,
    Question,
    Span,
    Verdict,
    free_up_to,
)
from chengmo_scenarios.flight_permission.decision import Decision
from chengmo_scenarios.flight_permission.drawing import draw_place, draw_zones
from chengmo_scenarios.flight_permission.reading import Ground
from chengmo_scenarios.flight_permission.request import Request
from chengmo_scenarios.flight_permission.wording import (
    ABOVE,
    NAME,
    SAID,
    both,
    say_height,
    say_metres,
    say_time,
)

MOST_SAID = 2


@dataclass(frozen=True)
class Found:
    """All that was found out."""

    question: Question
    permission: Permission
    bands: Sequence[Band]
    spans: Sequence[Span]


def tell(request: Request, ground: Ground, found: Found) -> Decision:
    """Return the decision that says what was found."""
    answer = found.permission
    until = answer.apply_until
    return Decision(
        outcome="decided",
        answer=say(found),
        quality=Quality(kind="exact"),
        measures=_measure(found),
        layers=(draw_place(request, found.question, answer), *draw_zones(request, ground, answer)),
        tables=(_table_rules(answer.findings), _table_heights(found), _table_times(found)),
        charts=(_chart(found),),
        verdict=NAME[answer.verdict],
        known=NAME[answer.known],
        free_up_to_m=free_up_to(found.bands),
        known_free_up_to_m=free_up_to(found.bands, known=True),
        apply_until=until.isoformat() if until else None,
        deciding=tuple(item.key for item in answer.findings),
    )


def say(found: Found) -> Text:
    """Return the answer in one or two sentences."""
    answer, question = found.permission, found.question
    height = say_height(question.upper.metres, question.upper.reference)
    when = say_time(question.start)
    verdict = SAID[answer.verdict]
    zh = f"{verdict.zh}：{when}起，飞至{height.zh}。"
    en = f"{verdict.en.capitalize()}: from {when} (UTC+8), up to {height.en}."
    reasons = [item for item in answer.findings if _decides(item, answer)][:MOST_SAID]
    if reasons:
        said = [_say_reason(item) for item in reasons]
        zh += "；".join(reason.zh for reason in said) + "。"
        en += " " + "; ".join(reason.en for reason in said) + "."
    free = _say_free(found)
    zh, en = zh + free.zh, en + free.en
    if answer.apply_until and answer.verdict is Verdict.AUTHORISATION:
        due = say_time(answer.apply_until)
        zh += f"申请须在 {due} 前提出。"
        en += f" An application is due by {due} (UTC+8)."
    return Text(zh=zh, en=en)


def _decides(item: Finding, answer: Permission) -> bool:
    if answer.verdict is Verdict.ALLOWED:
        return False
    if answer.verdict is Verdict.UNKNOWN:
        return not item.is_certain and item.verdict > answer.known
    return item.is_certain and item.verdict is answer.verdict


def _say_reason(item: Finding) -> Text:
    zh, en = item.why.zh, item.why.en
    if item.zone is not None:
        zh, en = f"{item.title.zh}：{zh}", f"{item.title.en}: {en[:1].lower()}{en[1:]}"
    if item.citation.zh:
        zh, en = f"{zh}（{item.citation.zh}）", f"{en} ({item.citation.en})"
    return Text(zh=zh, en=en)


def _say_free(found: Found) -> Text:
    reference = found.question.upper.reference
    top = free_up_to(found.bands)
    if top > 0:
        height = say_height(top, reference)
        free = [band.verdict for band in found.bands if band.upper_m <= top]
        on = Text(zh="", en="")
        if Verdict.CONDITIONAL in free:
            on = Text(zh="（遵守条件）", en=", keeping the conditions")
        return Text(
            zh=f"此处不必申请可飞至{height.zh}{on.zh}。",
            en=f" Here one flies without asking up to {height.en}{on.en}.",
        )
    known = free_up_to(found.bands, known=True)
    if known > 0 and found.permission.verdict is Verdict.UNKNOWN:
        height = say_height(known, reference)
        return Text(
            zh=f"已知的规定在{height.zh}以下没有限制。",
            en=f" No rule that is known asks for anything up to {height.en}.",
        )
    return Text(zh="", en="")


def _measure(found: Found) -> tuple[Measure, ...]:
    above = ABOVE[found.question.upper.reference]
    return (
        Measure(
            key="free_up_to",
            title=Text(
                zh=f"不必申请可飞至（{above.zh}）", en=f"Free without asking up to ({above.en})"
            ),
            value=free_up_to(found.bands),
            unit="m",
        ),
        Measure(
            key="known_free_up_to",
            title=Text(
                zh=f"已知规定无限制至（{above.zh}）", en=f"No known rule up to ({above.en})"
            ),
            value=free_up_to(found.bands, known=True),
            unit="m",
        ),
        Measure(
            key="rules",
            title=Text(zh="涉及的规定", en="Rules that bear on it"),
            value=len(found.permission.findings),
        ),
    )


def _table_rules(findings: Sequence[Finding]) -> Table:
    rows = [
        (
            both(SAID[item.verdict]),
            both(item.title),
            item.is_certain,
            both(item.why),
            both(item.citation),
            "; ".join(f"{say_time(begin)} – {say_time(end)}" for begin, end in item.when),
        )
        for item in findings
    ]
    return Table(
        key="rules",
        title=Text(zh="依据的规定（起决定作用的在前）", en="The rules, the deciding one first"),
        columns=(
            Column(key="verdict", title=Text(zh="要求", en="Asks")),
            Column(key="title", title=Text(zh="规定或空域", en="Rule or zone")),
            Column(key="is_certain", title=Text(zh="确定适用", en="Surely holds")),
            Column(key="why", title=Text(zh="为什么", en="Why")),
            Column(key="citation", title=Text(zh="依据", en="Written in")),
            Column(key="when", title=Text(zh="何时（北京时间）", en="When (UTC+8)")),
        ),
        rows=tuple(rows),
    )


def _table_heights(found: Found) -> Table:
    rows = [
        (band.lower_m, band.upper_m, both(SAID[band.verdict]), ", ".join(band.deciding))
        for band in found.bands
    ]
    above = ABOVE[found.question.upper.reference]
    return Table(
        key="heights",
        title=Text(zh=f"各高度（{above.zh}）能否飞", en=f"By height ({above.en})"),
        columns=(
            Column(key="lower_m", title=Text(zh="从", en="From"), unit="m"),
            Column(key="upper_m", title=Text(zh="到", en="To"), unit="m"),
            *_VERDICT_COLUMNS,
        ),
        rows=tuple(rows),
    )


def _table_times(found: Found) -> Table:
    rows = [
        (
            say_time(span.start),
            say_time(span.end),
            both(SAID[span.verdict]),
            ", ".join(span.deciding),
        )
        for span in found.spans
    ]
    return Table(
        key="times",
        title=Text(zh="各时段能否飞（北京时间）", en="By time (UTC+8)"),
        columns=(
            Column(key="start", title=Text(zh="从", en="From")),
            Column(key="end", title=Text(zh="到", en="To")),
            *_VERDICT_COLUMNS,
        ),
        rows=tuple(rows),
    )


_VERDICT_COLUMNS = (
    Column(key="verdict", title=Text(zh="能否飞", en="Answer")),
    Column(key="deciding", title=Text(zh="由何决定", en="Decided by")),
)


def _chart(found: Found) -> Chart:
    """Return the steps of the verdict over height: two points a band."""
    heights = [metres for band in found.bands for metres in (band.lower_m, band.upper_m)]
    verdicts = [float(band.verdict) for band in found.bands for _ in range(2)]
    known = [float(band.known) for band in found.bands for _ in range(2)]
    series = [Series(title=Text(zh="回答", en="Answer"), x=tuple(heights), y=tuple(verdicts))]
    if known != verdicts:
        title = Text(zh="只看已知规定", en="By known rules alone")
        series.append(Series(title=title, x=tuple(heights), y=tuple(known)))
    above = ABOVE[found.question.upper.reference]
    scale = Text(
        zh="0 可飞 1 有条件 2 须批准 3 不确定 4 禁止",
        en="0 allowed 1 conditional 2 authorisation 3 unknown 4 prohibited",
    )
    return Chart(
        key="profile",
        title=Text(zh="随高度的变化", en="How it changes with height"),
        kind="line",
        x=Column(
            key="height", title=Text(zh=f"高度（{above.zh}）", en=f"Height, {above.en}"), unit="m"
        ),
        y=Column(key="verdict", title=scale),
        series=tuple(series),
    )


def list_caveats(request: Request, ground: Ground, found: Found, city: City) -> tuple[Text, ...]:
    """Return what a reader must know before acting on this."""
    caveats = [
        Text(
            zh="这不是批准。能否飞行以空中交通管理机构和民用无人驾驶航空器综合管理平台（UOM）为准；"
            "规定为转述，以原文为准。",
            en="This is no approval: air traffic management and its UOM platform decide. The rules "
            "are retold; their text is what binds.",
        )
    ]
    if request.complete_kinds:
        kinds = ", ".join(request.complete_kinds)
        caveats.append(
            Text(
                zh=f"假定数据集中下列类别的空域齐全：{kinds}。没有人核实过。",
                en=f"Assumed, not checked: the dataset holds all zones of {kinds}.",
            )
        )
    if ground.zone_map.altitudes.terrain is None:
        caveats.append(
            Text(
                zh="没有地形数据：真高与海拔、大地高不能互相换算。",
                en="There is no terrain: heights above the ground do not compare with others.",
            )
        )
    if found.question.upper.reference is not Reference.GROUND:
        reach = say_metres(request.terrain_reach_m)
        geoid = name_geoid(request.geoid)
        caveats.append(
            Text(
                zh=f"海拔按{geoid.zh}换算；地面高程取{reach}米内最近一点。",
                en=f"The sea is that of {geoid.en}, the ground the nearest height within {reach} "
                "m.",
            )
        )
    named = [name for name in (request.zones, request.terrain, request.geoid) if name]
    made_up = [name for name in named if city.about(name).synthetic]
    if made_up:
        names = ", ".join(made_up)
        caveats.append(
            Text(zh=f"下列数据集是虚构的：{names}。", en=f"Synthetic datasets were used: {names}.")
        )
    return tuple(caveats)
