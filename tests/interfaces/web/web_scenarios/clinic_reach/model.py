"""Choose sites for clinics so that most elderly residents are near one, one after the other."""

import time
from typing import Literal

import numpy as np
from pydantic import Field

from chengmo import (
    Chart,
    City,
    Column,
    DatasetId,
    Feature,
    Layer,
    Measure,
    ModelDecision,
    ModelRequest,
    Quality,
    Series,
    Table,
    Text,
    report_progress,
    vertical_model,
)

_M_A_DEGREE = 111_320.0


class Costs(ModelRequest):
    """What a clinic costs."""

    rent_cny: float = Field(
        default=180_000, ge=0, description="Rent of a clinic", json_schema_extra={"unit": "CNY/a"}
    )
    staff: int = Field(default=6, ge=1, le=40, description="Staff of a clinic")


class Circle(ModelRequest):
    """A clinic serves all within a straight distance."""

    kind: Literal["circle"] = "circle"
    radius_m: float = Field(
        default=1500,
        gt=0,
        le=5000,
        description="Straight distance that counts as near",
        json_schema_extra={"unit": "m", "x-title": {"zh": "服务半径", "en": "Service radius"}},
    )


class Walk(ModelRequest):
    """A clinic serves all within a walk."""

    kind: Literal["walk"] = "walk"
    minutes: int = Field(default=15, ge=1, le=60, description="Minutes on foot at 4 km/h")


class Request(ModelRequest):
    """What is asked."""

    sites: int = Field(
        default=40,
        ge=1,
        le=500,
        description="Clinics to open",
        json_schema_extra={"unit": "sites", "x-title": {"zh": "新开数量", "en": "Clinics to open"}},
    )
    share_0to1: float = Field(
        default=0.6,
        ge=0,
        le=1,
        description="Stop as soon as this share of the elderly is near one",
        json_schema_extra={"x-title": {"zh": "覆盖目标", "en": "Coverage to reach"}},
    )
    served: Circle | Walk = Field(
        default=Circle(),
        description="What counts as near",
        json_schema_extra={
            "x-title": {"zh": "如何算作邻近", "en": "What counts as near"},
            "x-labels": {
                "circle": {"zh": "直线距离", "en": "Straight distance"},
                "walk": {"zh": "步行时间", "en": "Minutes on foot"},
            },
        },
    )
    candidates: DatasetId = Field(
        default="candidate-sites",
        description="Places where a clinic could open",
        json_schema_extra={"x-title": {"zh": "候选点", "en": "Candidate places"}},
    )
    who: Literal["residents_60plus", "residents"] = Field(
        default="residents_60plus",
        description="Whose distance counts",
        json_schema_extra={
            "x-title": {"zh": "服务对象", "en": "For whom"},
            "x-labels": {
                "residents_60plus": {"zh": "60 岁及以上", "en": "Residents of 60 and over"},
                "residents": {"zh": "全部居民", "en": "All residents"},
            },
        },
    )
    budget_cny: float | None = Field(
        default=None, gt=0, description="Yearly budget", json_schema_extra={"unit": "CNY/a"}
    )
    costs: Costs = Field(default=Costs(), description="What a clinic costs")
    at_least_0to1: dict[str, float] = Field(
        default={}, description="Share of the elderly that must be near, by district"
    )
    skip: tuple[str, ...] = Field(default=(), description="Districts left out")
    seed: int = Field(default=1, ge=0, description="Of nothing: the choice is the same each time")
    pause_s: float = Field(
        default=0, ge=0, le=60, description="Wait between sites, to watch the progress"
    )
    fails: bool = Field(default=False, description="End with an error, to see what that looks like")


class Decision(ModelDecision):
    """What is answered."""


@vertical_model(
    title=Text(zh="社区诊所选址", en="Clinic siting"),
    question_zh="诊所开在哪里，能让最多的老人走得到？",
    reads=("population",),
)
def reach_clinics(request: Request, city: City) -> Decision:
    """Where should clinics open so that most elderly people can walk there?"""
    report_progress("read", 0.0)
    population = city.table("population", ["district", request.who])
    people = np.asarray(population[request.who], dtype=np.float64)
    cells = _metres(*city.places("population"))
    sites = _metres(*city.places(request.candidates))
    served = request.served
    radius_m = served.radius_m if isinstance(served, Circle) else served.minutes * 4000 / 60
    if request.fails:
        raise ArithmeticError("the clinic's sums do not add up")
    if radius_m < 10:
        return Decision(
            outcome="infeasible",
            answer=Text(
                zh="服务半径太小，没有人在诊所附近。", en="Nobody is near: raise the radius."
            ),
            quality=Quality(kind="exact"),
        )
    near = np.hypot(*(cells[:, None, :] - sites[None, :, :]).transpose(2, 0, 1)) <= radius_m
    left = people.copy()
    chosen: list[int] = []
    reached: list[float] = []
    while len(chosen) < request.sites and sum(reached) < request.share_0to1 * people.sum():
        gains = near.T @ left
        best = int(gains.argmax())
        chosen.append(best)
        reached.append(float(gains[best]))
        left[near[:, best]] = 0
        report_progress("choose sites", len(chosen) / request.sites)
        time.sleep(request.pause_s)
    return _decision(
        request, city, population["district"].to_pylist(), people, left, chosen, reached
    )


def _metres(lon, lat):
    return np.column_stack([lon * np.cos(np.radians(30.6)), lat]) * _M_A_DEGREE


def _decision(request, city, districts, people, left, chosen, reached) -> Decision:
    share = 1 - left.sum() / people.sum()
    lon, lat = city.places(request.candidates)
    where = city.places("population")
    names = sorted({name for name in districts if name})
    rows = []
    for name in names:
        inside = np.array([one == name for one in districts])
        total = people[inside].sum()
        rows.append((name, round(total), round(1 - left[inside].sum() / max(total, 1), 4)))
    rows.sort(key=lambda row: -row[1])
    far = np.flatnonzero(left > 0)
    number = len(chosen)
    elderly = Column(key="elderly", title=Text(zh="服务人数", en="Residents served"), unit="person")
    order = Column(key="order", title=Text(zh="顺序", en="Order"))
    return Decision(
        answer=Text(
            zh=f"新开 {number} 处诊所，可让 {share:.1%} 的服务对象在步行范围内就诊。",
            en=f"{number} clinics bring {share:.1%} of those to be served within reach.",
        ),
        quality=Quality(
            kind="gap",
            objective=float(people.sum() - left.sum()),
            bound=float(people.sum()),
            gap_0to1=float(left.sum() / max(1.0, people.sum() - left.sum())),
        ),
        measures=(
            Measure(key="sites", title=Text(zh="诊所", en="Clinics"), value=number, unit="sites"),
            Measure(
                key="share_0to1", title=Text(zh="覆盖率", en="Within reach"), value=float(share)
            ),
            Measure(
                key="served",
                title=Text(zh="覆盖人数", en="Residents within reach"),
                value=round(people.sum() - left.sum()),
                unit="person",
                interval=(round(0.9 * (people.sum() - left.sum())), round(people.sum())),
            ),
            Measure(
                key="cost",
                title=Text(zh="年租金", en="Rent a year"),
                value=number * request.costs.rent_cny,
                unit="CNY/a",
            ),
        ),
        layers=(
            Layer(
                key="far",
                title=Text(zh="尚未覆盖", en="Not within reach"),
                geometry="point",
                columns=(elderly,),
                features=tuple(
                    _feature(where[0][i], where[1][i], elderly=round(left[i])) for i in far
                ),
                role="context",
            ),
            Layer(
                key="clinics",
                title=Text(zh="新开诊所", en="Clinics to open"),
                geometry="point",
                columns=(elderly, order),
                features=tuple(
                    _feature(lon[site], lat[site], elderly=round(gain), order=place)
                    for place, (site, gain) in enumerate(zip(chosen, reached, strict=True), 1)
                ),
                colour_by="elderly",
                size_by="elderly",
            ),
        ),
        charts=(
            Chart(
                key="curve",
                title=Text(zh="每多开一处，多覆盖多少", en="What each further clinic adds"),
                kind="line",
                x=Column(key="n", title=Text(zh="诊所数量", en="Clinics"), unit="sites"),
                y=Column(key="share_0to1", title=Text(zh="覆盖率", en="Within reach")),
                series=(
                    Series(
                        title=Text(zh="覆盖率", en="Within reach"),
                        x=tuple(float(n) for n in range(1, number + 1)),
                        y=tuple(float(v) for v in np.cumsum(reached) / people.sum()),
                    ),
                ),
            ),
            Chart(
                key="districts",
                title=Text(zh="各区服务对象", en="Those to be served, by district"),
                kind="bar",
                x=Column(key="district", title=Text(zh="行政区", en="District")),
                y=Column(key="people", title=Text(zh="人数", en="Residents"), unit="person"),
                series=(
                    Series(
                        title=Text(zh="全部", en="All"),
                        x=tuple(row[0] for row in rows),
                        y=tuple(float(row[1]) for row in rows),
                    ),
                    Series(
                        title=Text(zh="已覆盖", en="Within reach"),
                        x=tuple(row[0] for row in rows),
                        y=tuple(float(row[1] * row[2]) for row in rows),
                    ),
                ),
            ),
        ),
        tables=(
            Table(
                key="districts",
                title=Text(zh="各区覆盖情况", en="By district"),
                columns=(
                    Column(key="district", title=Text(zh="行政区", en="District")),
                    Column(
                        key="people", title=Text(zh="服务对象", en="To be served"), unit="person"
                    ),
                    Column(key="share_0to1", title=Text(zh="覆盖率", en="Within reach")),
                ),
                rows=tuple(rows),
            ),
        ),
        caveats=(
            Text(
                zh="60 岁及以上人数按全市比例估计，各区实际比例不同。",
                en="Residents of 60 and over are an estimate by the city's share.",
            ),
            Text(
                zh="逐处选择，不保证总体最优。",
                en="Sites are chosen one by one, which need not be best.",
            ),
        ),
    )


def _feature(lon, lat, **properties) -> Feature:
    geometry = {"type": "Point", "coordinates": [float(lon), float(lat)]}
    return Feature(geometry=geometry, properties=properties)
