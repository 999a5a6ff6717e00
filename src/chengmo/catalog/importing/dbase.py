"""The attribute table of a shapefile (dBASE III+): rows of fixed width in some code page."""

import codecs
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from chengmo.catalog.importing.encoding import check_encoding, guess_bytes
from chengmo.catalog.importing.values import convert
from chengmo.errors import UnreadableFile
from chengmo.model.decision import ValueType

_FIELD_BYTES = 32
_END_OF_FIELDS = 0x0D
_DELETED = ord("*")
_MOST_ROW_BYTES = 1 << 20
# Code pages of the language driver byte that matter here; UTF-8 has none.
_DRIVERS = {0x4D: "gb18030", 0x4F: "big5", 0x7A: "gb18030", 0x78: "big5", 0x57: "cp1252"}
_SAMPLE_ROWS = 2000
_HALF_LETTER = 3


@dataclass(frozen=True)
class Field:
    """One column: its name, type letter, place in the row and number of decimals."""

    name: str
    letter: str
    start: int
    width: int
    decimals: int

    @property
    def kind(self) -> ValueType:
        """The type that the file declares."""
        if self.letter in {"N", "F"}:
            whole = self.letter == "N" and self.decimals == 0 and self.width <= 18  # noqa: PLR2004 - int64
            return "integer" if whole else "number"
        return {"D": "date", "L": "boolean", "I": "integer", "O": "number"}.get(self.letter, "text")  # type: ignore[return-value] # the literals above are value types


@dataclass(frozen=True)
class Rows:
    """Rows of the table: columns of Arrow, which rows are deleted, and why cells do not fit."""

    columns: list[pa.Array]
    deleted: NDArray[np.bool_]
    faults: dict[int, str]


class DbaseTable:
    """An opened .dbf file."""

    def __init__(self, path: Path, declared: str | None) -> None:
        """Read the header.

        Args:
            path: The .dbf file.
            declared: Encoding by the option or the .cpg file.

        Raises:
            UnreadableFile: If the header is broken.
        """
        self._path = path
        with path.open("rb") as file:
            head = file.read(_FIELD_BYTES)
            if len(head) < _FIELD_BYTES:
                raise _broken("it has no header")
            self.count, self._first, self._width = struct.unpack("<IHH", head[4:12])
            described = file.read(max(0, self._first - _FIELD_BYTES))
        if not 1 <= self._width <= _MOST_ROW_BYTES or self._first <= _FIELD_BYTES:
            raise _broken("its header makes no sense")
        self.encoding = declared or self._guess(head[29], described)
        self.fields = _fields(described, self.encoding, self._width)
        here = max(0, path.stat().st_size - self._first) // self._width
        self.is_cut_off = here < self.count
        self.count = min(self.count, here)

    def batches(self, size: int) -> Iterator[Rows]:
        """Yield the rows, `size` at a time."""
        with self._path.open("rb") as file:
            file.seek(self._first)
            left = self.count
            while left > 0:
                data = file.read(min(size, left) * self._width)
                count = len(data) // self._width
                if count == 0:
                    return
                left -= count
                matrix = np.frombuffer(data, np.uint8, count * self._width)
                yield self._rows(matrix.reshape(count, self._width))

    def _rows(self, matrix: NDArray[np.uint8]) -> Rows:
        faults: dict[int, str] = {}
        columns = [self._column(matrix, field, faults) for field in self.fields]
        return Rows(columns, matrix[:, 0] == _DELETED, faults)

    def _column(self, matrix: NDArray[np.uint8], field: Field, faults: dict[int, str]) -> pa.Array:
        cells = np.ascontiguousarray(matrix[:, field.start : field.start + field.width])
        raw: Sequence[bytes] = cells.view(f"S{field.width}").ravel().tolist()
        if field.letter == "I" and field.width == 4:  # noqa: PLR2004 - a binary int32
            return pa.array(cells.view("<i4").ravel().astype(np.int64))
        texts = [self._text(cell, i, field, faults) for i, cell in enumerate(raw)]
        values, misfits = convert(pa.array(texts, pa.string()), field.kind)
        for i in np.flatnonzero(misfits):
            what = f"'{texts[i]}' in column '{field.name}' is no {field.kind}"
            faults.setdefault(int(i), what)
        return values

    def _text(self, cell: bytes, row: int, field: Field, faults: dict[int, str]) -> str | None:
        bare = cell.strip(b" \0")
        # Numbers that do not fit their width are written as asterisks; ? is "not known".
        if not bare or (field.kind != "text" and not bare.strip(b"*?")):
            return None
        if field.letter == "D" and not bare.strip(b"0"):
            return None
        try:
            return bare.decode(self.encoding)
        except UnicodeDecodeError as error:
            # The last letter may be cut in half where the text fills its field.
            if error.start >= len(bare) - _HALF_LETTER and len(bare) >= field.width - 1:
                return bare[: error.start].decode(self.encoding) or None
            faults.setdefault(row, f"column '{field.name}' holds bytes that are no {self.encoding}")
            return None

    def _guess(self, driver: int, described: bytes) -> str:
        if driver in _DRIVERS:
            return _DRIVERS[driver]
        # Western drivers and none are also what Chinese tools write: the bytes decide.
        fields = _fields(described, "latin-1", self._width)
        pieces = [described[at : at + 11].split(b"\0")[0] for at in range(0, len(described), 32)]
        with self._path.open("rb") as file:
            file.seek(self._first)
            rows = file.read(_SAMPLE_ROWS * self._width)
        for start in range(0, len(rows) - self._width + 1, self._width):
            pieces += [
                rows[start + each.start : start + each.start + each.width].strip(b" \0")
                for each in fields
                if each.letter == "C"
            ]
        return guess_bytes(b"\n".join(piece for piece in pieces if not piece.isascii()))


def read_code_page(text: str) -> str | None:
    """Return the encoding that a .cpg file names, if Python has it.

    Example:
        >>> read_code_page("UTF-8"), read_code_page("936"), read_code_page("OEM 936")
        ('utf-8', 'gb18030', 'gb18030')
    """
    name = text.strip().casefold().removeprefix("oem").removeprefix("ansi").strip(" -_")
    if name in {"936", "gbk", "gb2312", "cp936", "gb18030"}:
        return "gb18030"
    for candidate in (name, f"cp{name}"):
        # Only names of letters and digits, of codecs that make text of bytes.
        if not candidate.replace("-", "").replace("_", "").isalnum():
            return None
        try:
            return check_encoding(codecs.lookup(candidate).name)
        except (LookupError, UnreadableFile):
            continue
    return None


def _fields(described: bytes, encoding: str, width: int) -> tuple[Field, ...]:
    fields: list[Field] = []
    start = 1
    for at in range(0, len(described) - _FIELD_BYTES + 1, _FIELD_BYTES):
        if described[at] == _END_OF_FIELDS:
            break
        name = described[at : at + 11].split(b"\0")[0].decode(encoding, "replace").strip()
        length, decimals = described[at + 16], described[at + 17]
        letter = chr(described[at + 11])
        if letter == "C":
            # Long texts use the decimals as the high byte of their length.
            length, decimals = length + 256 * decimals, 0
        if length == 0 or start + length > width:
            raise _broken(f"its column '{name}' does not fit into its rows")
        fields.append(Field(name, letter, start, length, decimals))
        start += length
    return tuple(fields)


def _broken(why: str) -> UnreadableFile:
    return UnreadableFile(
        f"the attribute table (.dbf) is broken: {why}", hint="export the shapefile again"
    )
