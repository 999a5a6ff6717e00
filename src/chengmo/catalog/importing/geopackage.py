"""GeoPackage (OGC 12-128): an SQLite file whose geometries are WKB behind a small header."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from chengmo.catalog.importing.options import ImportOptions, Limits, Refused
from chengmo.catalog.importing.source import Batch, Facts, ReadAgain
from chengmo.catalog.importing.values import MOST_MISFITS, convert
from chengmo.catalog.staged import ARROW_TYPES
from chengmo.errors import UnreadableFile
from chengmo.model.decision import ValueType

_BATCH = 10_000
_HEADER = 8
# Bytes of the envelope for each of its codes (clause 2.1.3).
_ENVELOPES = (0, 32, 48, 48, 64)
_EMPTY_FLAG = 0x10
_RAW_LETTERS = 100_000
# SQLite names a type as it likes; the beginning decides, as in SQLite itself.
_TYPES: tuple[tuple[tuple[str, ...], ValueType], ...] = (
    (("BOOL",), "boolean"),
    (("INT", "TINYINT", "SMALLINT", "MEDIUMINT", "BIGINT"), "integer"),
    (("REAL", "DOUBLE", "FLOAT", "NUMERIC", "DECIMAL"), "number"),
    (("DATETIME", "TIMESTAMP"), "datetime"),
    (("DATE",), "date"),
)


@dataclass(frozen=True)
class _Layer:
    table: str
    geometry: str | None
    srs: int | None


class GeopackageSource:
    """One layer of a GeoPackage, with the types it declares."""

    def __init__(self, path: Path, options: ImportOptions, limits: Limits) -> None:
        """Read the layer's description.

        Raises:
            UnreadableFile: If it is broken, has no layer, or not the one that `options` names.
        """
        self._path = path
        self.warnings: list[str] = []
        try:
            with closing(self._open()) as database:
                layers = _layers(database)
                self._layer = _choose(layers, options.layer, path.name)
                self._kinds = self._columns(database, limits)
                count = database.execute(
                    f"select count(*) from {_quoted(self._layer.table)}"  # noqa: S608 - quoted
                ).fetchone()[0]
                crs = _crs(database, self._layer.srs)
        except sqlite3.Error as error:
            raise self._broken(error) from error
        if len(layers) > 1 and options.layer is None:
            self.warnings.append(
                f"layer '{self._layer.table}' was taken; the file also has "
                + ", ".join(name for name in layers if name != self._layer.table)
            )
        self.facts = Facts(
            "geopackage",
            tuple(self._kinds),
            typed=True,
            has_geometry=self._layer.geometry is not None,
            crs=crs,
            layer=self._layer.table,
            layers=tuple(layers),
            row_estimate=count,
            is_exact=True,
        )

    def batches(self) -> Iterator[Batch]:
        """Yield the rows; see `Source.batches`."""
        names = [*self._kinds, *([self._layer.geometry] if self._layer.geometry else [])]
        listed = ", ".join(_quoted(name) for name in names) or "null"
        query = f"select {listed} from {_quoted(self._layer.table)}"  # noqa: S608 - quoted
        done = 0
        try:
            with closing(self._open()) as database:
                cursor = database.execute(query)
                while rows := cursor.fetchmany(_BATCH):
                    yield self._batch(rows, done)
                    done += len(rows)
        except (sqlite3.Error, OverflowError) as error:
            raise self._broken(error, done) from error

    def _open(self) -> sqlite3.Connection:
        database = sqlite3.connect(
            f"{self._path.absolute().as_uri()}?mode=ro&immutable=1", uri=True
        )
        # Text that is no UTF-8 must not stop the reading: its row goes to the quarantine.
        database.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
        return database

    def _broken(self, error: Exception, row: int = 0) -> UnreadableFile:
        after = f" after row {row}" if row else ""
        return UnreadableFile(
            f"'{self._path.name}' is broken{after}: {error}",
            hint="export it again as GeoPackage",
        )

    def _columns(self, database: sqlite3.Connection, limits: Limits) -> dict[str, ValueType]:
        rows = database.execute(f"pragma table_info({_quoted(self._layer.table)})").fetchall()
        if len(rows) > limits.columns:
            raise UnreadableFile(
                f"the layer has {len(rows)} columns; the limit is {limits.columns}",
                hint="turn columns of the same kind into rows",
            )
        kept = [row for row in rows if row[1] != self._layer.geometry]
        return {row[1]: _kind(str(row[2])) for row in kept}

    def _batch(self, rows: Sequence[tuple[Any, ...]], done: int) -> Batch:
        columns: list[pa.Array] = []
        faults: dict[int, str] = {}
        for position, (name, kind) in enumerate(self._kinds.items()):
            column, misfits = _column([row[position] for row in rows], name, kind)
            if len(misfits) > max(1.0, MOST_MISFITS * len(rows)) and kind != "text":
                self._kinds[name] = "text"
                raise ReadAgain
            columns.append(column)
            faults |= misfits | faults
        geometry = None
        if self._layer.geometry:
            geometry = _geometries([row[-1] for row in rows], faults)
        numbers = np.arange(done + 1, done + len(rows) + 1)
        if not faults:
            return Batch(numbers, columns, [], geometry)
        keep = pa.array([i not in faults for i in range(len(rows))])
        refused = [
            Refused(row_number=int(numbers[i]), reason=reason, raw=_raw(rows[i]))
            for i, reason in sorted(faults.items())
        ]
        return Batch(
            numbers[np.asarray(keep)],
            [column.filter(keep) for column in columns],
            refused,
            geometry.filter(keep) if geometry is not None else None,
        )


def _layers(database: sqlite3.Connection) -> dict[str, _Layer]:
    described = database.execute(
        "select c.table_name, g.column_name, g.srs_id from gpkg_contents c "
        "left join gpkg_geometry_columns g on g.table_name = c.table_name "
        "where c.data_type in ('features', 'attributes') order by c.rowid"
        if _has_table(database, "gpkg_geometry_columns")
        else "select table_name, null, null from gpkg_contents where data_type = 'attributes'"
    )
    return {str(name): _Layer(str(name), column, srs) for name, column, srs in described}


def _has_table(database: sqlite3.Connection, name: str) -> bool:
    query = "select 1 from sqlite_master where name = ?"
    return database.execute(query, (name,)).fetchone() is not None


def _choose(layers: dict[str, _Layer], wanted: str | None, file_name: str) -> _Layer:
    if not layers:
        raise UnreadableFile(
            f"'{file_name}' has no layer of features", hint="export a layer with features into it"
        )
    if wanted is None:
        return next(iter(layers.values()))
    if wanted not in layers:
        raise UnreadableFile(
            f"'{file_name}' has no layer '{wanted}'", hint=f"its layers are {', '.join(layers)}"
        )
    return layers[wanted]


def _crs(database: sqlite3.Connection, srs: int | None) -> str | None:
    if srs is None or srs <= 0:  # 0 and -1 are "undefined" by the standard.
        return None
    found = database.execute(
        "select organization, organization_coordsys_id, definition from gpkg_spatial_ref_sys "
        "where srs_id = ?",
        (srs,),
    ).fetchone()
    if found is None:
        return None
    if str(found[0]).upper() == "EPSG":
        return f"EPSG:{found[1]}"
    return str(found[2]) if found[2] not in {None, "undefined"} else None


def _kind(declared: str) -> ValueType:
    for beginnings, kind in _TYPES:
        if declared.upper().startswith(beginnings):
            return kind
    return "text"


def _column(cells: list[Any], name: str, kind: ValueType) -> tuple[pa.Array, dict[int, str]]:
    """Return a column of `kind` and why cells do not fit; SQLite lets any value stand anywhere."""
    faults: dict[int, str] = {}
    try:
        if kind == "boolean":
            return pa.array([_truth(cell) for cell in cells], pa.bool_()), faults
        if kind in {"integer", "number"}:
            return pa.array(cells, ARROW_TYPES[kind]), faults
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        pass
    texts = [_text(cell) for cell in cells]
    for i, text in enumerate(texts):
        if text is not None and not _is_text(text):
            faults[i], texts[i] = f"column '{name}' holds bytes that are no text", None
    values, misfits = convert(pa.array(texts, pa.string()), kind)
    for i in np.flatnonzero(misfits):
        faults[int(i)] = f"'{texts[i]}' in column '{name}' is no {kind}"
    return values, faults


def _truth(cell: Any) -> Any:
    """Return 0 and 1, which SQLite has for truth values, as such; others unchanged."""
    return bool(cell) if isinstance(cell, int) and cell in {0, 1} else cell


def _text(cell: Any) -> str | None:
    if cell is None or cell == "":
        return None
    if isinstance(cell, bytes):
        return cell.hex()
    return cell if isinstance(cell, str) else repr(cell)


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _geometries(blobs: Sequence[Any], faults: dict[int, str]) -> pa.Array:
    found: list[bytes | None] = []
    for i, blob in enumerate(blobs):
        try:
            found.append(None if blob is None else _wkb(blob))
        except (ValueError, IndexError, TypeError):
            faults.setdefault(i, "the geometry cannot be read")
            found.append(None)
    return pa.array(found, pa.binary())


def _wkb(blob: Any) -> bytes | None:
    """Return the WKB of a GeoPackage blob; None for an empty geometry.

    Raises:
        ValueError: If it does not begin as a GeoPackage geometry.
    """
    if not isinstance(blob, bytes) or blob[:2] != b"GP" or len(blob) <= _HEADER:
        raise ValueError("no GeoPackage geometry")
    flags = blob[3]
    if flags & _EMPTY_FLAG:
        return None
    return blob[_HEADER + _ENVELOPES[flags >> 1 & 7] :]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _raw(row: Sequence[Any]) -> str:
    cells = [cell[:1000].hex() if isinstance(cell, bytes) else cell for cell in row]
    text = json.dumps(cells, ensure_ascii=False)[:_RAW_LETTERS]
    return text.encode("utf-8", "backslashreplace").decode()
