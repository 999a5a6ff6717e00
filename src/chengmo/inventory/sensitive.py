"""Which columns tell of a person: found by name and by value, told by counts, never by values.

A kind with a check digit is certain when enough values pass it; a kind that only has a form
(a mobile number, a name) needs more of them, or a column that is called so. What is found is a
proposal to the steward, who decides.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import pyarrow as pa

from chengmo.catalog.dataset import SensitiveFinding, SensitiveKind, Treatment
from chengmo.catalog.importing.kernels import pc
from chengmo.inventory.identifier import is_bank_card, is_credit_code, is_resident_id
from chengmo.inventory.wording import (
    COMPOUND_SURNAMES,
    DOOR,
    DWELLING,
    HINTS,
    LATITUDE,
    LONGITUDE,
    NUMBERED,
    PLACE_ENDING,
    SURNAMES,
)

SAMPLE_ROWS = 5_000
_LONGEST_VALUE = 2_000
GEOMETRY_COLUMN = "_geometry"

TREATMENTS: Mapping[SensitiveKind, Treatment] = MappingProxyType(
    {
        "id-number": "hash",
        "mobile": "mask",
        "person-name": "mask",
        "address": "generalise",
        "plate": "hash",
        "bank-card": "drop",
        "credit-code": "hash",
        "email": "mask",
        "home-coordinates": "generalise",
        "other": "drop",
    }
)
_GRADES: Mapping[SensitiveKind, int] = MappingProxyType(
    {"id-number": 4, "bank-card": 4, "home-coordinates": 4, "credit-code": 2}
)
_USUAL_GRADE, _PERSONAL_GRADE = 2, 3
# With one of these in a row, its exact place is somebody's.
_PERSONAL = frozenset({"id-number", "mobile", "person-name", "plate", "bank-card", "email"})

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_ISSUERS = "A-HJ-NP-Z"
_PLATE = re.compile(
    rf"(?<![{_PROVINCES}])[{_PROVINCES}][{_ISSUERS}][·•\s]?"
    rf"(?:[DF][{_ISSUERS}0-9]\d{{4}}|\d{{5}}[DF]|[{_ISSUERS}0-9]{{4}}[{_ISSUERS}0-9挂学警港澳领])"
    rf"(?![A-Z0-9])"
)
_MOBILE = re.compile(r"(?<![\d.])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?![\d.])")
_EMAIL = re.compile(r"(?<![\w.])[\w.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_EIGHTEEN = re.compile(r"(?<![0-9A-Za-z])[0-9A-Z]{17}[0-9A-Zx](?![0-9A-Za-z])")
_CARD = re.compile(r"(?<![\d.])\d{4}(?:[ -]?\d{4}){2,3}[ -]?\d{1,4}(?![\d.])")
_HAN_NAME = re.compile(r"[\u3400-\u9fff]{2,4}(?:·[\u3400-\u9fff]{1,8})?")
_DWELLING, _DOOR = re.compile(DWELLING), re.compile(DOOR)


@dataclass(frozen=True)
class _Sign:
    """How a kind shows itself in values.

    Attributes:
        kind: What it is.
        glance: RE2 expression that every match fits: the fast no.
        is_match: The exact answer about one value.
        share_0to1: Of the values, without a name that says so.
        named_0to1: Of the values, with one.
        fewest: Matches that are needed without a name; one of what nothing else looks like.
    """

    kind: SensitiveKind
    glance: str
    is_match: Callable[[str], bool]
    share_0to1: float
    named_0to1: float
    fewest: int = 3


def _has_resident_id(text: str) -> bool:
    return any(is_resident_id(each) for each in _EIGHTEEN.findall(text))


def _has_credit_code(text: str) -> bool:
    found = _EIGHTEEN.findall(text)
    return any(is_credit_code(each) and not is_resident_id(each) for each in found)


def _has_bank_card(text: str) -> bool:
    found = (re.sub(r"[ -]", "", each) for each in _CARD.findall(text))
    return any(is_bank_card(each) and not is_resident_id(each) for each in found)


def _is_person_name(text: str) -> bool:
    if not _HAN_NAME.fullmatch(text) or PLACE_ENDING.search(text):
        return False
    if text.startswith(COMPOUND_SURNAMES):
        return True
    return text[0] in SURNAMES and (len(text) <= 3 or "·" in text)  # noqa: PLR2004 - letters of a name


def _is_home(text: str) -> bool:
    return _DWELLING.search(text) is not None


def _is_address(text: str) -> bool:
    return _is_home(text) or _DOOR.search(text) is not None


def _has(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.search(text) is not None


_SIGNS: tuple[_Sign, ...] = (
    _Sign("id-number", r"\d{17}[0-9Xx]", _has_resident_id, 0.01, 0.0, fewest=1),
    _Sign("credit-code", r"[0-9A-Y]{18}", _has_credit_code, 0.10, 0.0, fewest=1),
    _Sign("bank-card", r"\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d", _has_bank_card, 0.60, 0.05, fewest=5),
    _Sign("mobile", r"1[3-9]\d[- ]?\d{4}[- ]?\d{4}", _has(_MOBILE), 0.02, 0.0),
    _Sign("email", r"@[A-Za-z0-9-]+\.", _has(_EMAIL), 0.01, 0.0, fewest=1),
    _Sign("plate", rf"[{_PROVINCES}][A-Z]", _has(_PLATE), 0.02, 0.0, fewest=1),
    _Sign("address", r"\d", _is_address, 0.20, 0.05),
    _Sign("address", r"\d", _is_home, 0.05, 0.05),
    _Sign("person-name", r"^[\x{3400}-\x{9fff}·]+$", _is_person_name, 0.80, 0.30),
)


def find_sensitive(
    table: pa.Table, *, titles: Mapping[str, str] | None = None, has_points: bool = False
) -> tuple[SensitiveFinding, ...]:
    """Return the columns of `table` that look sensitive, with counts and a treatment to suggest.

    Args:
        table: The owner's columns; at most `SAMPLE_ROWS` of them, spread evenly, are looked at.
        titles: What a column is called besides its name, by name.
        has_points: Whether each row has an exact place of its own beside these columns.
    """
    known = titles or {}
    found = [
        finding
        for name in table.column_names
        for finding in _in_column(name, known.get(name, ""), _sample(table.column(name)))
    ]
    found += _homes(table, known, {each.kind for each in found}, has_points=has_points)
    return tuple(found)


def suggest_grade(findings: Sequence[SensitiveFinding]) -> int:
    """Return the grade, 1 to 4, that findings suggest; never 1, which only a person may say."""
    grades = (_GRADES.get(each.kind, _PERSONAL_GRADE) for each in findings)
    return max(grades, default=_USUAL_GRADE)


def _sample(column: pa.ChunkedArray) -> pa.Array:
    rows = len(column)
    if rows > SAMPLE_ROWS:
        step = rows / SAMPLE_ROWS
        column = column.take(pa.array([int(place * step) for place in range(SAMPLE_ROWS)]))
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _in_column(name: str, title: str, values: pa.Array) -> list[SensitiveFinding]:
    if pa.types.is_integer(values.type):
        return _in_integers(name, title, values)
    if not (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
        return []
    texts = pc.utf8_slice_codeunits(pc.utf8_trim_whitespace(values.drop_null()), 0, _LONGEST_VALUE)
    texts = texts.filter(pc.not_equal(texts, ""))
    found: dict[SensitiveKind, SensitiveFinding] = {}
    for sign in _SIGNS:
        finding = _judged(sign, name, title, texts)
        if finding is not None and sign.kind not in found:
            found[sign.kind] = finding
    return list(found.values())


def _judged(sign: _Sign, name: str, title: str, texts: pa.Array) -> SensitiveFinding | None:
    glanced = texts.filter(pc.match_substring_regex(texts, sign.glance))
    candidates: list[str] = glanced.to_pylist()
    matches = sum(map(sign.is_match, candidates))
    named = _is_called(sign.kind, name, title)
    numbers_only = sign.kind == "mobile" and not named and _looks_numbered(name, candidates)
    share = matches / len(texts) if len(texts) else 0.0
    if named:
        shown = matches > 0 and share >= sign.named_0to1
        # A name in letters that no rule knows, in a column that says what it is.
        shown = shown or (sign.kind == "person-name" and _are_words(texts) and bool(len(texts)))
    else:
        shown = not numbers_only and matches >= sign.fewest and share >= sign.share_0to1
    if not shown:
        return None
    return _finding(name, sign.kind, (len(texts), matches), by_name=named)


def _looks_numbered(name: str, candidates: list[str]) -> bool:
    """Tell whether numbers that could be mobile numbers are rather a register's own numbers."""
    if NUMBERED.search(name) is None:
        return False
    return all(text.isdigit() for text in candidates)


def _are_words(texts: pa.Array) -> bool:
    words = pc.match_substring_regex(texts, r"^[\p{L} .·'-]{2,40}$")
    return len(texts) > 0 and (pc.mean(words.cast(pa.int8())).as_py() or 0.0) >= 0.8  # noqa: PLR2004 - most


def _in_integers(name: str, title: str, values: pa.Array) -> list[SensitiveFinding]:
    """Find mobile and card numbers that were read as integers."""
    given = values.drop_null()
    called = [kind for kind in ("mobile", "bank-card") if _is_called(kind, name, title)]
    if not called and NUMBERED.search(name) is not None:
        return []
    texts = given.cast(pa.string())
    found: list[SensitiveFinding] = []
    for sign in _SIGNS:
        if sign.kind in {"mobile", "bank-card", "id-number"}:
            strict = _Sign(sign.kind, sign.glance, sign.is_match, 0.9, sign.named_0to1, 5)
            finding = _judged(strict, name, title, texts)
            if finding is not None:
                found.append(finding)
    return found


def _homes(
    table: pa.Table, titles: Mapping[str, str], kinds: set[SensitiveKind], *, has_points: bool
) -> list[SensitiveFinding]:
    """Find exact places of homes: called so, or beside something that names a person."""
    columns = [name for name in table.column_names if _is_coordinate(name, titles.get(name, ""))]
    places = [*columns, *([GEOMETRY_COLUMN] if has_points else [])]
    personal = bool(kinds & _PERSONAL)
    rows = table.num_rows
    return [
        _finding(name, "home-coordinates", (rows, rows), by_name=called)
        for name in places
        if (called := _is_called("home-coordinates", name, titles.get(name, ""))) or personal
    ]


def _is_coordinate(name: str, title: str) -> bool:
    return any(pattern.search(text) for pattern in (LONGITUDE, LATITUDE) for text in (name, title))


def _is_called(kind: SensitiveKind, name: str, title: str) -> bool:
    pattern = HINTS.get(kind)
    return pattern is not None and any(pattern.search(text) for text in (name, title))


def _finding(
    column: str, kind: SensitiveKind, counts: tuple[int, int], *, by_name: bool
) -> SensitiveFinding:
    rows, matches = counts
    return SensitiveFinding(
        column=column,
        kind=kind,
        treatment=TREATMENTS[kind],
        rows=rows,
        matches=matches,
        by_name=by_name,
    )
