"""Answer with boxes over a place: every kind of field, and volumes that hold at some times."""

from datetime import UTC, timedelta
from typing import Literal

from pydantic import AwareDatetime, Field

from chengmo import (
    City,
    Column,
    DrawnArea,
    DrawnLine,
    Feature,
    FieldWords,
    InvalidRequest,
    Layer,
    ModelDecision,
    ModelRequest,
    Place,
    Quality,
    Text,
    vertical_model,
)


class Request(ModelRequest):
    """What is asked."""

    lon: float = Field(ge=-180, le=180, description="Longitude of the place")
    lat: float = Field(ge=-90, le=90, description="Latitude of the place")
    start: AwareDatetime = Field(description="When it starts")
    wait: timedelta = Field(default=timedelta(minutes=90), description="How long it lasts")
    end: Place | None = Field(default=None, description="Another place")
    along: DrawnLine | None = Field(default=None, description="A line")
    within: DrawnArea | None = Field(default=None, description="An area")
    uses: tuple[Literal["swarm", "crowds"], ...] = Field(default=(), description="What for")


class Decision(ModelDecision):
    """What is answered, and what was asked, as it came."""

    asked: str


_RULES = {"free": Text(zh="可飞", en="Free"), "closed": Text(zh="不可飞", en="Closed")}


@vertical_model(
    title=Text(zh="看天", en="Sky"),
    question_zh="这里的天空怎样？",
    words={
        "lon": FieldWords(title=Text(zh="经度", en="Longitude"), unit="deg"),
        "lat": FieldWords(title=Text(zh="纬度", en="Latitude"), unit="deg"),
        "uses": FieldWords(
            title=Text(zh="用途", en="Uses"),
            labels={"swarm": Text(zh="集群", en="Swarm"), "crowds": Text(zh="人群", en="Crowds")},
        ),
    },
)
def watch_sky(request: Request, city: City) -> Decision:
    """How is the sky here?"""
    if request.lat < 0:
        raise InvalidRequest("there is no dataset 'roads'", hint="/api lists every path")
    start = request.start.astimezone(UTC)
    hours = [start + timedelta(hours=hour) for hour in range(4)]
    boxes = [
        _box(request, 0.00, "closed", lower_m=0.0, upper_m=None, times=(None, None)),
        _box(request, 0.02, "free", lower_m=60.0, upper_m=120.0, times=(hours[0], hours[1])),
        _box(request, 0.04, "closed", lower_m=100.0, upper_m=300.0, times=(hours[2], hours[3])),
    ]
    return Decision(
        answer=Text(zh="见图", en="See the map"),
        quality=Quality(kind="exact"),
        layers=(
            Layer(
                key="boxes",
                title=Text(zh="空域", en="Airspace"),
                geometry="polygon",
                columns=(
                    Column(
                        key="rule",
                        title=Text(zh="规则", en="Rule"),
                        labels=_RULES,
                        order=tuple(_RULES),
                    ),
                    Column(key="lower_m", title=Text(zh="下限", en="Floor"), unit="m"),
                    Column(key="upper_m", title=Text(zh="上限", en="Ceiling"), unit="m"),
                ),
                features=tuple(boxes),
                colour_by="rule",
            ),
        ),
        asked=request.model_dump_json(),
    )


def _box(request, shift, rule, *, lower_m, upper_m, times) -> Feature:
    west, south, east, north = request.lon + shift, request.lat, request.lon + shift, request.lat
    ring = [[west, south], [east + 0.015, south], [east + 0.015, north + 0.015]]
    ring += [[west, north + 0.015], [west, south]]
    begin, end = (None if one is None else one.isoformat().replace("+00:00", "Z") for one in times)
    return Feature(
        geometry={"type": "Polygon", "coordinates": [ring]},
        properties={
            "rule": rule,
            "lower_m": lower_m,
            "upper_m": upper_m,
            "from": begin,
            "to": end,
        },
    )
