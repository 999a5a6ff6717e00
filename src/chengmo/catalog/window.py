"""Small reads by place, without a query: the rows of a version in memory-mapped Arrow.

Planning a query takes DuckDB longer than finding a hundred rows of a hundred thousand. A version
never changes, so its rows are written once, in the order of their cells, and mapped; the bounds of
every block of rows tell which blocks a box can meet. Until the file is there, DuckDB answers.
"""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from chengmo.catalog.city import cached_rows, map_batches
from chengmo.catalog.dataset import Dataset, Extent
from chengmo.catalog.reading import Page, Reader
from chengmo.errors import ChengmoError

BLOCK_ROWS = 1024
_OPEN = 64
_QUIET_S = 8.0
_PATIENCE_S = 30.0
_BOUNDS = ("_west", "_south", "_east", "_north")

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Window:
    """The rows of one version, mapped.

    Attributes:
        batches: The rows in the order of their numbers, which is that of their cells.
        starts: Shape (batches,): the position of each batch's first row.
        blocks: Shape (blocks, 2): batch and first row in it, of every `BLOCK_ROWS` rows.
        bounds: Shape (blocks, 4): west, south, east, north of each block's rows, in degrees; NaN
            for a block without a place.
    """

    batches: Sequence[pa.RecordBatch]
    starts: NDArray[np.int64]
    blocks: NDArray[np.int64]
    bounds: NDArray[np.float64]

    def page(
        self, columns: Sequence[str], bbox: Extent | None, after: int, limit: int | None
    ) -> pa.Table:
        """Return at most `limit` rows after the first `after` whose bounds meet `bbox`."""
        wanted = math.inf if limit is None else limit
        parts: list[pa.RecordBatch] = []
        for number, rows in self._found(bbox, after) if wanted else ():
            chosen = self.batches[number].select(list(columns))
            parts.append(chosen.take(pa.array(rows[: int(min(wanted, rows.size))])))
            wanted -= parts[-1].num_rows
            if wanted <= 0:
                break
        schema = self.batches[0].select(list(columns)).schema
        return pa.Table.from_batches(parts, schema)

    def within(self, bbox: Extent) -> tuple[Rows, NDArray[np.float64]]:
        """Return the positions of the rows whose bounds meet `bbox`, and those bounds (4, rows)."""
        positions, bounds = [np.empty(0, np.int64)], [np.empty((4, 0))]
        for number, rows in self._found(bbox, 0):
            positions.append(self.starts[number] + rows)
            first = int(rows[0])
            batch = self.batches[number].slice(first, BLOCK_ROWS)
            bounds.append(_bounds_of(batch)[:, rows - first])
        return np.concatenate(positions), np.concatenate(bounds, axis=1)

    def rows(self, positions: Rows, columns: Sequence[str]) -> pa.Table:
        """Return the rows at `positions`, which ascend."""
        schema = self.batches[0].select(list(columns)).schema
        cuts = np.searchsorted(positions, self.starts[1:])
        parts = [
            batch.select(list(columns)).take(pa.array(chosen - start))
            for batch, start, chosen in zip(
                self.batches, self.starts, np.split(positions, cuts), strict=True
            )
            if chosen.size
        ]
        return pa.Table.from_batches(parts, schema)

    def _found(self, bbox: Extent | None, after: int) -> Iterator[tuple[int, Rows]]:
        """Yield batch by batch (a part of one at a time) the rows that meet `bbox`."""
        meets = np.ones(len(self.blocks), bool) if bbox is None else _meets(self.bounds.T, bbox)
        for block in np.flatnonzero(meets):
            number, first = (int(value) for value in self.blocks[block])
            batch = self.batches[number].slice(first, BLOCK_ROWS)
            skip = after - int(self.starts[number]) - first
            if skip >= batch.num_rows:
                continue
            rows = np.arange(batch.num_rows) if bbox is None else _rows_in(batch, bbox)
            rows = rows[rows >= skip]
            if rows.size:
                yield number, rows + first


class Windows:
    """The windows of a catalogue that is read again and again: a server's, not a command's."""

    def __init__(self, reader: Reader, cache: Path) -> None:
        self._reader = reader
        self._cache = cache
        self._open: OrderedDict[Path, Future[Window]] = OrderedDict()
        self._lock = threading.Lock()
        self._maker: ThreadPoolExecutor | None = None
        self._asked_s = 0.0
        self._is_urgent = threading.Event()

    def start(self) -> None:
        """Begin to make windows of what is read; until then every read is a query."""
        with self._lock:
            self._maker = self._maker or ThreadPoolExecutor(1, thread_name_prefix="window")

    def stop(self) -> None:
        """Close the windows and make no more."""
        with self._lock:
            maker, self._maker = self._maker, None
            self._open.clear()
        if maker is not None:
            maker.shutdown(cancel_futures=True)

    def table(self, dataset: Dataset, page: Page, columns: Sequence[str]) -> pa.Table | None:
        """Return the rows of `page`, or None where only a query can answer, or can answer yet.

        Args:
            dataset: The version.
            page: Which rows; it has been checked.
            columns: The columns to return.
        """
        if page.where or not 0 <= (page.after_row or 0) <= dataset.row_count:
            return None
        window = self.of(dataset)
        if window is None:
            return None
        return window.page(columns, page.bbox, page.after_row or 0, page.limit)

    def of(self, dataset: Dataset, wait_s: float = 0.0) -> Window | None:
        """Return the window of a version once it is there, or None; the first call begins it.

        Args:
            dataset: The version.
            wait_s: How long to wait for it.
        """
        if not dataset.in_place_order or not dataset.row_count:
            return None
        path = cached_rows(self._cache, dataset)
        self._asked_s = time.monotonic()
        if wait_s > 0:
            self._is_urgent.set()
        with self._lock:
            if path not in self._open:
                if self._maker is None:
                    return None
                self._open[path] = self._maker.submit(self._make, dataset, path)
            future = self._open[path]
            self._open.move_to_end(path)
            while len(self._open) > _OPEN:
                self._open.popitem(last=False)
        # What could not be made is not tried again: queries answer.
        with suppress(TimeoutError, CancelledError, ChengmoError):
            return future.result(wait_s)
        return None

    def _make(self, dataset: Dataset, path: Path) -> Window:
        self._wait_for_quiet()
        return _window_of(map_batches(self._reader, dataset, path))

    def _wait_for_quiet(self) -> None:
        """Let a page that is being opened have the processor, unless somebody waits."""
        end_s = time.monotonic() + _PATIENCE_S
        while (now_s := time.monotonic()) < end_s and now_s - self._asked_s < _QUIET_S:
            if self._maker is None or self._is_urgent.wait(_QUIET_S / 40):
                break
        self._is_urgent.clear()


def _window_of(batches: Sequence[pa.RecordBatch]) -> Window:
    sizes = [batch.num_rows for batch in batches]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    blocks = [(number, f) for number, size in enumerate(sizes) for f in range(0, size, BLOCK_ROWS)]
    bounds = [_block_bounds(batch) for batch in batches if batch.num_rows]
    return Window(batches, starts, np.array(blocks, np.int64), np.concatenate(bounds))


def _block_bounds(batch: pa.RecordBatch) -> NDArray[np.float64]:
    west, south, east, north = _bounds_of(batch)
    begins = np.arange(0, batch.num_rows, BLOCK_ROWS)
    # fmin and fmax pass over the NaN of rows without a place.
    least = [np.fmin.reduceat(values, begins) for values in (west, south)]
    most = [np.fmax.reduceat(values, begins) for values in (east, north)]
    return np.column_stack([*least, *most])


def _bounds_of(batch: pa.RecordBatch) -> NDArray[np.float64]:
    columns = (batch.column(name).to_numpy(zero_copy_only=False) for name in _BOUNDS)
    return np.stack([np.asarray(values, np.float64) for values in columns])


def _rows_in(batch: pa.RecordBatch, bbox: Extent) -> Rows:
    return np.flatnonzero(_meets(_bounds_of(batch), bbox))


def _meets(bounds: NDArray[np.float64], bbox: Extent) -> NDArray[np.bool_]:
    west, south, east, north = bbox
    low, high = bounds[0] <= east, bounds[2] >= west
    # A box whose west lies east of its east crosses the 180° meridian (RFC 7946, 5.2).
    along = low & high if west <= east else low | high
    return along & (bounds[1] <= north) & (bounds[3] >= south)
