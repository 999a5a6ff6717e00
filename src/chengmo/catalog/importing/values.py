"""Texts turned into values: which type a column has, and which of its cells do not fit.

The choice, made on a sample of up to 20 000 rows:

- a cell without a value is empty or says so (`NA`, `null`, `-`, `无` …); in a text column only an
  empty cell is;
- dates, whole numbers, numbers, truth values and times are tried, dates first;
- a type is taken if every cell with a value fits, or at least 99 % do; else the column is text;
- digits that are names stay text: with a leading zero (`007`) or more than 15 digits.

Cells further down that do not fit refuse their row; if they are more than 1 % of what was read, or
show that digits are names after all, the column becomes text and the file is read again.

Times without a zone are China Standard Time (UTC+8); all are kept in UTC.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from chengmo.catalog.importing.kernels import NO, YES, pc
from chengmo.catalog.staged import ARROW_TYPES
from chengmo.model.decision import ValueType

Mask = NDArray[np.bool_]

MOST_MISFITS = 0.01
_TRIED: tuple[ValueType, ...] = ("date", "integer", "number", "boolean", "datetime")
_FIRST_CELLS = 500
_CLEARLY_NOT = 0.2
_DAY_US = 24 * 3600 * 1_000_000
# The second of January of the year 1, in days since 1970: a zone may take away hours.
_YEAR_ONE_DAYS = -719_161
_CHINA_US = 8 * 3600 * 1_000_000
_NO_VALUE = "NA N/A #N/A na n/a nan NaN NAN null NULL Null None none - -- — —— / \\"
_NO_VALUE_ZH = "无 空 暂无 无数据 未知 缺失"
_NOTHING = pa.array(["", *_NO_VALUE.split(), *_NO_VALUE_ZH.split()])
_TRUE = pa.array(["true", "yes", "y", "t", "是", "真", "对"])
_FALSE = pa.array(["false", "no", "n", "f", "否", "假", "错"])
_INTEGER = r"^[-+]?\d{1,18}$"
_NUMBER = r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?$"
_THOUSANDS = r"^[-+]?\d{1,3}(,\d{3})+(\.\d+)?$"
_NAME_OF_DIGITS = r"^[-+]?(0\d+|\d{16,}|0[xX].*)$"
_DAY = (
    r"(?:(?P<y>\d{4})(?:-|/|\.|年)(?P<m>\d{1,2})(?:-|/|\.|月)(?P<d>\d{1,2})日?"
    r"|(?P<cy>(?:1[89]|2[01])\d{2})(?P<cm>\d{2})(?P<cd>\d{2}))"
)
_CLOCK = (
    r"(?:[ T]*(?P<h>\d{1,2})(?:[:：时点](?P<min>\d{1,2})?)?分?"
    r"(?:[:：]?(?P<s>\d{1,2})(?:\.(?P<f>\d{1,9}))?秒?)?"
    r" ?(?P<z>Z|[-+]\d{2}:?\d{2})?)?"
)
_LIKE_A_DAY = r"^\d{4}(?:[-/.年]\d|\d{4})"
_COMPACT_TIME = (
    r"^(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})(?P<h>\d{2})(?P<min>\d{2})(?P<s>\d{2})$"
)


def infer_type(sample: pa.Array) -> ValueType:
    """Return the type of a column of texts, judged by a sample of it.

    Example:
        >>> [infer_type(pa.array(column)) for column in (["1", "20"], ["007"], ["2024年3月1日"])]
        ['integer', 'text', 'date']
    """
    if sample.null_count == len(sample):
        return "text"
    given = len(sample) - int(pc.sum(_is_nothing(sample)).as_py() or 0)
    if given == 0 or _holds_names(sample):
        return "text"
    shares: dict[ValueType, float] = {}
    tried = _TRIED
    if pc.all(pc.match_substring_regex(sample, _COMPACT_TIME)).as_py():
        tried = ("datetime", *tried)
    for kind in tried:
        shares[kind] = _misfit_share(sample, kind, given)
        if shares[kind] == 0:
            return kind
    for kind, share in shares.items():
        if share <= MOST_MISFITS:
            return kind
    return "text"


def _misfit_share(sample: pa.Array, kind: ValueType, given: int) -> float:
    """Return which share of the given cells does not fit; 1 if already the first ones do not."""
    first = sample.slice(0, _FIRST_CELLS)
    if int(convert(first, kind)[1].sum()) > len(first) * _CLEARLY_NOT:
        return 1.0
    return int(convert(sample, kind)[1].sum()) / given


def convert(column: pa.Array, kind: ValueType) -> tuple[pa.Array, Mask]:
    """Return texts as values of `kind` and a mask of the cells that do not fit (null there)."""
    return _CONVERTERS[kind](column)


def shows_names(column: pa.Array, values: pa.Array) -> bool:
    """Tell whether texts read as whole numbers would lose letters, as `007` does.

    Cheaper than a pattern: only if there are more letters than the numbers need is one looked for.
    """
    numbers = np.asarray(values.drop_null())
    needed = int(np.searchsorted(_POWERS, np.abs(numbers), side="right").sum())
    needed += len(numbers) + int((numbers < 0).sum())
    if int(pc.sum(pc.binary_length(column)).as_py() or 0) == needed:
        return False
    return _holds_names(column)


# The number of these that a number reaches is the number of its digits but one.
_POWERS = 10 ** np.arange(1, 19, dtype=np.int64)


def _holds_names(column: pa.Array) -> bool:
    return bool(pc.any(pc.match_substring_regex(column, _NAME_OF_DIGITS)).as_py())


def _is_nothing(column: pa.Array) -> pa.Array:
    return pc.or_(column.is_null(), pc.is_in(pc.utf8_trim_whitespace(column), _NOTHING))


def _none(column: pa.Array) -> Mask:
    return np.zeros(len(column), np.bool_)


def _to_text(column: pa.Array) -> tuple[pa.Array, Mask]:
    return column, _none(column)


def _to_integer(column: pa.Array) -> tuple[pa.Array, Mask]:
    return _cast(column, pa.int64(), _INTEGER)


def _to_number(column: pa.Array) -> tuple[pa.Array, Mask]:
    values, misfits = _cast(column, pa.float64(), _NUMBER)
    finite = np.asarray(pc.is_finite(values).fill_null(YES))
    if finite.all():
        return values, misfits
    # Only the quick way lets `nan` and `inf` through; `nan` means no value.
    infinite = np.asarray(pc.is_inf(values).fill_null(NO))
    return pc.if_else(pa.array(finite), values, pa.scalar(None, pa.float64())), misfits | infinite


def _cast(column: pa.Array, target: pa.DataType, pattern: str) -> tuple[pa.Array, Mask]:
    try:
        return column.cast(target), _none(column)
    except pa.ArrowInvalid:
        trimmed, nothing = _trimmed(column)
    plain = pc.if_else(
        pc.match_substring_regex(trimmed, _THOUSANDS),
        pc.replace_substring(trimmed, ",", ""),
        trimmed,
    )
    fits = pc.match_substring_regex(plain, pattern)
    unsigned = pc.utf8_ltrim(pc.if_else(fits, plain, pa.scalar(None, pa.string())), "+")
    return unsigned.cast(target), _misfits(fits, nothing)


def _to_boolean(column: pa.Array) -> tuple[pa.Array, Mask]:
    trimmed, nothing = _trimmed(column)
    lowered = pc.utf8_lower(trimmed)
    true, false = pc.is_in(lowered, _TRUE), pc.is_in(lowered, _FALSE)
    fits = pc.or_(true, false)
    return pc.if_else(fits, true, pa.scalar(None, pa.bool_())), _misfits(fits, nothing)


def _to_date(column: pa.Array) -> tuple[pa.Array, Mask]:
    try:
        quick = column.cast(pa.date32())
    except pa.ArrowInvalid:
        quick = None
    if quick is not None and _after_year_zero(quick, pa.int32(), 1):
        return quick, _none(column)
    trimmed, nothing = _trimmed(column)
    if not pc.any(pc.match_substring_regex(trimmed, _LIKE_A_DAY)).as_py():
        return pa.nulls(len(column), pa.date32()), ~np.asarray(nothing)
    parts = pc.extract_regex(trimmed, f"^{_DAY}$")
    days, good = _days(parts, "y", "m", "d")
    compact, also_good = _days(parts, "cy", "cm", "cd")
    days, fits = np.where(good, days, compact), good | also_good
    values = pa.array(days.astype(np.int32), pa.int32(), mask=~fits).cast(pa.date32())
    return values, _misfits(pa.array(fits), nothing)


def _to_datetime(column: pa.Array) -> tuple[pa.Array, Mask]:
    try:
        local = column.cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        local = None
    if local is not None and _after_year_zero(local, pa.int64(), _DAY_US):
        utc = pc.subtract(local.cast(pa.int64()), _CHINA_US)
        return utc.cast(ARROW_TYPES["datetime"]), _none(column)
    trimmed, nothing = _trimmed(column)
    if not pc.any(pc.match_substring_regex(trimmed, _LIKE_A_DAY)).as_py():
        return pa.nulls(len(column), ARROW_TYPES["datetime"]), ~np.asarray(nothing)
    usual, fits = _moments(trimmed, f"^{_DAY}{_CLOCK}$")
    compact, also = _moments(trimmed, _COMPACT_TIME)
    moments, fits = np.where(fits, usual, compact), fits | also
    values = pa.array(moments, pa.int64(), mask=~fits).cast(ARROW_TYPES["datetime"])
    return values, _misfits(pa.array(fits), nothing)


def _after_year_zero(values: pa.Array, whole: pa.DataType, a_day: int) -> bool:
    """Tell whether all moments lie after year 0, which Arrow reads and no calendar has."""
    first = pc.min(values.cast(whole)).as_py()
    return first is None or first > _YEAR_ONE_DAYS * a_day


def _trimmed(column: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Return cells without blanks around them, and whether each says that it has no value."""
    trimmed = pc.utf8_trim_whitespace(column)
    nothing = pc.or_(column.is_null(), pc.is_in(trimmed, _NOTHING))
    return pc.if_else(nothing, pa.scalar(None, pa.string()), trimmed), nothing


def _misfits(fits: pa.Array, nothing: pa.Array) -> Mask:
    return ~np.asarray(fits.fill_null(NO)) & ~np.asarray(nothing)


def _days(parts: pa.StructArray, *names: str) -> tuple[NDArray[np.int64], Mask]:
    """Return days since 1970 and whether each is in the calendar; an empty group is no day."""
    year, month, day = (_whole(parts, name) for name in names)
    fits = (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31) & (year >= 1)  # noqa: PLR2004 - the calendar's own
    months = np.where(fits, (year - 1970) * 12 + month - 1, 0).astype("M8[M]")
    days = months.astype("M8[D]") + np.where(fits, day - 1, 0)
    return days.astype(np.int64), fits & (days.astype("M8[M]") == months)


def _moments(column: pa.Array, pattern: str) -> tuple[NDArray[np.int64], Mask]:
    """Return microseconds since 1970 in UTC and whether each is a moment."""
    parts = pc.extract_regex(column, pattern)
    days, fits = _days(parts, "y", "m", "d")
    fields = {field.name for field in parts.type}
    if "cy" in fields:
        compact, also = _days(parts, "cy", "cm", "cd")
        days, fits = np.where(fits, days, compact), fits | also
    hour, minute, second = (np.maximum(_whole(parts, name), 0) for name in ("h", "min", "s"))
    fits &= (hour <= 23) & (minute <= 59) & (second <= 59)  # noqa: PLR2004 - the clock's own
    moments = ((days * 24 + hour) * 60 + minute) * 60 + second
    moments = moments * 1_000_000
    if "f" in fields:
        fraction = pc.struct_field(parts, "f").cast(pa.string())
        micro = pc.utf8_slice_codeunits(pc.utf8_rpad(fraction, 6, "0"), 0, 6)
        moments += np.asarray(micro.cast(pa.int64()).fill_null(0))
    return moments - _zone_us(parts, fields), fits


def _zone_us(parts: pa.StructArray, fields: set[str]) -> NDArray[np.int64]:
    if "z" not in fields:
        return np.full(len(parts), _CHINA_US)
    zone = pc.struct_field(parts, "z").fill_null("")
    digits = pc.replace_substring(zone, ":", "")
    number = pc.if_else(pc.match_substring_regex(digits, r"^[-+]\d{4}$"), digits, "0")
    signed = np.asarray(pc.utf8_ltrim(number, "+").cast(pa.int64()))
    minutes = np.sign(signed) * (np.abs(signed) // 100 * 60 + np.abs(signed) % 100)
    return np.where(np.asarray(pc.equal(zone, "")), _CHINA_US, minutes * 60_000_000)


def _whole(parts: pa.StructArray, name: str) -> NDArray[np.int64]:
    texts = pc.struct_field(parts, name)
    known = pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
    return np.asarray(known.cast(pa.int64()).fill_null(-1))


_CONVERTERS: Mapping[ValueType, Callable[[pa.Array], tuple[pa.Array, Mask]]] = MappingProxyType(
    {
        "text": _to_text,
        "integer": _to_integer,
        "number": _to_number,
        "boolean": _to_boolean,
        "date": _to_date,
        "datetime": _to_datetime,
    }
)
