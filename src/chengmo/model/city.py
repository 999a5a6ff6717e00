"""The window a model looks through: the declared datasets, each at a fixed version, read only."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from chengmo.model.text import Text


class DatasetFacts(BaseModel):
    """What a model may know about a dataset besides its rows."""

    model_config = ConfigDict(frozen=True)

    id: str
    version: int
    title: Text
    licence: str
    attribution: str
    synthetic: bool
    row_count: int
    meanings: dict[str, Text] = Field(
        default_factory=dict, description="What its steward says of columns, by column name"
    )


class City(Protocol):
    """The datasets of one run.

    A table has the dataset's own columns and these, whose names begin with an underscore:

    - `_row` int64: the row's number in its dataset, from 1;
    - `_cell` uint64: GeoSOT level-32 key of its place (null where a row has none);
    - `_west`, `_south`, `_east`, `_north` float64: bounds in degrees, CGCS2000 (EPSG:4490);
    - `_geometry` binary: WKB in longitude, latitude, the same coordinate system.

    Rows come in the order of `_cell`, then `_row`: the same at every run of the same version.
    """

    def table(self, dataset: str, columns: Sequence[str] | None = None) -> pa.Table:
        """Return the rows of `dataset`, of all columns or of those named.

        Raises:
            ContractError: If the model did not declare this dataset, or a column is not in it.
        """
        ...

    def places(self, dataset: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return longitude and latitude in degrees of each row's representative point."""
        ...

    def geometry(self, dataset: str) -> NDArray[np.object_]:
        """Return each row's shapely geometry (None where it has none)."""
        ...

    def about(self, dataset: str) -> DatasetFacts:
        """Return what is known about `dataset`."""
        ...
