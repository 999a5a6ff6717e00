"""GeoPackage, by the GDAL inside DuckDB's spatial extension."""

from pathlib import Path

from chengmo.catalog.condition import row_filter
from chengmo.catalog.export.request import STORED_CRS, ExportRequest
from chengmo.catalog.lake import Lake, literal, path_pattern, quoted, quoted_list, rows_table
from chengmo.catalog.reading import Reader


def write_geopackage(lake: Lake, reader: Reader, request: ExportRequest, target: Path) -> None:
    """Write one layer, named by the dataset's id; its description says the terms.

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
