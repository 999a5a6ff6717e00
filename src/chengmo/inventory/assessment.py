"""Checks evaluated over the rows of an import, whole columns at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa

from chengmo.catalog.dataset import DatasetColumn, Extent
from chengmo.catalog.importing.kernels import NO, pc
from chengmo.catalog.quality import (
    DURATION,
    CheckResult,
    QualityCheck,
    QualityReport,
    Rule,
    SchemaDrift,
)
from chengmo.errors import UnknownDataset
from chengmo.model.decision import ValueType

MOST_ROWS = 100
_DAYS = (365, 30, 7, 1)

Reader = Callable[[Sequence[str]], pa.Table]


@dataclass(frozen=True)
class Surroundings:
    """What a check may look at beside the rows.

    Attributes:
        column_of: Values of a column of another dataset; raises UnknownDataset.
        extent_of: Extent of another dataset; raises UnknownDataset.
        before: Values of columns of the rows that are there already and stay, for `unique`.
        now: Time of the import.
    """

    column_of: Callable[[str, str], pa.Array | pa.ChunkedArray]
    extent_of: Callable[[str], Extent | None]
    before: Reader | None
    now: datetime


class _Fault(Exception):
    """A check that cannot be evaluated, and why."""


@dataclass(frozen=True)
class _Found:
    """What a check found: which rows it is about, and which of them fail."""

    checked: int
    fails: pa.Array


def assess(
    checks: Sequence[QualityCheck],
    columns: Sequence[DatasetColumn],
    read: Reader,
    around: Surroundings,
) -> tuple[CheckResult, ...]:
    """Evaluate `checks`, in their order.

    Args:
        checks: What was declared.
        columns: Columns of the rows.
        read: Gives columns by name, those of the platform (`_row`, `_west` …) included; the rows
            always in the same order.
        around: What a check may look at besides.
    """
    types: dict[str, ValueType] = {column.name: column.type for column in columns}
    return tuple(
        _result(check, types, read, around)
        for declared in checks
        for check in _one_a_column(declared)
    )


def _one_a_column(check: QualityCheck) -> list[QualityCheck]:
    if check.rule in {"unique", "inside"}:
        return [check]
    return [check.model_copy(update={"columns": (name,)}) for name in check.columns]


def _result(
    check: QualityCheck, types: Mapping[str, ValueType], read: Reader, around: Surroundings
) -> CheckResult:
    try:
        _check_columns(check, types)
        found = _RULES[check.rule](check, read, around)
    except (_Fault, UnknownDataset) as error:
        message = error.message if isinstance(error, UnknownDataset) else str(error)
        return CheckResult(check=check, checked=0, failed=0, fault=message)
    except (pa.ArrowException, OverflowError) as error:
        return CheckResult(
            check=check, checked=0, failed=0, fault=f"it cannot be evaluated: {error}"[:300]
        )
    fails = pc.fill_null(found.fails, NO)
    failed = int(pc.sum(fails).as_py() or 0)
    rows: tuple[int, ...] = ()
    if failed:
        numbers = read(["_row"]).column("_row").filter(fails)
        rows = tuple(sorted(numbers.to_pylist())[:MOST_ROWS])
    return CheckResult(check=check, checked=found.checked, failed=failed, rows=rows)


def _check_columns(check: QualityCheck, types: Mapping[str, ValueType]) -> None:
    missing = [name for name in check.columns if name not in types]
    if missing:
        raise _Fault(f"there is no column '{missing[0]}'")


def _required(check: QualityCheck, read: Reader, _: Surroundings) -> _Found:
    values = _one(read, check.columns[0])
    fails = pc.is_null(values)
    if pa.types.is_string(values.type):
        fails = pc.or_kleene(fails, pc.equal(pc.utf8_trim_whitespace(values), ""))
    return _Found(len(values), fails)


def _unique(check: QualityCheck, read: Reader, around: Surroundings) -> _Found:
    names = list(check.columns)
    table = read(names).select(names)
    old = around.before(names).select(names) if around.before is not None else table.slice(0, 0)
    both = pa.concat_tables([old.cast(table.schema), table])
    both = both.append_column("_at", pa.array(range(both.num_rows), pa.int64()))
    # The first of several equal rows is the one that may stay.
    firsts = both.group_by(names).aggregate([("_at", "min")]).column("_at_min")
    repeats = pc.invert(pc.is_in(both.column("_at"), value_set=firsts.combine_chunks()))
    given = [pc.is_valid(both.column(name)) for name in names]
    known = given[0]
    for each in given[1:]:
        known = pc.and_(known, each)
    known = known.slice(old.num_rows)
    return _Found(_count(known), pc.and_(repeats.slice(old.num_rows), known))


def _range(check: QualityCheck, read: Reader, _: Surroundings) -> _Found:
    values = _one(read, check.columns[0])
    fails = pc.is_null(values)
    fails = pc.and_(fails, pc.invert(fails))
    if check.least is not None:
        fails = pc.or_kleene(fails, pc.less(values, _limit(check.least, values.type)))
    if check.most is not None:
        fails = pc.or_kleene(fails, pc.greater(values, _limit(check.most, values.type)))
    return _Found(_given(values), fails)


def _pattern(check: QualityCheck, read: Reader, _: Surroundings) -> _Found:
    texts = _texts(_one(read, check.columns[0]))
    return _Found(
        _given(texts), pc.invert(pc.match_substring_regex(texts, f"^(?:{check.pattern})$"))
    )


def _one_of(check: QualityCheck, read: Reader, _: Surroundings) -> _Found:
    values = _one(read, check.columns[0])
    allowed = pa.array([_limit(each, values.type).as_py() for each in check.values], values.type)
    return _Found(_given(values), _strange(values, allowed))


def _reference(check: QualityCheck, read: Reader, around: Surroundings) -> _Found:
    values = _one(read, check.columns[0])
    others = around.column_of(check.dataset or "", check.column or "")
    if others.type != values.type:
        values, others = _texts(values), _texts(others)
    known = others.combine_chunks() if isinstance(others, pa.ChunkedArray) else others
    return _Found(_given(values), _strange(values, known.drop_null()))


def _inside(check: QualityCheck, read: Reader, around: Surroundings) -> _Found:
    extent = around.extent_of(check.dataset or "")
    if extent is None:
        raise _Fault(f"the dataset '{check.dataset}' has no place")
    edges = ("_west", "_south", "_east", "_north")
    table = read(edges)
    west, south, east, north = (table.column(name) for name in edges)
    outside = pc.or_kleene(
        pc.or_kleene(pc.less(west, extent[0]), pc.less(south, extent[1])),
        pc.or_kleene(pc.greater(east, extent[2]), pc.greater(north, extent[3])),
    )
    return _Found(_given(west), outside)


def _fresh(check: QualityCheck, read: Reader, around: Surroundings) -> _Found:
    values = _one(read, check.columns[0])
    if not (pa.types.is_date(values.type) or pa.types.is_timestamp(values.type)):
        raise _Fault(f"the column '{check.columns[0]}' holds no times")
    oldest = around.now - duration(check.max_age or "P0D")
    moment: Any = oldest if pa.types.is_timestamp(values.type) else oldest.date()
    return _Found(_given(values), pc.less(values, pa.scalar(moment, values.type)))


_RULES: Mapping[Rule, Callable[[QualityCheck, Reader, Surroundings], _Found]] = {
    "required": _required,
    "unique": _unique,
    "range": _range,
    "pattern": _pattern,
    "one-of": _one_of,
    "reference": _reference,
    "inside": _inside,
    "fresh": _fresh,
}


def duration(text: str) -> timedelta:
    """Return an ISO 8601 duration, a year as 365 days and a month as 30.

    Raises:
        ValueError: If `text` is none.

    Example:
        >>> duration("P1M7D").days
        37
    """
    found = DURATION.fullmatch(text)
    if found is None or len(text) < len("P1D"):
        raise ValueError(f"'{text}' is no ISO 8601 duration, such as P1M")
    years, months, weeks, days, hours, minutes = (int(each or 0) for each in found.groups())
    total = sum(n * each for n, each in zip((years, months, weeks, days), _DAYS, strict=True))
    return timedelta(days=total, hours=hours, minutes=minutes)


def drift_of(before: Sequence[DatasetColumn], now: Sequence[DatasetColumn]) -> SchemaDrift:
    """Return how the columns `now` differ from those `before`."""
    old: dict[str, ValueType] = {column.name: column.type for column in before}
    new: dict[str, ValueType] = {column.name: column.type for column in now}
    return SchemaDrift(
        added=tuple(name for name in new if name not in old),
        removed=tuple(name for name in old if name not in new),
        retyped={n: (old[n], new[n]) for n in new if n in old and old[n] != new[n]},
    )


def report_of(
    results: tuple[CheckResult, ...], drift: SchemaDrift | None, now: datetime
) -> QualityReport | None:
    """Return the report of an import; None if there is nothing to say."""
    if not results and not drift:
        return None
    stamp = now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return QualityReport(checked_utc=stamp, results=results, drift=drift or None)


def _one(read: Reader, name: str) -> pa.ChunkedArray:
    return read([name]).column(name)


def _texts(values: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    return values if pa.types.is_string(values.type) else values.cast(pa.string())


def _strange(values: pa.ChunkedArray, known: pa.Array) -> pa.Array:
    return pc.and_(pc.is_valid(values), pc.invert(pc.is_in(values, value_set=known)))


def _given(values: pa.Array | pa.ChunkedArray) -> int:
    return len(values) - values.null_count


def _count(mask: pa.Array | pa.ChunkedArray) -> int:
    return int(pc.sum(mask).as_py() or 0)


def _limit(value: float | str, kind: pa.DataType) -> pa.Scalar:
    """Return a declared limit as a value of a column's type."""
    try:
        if isinstance(value, str) and pa.types.is_date(kind):
            return pa.scalar(date.fromisoformat(value), kind)
        if isinstance(value, str) and pa.types.is_timestamp(kind):
            moment = datetime.fromisoformat(value)
            return pa.scalar(moment if moment.tzinfo else moment.replace(tzinfo=UTC), kind)
        if not isinstance(value, str) and pa.types.is_integer(kind) and value != int(value):
            return pa.scalar(float(value))
        return pa.scalar(str(value) if pa.types.is_string(kind) else value, kind)
    except (ValueError, TypeError, pa.ArrowException) as error:
        raise _Fault(f"'{value}' is no {kind}") from error
