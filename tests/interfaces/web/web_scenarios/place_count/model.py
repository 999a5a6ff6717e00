"""Count what one may see of a dataset: the smallest question that reads rows."""

from pydantic import Field

from chengmo import (
    City,
    DatasetId,
    ModelDecision,
    ModelRequest,
    Quality,
    Text,
    vertical_model,
)


class Request(ModelRequest):
    """What is asked."""

    dataset: DatasetId = Field(default="residents", description="Whose places are counted")


class Decision(ModelDecision):
    """What is answered."""


@vertical_model(
    title=Text(zh="计数", en="Count of places"), question_zh="这份数据有多少个地点？", reads=()
)
def count_places(request: Request, city: City) -> Decision:
    """How many places does this dataset hold?"""
    count = len(city.places(request.dataset)[0])
    return Decision(
        outcome="decided",
        answer=Text(zh=f"{count} 个地点", en=f"{count} places"),
        quality=Quality(kind="exact"),
    )
