"""Small reads by place, without a query: the rows of a version in memory-mapped Arrow.

Planning a query takes DuckDB longer than finding a hundred rows of a hundred thousand. A version
never changes, so its rows are written once, in the order of their cells, and mapped; the bounds of
every block of rows tell which blocks a box can meet. Until the file is there, DuckDB answers.
"""

import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
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
Met = NDArray[np.bool_]
# West, south, east, north.
Bounds = tuple[NDArray[np.float64], ...]


@dataclass(frozen=True)
class Window:
    """The rows of one version, mapped.

    Attributes:
        batches: The rows in the order of their numbers, which is that of their cells.
        starts: Shape (batches,): the position of each batch's first row.
        blocks: Shape (blocks, 2): batch and first row in it, of every `BLOCK_ROWS` rows.
        bounds: Shape (4, blocks): west, south, east, north of each block's rows, in degrees; NaN
            for a block without a place.
        row_bounds: Of each batch, the four columns of its rows' bounds, as they are mapped.
    """

    batches: Sequence[pa.RecordBatch]
    starts: NDArray[np.int64]
    blocks: NDArray[np.int64]
    bounds: NDArray[np.float64]
    row_bounds: Sequence[Bounds]

    def page(
        self, columns: Sequence[str], bbox: Extent | None, after: int, limit: int | None
    ) -> pa.Table:
        """Return at most `limit` rows after the first `after` whose bounds meet `bbox`."""
        schema = self.batches[0].select(list(columns)).schema
        parts = [
            self.batches[number].select(schema.names).take(pa.array(rows))
            for number, rows in self._first(bbox, after, limit)
        ]
        return pa.Table.from_batches(parts, schema)

    def within(self, bbox: Extent) -> tuple[Rows, NDArray[np.float64]]:
        """Return the positions of the rows whose bounds meet `bbox`, and those bounds (4, rows)."""
        positions, bounds = [np.empty(0, np.int64)], [np.empty((4, 0))]
        for number, rows in self._found(bbox, 0):
            positions.append(self.starts[number] + rows)
            bounds.append(np.stack([values[rows] for values in self.row_bounds[number]]))
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

    def _first(
        self, bbox: Extent | None, after: int, limit: int | None
    ) -> Iterator[tuple[int, Rows]]:
        """Yield batch by batch, each once, the first `limit` rows that `_found` finds."""
        missing = sys.maxsize if limit is None else limit
        for number, blocks in groupby(self._found(bbox, after), key=itemgetter(0)):
            parts: list[Rows] = []
            for _, rows in blocks:
                parts.append(rows[:missing])
                missing -= parts[-1].size
                if missing <= 0:
                    break
            yield number, np.concatenate(parts)
            if missing <= 0:
                return

    def _found(self, bbox: Extent | None, after: int) -> Iterator[tuple[int, Rows]]:
        """Yield block by block the batch, and the rows in it, that meet `bbox`."""
        meets = np.ones(len(self.blocks), bool) if bbox is None else _meets(self.bounds, bbox)
        for number, first in self.blocks[meets].tolist():
            begin = max(first, after - int(self.starts[number]))
            end = min(first + BLOCK_ROWS, self.batches[number].num_rows)
            if begin >= end:
                continue
            if bbox is None:
                yield number, np.arange(begin, end)
                continue
            block = [values[begin:end] for values in self.row_bounds[number]]
            rows = np.flatnonzero(_meets(block, bbox))
            if rows.size:
                yield number, rows + begin


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
    row_bounds = [_bounds_of(batch) for batch in batches]
    bounds = [_block_bounds(each) for each in row_bounds if each[0].size]
    return Window(
        batches, starts, np.array(blocks, np.int64), np.concatenate(bounds, axis=1), row_bounds
    )


def _bounds_of(batch: pa.RecordBatch) -> Bounds:
    west, south, east, north = (
        np.asarray(batch.column(name).to_numpy(zero_copy_only=False), np.float64)
        for name in _BOUNDS
    )
    return west, south, east, north


def _block_bounds(bounds: Bounds) -> NDArray[np.float64]:
    west, south, east, north = bounds
    begins = np.arange(0, west.size, BLOCK_ROWS)
    # fmin and fmax pass over the NaN of rows without a place.
    least = [np.fmin.reduceat(values, begins) for values in (west, south)]
    most = [np.fmax.reduceat(values, begins) for values in (east, north)]
    return np.stack([*least, *most])


def _meets(bounds: Sequence[NDArray[np.float64]] | NDArray[np.float64], bbox: Extent) -> Met:
    west, south, east, north = bbox
    low, high = bounds[0] <= east, bounds[2] >= west
    # A box whose west lies east of its east crosses the 180° meridian (RFC 7946, 5.2).
    along = low & high if west <= east else low | high
    return along & (bounds[1] <= north) & (bounds[3] >= south)
