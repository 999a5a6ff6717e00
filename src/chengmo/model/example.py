"""A city small enough to read: a scenario's example folder, seen through the same window."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from pyarrow import csv

from chengmo.errors import ContractError
from chengmo.grid import encode_keys
from chengmo.model.city import DatasetFacts
from chengmo.model.text import Text

_PLACE_COLUMNS = frozenset({"lon", "lat", "wkt"})


class ExampleCity:
    """Datasets of a folder `city/`, one CSV file each; every one is labelled synthetic.

    A file has columns `lon` and `lat` (degrees, CGCS2000), or `wkt`, or no place at all.
    """

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        self._tables = {name: _in_cell_order(table) for name, table in tables.items()}

    @classmethod
    def from_folder(cls, folder: Path) -> "ExampleCity":
        """Read `folder/city/<dataset>.csv`, each file one dataset."""
        return cls({path.stem: _read(path) for path in sorted((folder / "city").glob("*.csv"))})

    def table(self, dataset: str, columns: Sequence[str] | None = None) -> pa.Table:
        """Return the rows of `dataset`.

        Raises:
            ContractError: If the folder has no such file, or the file no such column.
        """
        table = self._of(dataset)
        missing = [name for name in columns or () if name not in table.column_names]
        if missing:
            raise ContractError(f"example '{dataset}' has no column '{missing[0]}'")
        return table if columns is None else table.select(list(columns))

    def places(self, dataset: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return longitude and latitude of each row's representative point, in degrees.

        A row without a place has none of them: NaN.
        """
        shapes = self.geometry(dataset)
        shapes[shapely.is_empty(shapes)] = None
        points = shapely.point_on_surface(shapes)
        return shapely.get_x(points), shapely.get_y(points)

    def geometry(self, dataset: str) -> NDArray[np.object_]:
        """Return each row's shapely geometry."""
        column = self._of(dataset)["_geometry"].to_numpy(zero_copy_only=False)
        return shapely.from_wkb(column)

    def about(self, dataset: str) -> DatasetFacts:
        """Return the dataset's label: an example is synthetic, always."""
        return DatasetFacts(
            id=dataset,
            version=1,
            title=Text(zh=dataset, en=dataset),
            licence="",
            attribution="",
            synthetic=True,
            row_count=self._of(dataset).num_rows,
        )

    def _of(self, dataset: str) -> pa.Table:
        if dataset not in self._tables:
            raise ContractError(
                f"the example has no dataset '{dataset}'", hint=f"write city/{dataset}.csv"
            )
        return self._tables[dataset]


def _read(path: Path) -> pa.Table:
    table = csv.read_csv(path)
    names = [name for name in table.column_names if name not in _PLACE_COLUMNS]
    geometry = _geometry_of(table)
    placed = table.select(names).append_column(
        "_row", pa.array(np.arange(1, table.num_rows + 1, dtype=np.int64))
    )
    columns = _place_columns(geometry)
    for name, values in columns.items():
        placed = placed.append_column(name, values)
    return placed


def _geometry_of(table: pa.Table) -> NDArray[np.object_]:
    if "wkt" in table.column_names:
        return shapely.from_wkt(table["wkt"].to_numpy(zero_copy_only=False))
    if "lon" in table.column_names:
        return shapely.points(table["lon"].to_numpy(), table["lat"].to_numpy())
    return np.full(table.num_rows, None, dtype=object)


def _place_columns(geometry: NDArray[np.object_]) -> dict[str, pa.Array]:
    bounds = shapely.bounds(geometry)
    points = shapely.point_on_surface(geometry)
    known = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    cells = np.zeros(len(geometry), dtype=np.uint64)
    cells[known] = encode_keys(shapely.get_x(points[known]), shapely.get_y(points[known]))
    edges = ("_west", "_south", "_east", "_north")
    return {
        "_cell": pa.array(cells, mask=~known),
        **{name: pa.array(bounds[:, i], mask=~known) for i, name in enumerate(edges)},
        "_geometry": pa.array(shapely.to_wkb(geometry), type=pa.binary()),
    }


def _in_cell_order(table: pa.Table) -> pa.Table:
    return table.sort_by([("_cell", "ascending"), ("_row", "ascending")])
