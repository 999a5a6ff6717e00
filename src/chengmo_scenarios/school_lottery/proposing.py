"""The step that proposes catchments, and says what they would change."""

from dataclasses import replace

import numpy as np

from chengmo import Column, Feature, Layer, Measure, Quality, Table, Text
from chengmo_scenarios.school_lottery.comparing import compare_lines
from chengmo_scenarios.school_lottery.decision import Decision
from chengmo_scenarios.school_lottery.method.catchment import Plan, propose_catchments
from chengmo_scenarios.school_lottery.method.comparison import measure_mixing
from chengmo_scenarios.school_lottery.method.market import Flags, Floats, Ints
from chengmo_scenarios.school_lottery.method.synthetic import group_schools
from chengmo_scenarios.school_lottery.outlining import outline_zones
from chengmo_scenarios.school_lottery.request import Request
from chengmo_scenarios.school_lottery.roster import Ground, make_ground, to_metres
from chengmo_scenarios.school_lottery.wording import CHILDREN


def tell_catchments(request: Request, ground: Ground) -> Decision:
    """Return proposed catchments, or why there can be none."""
    home = ground.children.place
    known: Flags = np.asarray(np.isfinite(home).all(axis=1))
    sited: Flags = np.asarray(np.isfinite(ground.schools.place).all(axis=1))
    sited = sited & (ground.schools.seats > 0)
    if not known.any() or not sited.any():
        return _tell_nothing()
    place, at = np.unique(home[known], axis=0, return_inverse=True)
    at = np.asarray(at, dtype=np.int64).ravel()
    centre = place.mean(axis=0)
    xy, site = to_metres(place, centre), to_metres(ground.schools.place[sited], centre)
    school_zone = _group(site, request.zone_schools, len(xy))
    walk_m = _walk_to_zones(ground, place, ground.schools.place[sited], school_zone)
    seats = np.bincount(school_zone, weights=ground.schools.seats[sited]).astype(np.float64)
    weight = np.bincount(at).astype(np.float64)
    plan = propose_catchments(xy, weight, walk_m, seats, balance=request.zone_balance_0to1)
    new = _redraw(request, ground, (known, plan.zone[at]), (sited, school_zone))
    mixing = [_mix(each) for each in (ground, new)]
    return Decision(
        answer=_sentence(request, plan, weight),
        quality=_quality(plan),
        measures=_measure(plan, weight, mixing),
        layers=(_draw(place, weight, plan, seats),),
        tables=(_table(plan, seats, weight, walk_m), *compare_lines(request, ground, new)),
    )


def _group(site: Floats, per_zone: int, most: int) -> Ints:
    zone = group_schools(site, per_zone)
    # There cannot be more zones than places where children live.
    return np.minimum(zone, most - 1)


def _walk_to_zones(ground: Ground, home: Floats, school: Floats, school_zone: Ints) -> Floats:
    away, _ = ground.walker.measure(home, school)
    count = int(school_zone.max()) + 1
    return np.column_stack([away[:, school_zone == z].min(axis=1) for z in range(count)])


def _name(zone: int) -> str:
    return f"N{zone + 1:03d}"


def _redraw(
    request: Request,
    ground: Ground,
    children: tuple[Flags, Ints],
    schools: tuple[Flags, Ints],
) -> Ground:
    """Return the same roster under the proposed lines; what has no place keeps its zone."""
    known, zone = children
    names = list(ground.children.zone)
    for c, z in zip(np.nonzero(known)[0].tolist(), zone.tolist(), strict=True):
        names[c] = _name(z)
    zones = list(ground.schools.zones)
    sited, school_zone = schools
    for s, z in zip(np.nonzero(sited)[0].tolist(), school_zone.tolist(), strict=True):
        zones[s] = frozenset([_name(z)])
    return make_ground(
        request,
        replace(ground.children, zone=names),
        replace(ground.schools, zones=zones),
        ground.walker,
        is_synthetic=ground.is_synthetic,
    )


def _mix(ground: Ground) -> float:
    """Return the dissimilarity of groups over zones."""
    market = ground.market
    count = np.zeros((len(ground.zones), len(market.belongs)), np.int64)
    np.add.at(count, (market.zone, market.group), market.size)
    return measure_mixing(count)[0]


def _tell_nothing() -> Decision:
    return Decision(
        outcome="infeasible",
        answer=Text(
            zh="没有已知位置的儿童，或没有已知位置且有学位的学校，无法划片。",
            en="No child, or no school with seats, has a known place: nothing to draw lines by.",
        ),
        quality=Quality(kind="exact"),
    )


def _quality(plan: Plan) -> Quality:
    note = Text(
        zh="下界由拉格朗日对偶给出，不计连通与单元不可分；沿边界搜索得到方案",
        en="Bound by the Lagrangian dual, without connection and whole cells; plan by border moves",
    )
    return Quality(
        kind="gap" if plan.is_balanced else "heuristic",
        objective=plan.walk,
        bound=plan.bound,
        gap_0to1=plan.gap if plan.is_balanced else None,
        note=note,
    )


def _sentence(request: Request, plan: Plan, weight: Floats) -> Text:
    mean_m = plan.walk / float(weight.sum())
    worst = float((plan.load / plan.capacity).max()) * (1.0 + request.zone_balance_0to1)
    proof = Text(zh="均衡要求未能全部满足", en="the balance is not kept everywhere")
    if plan.is_balanced:
        percent = f"{plan.gap * 100:.1f}"
        proof = Text(zh=f"比下界多不超过 {percent}%", en=f"at most {percent} % more than the bound")
    return Text(
        zh=(
            f"划为 {len(plan.load)} 片，各片连通：到本片最近学校平均 {mean_m:,.0f} 米，{proof.zh}；"
            f"最紧的片每学位儿童数是全市的 {worst:.2f} 倍。"
        ),
        en=(
            f"{len(plan.load)} zones, each connected: {mean_m:,.0f} m to the nearest school of the "
            f"zone on average, {proof.en}; the tightest has {worst:.2f} times the city's children "
            "for a seat."
        ),
    )


def _measure(plan: Plan, weight: Floats, mixing: list[float]) -> tuple[Measure, ...]:
    return (
        Measure(key="zones", title=Text(zh="片数", en="Zones"), value=len(plan.load)),
        Measure(
            key="nearest_m", title=Text(zh="到本片最近学校", en="To the zone's nearest school"),
            value=round(plan.walk / float(weight.sum()), 1), unit="m",
        ),
        Measure(
            key="is_balanced", title=Text(zh="满足均衡", en="Within the balance"),
            value=plan.is_balanced,
        ),
        Measure(
            key="mixing_now", title=Text(zh="今天各片群体相异指数", en="Dissimilarity today"),
            value=round(mixing[0], 4),
        ),
        Measure(
            key="mixing_new", title=Text(zh="新划片群体相异指数", en="Dissimilarity, new lines"),
            value=round(mixing[1], 4),
        ),
    )  # fmt: skip


def _table(plan: Plan, seats: Floats, weight: Floats, walk_m: Floats) -> Table:
    own = walk_m[np.arange(len(plan.zone)), plan.zone] * weight
    walk = np.bincount(plan.zone, weights=own, minlength=len(seats)) / np.maximum(plan.load, 1e-9)
    return Table(
        key="catchments",
        title=Text(zh="各片", en="Zones"),
        columns=(
            Column(key="zone", title=Text(zh="片区", en="Zone")),
            CHILDREN,
            Column(key="seats", title=Text(zh="学位", en="Seats")),
            Column(key="most", title=Text(zh="均衡上限", en="Most for balance"), unit="person"),
            Column(key="walk", title=Text(zh="平均步行", en="Mean walk"), unit="m"),
        ),
        rows=tuple(
            (
                _name(z),
                round(float(plan.load[z])),
                round(float(seats[z])),
                round(float(plan.capacity[z]), 1),
                round(float(walk[z]), 1),
            )
            for z in range(len(seats))
        ),
    )


def _draw(place: Floats, weight: Floats, plan: Plan, seats: Floats) -> Layer:
    """Return the zones as areas; a cell is larger than a house, and only sums stand on it."""
    features = tuple(
        Feature(
            geometry=area.geometry,
            properties={
                "zone": _name(area.zone),
                "children": round(float(plan.load[area.zone])),
                "seats": round(float(seats[area.zone])),
            },
        )
        for area in outline_zones(place[weight > 0.0], plan.zone[weight > 0.0])
    )
    return Layer(
        key="catchments",
        title=Text(zh="建议的片区", en="Proposed zones"),
        geometry="polygon",
        columns=(
            Column(key="zone", title=Text(zh="片区", en="Zone")),
            CHILDREN,
            Column(key="seats", title=Text(zh="学位", en="Seats")),
        ),
        features=features,
        colour_by="zone",
    )
