"""The rows a caller selected, page by page.

The catalogue finds the rows whose bounds meet a box; the standard wants those whose geometry does.
For points the two are the same; for lines and polygons the geometry itself is tested here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from chengmo.catalog.condition import Condition, Operator
from chengmo.catalog.dataset import Dataset, DatasetColumn, Extent
from chengmo.catalog.rows import Rows
from chengmo.interfaces.ogc.question import Period

# A page that the geometry test left short is filled from so many further rows at a time.
_REFILL_ROWS = 1000
_BOUNDS = ("_west", "_south", "_east", "_north")


@dataclass(frozen=True)
class Selection:
    """Rows of one version of a dataset.

    Attributes:
        catalog: Where they lie.
        dataset: The version.
        conditions: That each row meets.
        box: That each row's geometry meets: west, south, east, north in degrees.
    """

    catalog: Rows
    dataset: Dataset
    conditions: Sequence[Condition] = ()
    box: Extent | None = None

    @property
    def is_everything(self) -> bool:
        """Whether every row is selected, so that their number is known."""
        return not self.conditions and self.box is None

    @property
    def _tests_geometry(self) -> bool:
        return self.box is not None and self.dataset.geometry_type not in {"point", "none"}

    def page(self, *, after_row: int | None, limit: int) -> tuple[pa.Table, bool]:
        """Return up to `limit` rows after `after_row` by number, and whether they are the last.

        Pages cost the same however far on they are: each begins at a row's number.
        """
        bounds = _BOUNDS if self._tests_geometry else ()
        columns = [*(column.name for column in self.dataset.columns), "_row", "_geometry", *bounds]
        parts: list[pa.Table] = []
        # One more than the page holds tells whether there is another.
        missing = asked = limit + 1
        while missing > 0:
            read, part = self._read(columns, after_row, asked)
            parts.append(part)
            missing -= part.num_rows
            if read.num_rows < asked:
                break
            after_row, asked = read.column("_row")[-1].as_py(), max(missing, _REFILL_ROWS)
        rows = parts[0] if len(parts) == 1 else pa.concat_tables(parts)
        return rows.slice(0, limit), rows.num_rows <= limit

    def count(self) -> int:
        """Return how many rows are selected; where a box must be tested, all in it are read."""
        if self.is_everything:
            return self.dataset.row_count
        if self.box is None or not self._tests_geometry:
            return self.catalog.count(
                self.dataset.id,
                version=self.dataset.version,
                bbox=self.box,
                where=self.conditions,
            )
        return sum(int(_meets(part, self.box).sum()) for part in self._places())

    def _read(
        self, columns: Sequence[str], after_row: int | None, wanted: int
    ) -> tuple[pa.Table, pa.Table]:
        read = self.catalog.read(
            self.dataset.id,
            version=self.dataset.version,
            columns=columns,
            bbox=self.box,
            where=self.conditions,
            after_row=after_row,
            limit=wanted,
            order="row",
        )
        if self.box is None or not self._tests_geometry:
            return read, read
        meets = _meets(read, self.box)
        return read, read if meets.all() else read.filter(pa.array(meets))

    def _places(self) -> Iterator[pa.RecordBatch]:
        return self.catalog.batches(
            self.dataset.id,
            version=self.dataset.version,
            columns=["_geometry", *_BOUNDS],
            bbox=self.box,
            where=self.conditions,
        )


def _meets(rows: pa.Table | pa.RecordBatch, box: Extent) -> NDArray[np.bool_]:
    """Tell of each row, whose bounds meet `box`, whether its geometry does.

    What lies in the box as a whole does: only the others' geometries are read.
    """
    low_x, low_y, high_x, high_y = (
        np.asarray(rows.column(name).to_numpy(zero_copy_only=False), np.float64) for name in _BOUNDS
    )
    west, south, east, north = box
    if west <= east:
        meets = (low_x >= west) & (high_x <= east) & (low_y >= south) & (high_y <= north)
    else:
        meets = np.zeros(rows.num_rows, np.bool_)
    rest = np.flatnonzero(~meets)
    if not rest.size:
        return meets
    wkb = rows.column("_geometry").take(pa.array(rest)).to_numpy(zero_copy_only=False)
    meets[rest] = shapely.intersects(shapely.from_wkb(wkb), _area_of(box))
    return meets


def _area_of(box: Extent) -> shapely.Geometry:
    west, south, east, north = box
    if west <= east:
        area = shapely.box(west, south, east, north)
    else:
        halves = [shapely.box(west, south, 180, north), shapely.box(-180, south, east, north)]
        area = shapely.union_all(halves)
    shapely.prepare(area)
    return area


def time_conditions(dataset: Dataset, period: Period | None) -> tuple[Condition, ...]:
    """Return what a row's time must meet to lie in a period; nothing where rows have no time."""
    column = dataset.column(dataset.time_column) if dataset.time_column else None
    # OGC API - Features: what has no time matches every time.
    if period is None or column is None:
        return ()
    limits: tuple[tuple[Operator, datetime | None], ...] = (
        (">=", period.start),
        ("<=", period.end),
    )
    return tuple(
        Condition(column.name, op, _as_held(column, instant))
        for op, instant in limits
        if instant is not None
    )


def _as_held(column: DatasetColumn, instant: datetime) -> date | datetime:
    return instant.date() if column.type == "date" else instant
