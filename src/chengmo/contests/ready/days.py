"""A file of daily measurements, as cities hand them over, read into clean days."""

import csv
import math
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from pydantic import Field

from chengmo.errors import InvalidRequest, UnreadableFile
from chengmo.model.text import Frozen, Text

DATE = "date"
MISSING = frozenset({"", "-", "--", "—", "na", "nan", "n/a", "null", "none"})
_DATE_NAMES = frozenset({"date", "日期"})
_ENCODINGS = ("utf-8-sig", "gb18030")
_DATE_DIGITS = 8

Day = dict[str, float | None]
Days = dict[date, Day]


class Measured(Frozen):
    """A column of a recipe.

    Attributes:
        name: What it is called in the contest.
        title: For people.
        unit: In which its values are.
        known_as: Other names by which files call it; case, blanks and punctuation do not count.
        required: Whether a file without it is refused.
        lowest: Least value that can be; a smaller one stops the reading.
        highest: Greatest value that can be.
    """

    name: str
    title: Text
    unit: str
    known_as: tuple[str, ...] = ()
    required: bool = False
    lowest: float = Field(default=-1e9)
    highest: float = Field(default=1e9)


def read_days(path: Path, columns: Iterable[Measured]) -> Days:
    """Return what was measured, by day and column, in the order of time.

    A column that the file has not, and that is not required, is left out of every day; a value
    that is missing is None. Files are UTF-8 or GB 18030.

    Raises:
        UnreadableFile: If the file is not there or no table of text.
        InvalidRequest: If a required column is missing, or a line has no date, one that came
            before, or a value that cannot be; the line is named.
    """
    lines = _lines_of(path)
    found = _columns_of(lines[0], list(columns), path.name)
    days: Days = {}
    for number, line in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in line):
            continue
        day, values = _day_of(line, found, f"{path.name}, line {number}")
        if day in days:
            raise InvalidRequest(
                f"{path.name}, line {number}: {day} is there twice", hint="one line a day"
            )
        days[day] = values
    return dict(sorted(days.items()))


def _lines_of(path: Path) -> list[list[str]]:
    for encoding in _ENCODINGS:
        try:
            with path.open(encoding=encoding, newline="") as file:
                lines = list(csv.reader(file))
        except UnicodeDecodeError:
            continue
        except (OSError, csv.Error) as error:
            raise UnreadableFile(
                f"{path.name} cannot be read: {error}", hint="give a CSV file, one line a day"
            ) from error
        if lines:
            return lines
        break
    raise UnreadableFile(
        f"{path.name} is no table of text", hint="CSV in UTF-8 or GB 18030, one line a day"
    )


def _columns_of(
    header: list[str], columns: list[Measured], name: str
) -> Mapping[int, Measured | None]:
    """Return the column at each place of a line; None stands for the date."""
    names = [_plain(cell) for cell in header]
    found: dict[int, Measured | None] = {
        place: None for place, each in enumerate(names) if each in _DATE_NAMES
    }
    if len(found) != 1:
        raise InvalidRequest(f"{name} has no column of dates", hint=f"call it {DATE}")
    for column in columns:
        known = {_plain(each) for each in (column.name, *column.known_as)}
        places = [place for place, each in enumerate(names) if each in known]
        if places:
            found[places[0]] = column
        elif column.required:
            raise InvalidRequest(
                f"{name} has no column {column.name}",
                hint=f"{column.title.zh}, {column.title.en}, {column.unit}",
            )
    return found


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _day_of(line: list[str], found: Mapping[int, Measured | None], where: str) -> tuple[date, Day]:
    day: date | None = None
    values: Day = {}
    for place, column in found.items():
        cell = line[place].strip() if place < len(line) else ""
        if column is None:
            day = _date_of(cell, where)
        else:
            values[column.name] = _value_of(cell, column, where)
    assert day is not None, "there is a column of dates"  # noqa: S101 - _columns_of saw to it
    return day, values


def _date_of(cell: str, where: str) -> date:
    digits = cell.replace("-", "/").split(" ")[0].split("T")[0]
    try:
        if digits.isdecimal() and len(digits) == _DATE_DIGITS:
            return date.fromisoformat(digits)
        year, month, day = (int(part) for part in digits.split("/"))
        return date(year, month, day)
    except ValueError as error:
        raise InvalidRequest(
            f"{where}: '{cell[:40]}' is no date", hint="2021-04-30, 2021/4/30 or 20210430"
        ) from error


def _value_of(cell: str, column: Measured, where: str) -> float | None:
    if cell.casefold() in MISSING:
        return None
    try:
        value = float(cell)
    except ValueError as error:
        raise InvalidRequest(
            f"{where}: '{cell[:40]}' is no number of {column.name}",
            hint="leave what was not measured empty",
        ) from error
    if not math.isfinite(value) or not column.lowest <= value <= column.highest:
        raise InvalidRequest(
            f"{where}: {column.name} cannot be {cell[:40]}",
            hint=f"{column.lowest:g} to {column.highest:g} {column.unit}; leave faults empty",
        )
    return value
