"""The two Parquet files of an import, written while rows come in."""

import queue
import threading
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from chengmo.catalog.importing.options import Refused
from chengmo.catalog.staged import QUARANTINE_SCHEMA

_GROUP_ROWS = 131_072
_REFUSALS_AT_ONCE = 20_000


class TableWriter:
    """Writes tables to Parquet on a thread of its own, so that reading goes on meanwhile."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._path = path
        self._schema = schema
        self._waiting: queue.Queue[pa.Table | None] = queue.Queue(maxsize=2)
        self._failures: list[OSError | pa.ArrowException] = []
        self._gathered: list[pa.Table] = []
        self._thread = threading.Thread(target=self._run, name="parquet")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._hand_over()
        self._waiting.put(None)
        self._thread.join()
        if kind is None and self._failures:
            raise self._failures[0]

    def write(self, part: pa.Table) -> None:
        """Take rows of the table, in order."""
        self._gathered.append(part)
        if sum(each.num_rows for each in self._gathered) >= _GROUP_ROWS:
            self._hand_over()

    def _hand_over(self) -> None:
        if self._gathered:
            self._waiting.put(pa.concat_tables(self._gathered))
            self._gathered = []

    def _run(self) -> None:
        # Only texts repeat; a dictionary of coordinates costs time and saves nothing.
        repeating: Any = [field.name for field in self._schema if pa.types.is_string(field.type)]
        try:
            with pq.ParquetWriter(
                self._path, self._schema, compression="zstd", use_dictionary=repeating
            ) as writer:
                for part in iter(self._waiting.get, None):
                    writer.write_table(part, row_group_size=_GROUP_ROWS)
        except (OSError, pa.ArrowException) as error:
            self._failures.append(error)
            for _ in iter(self._waiting.get, None):
                pass


class QuarantineWriter:
    """Writes refused rows; makes no file if there are none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: list[Refused] = []
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> Self:
        self._path.unlink(missing_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()
        if self._writer is not None:
            self._writer.close()

    def add(self, rows: list[Refused]) -> None:
        """Take refused rows."""
        self._waiting += rows
        if len(self._waiting) >= _REFUSALS_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        if not self._waiting:
            return
        rows = sorted(self._waiting, key=lambda row: row.row_number)
        self._waiting = []
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, QUARANTINE_SCHEMA, compression="zstd")
        self._writer.write_table(
            pa.table(
                {
                    "row_number": [row.row_number for row in rows],
                    "reason": [row.reason for row in rows],
                    "raw": [row.raw for row in rows],
                },
                schema=QUARANTINE_SCHEMA,
            )
        )
