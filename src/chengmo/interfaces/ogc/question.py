"""What a caller asks of features: box, time and values, read from text and checked."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from chengmo.catalog.dataset import Dataset, DatasetColumn, Extent
from chengmo.errors import InvalidQuery
from chengmo.interfaces.ogc.crs import CRS84, SYSTEMS
from chengmo.interfaces.ogc.endpoint import Query
from chengmo.model import Text
from chengmo.model.decision import ValueType

Value = bool | int | float | str | date | datetime
LIMIT_MAX = 10_000
_SIZES = (4, 6)
_INT64 = 2**63
_DAY = timedelta(days=1)
_TICK = timedelta(microseconds=1)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,6})?\d*([Zz]|[+-]\d{2}:\d{2})")


@dataclass(frozen=True)
class Period:
    """From `start` to `end`, both included; None is open."""

    start: datetime | None
    end: datetime | None


def _read_numbers(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        numbers = tuple(float(part) for part in value.split(","))
    except ValueError:
        raise ValueError("its parts are not all numbers") from None
    if len(numbers) not in _SIZES:
        raise ValueError(f"it has {len(numbers)} numbers, not 4 or 6")
    if not all(math.isfinite(number) for number in numbers):
        raise ValueError("its numbers must be finite")
    return numbers


def read_period(value: Any) -> Any:
    """Return the period that `value` means: an instant, a day, or two of them with a slash.

    Raises:
        ValueError: If it is no RFC 3339 date or date-time, or ends before it begins.
    """
    if not isinstance(value, str):
        return value
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


class FeatureQuery(Query):
    """Parameters of one feature."""

    crs: System = Field(default=CRS84, description="Coordinate system of the answer (Part 2)")
    dataset_version: int | None = Field(
        default=None,
        alias="dataset-version",
        ge=1,
        le=_INT64 - 1,
        description="Version of the dataset; the latest if not given. `next` links pin it",
    )


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
    datetime: Annotated[Period | None, BeforeValidator(read_period)] = Field(
        default=None,
        description="RFC 3339 instant or day, or an interval: start/end, start/.., ../end",
        json_schema_extra={"type": "string", "example": "2024-01-01/.."},
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


def boxes_of(box: Sequence[float], system: str) -> tuple[Extent, ...]:
    """Return `box` as one or, across the antimeridian, two boxes west, south, east, north.

    Raises:
        InvalidQuery: If it is upside down or lies outside the world.
    """
    half = len(box) // 2
    low, high = list(box[:2]), list(box[half : half + 2])
    if SYSTEMS[system].latitude_first:
        low.reverse()
        high.reverse()
    west, south, east, north = *low, *high
    hint = "bbox: west,south,east,north in degrees (latitude first where bbox-crs is an EPSG one)"
    if not (-90 <= south <= 90 and -90 <= north <= 90):
        raise InvalidQuery("parameter 'bbox': a latitude lies outside -90 to 90", hint=hint)
    if not (-180 <= west <= 180 and -180 <= east <= 180):
        raise InvalidQuery("parameter 'bbox': a longitude lies outside -180 to 180", hint=hint)
    if south > north:
        raise InvalidQuery("parameter 'bbox': its south lies north of its north", hint=hint)
    if west <= east:
        return ((west, south, east, north),)
    return ((west, south, 180.0, north), (-180.0, south, east, north))


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
    """Return the columns that can be asked for by value: those no parameter shares its name with."""
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


def read_value(column: DatasetColumn, text: str) -> Value:
    """Return `text` as a value of `column`.

    Raises:
        InvalidQuery: If it is none.
    """
    try:
        return _READERS[column.type](text)
    except ValueError as error:
        raise InvalidQuery(
            f"parameter '{column.name}': '{text[:100]}' is no {column.type}",
            hint=f"{column.name} holds values such as {_EXAMPLES[column.type]}",
        ) from error


def _read_integer(text: str) -> int:
    if not re.fullmatch(r"[+-]?\d{1,19}", text, re.ASCII) or not -_INT64 <= int(text) < _INT64:
        raise ValueError(text)
    return int(text)


def _read_number(text: str) -> float:
    if "_" in text or not math.isfinite(float(text)):
        raise ValueError(text)
    return float(text)


def _read_text(text: str) -> str:
    if "\x00" in text:
        raise ValueError("a NUL character")
    return text


def _read_boolean(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(text)
    return text == "true"


def _read_date(text: str) -> date:
    if not _DATE.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


def _read_instant(text: str) -> datetime:
    return _span(text)[0]


_READERS: Mapping[ValueType, Callable[[str], Value]] = {
    "integer": _read_integer,
    "number": _read_number,
    "text": _read_text,
    "boolean": _read_boolean,
    "date": _read_date,
    "datetime": _read_instant,
}
_EXAMPLES: Mapping[ValueType, str] = {
    "integer": "12",
    "number": "12.5",
    "text": "any text",
    "boolean": "true or false",
    "date": "2024-05-01",
    "datetime": "2024-05-01T08:00:00Z",
}
