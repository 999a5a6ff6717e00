"""A small honest model: it reads, computes and answers."""

import numpy as np
from pydantic import Field

from chengmo import (
    City,
    DatasetId,
    Measure,
    ModelDecision,
    ModelRequest,
    Quality,
    Text,
    report_progress,
    vertical_model,
)


class Request(ModelRequest):
    """Whom to count."""

    least: int = Field(default=0, ge=0, description="Count only rows with so many residents")
    also: DatasetId | None = Field(default=None, description="One more dataset to count")
    seed: int = Field(default=1, description="Of the sample")


class Decision(ModelDecision):
    """The count."""

    residents: int
    sample_mean: float


@vertical_model(
    title=Text(zh="人口", en="Residents"), question_zh="有多少居民？", reads=("people",)
)
def count_residents(request: Request, city: City) -> Decision:
    """How many residents are there?"""
    report_progress("reading", 0.0)
    names = ["people", request.also] if request.also else ["people"]
    columns = [city.table(name, ["residents"])["residents"].to_numpy() for name in names]
    counts = np.concatenate(columns)
    report_progress("counting", 0.5)
    chosen = counts[counts >= request.least]
    sample = np.random.default_rng(request.seed).choice(counts, size=5)
    total = int(chosen.sum())
    return Decision(
        answer=Text(zh=f"{total} 人", en=f"{total} residents"),
        outcome="decided" if total else "infeasible",
        quality=Quality(kind="exact"),
        measures=(
            Measure(key="total", title=Text(zh="人", en="residents"), value=total, unit="1"),
        ),
        residents=total,
        sample_mean=float(sample.mean()),
    )
