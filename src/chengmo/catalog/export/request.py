"""What every export format needs to know."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import pyarrow as pa
from pyproj import CRS

from chengmo.catalog.dataset import Dataset, Extent
from chengmo.catalog.reading import Page, Reader

ExportFormat = Literal["geoparquet", "geopackage", "geojson", "csv", "arrow"]
# What the lake holds. A GIS shifts nothing between it and WGS 84, which it equals to centimetres.
STORED_CRS = "EPSG:4490"


@dataclass(frozen=True)
class ExportOptions:
    """Choices of the one who exports.

    Attributes:
        formula_safe: In CSV, put `'` before texts that a spreadsheet would run as a formula. It
            changes the data, so it is for people, not for programs.
        excel_mark: In CSV, begin with the UTF-8 mark by which Excel knows Chinese text.
    """

    formula_safe: bool = False
    excel_mark: bool = False


@dataclass(frozen=True)
class ExportRequest:
    """One version, perhaps only the rows that meet a box."""

    dataset: Dataset
    bbox: Extent | None
    options: ExportOptions

    @property
    def names(self) -> list[str]:
        """The owner's columns."""
        return [column.name for column in self.dataset.columns]

    @property
    def has_place(self) -> bool:
        """Whether the rows have geometries."""
        return self.dataset.geometry_type != "none"

    def free_name(self, wanted: str) -> str:
        """Return `wanted`, with underscores added while the owner has a column of that name."""
        taken = {name.casefold() for name in self.names}
        while wanted.casefold() in taken:
            wanted += "_"
        return wanted

    def terms(self) -> dict[str, Any]:
        """What must travel with the data: whose, under which terms, which version, how treated."""
        dataset = self.dataset
        return {
            "id": dataset.id,
            "version": dataset.version,
            "title": dataset.title.model_dump(),
            "licence": dataset.licence,
            "attribution": dataset.attribution,
            "steward": dataset.steward,
            "source": dataset.source,
            "synthetic": dataset.synthetic,
            "created_utc": dataset.created_utc,
            "edition": dataset.edition,
            "treated": [text.model_dump() for text in dataset.treated],
        }

    def terms_json(self) -> str:
        """Return `terms` as JSON text."""
        return json.dumps(self.terms(), ensure_ascii=False)

    @contextmanager
    def rows(self, reader: Reader, *extra: str) -> Generator[pa.RecordBatchReader]:
        """Give the owner's columns and `extra` ones of the platform, as a stream."""
        page = Page([*self.names, *extra], self.bbox)
        with reader.batches(self.dataset, page) as batches:
            yield batches


@cache
def projjson() -> dict[str, Any]:
    """Return the stored coordinate system as PROJJSON."""
    return CRS.from_user_input(STORED_CRS).to_json_dict()
