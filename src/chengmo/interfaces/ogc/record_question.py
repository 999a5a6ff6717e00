"""What a caller asks of the catalogue's entries: words, place, time, kind, order, page."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from chengmo.catalog.dataset import Extent
from chengmo.interfaces.exchange.record import Record
from chengmo.interfaces.exchange.search import contains, grams, relevance
from chengmo.interfaces.ogc.crs import CRS84
from chengmo.interfaces.ogc.endpoint import PageQuery, Query
from chengmo.interfaces.ogc.question import Box, Limit, Period, When, box_of

RESOURCE_TYPE = "dataset"
LOCAL_SCHEME = "chengmo"
_WORLD_DEGREES = 360.0
_OFFSET_MAX = 1_000_000
_SORTABLE: Mapping[str, Callable[[Record], str | None]] = MappingProxyType(
    {
        "id": lambda record: record.id,
        "title": lambda record: record.title.zh,
        "updated": lambda record: record.updated_utc,
        "steward": lambda record: record.steward or None,
        "license": lambda record: record.licence or None,
    }
)
SORTABLES = tuple(_SORTABLE)


def _split(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _known_keys(value: tuple[str, ...]) -> tuple[str, ...]:
    for key in value:
        if key.lstrip("+-") not in SORTABLES or key[1:].startswith(("+", "-")):
            raise ValueError(f"'{key[:40]}' is no key; the keys are: {', '.join(SORTABLES)}")
    return value


_WORDS = {"type": "array", "items": {"type": "string"}}
Words = Annotated[tuple[str, ...], BeforeValidator(_split), WithJsonSchema(_WORDS)]
Keys = Annotated[
    tuple[str, ...],
    BeforeValidator(_split),
    AfterValidator(_known_keys),
    WithJsonSchema(
        {
            "type": "array",
            "items": {"type": "string", "pattern": f"^[+-]?({'|'.join(SORTABLES)})$"},
            "minItems": 1,
        }
    ),
]


def _without_empty(values: Any) -> Any:
    # OGC 20-004r1, requirement `empty-value`: a parameter without a value is as if not given.
    if isinstance(values, Mapping):
        return {name: value for name, value in values.items() if value != ""}
    return values


class RecordQuery(Query):
    """Parameters of one entry."""

    f: Literal["json", "html", "jsonld", "ttl"] | None = Field(  # pyright: ignore[reportIncompatibleVariableOverride] - queries are frozen
        default=None, description="Representation (jsonld, ttl: DCAT-AP); otherwise Accept decides"
    )
    drop_empty = model_validator(mode="before")(_without_empty)


class RecordsQuery(PageQuery):
    """Parameters of a page of entries."""

    q: Words | None = Field(
        default=None,
        description="Words: with commas, any of them; with spaces, one after the other. Chinese "
        "needs no spaces",
    )
    bbox: Box | None = Field(
        default=None,
        description="West, south, east, north in degrees; entries without a place always fit",
    )
    datetime: When | None = Field(
        default=None,
        description="RFC 3339 instant, day or interval; entries without a time always fit",
    )
    type: Words | None = Field(default=None, description="Kinds of resource: dataset")
    ids: Words | None = Field(default=None, description="Ids of entries")
    external_ids: Words | None = Field(
        default=None,
        alias="externalIds",
        description="Ids that others gave the dataset: value, scheme:value or scheme:",
    )
    keywords: str | None = Field(default=None, description="Only entries with this keyword")
    steward: str | None = Field(default=None, description="Only entries of this steward")
    license: str | None = Field(default=None, description="Only entries under these terms")
    sharing: Literal["unconditional", "conditional", "none"] | None = Field(
        default=None, description="Only entries so shared between government bodies"
    )
    opening: Literal["unconditional", "conditional", "none"] | None = Field(
        default=None, description="Only entries so opened to the public"
    )
    source: str | None = Field(
        default=None, description="Only entries harvested from this address; `local` for our own"
    )
    sortby: Keys | None = Field(
        default=None,
        description="Keys, first things first; `-` before one turns its order round. Without it, "
        "the best answer to q first, else by id",
    )
    limit: Limit = Field(default=10, ge=1, description="Entries a page")
    offset: int = Field(
        default=0, ge=0, le=_OFFSET_MAX, description="Entries before the page; see the next link"
    )
    drop_empty = model_validator(mode="before")(_without_empty)


class SearchQuery(PageQuery):
    """Parameters of a search over everything."""

    q: str = Field(default="", max_length=1000, description="What is looked for, in any words")
    limit: Limit = Field(default=10, ge=1, description="Entries a page")
    offset: int = Field(
        default=0, ge=0, le=_OFFSET_MAX, description="Entries before the page; see the next link"
    )


LOCAL_SOURCE = "local"


def external_ids_of(record: Record) -> tuple[tuple[str, str], ...]:
    """Return scheme and value of every id that the dataset has elsewhere, or here."""
    if record.origin is None:
        return ((LOCAL_SCHEME, record.id),)
    return ((record.origin.catalogue, record.origin.remote_id),)


def source_of(record: Record) -> str:
    """Return the catalogue an entry comes from; `local` for this one."""
    return LOCAL_SOURCE if record.origin is None else record.origin.catalogue


def select(records: Sequence[Record], query: RecordsQuery) -> list[Record]:
    """Return the entries that fit the whole question, in the order asked for.

    Raises:
        InvalidQuery: If the box makes no sense.
    """
    box = box_of(query.bbox, CRS84) if query.bbox else None
    tests = [*_tests_of_words(query), *_tests_of_values(query)]
    if box is not None:
        tests.append(lambda record: record.extent is None or _meet(record.extent, box))
    if query.datetime is not None:
        period = query.datetime
        tests.append(lambda record: record.period is None or _overlap(record.period, period))
    fitting = [record for record in records if all(test(record) for test in tests)]
    return _ordered(fitting, query)


Test = Callable[[Record], bool]


def _tests_of_words(query: RecordsQuery) -> list[Test]:
    tests: list[Test] = []
    if query.q is not None:
        terms = query.q
        tests.append(lambda record: contains(record, terms))
    if query.external_ids is not None:
        wanted = query.external_ids
        tests.append(lambda record: any(_is_named(record, each) for each in wanted))
    if query.ids is not None:
        ids = query.ids
        tests.append(lambda record: record.id in ids)
    if query.type is not None:
        kinds = query.type
        tests.append(lambda _: RESOURCE_TYPE in kinds)
    return tests


def _tests_of_values(query: RecordsQuery) -> list[Test]:
    wanted: list[tuple[str | None, Callable[[Record], str | None]]] = [
        (query.steward, lambda record: record.steward),
        (query.license, lambda record: record.licence),
        (query.sharing, lambda record: record.sharing),
        (query.opening, lambda record: record.opening),
        (query.source, source_of),
    ]
    tests = [_equal(value, read) for value, read in wanted if value is not None]
    if query.keywords is not None:
        keyword = query.keywords
        tests.append(lambda record: keyword in record.keywords)
    return tests


def _equal(value: str, read: Callable[[Record], str | None]) -> Test:
    return lambda record: read(record) == value


def _is_named(record: Record, asked: str) -> bool:
    # A scheme may itself be an address with colons, so the last one divides.
    scheme, colon, value = asked.rpartition(":")
    return any(
        (not colon or scheme == own_scheme) and value in {"", own_value}
        for own_scheme, own_value in external_ids_of(record)
    )


def _ordered(records: list[Record], query: RecordsQuery) -> list[Record]:
    if query.sortby is None:
        asked = grams(" ".join(query.q or ()))
        return sorted(records, key=lambda record: (-relevance(record, asked), record.id))
    # Sorting is stable, so the keys are taken from the last to the first.
    for key in reversed((*query.sortby, "id")):
        read = _SORTABLE[key.lstrip("+-")]
        filled = [record for record in records if read(record) is not None]
        filled.sort(key=lambda record: read(record) or "", reverse=key.startswith("-"))
        # What has no value comes last, whichever way round.
        records = [*filled, *(record for record in records if read(record) is None)]
    return records


def _meet(extent: Extent, box: Extent) -> bool:
    if extent[3] < box[1] or extent[1] > box[3]:
        return False
    return any(
        west <= other_east and other_west <= east
        for west, east in _spans(extent)
        for other_west, other_east in _spans(box)
    )


def _spans(extent: Extent) -> tuple[tuple[float, float], ...]:
    west, _, east, _ = extent
    if west <= east:
        return ((west, east),)
    return ((west, _WORLD_DEGREES / 2), (-_WORLD_DEGREES / 2, east))


def _overlap(extent: tuple[str, str], period: Period) -> bool:
    first, last = _instant(extent[0], time.min), _instant(extent[1], time.max)
    return (period.end is None or first is None or first <= period.end) and (
        period.start is None or last is None or last >= period.start
    )


def _instant(text: str, clock: time) -> datetime | None:
    if not text or text == "..":
        return None
    if "T" not in text:
        return datetime.combine(date.fromisoformat(text), clock, UTC)
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)
