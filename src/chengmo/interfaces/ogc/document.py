"""The JSON documents of the API, as the OGC standards name their members.

What the platform adds keeps the platform's own names (`row_count`, `estimate_s`). A member that
has nothing to say is left out, never null.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic.alias_generators import to_camel

Plain = dict[str, Any]
Instant = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]


# `schema` is a method of every pydantic class, hence the other name here.
_IRREGULAR = {"process_id": "processID", "job_id": "jobID", "value_schema": "schema"}
_OWN = frozenset({"row_count", "geometry_type", "estimate_s", "exit_code"})


def _member_of(name: str) -> str:
    return name if name in _OWN else _IRREGULAR.get(name) or to_camel(name)


class Document(BaseModel):
    """A JSON document or a part of one."""

    model_config = ConfigDict(
        frozen=True, alias_generator=_member_of, populate_by_name=True, allow_inf_nan=False
    )

    def to_bytes(self) -> bytes:
        """Return the document as UTF-8 JSON."""
        return self.model_dump_json(by_alias=True, exclude_none=True).encode()


class Link(Document):
    """A link to another resource."""

    href: str
    rel: str
    type: str | None = None
    title: str | None = None
    hreflang: str | None = None
    # Whether `href` has gaps to be filled before it is an address.
    templated: bool | None = None


class LandingPage(Document):
    """Where one begins."""

    title: str
    description: str
    attribution: str | None = None
    links: tuple[Link, ...]


class Conformance(Document):
    """The conformance classes that are kept."""

    conforms_to: tuple[str, ...]


class SpatialExtent(Document):
    """Bounds in longitude and latitude."""

    bbox: tuple[tuple[float, ...], ...]
    crs: str


class TemporalExtent(Document):
    """First and last instant; null is open."""

    interval: Annotated[
        tuple[tuple[str | None, str | None], ...],
        WithJsonSchema(
            {
                "type": "array",
                "items": {
                    "type": "array",
                    "minItems": 2,
                    "maxItems": 2,
                    "items": {"type": "string", "nullable": True},
                },
            }
        ),
    ]
    trs: str = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"


class Extent(Document):
    """Where and when the features lie."""

    spatial: SpatialExtent | None = None
    temporal: TemporalExtent | None = None


class Collection(Document):
    """One dataset."""

    id: str
    title: str
    description: str | None = None
    attribution: str | None = None
    keywords: tuple[str, ...] = ()
    extent: Extent | None = None
    item_type: Literal["feature"] = "feature"
    crs: tuple[str, ...] = ()
    storage_crs: str | None = None
    license: str | None = None
    steward: str | None = None
    version: int
    row_count: int
    geometry_type: str
    synthetic: bool = False
    updated: Instant
    links: tuple[Link, ...]


class DatasetVersion(Document):
    """One version of a dataset, in the list of all."""

    version: int
    updated: Instant
    row_count: int
    links: tuple[Link, ...]


class DatasetVersions(Document):
    """The versions of a dataset, the newest first."""

    links: tuple[Link, ...]
    versions: tuple[DatasetVersion, ...]


class RecordCollection(Document):
    """The catalogue: a collection of records (OGC 20-004r1)."""

    id: str
    type: Literal["Collection"] = "Collection"
    title: str
    description: str | None = None
    item_type: Literal["record"] = "record"
    crs: tuple[str, ...] = ()
    links: tuple[Link, ...]


class Collections(Document):
    """The datasets that the caller may see, and the catalogue."""

    links: tuple[Link, ...]
    crs: tuple[str, ...]
    collections: tuple[Collection | RecordCollection, ...]


class TileLayer(Document):
    """A layer of a tileset."""

    id: str
    data_type: Literal["vector"] = "vector"
    geometry_dimension: int | None = None


class TileSetItem(Document):
    """A tileset in the list of a collection's."""

    title: str
    data_type: Literal["vector"] = "vector"
    crs: str
    tile_matrix_set_uri: str = Field(alias="tileMatrixSetURI")
    links: tuple[Link, ...]


class TileSets(Document):
    """The tilesets of a collection."""

    links: tuple[Link, ...]
    tilesets: tuple[TileSetItem, ...]


class TileSet(TileSetItem):
    """A tileset: where its tiles are and what is in them (OGC 17-083r4)."""

    attribution: str | None = None
    bounding_box: Plain | None = None
    layers: tuple[TileLayer, ...]


class TileMatrixSets(Document):
    """The tile matrix sets that tilesets use."""

    links: tuple[Link, ...]
    tile_matrix_sets: tuple[Plain, ...]


class TileMatrix(Document):
    """One level of a tile matrix set."""

    id: str
    scale_denominator: float
    cell_size: float
    corner_of_origin: Literal["topLeft"] = "topLeft"
    point_of_origin: tuple[float, float]
    tile_width: int
    tile_height: int
    matrix_width: int
    matrix_height: int


class TileMatrixSet(Document):
    """A tile matrix set (OGC 17-083r4)."""

    id: str
    title: str
    uri: str
    crs: str
    ordered_axes: tuple[str, ...]
    well_known_scale_set: str
    tile_matrices: tuple[TileMatrix, ...]


class Metadata(Document):
    """A further statement about a process, with its role."""

    title: str
    role: str | None = None
    href: str | None = None


class ProcessSummary(Document):
    """A model as a process."""

    id: str
    version: str
    title: str
    description: str
    keywords: tuple[str, ...] = ()
    metadata: tuple[Metadata, ...] = ()
    job_control_options: tuple[str, ...] = ("sync-execute", "async-execute", "dismiss")
    output_transmission: tuple[str, ...] = ("value",)
    reads: tuple[str, ...] = Field(default=(), description="Ids of the datasets it always reads")
    links: tuple[Link, ...]


class ProcessList(Document):
    """The processes."""

    processes: tuple[ProcessSummary, ...]
    links: tuple[Link, ...]


class InputDescription(Document):
    """One input: a field of the model's request."""

    title: str
    description: str
    value_schema: Annotated[Plain, WithJsonSchema({"type": "object"})]
    min_occurs: int = 1
    max_occurs: int = 1


class OutputDescription(Document):
    """One output."""

    title: str
    description: str
    value_schema: Annotated[Plain, WithJsonSchema({"type": "object"})]


class ProcessDescription(ProcessSummary):
    """A process with its inputs and outputs."""

    inputs: dict[str, InputDescription]
    outputs: dict[str, OutputDescription]


class StatusInfo(Document):
    """A job: OGC status information and what the platform adds."""

    process_id: str
    type: Literal["process"] = "process"
    job_id: str
    status: Literal["accepted", "running", "successful", "failed", "dismissed"]
    message: str | None = None
    created: Instant | None = None
    started: Instant | None = None
    finished: Instant | None = None
    updated: Instant | None = None
    progress: int = Field(ge=0, le=100)
    stage: str | None = Field(default=None, description="What it is doing, in the model's words")
    estimate_s: float | None = Field(default=None, description="Seconds it may still take")
    outcome: str | None = Field(default=None, description="Of the decision: decided, infeasible, …")
    digest: str | None = Field(default=None, description="Fingerprint of the decision")
    problem: dict[str, Any] | None = Field(
        default=None, description="Of one failed job: why (RFC 9457), in the language asked for"
    )
    links: tuple[Link, ...] = ()


class JobList(Document):
    """Jobs, the newest first."""

    jobs: tuple[StatusInfo, ...]
    links: tuple[Link, ...]


class ProblemType(Document):
    """One kind of problem document."""

    type: str
    slug: str
    status: int
    exit_code: int | None = None
    title: str


class ProblemTypes(Document):
    """Every kind of problem document the platform sends."""

    problems: tuple[ProblemType, ...]
    links: tuple[Link, ...]
