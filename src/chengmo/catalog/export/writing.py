"""Write an export under a temporary name, make it safe, then give it its own."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from uuid import uuid4

from chengmo.catalog.export.columnar import write_arrow, write_geoparquet
from chengmo.catalog.export.delimited import write_csv
from chengmo.catalog.export.geojson import write_geojson
from chengmo.catalog.export.geopackage import write_geopackage
from chengmo.catalog.export.request import ExportFormat, ExportRequest
from chengmo.catalog.export.tabular import write_csv_metadata
from chengmo.catalog.lake import Lake
from chengmo.catalog.reading import Reader
from chengmo.errors import InvalidQuery, PlatformError

Writer = Callable[[Lake, Reader, ExportRequest, Path], None]


def export_rows(
    lake: Lake, reader: Reader, request: ExportRequest, target: Path, name: ExportFormat
) -> Path:
    """Write `request` to `target`, which appears only when it is whole; see `Catalog.export`."""
    writer = _WRITERS.get(name)
    if writer is None:
        raise InvalidQuery(
            f"'{name}' is no export format", hint=f"use one of: {', '.join(_WRITERS)}"
        )
    # GDAL chooses by the ending, so the temporary name keeps it.
    written = target.with_name(f".{uuid4().hex}{target.suffix}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        writer(lake, reader, request, written)
        _sync(written)
        if name == "csv":
            write_csv_metadata(request, target)
        written.replace(target)
    except OSError as error:
        raise PlatformError(
            f"{target} cannot be written: {error.strerror or error}",
            hint="name a folder that you may write to, on a disk with space",
        ) from error
    finally:
        written.unlink(missing_ok=True)
    return target


_WRITERS: Mapping[str, Writer] = {
    "geoparquet": write_geoparquet,
    "geopackage": write_geopackage,
    "geojson": write_geojson,
    "csv": write_csv,
    "arrow": write_arrow,
}


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
