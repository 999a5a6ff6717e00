"""A file of predictions: read in a process of its own with limits, then held against the keys.

The process that reads a file from outside is given the file and nothing else: no hidden row is
where a hostile file could reach it. What is said of a file follows from the file and the keys,
which everybody may know; no target is looked at.
"""

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from chengmo.catalog.importing import ImportOptions, Limits
from chengmo.catalog.importing.sandbox import stage_file
from chengmo.contests.contest import Contest
from chengmo.contests.hidden import canonical_keys, shown
from chengmo.contests.metric import METRICS, Domain, is_usable
from chengmo.errors import ContractError, RequestError, ResourceExhausted
from chengmo.model.text import Text

READING_LIMITS = Limits(
    memory_bytes=2 << 30,
    cpu_s=60,
    wall_s=120,
    file_bytes=256 << 20,
    archive_bytes=64 << 20,
    sheet_bytes=64 << 20,
)
_SHOWN_LETTERS = 100
# Repeats and unknown keys are named one by one only as long as they are not very many.
_SPARE_ROWS = 1000
_MOST_BYTES = 64 << 20
_LONGEST_TEXT = 1000
_FORMATS = {".csv": "csv", ".parquet": "parquet"}
_SAID_BY_DOMAIN: dict[Domain, Text] = {
    "number": Text(zh="有限的数", en="finite numbers"),
    "probability": Text(zh="0 到 1 之间的概率", en="probabilities from 0 to 1"),
    "label": Text(zh="整数类别", en="whole numbers, the labels"),
}


class Unfit(Exception):
    """A file cannot be scored, and why."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.en)
        self.reason = reason


@dataclass(frozen=True)
class Predictions:
    """What a file says.

    Attributes:
        keys: Of each row, as canonical text.
        values: Shape (rows,); NaN where there is no number.
    """

    keys: tuple[str, ...]
    values: NDArray[np.float64]


def format_of(name: str) -> str | None:
    """Return the ending that a file of this name is read by, or None if it is none of ours."""
    ending = Path(name).suffix.lower()
    return ending if ending in _FORMATS else None


def read_predictions(content: bytes, name: str, contest: Contest, *, rows: int) -> Predictions:
    """Read a file in a process of its own.

    Args:
        content: Of the file.
        name: Of the file; its ending says whether it is CSV or Parquet.
        contest: Which columns there must be.
        rows: How many are to be predicted: a file of many more is not looked into.

    Raises:
        Unfit: If it cannot be read, has other columns, or holds far more than is asked for.
        PlatformError: If no process can be started: the file is not to blame.
    """
    ending = format_of(name) or ".csv"
    with tempfile.TemporaryDirectory(prefix="chengmo-contest-") as scratch:
        path = Path(scratch) / f"predictions{ending}"
        path.write_bytes(content)
        options = ImportOptions.model_validate({"format": _FORMATS[ending]})
        try:
            staged = stage_file(path, options, Path(scratch) / "read", limits=READING_LIMITS)
        except ResourceExhausted as error:
            raise Unfit(_too_much(error)) from error
        except (RequestError, ContractError) as error:
            reason = _short(error.message)
            raise Unfit(
                Text(zh=f"文件无法读取：{reason}", en=f"the file cannot be read: {reason}")
            ) from error
        if staged.quarantine is not None:
            raise Unfit(_quarantined(pq.read_table(staged.quarantine)))
        _check_columns([column.name for column in staged.columns], contest)
        table = _small_table(staged.table, [*contest.keys, contest.target], rows)
    return Predictions(canonical_keys(table, contest.keys), _numbers(table.column(contest.target)))


def _small_table(path: Path, names: list[str], rows: int) -> pa.Table:
    """Read the columns into this process, if they are small when unpacked.

    A few kilobytes of Parquet can say the same long text ten million times: rows are counted first,
    and repeated texts stay packed until it is known how long they are.
    """
    # This file was written by our own reader: its footer can be believed.
    with pq.ParquetFile(path) as plain:
        texts = [name for name in names if pa.types.is_string(plain.schema_arrow.field(name).type)]
        about = plain.metadata
    groups = range(about.num_row_groups)
    held = sum(about.row_group(group).total_byte_size for group in groups)
    if about.num_rows > 2 * rows + _SPARE_ROWS or held > _MOST_BYTES:
        raise Unfit(
            Text(
                zh=f"文件过大：有 {about.num_rows} 行，应为 {rows} 行",
                en=f"the file holds too much: {about.num_rows} rows, where {rows} are asked for",
            )
        )
    table = pq.read_table(path, columns=names, read_dictionary=texts)
    for name in texts:
        for chunk in table.column(name).chunks:
            longest = max((len(text) for text in chunk.dictionary.to_pylist()), default=0)
            if longest > _LONGEST_TEXT:
                raise Unfit(
                    Text(zh=f"列 {name} 中有过长的文本", en=f"column {name} holds texts too long")
                )
    return table


def _too_much(error: ResourceExhausted) -> Text:
    if "process" in error.message and "started" in error.message:
        raise error
    return Text(
        zh="读取文件超出内存或时间限制", en=f"the file takes too much to read: {error.message}"
    )


def aligned(found: Predictions, keys: Sequence[str], contest: Contest) -> NDArray[np.float64]:
    """Return one prediction for each of `keys`, in their order; shape (keys,).

    Raises:
        Unfit: If keys are missing, unknown or given twice, or a prediction cannot be scored. It
            says how many, and the first in the order of the file, or of the keys.
    """
    times = Counter(found.keys)
    twice = [key for key, count in times.items() if count > 1]
    _refuse(twice, "个键重复", "keys stand there more than once")
    wanted = set(keys)
    _refuse([key for key in found.keys if key not in wanted], "个键未知", "keys are unknown")
    _refuse([key for key in keys if key not in times], "个键缺失", "keys are missing")
    domain = METRICS[contest.metric].domain
    usable = is_usable(found.values, domain)
    said = _SAID_BY_DOMAIN[domain]
    _refuse(
        [key for key, fits in zip(found.keys, usable, strict=True) if not fits],
        f"个预测不是{said.zh}",
        f"predictions are not {said.en}",
    )
    place = {key: row for row, key in enumerate(found.keys)}
    return found.values[[place[key] for key in keys]]


def _refuse(faulty: Sequence[str], zh: str, en: str) -> None:
    if faulty:
        first, count = _short(shown(faulty[0])), len(faulty)
        raise Unfit(
            Text(zh=f"{count} {zh}，第一个：{first}", en=f"{count} {en}, the first one: {first}")
        )


def _check_columns(found: Sequence[str], contest: Contest) -> None:
    wanted = [*contest.keys, contest.target]
    if sorted(found) != sorted(wanted):
        have, need = _short(", ".join(found)), ", ".join(wanted)
        raise Unfit(
            Text(
                zh=f"列不符：需要 {need}，文件中为 {have}",
                en=f"wrong columns: it takes {need}, and the file has {have}",
            )
        )


def _quarantined(rows: pa.Table) -> Text:
    count, first = rows.num_rows, rows.slice(0, 1).to_pylist()[0]
    why = _short(f"{first['row_number']}: {first['reason']}")
    return Text(
        zh=f"{count} 行无法读取，第一行：第 {why}",
        en=f"{count} rows cannot be read, the first one: row {why}",
    )


def _numbers(column: pa.ChunkedArray) -> NDArray[np.float64]:
    return np.fromiter((_number(each) for each in column.to_pylist()), np.float64, len(column))


def _number(value: object) -> float:
    try:
        return float(value) if isinstance(value, int | float | str) else np.nan
    except (ValueError, OverflowError):
        return np.nan


def _short(text: str) -> str:
    clean = "".join(letter if letter.isprintable() else " " for letter in text)
    return clean if len(clean) <= _SHOWN_LETTERS else f"{clean[:_SHOWN_LETTERS]}…"
