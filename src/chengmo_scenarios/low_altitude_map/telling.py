"""From the atlas to the decision: sentence, measures, tables, chart."""

import numpy as np
from numpy.typing import NDArray

from chengmo import Chart, Column, Measure, Quality, Series, Table, Text
from chengmo_airspace.atlas import Atlas, Use
from chengmo_airspace.zones import Verdict
from chengmo_scenarios.low_altitude_map.decision import Decision
from chengmo_scenarios.low_altitude_map.drawing import draw_layers
from chengmo_scenarios.low_altitude_map.reading import Ground
from chengmo_scenarios.low_altitude_map.request import Request
from chengmo_scenarios.low_altitude_map.wording import (
    SAID,
    both,
    cited,
    say_hour,
    say_metres,
    say_share,
)

_FREE = (Use.FREE, Use.CONDITIONAL)
_MOST_REASONS = 30


def tell(request: Request, ground: Ground, atlas: Atlas) -> Decision:
    """Return the decision that says what was found."""
    share = _shares(atlas.use)
    hours, bands, cells = atlas.frame.shape
    known = float(np.isin(atlas.law.known, (Verdict.ALLOWED, Verdict.CONDITIONAL)).mean())
    highest = float(atlas.free_up_to_m.min(axis=0).max())
    return Decision(
        outcome="decided",
        answer=_say(atlas, share, highest, known),
        quality=Quality(kind="exact"),
        measures=_measure(atlas, share, highest, known),
        layers=draw_layers(request, ground, atlas),
        tables=(_table_reasons(atlas), _table_hours(atlas)),
        charts=(_chart_bands(atlas),),
        cells=cells,
        bands=bands,
        hours=hours,
        free_share_0to1=share[Use.FREE] + share[Use.CONDITIONAL],
        approval_share_0to1=share[Use.APPROVAL],
        unknown_share_0to1=share[Use.UNKNOWN],
        closed_share_0to1=share[Use.NO],
        highest_free_m=highest,
        known_free_share_0to1=known,
    )


def _shares(use: NDArray[np.uint8]) -> dict[Use, float]:
    counts = np.bincount(use.ravel(), minlength=len(Use))
    return {each: float(counts[each] / use.size) for each in Use}


def _say(atlas: Atlas, share: dict[Use, float], highest: float, known: float) -> Text:
    hours, bands, cells = atlas.frame.shape
    begin, end = say_hour(atlas.frame.intervals[0][0]), say_hour(atlas.frame.intervals[-1][1])
    end = "24:00" if end == "00:00" else end
    low, high = (say_metres(atlas.frame.edges_m[at]) for at in (0, -1))
    said = [(SAID[use], say_share(part)) for use, part in share.items() if part > 0]
    zh = f"{begin}至{end}，真高{low}至{high}米，{cells}个网格×{bands}层×{hours}小时："
    zh += "，".join(f"{text.zh}{part}" for text, part in said) + "。"
    en = f"From {begin} to {end} (UTC+8), {low} to {high} m above the ground, "
    en += f"{cells} cells × {bands} bands × {hours} hours: "
    en += ", ".join(f"{part} {text.en}" for text, part in said) + "."
    if highest > 0:
        metres = say_metres(highest)
        zh += f"按空域规定，全时段免申请最高可飞至真高{metres}米。"
        en += f" By the zones and the law one flies without asking up to {metres} m in all hours."
    if share[Use.UNKNOWN] > 0:
        zh += f"只看已知规定，{say_share(known)}不必申请。"
        en += f" By the known rules alone {say_share(known)} needs no application."
    return Text(zh=zh, en=en)


def _measure(
    atlas: Atlas, share: dict[Use, float], highest: float, known: float
) -> tuple[Measure, ...]:
    people = float(np.nansum(atlas.people_night))
    measures = [
        Measure(
            key="free",
            title=Text(zh="可以飞的比例", en="Share that is free"),
            value=round(share[Use.FREE] + share[Use.CONDITIONAL], 4),
            unit="1",
        ),
        Measure(
            key="known_free",
            title=Text(zh="已知规定下可以飞的比例", en="Share free by the known rules"),
            value=round(known, 4),
            unit="1",
        ),
        Measure(
            key="highest_free",
            title=Text(zh="全时段免申请最高可飞至", en="Free in all hours up to, at most"),
            value=highest,
            unit="m",
        ),
    ]
    if not np.isnan(atlas.people_night).all():
        measures.append(
            Measure(
                key="residents",
                title=Text(zh="下方常住人口", en="Residents below"),
                value=round(people),
                unit="person",
            )
        )
    if atlas.service is not None:
        measures.append(
            Measure(
                key="covered",
                title=Text(zh="通信覆盖比例", en="Share covered"),
                value=round(float(atlas.service.covered.mean()), 4),
                unit="1",
            )
        )
    return tuple(measures)


def _table_reasons(atlas: Atlas) -> Table:
    """Return what decides, by how much of the airspace, the most frequent first."""
    code = atlas.why.astype(np.int64) * len(Use) + atlas.use
    values, counts = np.unique(code, return_counts=True)
    order = np.lexsort((values, -counts))[:_MOST_REASONS]
    rows = tuple(
        (
            cited(atlas.reasons[int(values[at]) // len(Use)]),
            both(SAID[Use(int(values[at]) % len(Use))]),
            round(float(counts[at] / atlas.use.size), 4),
            both(atlas.reasons[int(values[at]) // len(Use)].why),
        )
        for at in order.tolist()
    )
    return Table(
        key="reasons",
        title=Text(zh="依据", en="What decides"),
        columns=(
            Column(key="reason", title=Text(zh="规定或空域", en="Rule or zone")),
            Column(key="answer", title=Text(zh="能否飞", en="Answer")),
            Column(key="share", title=Text(zh="占比", en="Share"), unit="1"),
            Column(key="why", title=Text(zh="为什么", en="Why")),
        ),
        rows=rows,
    )


def _table_hours(atlas: Atlas) -> Table:
    rows = tuple(
        (say_hour(begin), *(round(part, 4) for part in _shares(atlas.use[number]).values()))
        for number, (begin, _) in enumerate(atlas.frame.intervals)
    )
    return Table(
        key="hours",
        title=Text(zh="逐时", en="Hour by hour"),
        columns=(
            Column(key="hour", title=Text(zh="时刻", en="Hour")),
            *(Column(key=use.name.lower(), title=SAID[use], unit="1") for use in Use),
        ),
        rows=rows,
    )


def _chart_bands(atlas: Atlas) -> Chart:
    bands = tuple(f"{say_metres(low)}–{say_metres(high)}" for low, high in atlas.frame.bands)
    shares = [_shares(atlas.use[:, number]) for number in range(len(bands))]
    return Chart(
        key="bands",
        title=Text(zh="各高度层", en="By height"),
        kind="bar",
        x=Column(key="band", title=Text(zh="真高", en="Above the ground"), unit="m"),
        y=Column(key="share", title=Text(zh="占比", en="Share"), unit="1"),
        series=tuple(
            Series(title=SAID[use], x=bands, y=tuple(round(share[use], 4) for share in shares))
            for use in Use
            if any(share[use] for share in shares)
        ),
    )
