"""What the caller may say about a file, what is said back, and the limits of reading."""

from typing import Literal, Self

from pydantic import Field, model_validator

from chengmo.catalog.dataset import DatasetColumn, SensitiveFinding
from chengmo.model.decision import Frozen, Scalar, Text

Format = Literal[
    "csv", "xlsx", "geojson", "geojsonl", "geopackage", "shapefile", "parquet", "geoparquet"
]

# What a folder of half-sorted rows is called; it is gone when the file has been read.
SORTING_PREFIX = "sorting-"


class ImportOptions(Frozen):
    """What a person knows better than the file; None means: guess."""

    format: Format | None = Field(default=None, description="Format of the file")
    encoding: str | None = Field(
        default=None, max_length=40, description="Of text: utf-8, gb18030, utf-16, big5"
    )
    delimiter: str | None = Field(
        default=None, min_length=1, max_length=1, description="Between fields of delimited text"
    )
    header: bool | None = Field(default=None, description="Whether the first row names the columns")
    lon: str | None = Field(
        default=None,
        description="Column of longitude (or easting); the same as `lat` if it holds 'lon,lat'",
    )
    lat: str | None = Field(default=None, description="Column of latitude (or northing)")
    wkt: str | None = Field(default=None, description="Column of WKT or hexadecimal WKB")
    code: str | None = Field(default=None, description="Column of BeiDou grid codes")
    crs: str | None = Field(
        default=None, max_length=20_000, description="EPSG:4490, GCJ-02, BD-09, WKT, …"
    )
    swapped: bool | None = Field(
        default=None, description="Whether latitude (northing) comes before longitude (easting)"
    )
    layer: str | None = Field(default=None, description="Layer of a GeoPackage or zip")
    sheet: str | None = Field(default=None, description="Sheet of a workbook")

    @model_validator(mode="after")
    def lon_goes_with_lat(self) -> Self:
        """Check that both or none of `lon` and `lat` are named."""
        if (self.lon is None) != (self.lat is None):
            raise ValueError("name both lon and lat, or none of them")
        return self


class Limits(Frozen):
    """What the reading process may use; reaching one ends it with `ResourceExhausted`."""

    memory_bytes: int = Field(default=4 << 30, description="Address space of the process")
    cpu_s: int = Field(default=3600, ge=1, description="Processor seconds")
    wall_s: float = Field(default=7200, gt=0, description="Seconds of the clock")
    file_bytes: int = Field(default=64 << 30, description="Largest file it may write")
    sorted_bytes: int = Field(
        default=192 << 20,
        ge=0,
        le=1 << 30,
        description="Most bytes of rows held in memory to sort them; 0 leaves that to the lake",
    )
    columns: int = Field(default=4096, description="Most columns of a table")
    record_bytes: int = Field(default=64 << 20, description="Longest row of delimited text")
    archive_bytes: int = Field(default=8 << 30, description="Most bytes unpacked from an archive")
    archive_entries: int = Field(default=10_000, description="Most members of an archive")
    archive_ratio: int = Field(default=200, description="Most times an archive may grow")
    sheet_bytes: int = Field(default=1 << 30, description="Most bytes of an unpacked workbook")


class Progress(Frozen):
    """Where the reading stands."""

    stage: Literal["starting", "looking", "reading", "writing"]
    rows: int = 0
    bytes_read: int = 0
    bytes_total: int = 0


class Refused(Frozen):
    """A row that cannot be read."""

    row_number: int
    reason: str
    raw: str


class CrsGuess(Frozen):
    """Which coordinate system the file is in, how sure that is, and why."""

    crs: str | None = Field(description="EPSG:4490, GCJ-02, …; None if a person must say it")
    confidence_0to1: float = Field(ge=0, le=1)
    evidence: Text
    swapped: bool = Field(default=False, description="Latitude stands where longitude should")
    alternatives: tuple[str, ...] = Field(default=(), description="What else it could be")


class GeometrySource(Frozen):
    """Where a row's place comes from."""

    kind: Literal["none", "geometry", "lon-lat", "pair", "wkt", "code"]
    columns: tuple[str, ...] = Field(default=(), description="Names as received")


class Preview(Frozen):
    """What a file looks like before anything is kept of it."""

    columns: tuple[DatasetColumn, ...]
    rows: tuple[tuple[Scalar, ...], ...] = Field(
        description="The first rows, as they would be kept"
    )
    row_estimate: int = Field(ge=0, description="Rows in the file; exact if `row_count_is_exact`")
    row_count_is_exact: bool
    format: Format
    encoding: str | None
    delimiter: str | None
    layers: tuple[str, ...] = Field(default=(), description="Layers or sheets to choose from")
    crs: CrsGuess | None = Field(description="None without place")
    geometry: GeometrySource
    bounds: tuple[float, float, float, float] | None = Field(
        description="West, south, east, north of the rows looked at; degrees, CGCS2000"
    )
    warnings: tuple[str, ...]
    quarantine: tuple[Refused, ...] = Field(description="The first rows that cannot be read")
    options: ImportOptions = Field(description="The options with every guess filled in")
    sensitive: tuple[SensitiveFinding, ...] = Field(
        default=(), description="Columns of the first rows that look sensitive"
    )
