"""The rows of a dataset by zone: which zones have any, the rows of one, their counts and means."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from chengmo.catalog.dataset import Dataset, Extent
from chengmo.catalog.rows import Rows
from chengmo.interfaces.ogc.dggs_system import (
    Ids,
    Keys,
    System,
    Zone,
    cells_in,
    check_count,
    halves,
)
from chengmo.interfaces.ogc.question import Period
from chengmo.interfaces.ogc.selection import time_conditions

_NUMBERS = frozenset({"integer", "number"})
_EMPTY: Ids = np.array([], "S1")


@dataclass(frozen=True)
class ZoneRows:
    """The rows of one version of a dataset that lie in a zone.

    A point belongs to the one zone that holds it, a line or polygon to all that it meets.
    """

    catalog: Rows
    dataset: Dataset
    system: System
    zone: Zone

    def batches(self, columns: list[str]) -> Iterator[pa.RecordBatch]:
        """Yield the rows, with `_cell` and `_geometry` besides `columns`."""
        wanted = [*columns, "_row", "_cell", "_geometry"]
        # A row that meets both halves of a zone across ±180° is given once.
        seen: set[int] = set()
        for half in halves(self.zone.box):
            for batch in self.catalog.batches(
                self.dataset.id, version=self.dataset.version, columns=wanted, bbox=half
            ):
                inside = self._holds(batch, half)
                rows = batch.column("_row").to_numpy()
                inside &= np.array([int(row) not in seen for row in rows], bool) if seen else True
                seen.update(rows[inside].tolist() if half != self.zone.box else ())
                yield batch.filter(pa.array(inside))

    def _holds(self, batch: pa.RecordBatch, half: Extent) -> NDArray[np.bool_]:
        if self.dataset.geometry_type == "point":
            keys: Keys = batch.column("_cell").to_numpy(zero_copy_only=False).astype(np.uint64)
            found = self.system.of_keys(keys, self.zone.level)
            if len(found) == len(keys):
                return found == self.zone.id.encode()
        shapes = shapely.from_wkb(batch.column("_geometry").to_numpy(zero_copy_only=False))
        return shapely.intersects(shapes, shapely.box(*half))

    def sums(self, level: int) -> dict[str, Any]:
        """Return `DGGS-JSON` values for the sub-zones of one level: rows, and means of numbers.

        A row counts in the sub-zone that holds its cell (of a line or polygon, of a point on it).
        """
        ids = cells_in(self.system, halves(self.zone.box), level)
        ids = ids[np.char.startswith(ids, self.zone.id.encode())]
        names = [column.name for column in self.dataset.columns if column.type in _NUMBERS]
        counts = np.zeros(len(ids), np.int64)
        totals = {name: np.zeros(len(ids)) for name in names}
        filled = {name: np.zeros(len(ids), np.int64) for name in names}
        for batch in self.batches(names):
            keys: Keys = batch.column("_cell").to_numpy(zero_copy_only=False).astype(np.uint64)
            at, inside = _positions(self.system.of_keys(keys, level), ids)
            counts += np.bincount(at[inside], minlength=len(ids))
            for name in names:
                values = batch.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False)
                known = inside & np.isfinite(values)
                totals[name] += np.bincount(at[known], values[known], minlength=len(ids))
                filled[name] += np.bincount(at[known], minlength=len(ids))
        means = {name: _means(totals[name], filled[name]) for name in names}
        return {"_rows": counts.tolist(), **means}


@dataclass(frozen=True)
class RowsInTime:
    """The rows of one version of a dataset, of a period if one is given and they have a time."""

    catalog: Rows
    dataset: Dataset
    period: Period | None

    def batches(self, box: Extent) -> Iterator[pa.RecordBatch]:
        """Yield the cells and geometries of those that may meet a box."""
        return self.catalog.batches(
            self.dataset.id,
            version=self.dataset.version,
            columns=["_cell", "_geometry"],
            bbox=box,
            where=time_conditions(self.dataset, self.period),
        )


def zones_with_data(rows: RowsInTime, system: System, boxes: list[Extent], level: int) -> Ids:
    """Return the zones of one level in which a dataset has something, ascending.

    For points exactly those; for lines and polygons those that the geometry meets.

    Raises:
        InvalidQuery: If they would be more than 2²⁰.
    """
    found = _EMPTY
    for box in boxes:
        for batch in rows.batches(box):
            if rows.dataset.geometry_type == "point":
                keys: Keys = batch.column("_cell").to_numpy(zero_copy_only=False).astype(np.uint64)
                fresh = system.of_keys(keys, level)
            else:
                shapes = shapely.from_wkb(batch.column("_geometry").to_numpy(zero_copy_only=False))
                fresh = _met(system, shapes[~shapely.is_missing(shapes)], box, level)
            found = np.union1d(found, fresh)
            check_count(len(found), level)
    return found


def _met(system: System, shapes: Any, box: Extent, level: int) -> Ids:
    area = shapely.box(*box)
    parts = [_EMPTY]
    for shape in shapes:
        west, south, east, north = shapely.bounds(shapely.intersection(shape, area)).tolist()
        if not west <= east:
            continue
        ids = cells_in(system, [(west, south, east, north)], level)
        left, low, right, high = system.boxes(ids)
        outlines = shapely.box(left, low, right, high)
        shapely.prepare(shape)
        parts.append(ids[shapely.intersects(shape, outlines)])
    return np.unique(np.concatenate(parts))


def _means(totals: NDArray[np.float64], counts: NDArray[np.int64]) -> list[float | None]:
    """Return the mean in each zone; None where there is no value."""
    pairs = zip(totals.tolist(), counts.tolist(), strict=True)
    return [total / many if many else None for total, many in pairs]


def _positions(ids: Ids, among: Ids) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return where each zone stands in a sorted list, and whether it does at all."""
    at = np.minimum(np.searchsorted(among, ids), len(among) - 1)
    return at, among[at] == ids
