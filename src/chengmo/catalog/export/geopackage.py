"""GeoPackage, by the GDAL inside DuckDB's spatial extension."""

import sqlite3
from contextlib import closing
from pathlib import Path

from chengmo.catalog.condition import row_filter
from chengmo.catalog.export.request import STORED_CRS, ExportRequest
from chengmo.catalog.lake import Lake, literal, path_pattern, quoted, quoted_list, rows_table
from chengmo.catalog.reading import Reader

# Annexes F.8 and F.9 of OGC 12-128r18, the extension Metadata.
_METADATA = """
CREATE TABLE IF NOT EXISTS gpkg_metadata (
  id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL, md_scope TEXT NOT NULL DEFAULT 'dataset',
  md_standard_uri TEXT NOT NULL, mime_type TEXT NOT NULL DEFAULT 'text/xml',
  metadata TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS gpkg_metadata_reference (
  reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT, row_id_value INTEGER,
  timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  md_file_id INTEGER NOT NULL, md_parent_id INTEGER,
  CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id),
  CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id));
CREATE TABLE IF NOT EXISTS gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
  scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
"""
_DEFINITION = "http://www.geopackage.org/spec120/#extension_metadata"
# No standard of metadata has a member for this; the address says whose words they are.
_TERMS = "urn:chengmo:terms"


def write_geopackage(lake: Lake, reader: Reader, request: ExportRequest, target: Path) -> None:
    """Write one layer, named by the dataset's id; its description and its metadata say the terms.

    GeoPackage orders coordinates longitude, latitude, whatever the coordinate system says.
    """
    lake.load("spatial")
    dataset = request.dataset
    condition = row_filter(dataset, bbox=request.bbox)
    geometry = request.free_name("geom")
    chosen = quoted_list(request.names)
    if request.has_place:
        shape = f"ST_GeomFromWKB(_geometry) AS {quoted(geometry)}"
        chosen = f"{chosen}, {shape}" if chosen else shape
    layer = [
        f"IDENTIFIER={dataset.title.zh} {dataset.title.en}",
        f"DESCRIPTION={request.terms_json()}",
        f"FID={request.free_name('fid')}",
        f"GEOMETRY_NAME={geometry}",
    ]
    options = ["FORMAT gdal", "DRIVER 'GPKG'", f"LAYER_NAME {literal(dataset.id)}"]
    options.append(f"LAYER_CREATION_OPTIONS ({', '.join(map(literal, layer))})")
    if request.has_place:
        options.append(f"SRS '{STORED_CRS}'")
    table = f"lake.main.{quoted(rows_table(dataset.id))} AT (VERSION => {dataset.snapshot})"
    if dataset.edition:
        (file,) = reader.files_of(dataset)
        table = f"read_parquet({literal(path_pattern(file))}, hive_partitioning => false)"
    query = (
        f"COPY (SELECT {chosen} FROM {table} {condition.sql}) "  # noqa: S608 - quoted names
        f"TO {literal(str(target))} ({', '.join(options)})"
    )
    with lake.cursor() as cursor:
        cursor.execute(query, condition.values)
    _describe(target, dataset.id, request.terms_json())


def _describe(target: Path, table: str, terms: str) -> None:
    """Put the terms where programs look for metadata; people find them in the description."""
    with closing(sqlite3.connect(target)) as connection:
        connection.executescript(_METADATA)
        added = connection.execute(
            "INSERT INTO gpkg_metadata (md_scope, md_standard_uri, mime_type, metadata)"
            " VALUES ('dataset', ?, 'application/json', ?)",
            (_TERMS, terms),
        )
        connection.execute(
            "INSERT INTO gpkg_metadata_reference (reference_scope, table_name, md_file_id)"
            " VALUES ('table', ?, ?)",
            (table, added.lastrowid),
        )
        connection.executemany(
            "INSERT OR IGNORE INTO gpkg_extensions"
            " VALUES (?, NULL, 'gpkg_metadata', ?, 'read-write')",
            [(name, _DEFINITION) for name in ("gpkg_metadata", "gpkg_metadata_reference")],
        )
        connection.commit()
