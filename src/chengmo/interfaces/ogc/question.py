"""What a caller asks of features: box, time and properties, read from text and checked."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from chengmo.catalog.dataset import Dataset, DatasetColumn, Extent
from chengmo.errors import InvalidQuery
from chengmo.interfaces.ogc.crs import CRS84, SYSTEMS
from chengmo.interfaces.ogc.endpoint import Query
from chengmo.model import Text
from chengmo.model.decision import ValueType

LIMIT_MAX = 10_000
_SIZES = (4, 6)
_INT64 = 2**63
_LATITUDE_MAX, _LONGITUDE_MAX = 90.0, 180.0
_DAY = timedelta(days=1)
_TICK = timedelta(microseconds=1)
_DAY_OR_INSTANT = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2}))?"
)
_PERIOD = f"^({_DAY_OR_INSTANT}(/({_DAY_OR_INSTANT}|\\.\\.)?)?|(\\.\\.)?/{_DAY_OR_INSTANT})$"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,6})?\d*([Zz]|[+-]\d{2}:\d{2})"
)


@dataclass(frozen=True)
class Period:
    """From `start` to `end`, both included; None is open."""

    start: datetime | None
    end: datetime | None


def _read_numbers(value: str) -> tuple[float, ...]:
    try:
        numbers = tuple(float(part) for part in value.split(","))
    except ValueError:
        raise ValueError("its parts are not all numbers") from None
    if "_" in value or not value.isascii():
        # Python also reads 1_0 and the digits of other scripts.
        raise ValueError("its parts are not all numbers")
    if len(numbers) not in _SIZES:
        raise ValueError(f"it has {len(numbers)} numbers, not 4 or 6")
    if not all(math.isfinite(number) for number in numbers):
        raise ValueError("its numbers must be finite")
    return numbers


def read_period(value: str) -> Period:
    """Return the period that `value` means: an instant, a day, or two of them with a slash.

    Raises:
        ValueError: If it is no RFC 3339 date or date-time, or ends before it begins.
    """
    parts = value.split("/")
    if len(parts) == 1:
        start, end = _span(parts[0])
    elif len(parts) == 2 and any(part not in {"", ".."} for part in parts):  # noqa: PLR2004 - start and end
        start = None if parts[0] in {"", ".."} else _span(parts[0])[0]
        end = None if parts[1] in {"", ".."} else _span(parts[1])[1]
    else:
        raise ValueError("an interval has a start or an end, as 2024-01-01/..")
    if start is not None and end is not None and end < start:
        raise ValueError("the interval ends before it begins")
    return Period(start, end)


def _span(text: str) -> tuple[datetime, datetime]:
    try:
        if _DATE.fullmatch(text):
            first = datetime.combine(date.fromisoformat(text), time(), UTC)
            return first, first + (_DAY - _TICK)
        if _INSTANT.fullmatch(text):
            instant = datetime.fromisoformat(text.upper()).astimezone(UTC)
            return instant, instant
    except (ValueError, OverflowError):
        pass
    raise ValueError(f"'{text}' is no RFC 3339 date or date-time, such as 2024-05-01T08:00:00Z")


def _known_system(value: str) -> str:
    if value not in SYSTEMS:
        raise ValueError(f"'{value}' is not offered; the systems are: {', '.join(SYSTEMS)}")
    return value


def _clamped(value: int) -> int:
    # OGC API - Features: a limit beyond the maximum is no error, the maximum holds.
    return min(value, LIMIT_MAX)


When = Annotated[
    Period,
    BeforeValidator(read_period),
    WithJsonSchema({"type": "string", "pattern": _PERIOD, "example": "2024-01-01/.."}),
]
System = Annotated[
    str,
    AfterValidator(_known_system),
    WithJsonSchema({"type": "string", "format": "uri", "enum": [*SYSTEMS]}),
]
Box = Annotated[
    tuple[float, ...],
    BeforeValidator(_read_numbers),
    WithJsonSchema({"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6}),
]
Limit = Annotated[
    int,
    AfterValidator(_clamped),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": 10}),
]


class VersionQuery(Query):
    """Parameters of what shows one version of a dataset."""

    dataset_version: int | None = Field(
        default=None,
        alias="dataset-version",
        ge=1,
        le=_INT64 - 1,
        description="Version of the dataset; the latest if not given. `next` links pin it. What "
        "lies under a version stays as it is",
    )

    @property
    def pinning(self) -> str:
        """The parameter for a link to what belongs to the version that was asked for, or none."""
        return "" if self.dataset_version is None else f"?dataset-version={self.dataset_version}"


class DescriptionQuery(VersionQuery):
    """Parameters of what says what a version of a dataset is; a page for people too."""

    f: Literal["json", "html"] | None = Field(  # pyright: ignore[reportIncompatibleVariableOverride] - queries are frozen
        default=None, description="Representation; otherwise Accept decides"
    )


class FeatureQuery(DescriptionQuery):
    """Parameters of one feature."""

    crs: System = Field(default=CRS84, description="Coordinate system of the answer (Part 2)")


class ItemsQuery(FeatureQuery):
    """Parameters of a page of features."""

    limit: Limit = Field(
        default=10,
        ge=1,
        description=f"Features a page, from 1; more than {LIMIT_MAX} means {LIMIT_MAX}",
    )
    bbox: Box | None = Field(
        default=None,
        description="min x, min y, max x, max y (or six numbers with heights, which are ignored), "
        "in the system of bbox-crs; a west beyond the east crosses the antimeridian",
    )
    bbox_crs: System = Field(
        default=CRS84, alias="bbox-crs", description="Coordinate system of bbox (Part 2)"
    )
    datetime: When | None = Field(
        default=None,
        description="RFC 3339 instant or day, or an interval: start/end, start/.., ../end",
    )
    after: int | None = Field(
        default=None,
        ge=0,
        le=_INT64 - 1,
        description="Row after which the page begins, as the `next` link of the page before says",
    )
    with_count: bool = Field(
        default=False,
        alias="with-count",
        description="Also count all that match, where that takes work (numberMatched)",
    )


def box_of(box: Sequence[float], system: str) -> Extent:
    """Return `box` as west, south, east, north; its west lies east of its east across 180°.

    Raises:
        InvalidQuery: If it is upside down or lies outside the world.
    """
    half = len(box) // 2
    low, high = list(box[:2]), list(box[half : half + 2])
    if SYSTEMS[system].latitude_first:
        low.reverse()
        high.reverse()
    west, south, east, north = *low, *high
    fault = ""
    if max(abs(south), abs(north)) > _LATITUDE_MAX:
        fault = "a latitude lies outside -90 to 90"
    elif max(abs(west), abs(east)) > _LONGITUDE_MAX:
        fault = "a longitude lies outside -180 to 180"
    elif south > north:
        fault = "its south lies north of its north"
    if fault:
        order = "latitude before longitude" if SYSTEMS[system].latitude_first else "west first"
        raise InvalidQuery(
            f"parameter 'bbox': {fault}",
            hint=f"bbox: two corners in degrees, {order} in the system of bbox-crs",
        )
    return west, south, east, north


_SCHEMAS: Mapping[ValueType, Mapping[str, Any]] = {
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "text": {"type": "string"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
}


def schema_of(column: DatasetColumn, say: Callable[[Text | None], str | None]) -> dict[str, Any]:
    """Return the JSON schema of a column's values."""
    schema = dict(_SCHEMAS[column.type])
    schema["title"] = say(column.title) or column.source_name
    if column.meaning:
        schema["description"] = say(column.meaning)
    if column.unit:
        schema["x-ogc-unit"] = column.unit
    return schema


def queryables_of(dataset: Dataset, reserved: frozenset[str]) -> tuple[DatasetColumn, ...]:
    """Return the columns that can be asked for by value: those that no parameter is called."""
    return tuple(column for column in dataset.columns if column.name not in reserved)


def filter_parameters(columns: Sequence[DatasetColumn]) -> list[dict[str, Any]]:
    """Return OpenAPI's parameter objects for filters by `columns`."""
    return [
        {
            "name": column.name,
            "in": "query",
            "required": False,
            "description": f"Only features whose {column.source_name} has this value",
            "schema": dict(_SCHEMAS[column.type]),
        }
        for column in columns
    ]
