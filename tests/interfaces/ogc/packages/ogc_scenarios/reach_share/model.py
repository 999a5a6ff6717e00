"""Which share of the residents lives near a place."""

import math
from typing import Literal

import numpy as np
from pydantic import Field

from chengmo import (
    City,
    Column,
    DatasetId,
    Feature,
    Layer,
    Measure,
    ModelDecision,
    ModelRequest,
    Quality,
    Text,
    report_progress,
    vertical_model,
)

_METRES_A_DEGREE = 111_320.0


class Weights(ModelRequest):
    """How much a resident counts."""

    each: float = Field(default=1.0, gt=0, le=10, description="Of every resident")
    elderly: float | None = Field(default=None, gt=0, description="Of those above 60, if another")


class Request(ModelRequest):
    """What is asked."""

    residents: DatasetId = Field(default="places", description="Dataset of residents")
    centre: tuple[float, float] = Field(
        default=(114.3, 30.6), description="Longitude and latitude in degrees"
    )
    radius_m: float = Field(gt=0, le=50_000, description="Distance counted as near, metres")
    norm: Literal["straight", "grid"] = Field(default="straight", description="How to measure it")
    weights: Weights = Field(default=Weights(), description="How much a resident counts")
    labels: tuple[str, ...] = Field(default=(), description="Words to keep with the answer")


class Decision(ModelDecision):
    """What is answered."""

    share_0to1: float | None = Field(default=None, description="Residents near, of all")


@vertical_model(title=Text(zh="覆盖率", en="Share reached"), question_zh="有多少居民住在附近？")
def reach_share(request: Request, city: City) -> Decision:
    """How many residents live near?"""
    report_progress("read", 0.1)
    lon, lat = city.places(request.residents)
    east = (lon - request.centre[0]) * math.cos(math.radians(request.centre[1]))
    north = lat - request.centre[1]
    power = 2 if request.norm == "straight" else 1
    away_m = _METRES_A_DEGREE * (np.abs(east) ** power + np.abs(north) ** power) ** (1 / power)
    near = away_m <= request.radius_m
    report_progress("count", 0.9)
    if not near.any():
        nobody = Text(zh="附近无人居住", en="Nobody lives near")
        return Decision(outcome="infeasible", answer=nobody, quality=Quality(kind="exact"))
    share = float(near.sum() / len(near)) * request.weights.each
    return Decision(
        answer=Text(zh=f"{share:.0%} 的居民住在附近", en=f"{share:.0%} of the residents live near"),
        quality=Quality(kind="exact"),
        share_0to1=share,
        measures=(Measure(key="near", title=Text(zh="附近", en="Near"), value=int(near.sum())),),
        layers=(
            Layer(
                key="near",
                title=Text(zh="附近的居民", en="Residents near"),
                geometry="point",
                columns=(Column(key="away_m", title=Text(zh="距离", en="Distance"), unit="m"),),
                features=tuple(
                    Feature(
                        geometry={"type": "Point", "coordinates": [float(x), float(y)]},
                        properties={"away_m": round(float(d), 1)},
                    )
                    for x, y, d in zip(lon[near], lat[near], away_m[near], strict=True)
                ),
            ),
        ),
    )
