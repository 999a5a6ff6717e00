"""What a reader asks of the rows: conditions on columns, a box, an order, a page."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Literal, get_args

from chengmo.catalog.dataset import Dataset, Extent
from chengmo.catalog.lake import quoted
from chengmo.errors import InvalidQuery
from chengmo.model.decision import ValueType

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "like", "in"]
Scalar = bool | int | float | str | date | datetime | None
Order = Literal["cell", "row"]
SYSTEM_TYPES: Mapping[str, ValueType] = {
    "_row": "integer",
    "_cell": "integer",
    "_west": "number",
    "_south": "number",
    "_east": "number",
    "_north": "number",
}
SYSTEM_COLUMNS = (*SYSTEM_TYPES, "_geometry")


@dataclass(frozen=True)
class Condition:
    """`column op value`. Texts are read as the column's type, so a web query can hand them in.

    Attributes:
        column: A column of the owner, or `_row`, `_cell` and the bounds.
        op: `like` matches texts, `%` standing for any part and `_` for one character; `in` takes a
            sequence.
        value: None with `=` or `!=` asks for rows without or with a value.
    """

    column: str
    op: Operator
    value: Scalar | Sequence[Scalar]


@dataclass(frozen=True)
class Filter:
    """An SQL condition and the values bound to it."""

    terms: list[str] = field(default_factory=list[str])
    values: list[object] = field(default_factory=list[object])

    def add(self, term: str, *values: object) -> None:
        """Add a term that every row must meet."""
        self.terms.append(term)
        self.values.extend(values)

    @property
    def sql(self) -> str:
        """The WHERE clause, empty without terms."""
        return f"WHERE {' AND '.join(self.terms)}" if self.terms else ""


def row_filter(
    dataset: Dataset, *, bbox: Extent | None = None, where: Sequence[Condition] = ()
) -> Filter:
    """Return the filter of the rows whose bounds meet `bbox` and that satisfy every condition.

    Raises:
        InvalidQuery: If the box is none, a column does not exist or a value does not fit it.
    """
    result = Filter()
    if bbox is not None:
        _add_box(result, bbox)
    for condition in where:
        _add_condition(result, dataset, condition)
    return result


def known_columns(dataset: Dataset, columns: Sequence[str] | None) -> tuple[str, ...]:
    """Return `columns`, or all columns of `dataset` and of the platform, in the table's order.

    Raises:
        InvalidQuery: If a column is not in the dataset.
    """
    owned = tuple(column.name for column in dataset.columns)
    if columns is None:
        return (*owned, *SYSTEM_COLUMNS)
    for name in columns:
        if name not in owned and name not in SYSTEM_COLUMNS:
            raise _no_column(dataset, name)
    return tuple(dict.fromkeys(columns))


def check_box(bbox: Extent) -> None:
    """Hold a box against what a box is.

    Raises:
        InvalidQuery: If it is not west, south, east, north in degrees.
    """
    if len(bbox) != 4 or not all(map(math.isfinite, bbox)):  # noqa: PLR2004 - west south east north
        raise InvalidQuery(
            "the box is not four numbers", hint="give west,south,east,north in degrees"
        )
    _, south, _, north = bbox
    if south > north:
        raise InvalidQuery(
            f"the box's south {float(south)} lies north of its north {float(north)}",
            hint="give west,south,east,north in degrees",
        )


def _add_box(result: Filter, bbox: Extent) -> None:
    check_box(bbox)
    west, south, east, north = map(float, bbox)
    result.add("_south <= ? AND _north >= ?", north, south)
    # A box whose west lies east of its east crosses the 180° meridian (RFC 7946, 5.2).
    joint = "AND" if west <= east else "OR"
    result.add(f"(_west <= ? {joint} _east >= ?)", east, west)


def _add_condition(result: Filter, dataset: Dataset, condition: Condition) -> None:
    kind = _type_of(dataset, condition.column)
    name = quoted(condition.column)
    op = condition.op
    if op not in get_args(Operator):
        raise InvalidQuery(
            f"'{op}' is no comparison", hint=f"use one of {', '.join(get_args(Operator))}"
        )
    if op == "in":
        values = [_read(item, kind, condition.column) for item in _items(condition)]
        result.add(f"{name} IN ({', '.join('?' * len(values))})" if values else "false", *values)
    elif op == "like":
        if kind != "text" or not isinstance(condition.value, str):
            raise InvalidQuery(
                f"'{condition.column}' is not compared with `like`", hint="`like` is for texts"
            )
        result.add(f"{name} LIKE ? ESCAPE '\\'", condition.value)
    elif condition.value is None:
        _add_null(result, name, condition)
    else:
        result.add(f"{name} {op} ?", _read(condition.value, kind, condition.column))


def _add_null(result: Filter, name: str, condition: Condition) -> None:
    if condition.op not in {"=", "!="}:
        raise InvalidQuery(
            f"nothing is {condition.op} no value", hint="compare no value with = or !="
        )
    result.add(f"{name} IS {'' if condition.op == '=' else 'NOT '}NULL")


def _items(condition: Condition) -> Sequence[Scalar]:
    value = condition.value
    if isinstance(value, Sequence) and not isinstance(value, str):
        return value
    raise InvalidQuery(
        f"`in` takes several values of '{condition.column}'", hint="give a list of values"
    )


def _type_of(dataset: Dataset, name: str) -> ValueType:
    column = dataset.column(name)
    if column is not None:
        return column.type
    if name in SYSTEM_TYPES:
        return SYSTEM_TYPES[name]
    raise _no_column(dataset, name)


def _no_column(dataset: Dataset, name: str) -> InvalidQuery:
    owned = ", ".join(column.name for column in dataset.columns[:20])
    return InvalidQuery(
        f"'{dataset.id}' has no column '{name}'", hint=f"its columns are: {owned or 'none'}"
    )


def _read(value: object, kind: ValueType, column: str) -> object:
    try:
        return _READERS[kind](value)
    except (ValueError, TypeError, OverflowError) as error:
        raise InvalidQuery(
            f"{value!r} does not fit the column '{column}'", hint=f"give {_WANTED[kind]}"
        ) from error


def _integer(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str | float):
        raise TypeError(type(value))
    if isinstance(value, float) and not value.is_integer():
        raise ValueError(value)
    if isinstance(value, str):
        _check_digits(value)
    number = int(value)
    if not -(2**63) <= number < 2**64:
        raise OverflowError(number)
    return number


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | str | float):
        raise TypeError(type(value))
    if isinstance(value, str):
        _check_digits(value)
    return float(value)


def _check_digits(text: str) -> None:
    # Python also reads 1_0 and the digits of other scripts: no slip must become a number.
    if "_" in text or not text.isascii():
        raise ValueError(text)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(type(value))
    return value


def _boolean(value: object) -> bool:
    if isinstance(value, str):
        value = {"true": True, "1": True, "false": False, "0": False}.get(value.lower())
    if not isinstance(value, bool):
        raise TypeError(type(value))
    return value


def _date(value: object) -> date:
    if isinstance(value, datetime) or not isinstance(value, str | date):
        raise TypeError(type(value))
    return date.fromisoformat(value) if isinstance(value, str) else value


def _datetime(value: object) -> datetime:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        raise TypeError(type(value))
    return value if value.tzinfo else value.replace(tzinfo=UTC)


_READERS: Mapping[ValueType, Callable[[object], object]] = {
    "integer": _integer,
    "number": _number,
    "text": _text,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
}
_WANTED: Mapping[ValueType, str] = {
    "integer": "a whole number",
    "number": "a number",
    "text": "a text",
    "boolean": "true or false",
    "date": "a date as 2025-01-31",
    "datetime": "a time as 2025-01-31T08:00:00Z",
}
