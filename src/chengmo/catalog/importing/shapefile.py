"""Shapefiles in a zip: .shp geometries with their .dbf attributes, .prj and .cpg.

Read by hand rather than by DuckDB's `ST_Read`: that refuses GBK attributes, the rule in China, as
invalid unicode whatever encoding it is given, and one bad row would end the reading.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from zipfile import ZipInfo

import numpy as np
import pyarrow as pa

from chengmo.catalog.importing.archive import list_members, unpack
from chengmo.catalog.importing.dbase import DbaseTable, Rows, read_code_page
from chengmo.catalog.importing.encoding import check_encoding
from chengmo.catalog.importing.options import ImportOptions, Limits, Refused
from chengmo.catalog.importing.shprecord import ShapeRecords
from chengmo.catalog.importing.source import Batch, Facts
from chengmo.errors import UnreadableFile

_BATCH = 10_000
_PARTS = ("shp", "dbf", "prj", "cpg")
_PRJ_LETTERS = 20_000


@dataclass(frozen=True)
class _Layer:
    name: str
    members: Mapping[str, ZipInfo]


class ShapefileSource:
    """One shapefile of a zip, with the types its .dbf declares."""

    def __init__(self, path: Path, options: ImportOptions, limits: Limits, scratch: Path) -> None:
        """Unpack the parts of one shapefile into `scratch`.

        Raises:
            UnreadableFile: If the archive is broken or too large, a part is missing, or there is no
                such layer.
        """
        layers = _layers(list_members(path, limits=limits))
        layer = _choose(layers, options.layer, path.name)
        self.warnings: list[str] = []
        if len(layers) > 1 and options.layer is None:
            others = ", ".join(name for name in layers if name != layer.name)
            self.warnings.append(f"'{layer.name}' was taken; the archive also has {others}")
        parts = {
            ending: unpack(path, member, scratch / f"layer.{ending}", limits)
            for ending, member in layer.members.items()
        }
        self._records = ShapeRecords(parts["shp"])
        declared = options.encoding and check_encoding(options.encoding)
        if declared is None and "cpg" in parts:
            declared = read_code_page(parts["cpg"].read_text("latin-1")[:40])
        self._table = DbaseTable(parts["dbf"], declared)
        if self._table.is_cut_off:
            self.warnings.append("the attribute table (.dbf) is cut off")
        names = tuple(field.name for field in self._table.fields)
        if len(names) > limits.columns:
            raise UnreadableFile(
                f"the layer has {len(names)} columns; the limit is {limits.columns}",
                hint="turn columns of the same kind into rows",
            )
        self.facts = Facts(
            "shapefile",
            names,
            typed=True,
            has_geometry=True,
            crs=_projection(parts.get("prj")),
            encoding=self._table.encoding,
            layer=layer.name,
            layers=tuple(layers),
            row_estimate=self._table.count,
        )

    def batches(self) -> Iterator[Batch]:
        """Yield the rows; see `Source.batches`."""
        done = 0
        records = self._records.read()
        for rows in self._table.batches(_BATCH):
            count = len(rows.deleted)
            found = [next(records, None) for _ in range(count)]
            yield _batch(rows, found, done)
            done += count
        more = [
            Refused(row_number=done + i, reason="a shape without attributes", raw="")
            for i, _ in enumerate(records, start=1)
        ]
        if more:
            yield Batch(
                np.empty(0, np.int64),
                [column.slice(0, 0) for column in self._empty()],
                more,
                pa.array([], pa.binary()),
            )

    def _empty(self) -> list[pa.Array]:
        rows = next(self._table.batches(1), None)
        if rows is not None:
            return rows.columns
        return [pa.array([], pa.string()) for _ in self.facts.names]


def _batch(rows: Rows, found: list[bytes | str | None], done: int) -> Batch:
    """Join attributes and shapes; a shape is WKB, None for none, or a text that says the fault."""
    faults = dict(rows.faults)
    for i, shape in enumerate(found):
        if isinstance(shape, str):
            faults.setdefault(i, shape)
    for i in np.flatnonzero(rows.deleted):
        faults[int(i)] = "the row is marked as deleted"
    wkb = pa.array([shape if isinstance(shape, bytes) else None for shape in found], pa.binary())
    numbers = np.arange(done + 1, done + len(found) + 1)
    if not faults:
        return Batch(numbers, rows.columns, [], wkb)
    bad = sorted(faults)
    cells = [column.take(pa.array(bad)).to_pylist() for column in rows.columns]
    refused = [
        Refused(row_number=done + i + 1, reason=faults[i], raw=str(list(row)))
        for i, row in zip(bad, zip(*cells, strict=True), strict=True)
    ]
    keep = np.ones(len(found), np.bool_)
    keep[bad] = False
    mask = pa.array(keep)
    return Batch(
        numbers[keep], [column.filter(mask) for column in rows.columns], refused, wkb.filter(mask)
    )


def _layers(members: Mapping[str, ZipInfo]) -> dict[str, _Layer]:
    """Group the members of an archive by shapefile; the names of files are only labels."""
    found: dict[str, dict[str, ZipInfo]] = {}
    for name, member in members.items():
        path = PurePosixPath(name.replace("\\", "/"))
        ending = path.suffix.casefold().lstrip(".")
        if ending in _PARTS and not path.name.startswith("._"):
            found.setdefault(str(path.with_suffix("")).casefold(), {})[ending] = member
    layers: dict[str, _Layer] = {}
    for stem, parts in found.items():
        if "shp" in parts:
            label = PurePosixPath(stem).name
            layers[stem if label in layers else label] = _Layer(label, parts)
    return layers


def _choose(layers: Mapping[str, _Layer], wanted: str | None, file_name: str) -> _Layer:
    name = wanted.casefold() if wanted is not None else next(iter(layers), "")
    layer = layers.get(name)
    if layer is None:
        raise UnreadableFile(
            f"'{file_name}' has no shapefile '{wanted or ''}'",
            hint=f"it has {', '.join(layers) or 'none'}",
        )
    if "dbf" not in layer.members:
        raise UnreadableFile(
            f"the shapefile '{layer.name}' has no .dbf beside its .shp",
            hint="zip its .shp, .shx, .dbf, .prj and .cpg together",
        )
    return layer


def _projection(path: Path | None) -> str | None:
    if path is None:
        return None
    return path.read_text("utf-8", errors="replace")[:_PRJ_LETTERS].strip("\ufeff \r\n\0") or None
