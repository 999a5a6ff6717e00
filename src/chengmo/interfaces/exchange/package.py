"""A dataset in one zip, with its terms, checksums and provenance: a Frictionless Data Package.

It holds the rows twice: as CSV with a Table Schema, which every reader of the standard
(<https://specs.frictionlessdata.io/data-package/>) understands, and as GeoParquet, which loses
nothing and is what `read_package` takes in again.
"""

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import shapely
from pydantic import ValidationError

from chengmo.catalog.dataset import Dataset, DatasetColumn, DatasetMetadata
from chengmo.errors import UnreadableFile
from chengmo.identity import Actor, check_permission
from chengmo.interfaces.exchange.lineage import lineage_of
from chengmo.runs.intake import Bringer, IncomingFile, bring_in
from chengmo.sharing import Sharing, View

DESCRIPTOR = "datapackage.json"
MOST_DESCRIPTOR_BYTES = 16 * 2**20
MOST_BYTES = 64 * 2**30
_CHUNK_BYTES = 2**20
_TYPES = {"text": "string"}
_GEOMETRY = "wkt"
_BASE = "urn:chengmo"


@dataclass(frozen=True)
class _Form:
    """One file of the package."""

    path: str
    format: str
    media_type: str


def write_package(view: View, dataset: str, target: Path, *, version: int | None = None) -> Path:
    """Write a version, as the asker may see it, and return where it lies.

    Raises:
        UnknownDataset: If there is none that the asker may know of.
        SharingDenied: If the asker may not see it.
        PlatformError: If the file cannot be written.
    """
    found = view.dataset(dataset, version)
    with tempfile.TemporaryDirectory(dir=view.shelves.lake.settings.temporary) as scratch:
        parquet = Path(scratch) / f"{dataset}.parquet"
        # Taken once, so written down and counted once: the CSV is made of the same file.
        view.export(dataset, parquet, "geoparquet", version=version)
        table = Path(scratch) / f"{dataset}.csv"
        _write_csv(parquet, table, found)
        files = {
            table: _Form(f"data/{table.name}", "csv", "text/csv"),
            parquet: _Form(f"data/{parquet.name}", "parquet", "application/vnd.apache.parquet"),
        }
        descriptor = _descriptor(found, files)
        whole = Path(scratch) / "package.zip"
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as package:
            package.writestr(DESCRIPTOR, json.dumps(descriptor, ensure_ascii=False, indent=1))
            for file, form in files.items():
                package.write(file, form.path)
        with whole.open("rb") as source, target.open("wb") as sink:
            _copy(source, sink)
    return target


def _write_csv(parquet: Path, target: Path, dataset: Dataset) -> None:
    names = [column.name for column in dataset.columns]
    with pq.ParquetFile(parquet) as rows:
        geometry = next((name for name in rows.schema_arrow.names if name not in names), None)
        if dataset.geometry_type == "none":
            geometry = None
        fields = [pa.field(name, _plain(rows.schema_arrow.field(name).type)) for name in names]
        if geometry is not None:
            fields.append(pa.field(_geometry_name(names), pa.string()))
        schema = pa.schema(fields)
        with target.open("wb") as file, pa_csv.CSVWriter(file, schema) as writer:
            for batch in rows.iter_batches():
                arrays = [_as_text(batch.column(name)) for name in names]
                if geometry is not None:
                    shapes = shapely.from_wkb(batch.column(geometry).to_numpy(zero_copy_only=False))
                    texts = shapely.to_wkt(shapes, rounding_precision=-1)
                    arrays.append(pa.array(texts, pa.string()))
                writer.write_batch(pa.record_batch(arrays, schema=schema))


def _plain(kind: pa.DataType) -> pa.DataType:
    return pa.string() if pa.types.is_timestamp(kind) else kind


def _as_text(column: pa.Array) -> pa.Array:
    if not pa.types.is_timestamp(column.type):
        return column
    texts = [None if each is None else each.isoformat() for each in column.to_pylist()]
    return pa.array([text and text.replace("+00:00", "Z") for text in texts], pa.string())


def _geometry_name(names: list[str]) -> str:
    name = _GEOMETRY
    while name in names:
        name += "_"
    return name


def _descriptor(dataset: Dataset, files: Mapping[Path, _Form]) -> dict[str, Any]:
    title, said = f"{dataset.title.zh} / {dataset.title.en}", dataset.description
    members: dict[str, Any] = {
        "profile": "data-package",
        "name": dataset.id,
        "title": title,
        "description": said and f"{said.zh}\n{said.en}",
        "version": str(dataset.version),
        "created": dataset.created_utc,
        "keywords": list(dataset.keywords),
        "licenses": [{"name": dataset.licence, "title": dataset.licence}]
        if dataset.licence
        else [],
        "contributors": [{"title": dataset.steward, "role": "publisher"}]
        if dataset.steward
        else [],
        "sources": [{"title": dataset.source}] if dataset.source else [],
        "resources": [_resource(dataset, file, form) for file, form in files.items()],
        "chengmo": {
            "metadata": dataset.metadata.model_dump(mode="json"),
            "treated": [text.model_dump() for text in dataset.treated],
            "provenance": lineage_of([dataset], [], _BASE),
        },
    }
    return {name: value for name, value in members.items() if value not in (None, "", [])}


def _resource(dataset: Dataset, file: Path, form: _Form) -> dict[str, Any]:
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    resource: dict[str, Any] = {
        "name": f"{dataset.id}-{form.format}",
        "path": form.path,
        "format": form.format,
        "mediatype": form.media_type,
        "bytes": file.stat().st_size,
        "hash": f"sha256:{digest}",
    }
    if form.format == "csv":
        resource |= {"profile": "tabular-data-resource", "encoding": "utf-8"}
        resource["schema"] = {"fields": _fields(dataset), "missingValues": [""]}
    else:
        # A reader without Parquet checks the bytes and leaves the rows alone.
        resource |= {"profile": "data-resource", "type": "file"}
    return resource


def _fields(dataset: Dataset) -> list[dict[str, Any]]:
    fields = [_field(column) for column in dataset.columns]
    if dataset.geometry_type != "none":
        name = _geometry_name([column.name for column in dataset.columns])
        fields.append({"name": name, "type": "string", "title": "WKT, EPSG:4490, longitude first"})
    return fields


def _field(column: DatasetColumn) -> dict[str, Any]:
    members: dict[str, Any] = {
        "name": column.name,
        "type": _TYPES.get(column.type, column.type),
        "title": column.title and f"{column.title.zh} / {column.title.en}",
        "description": column.meaning and f"{column.meaning.zh} / {column.meaning.en}",
        "unit": column.unit,
    }
    return {name: value for name, value in members.items() if value}


def read_package(
    sharing: Sharing, package: Path, *, actor: Actor, dataset: str | None = None
) -> Dataset:
    """Make the dataset in a package the next version of a dataset here, its terms and all.

    Args:
        sharing: Where to, and who may.
        package: The zip.
        actor: Who brings it.
        dataset: Its id here; None for the id it had.

    Raises:
        NotAllowed: If the actor may not import, or not into this dataset.
        UnreadableFile: If it is no package of ours, or a file in it is not as its checksum says.
    """
    check_permission(actor, "import")
    catalog = sharing.catalog
    try:
        with zipfile.ZipFile(package) as opened:
            descriptor = _read_descriptor(opened)
            metadata = DatasetMetadata.model_validate(descriptor["chengmo"]["metadata"])
            if dataset is not None:
                metadata = DatasetMetadata.model_validate({**metadata.model_dump(), "id": dataset})
            sharing.check_change(actor, metadata.id)
            with tempfile.TemporaryDirectory(dir=catalog.lake.settings.temporary) as scratch:
                rows = _checked_rows(opened, descriptor["resources"], Path(scratch))
                return bring_in(Bringer(sharing, actor, "cli"), IncomingFile(rows), metadata)
    except (zipfile.BadZipFile, OSError, KeyError, TypeError, ValueError, ValidationError) as error:
        raise UnreadableFile(
            f"{package.name} is no data package that this platform wrote: {str(error)[:200]}",
            hint="write one with: chengmo package DATASET FILE.zip",
        ) from error


def _read_descriptor(opened: zipfile.ZipFile) -> dict[str, Any]:
    if opened.getinfo(DESCRIPTOR).file_size > MOST_DESCRIPTOR_BYTES:
        raise ValueError("its description is too long")
    return json.loads(opened.read(DESCRIPTOR))


def _checked_rows(opened: zipfile.ZipFile, resources: list[Any], scratch: Path) -> Path:
    """Unpack the GeoParquet after every file was held against its checksum."""
    rows: Path | None = None
    for number, resource in enumerate(resources):
        path = PurePosixPath(resource["path"])
        unpacked = scratch / f"{number}-{path.name}"
        with opened.open(str(path)) as source, unpacked.open("wb") as sink:
            digest = _copy(source, sink)
        if resource["hash"] != f"sha256:{digest}":
            raise ValueError(f"{path} is not as its checksum says")
        if resource["format"] == "parquet":
            rows = unpacked.rename(scratch / path.name)
        else:
            unpacked.unlink()
    if rows is None:
        raise ValueError("it holds no GeoParquet")
    return rows


def _copy(source: IO[bytes], sink: IO[bytes]) -> str:
    """Copy all bytes, at most so many, and return their SHA-256 in hexadecimal."""
    digest, copied = hashlib.sha256(), 0
    while part := source.read(_CHUNK_BYTES):
        copied += len(part)
        if copied > MOST_BYTES:
            raise ValueError(f"a file in it is longer than {MOST_BYTES} bytes")
        digest.update(part)
        sink.write(part)
    return digest.hexdigest()
