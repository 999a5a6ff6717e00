"""A dataset and its versions: what a person states about it and what the platform found in it."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from chengmo.catalog.quality import QualityCheck, QualityReport
from chengmo.errors import InvalidRequest
from chengmo.model.decision import Frozen, Text, ValueType

DATASET_ID_PATTERN = r"^[a-z0-9][a-z0-9-]{0,79}$"
COLUMN_NAME_PATTERN = r"^[^\W_]\w{0,62}$"

GeometryType = Literal["point", "line", "polygon", "mixed", "none"]
SharingType = Literal["unconditional", "conditional", "none"]
DataLevel = Literal["general", "important", "core"]
Treatment = Literal["drop", "mask", "hash", "generalise"]
SensitiveKind = Literal[
    "id-number", "mobile", "person-name", "address", "plate", "bank-card", "credit-code", "email",
    "home-coordinates", "other",
]  # fmt: skip
Extent = tuple[float, float, float, float]
Share = Annotated[float, Field(ge=0, le=1)]


def _are_none(labels: Mapping[str, Text]) -> bool:
    # Left out where there are none, so that versions written before read and fingerprint the same.
    return not labels


class ColumnNote(Frozen):
    """What a person states about one column."""

    title: Text | None = None
    unit: str = Field(default="", max_length=40, description="UCUM code or plain unit, as `m2`")
    meaning: Text | None = None
    labels: dict[str, Text] = Field(
        default_factory=dict[str, Text],
        description="What its values are called, where they are words of a short list",
        exclude_if=_are_none,
    )


class SensitiveColumn(Frozen):
    """What a person states: this column tells of a person, or of one enterprise."""

    kind: SensitiveKind
    treatment: Treatment = Field(description="What is to be done before it is shared")


class SensitiveFinding(SensitiveColumn):
    """What the platform found in a column, by its name and its values; never a value."""

    column: str = Field(description="`_geometry` for the place of a row")
    rows: int = Field(ge=0, description="Values looked at")
    matches: int = Field(ge=0, description="Values that are of this kind by their form")
    by_name: bool = Field(description="Whether the column's name says so too")

    @property
    def share_0to1(self) -> float:
        """Share of the values looked at that are of this kind."""
        return self.matches / self.rows if self.rows else 0.0


class DatasetColumn(Frozen):
    """One column of the owner. Two columns of a dataset never differ in letter case only."""

    name: str = Field(
        pattern=COLUMN_NAME_PATTERN,
        description="Letters of any script, digits and `_`; never begins with `_`",
    )
    source_name: str = Field(description="The name in the file, as received")
    type: ValueType
    title: Text | None = None
    unit: str = ""
    meaning: Text | None = None
    labels: dict[str, Text] = Field(
        default_factory=dict[str, Text],
        description="What its values are called, where they are words of a short list",
        exclude_if=_are_none,
    )

    def noted(self, note: ColumnNote | None) -> Self:
        """Return this column with what `note` states, where it states something."""
        if note is None:
            return self
        return self.model_copy(
            update={
                "title": note.title or self.title,
                "unit": note.unit or self.unit,
                "meaning": note.meaning or self.meaning,
                "labels": note.labels or self.labels,
            }
        )


class Lineage(Frozen):
    """Where the rows of a version came from and what was done to them on the way in."""

    source_name: str = Field(description="Name of the file, without its folder")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="Of the file's bytes")
    format: str = Field(description="Such as csv, xlsx, geojson, geopackage, shapefile, geoparquet")
    encoding: str | None = Field(default=None, description="Of text formats, such as gb18030")
    crs_received: str | None = Field(
        default=None, description="Such as EPSG:4490, EPSG:4326, GCJ-02, BD-09; none without place"
    )
    crs_confidence_0to1: Share | None = None
    crs_evidence: str = ""
    conversion: str = Field(default="", description="What was done to the coordinates")
    rows_read: int = Field(ge=0)
    rows_kept: int = Field(ge=0)
    rows_quarantined: int = Field(default=0, ge=0)
    warnings: tuple[str, ...] = ()
    imported_utc: str = Field(description="RFC 3339, as 2025-01-31T08:00:00Z")


class DatasetMetadata(Frozen):
    """What a person states. What is left out is the careful choice: shared with nobody."""

    id: str = Field(pattern=DATASET_ID_PATTERN, description="Lower-case letters, digits, hyphens")
    title: Text
    description: Text | None = None
    steward: str = Field(default="", max_length=200, description="Who answers for the data")
    licence: str = Field(default="", max_length=200, description="SPDX id or name of the terms")
    attribution: str = Field(default="", max_length=1000, description="Line to show with the data")
    source: str = Field(default="", max_length=2000, description="Where the steward has it from")
    grade: int = Field(default=2, ge=1, le=4, description="Sensitivity, 1 public to 4 most guarded")
    sharing: SharingType = Field(
        default="none", description="Sharing between government bodies: 无条件/有条件/不予共享"
    )
    opening: SharingType = Field(
        default="none", description="Opening to the public: 无条件/有条件/不予开放"
    )
    synthetic: bool = Field(default=False, description="Made up, and labelled so wherever shown")
    keywords: tuple[str, ...] = ()
    time_column: str | None = Field(
        default=None, description="The date or datetime column that says when a row holds"
    )
    update_frequency: str | None = Field(default=None, description="ISO 8601 duration, as P1M")
    notes: dict[str, ColumnNote] = Field(
        default={}, description="Title, unit and meaning of columns, by column name"
    )
    legal_basis: str = Field(
        default="", max_length=2000, description="Law or rule by which the data are held: 法定依据"
    )
    sharing_conditions: str = Field(
        default="", max_length=2000, description="On which conditions it is shared: 共享条件"
    )
    opening_conditions: str = Field(
        default="", max_length=2000, description="On which conditions it is opened: 开放条件"
    )
    category: str = Field(
        default="", max_length=200, description="Class of the data, GB/T 43697-2024: 数据分类"
    )
    level: DataLevel | None = Field(
        default=None,
        description="GB/T 43697-2024: 一般/重要/核心; None: not decided, which is not 一般",
    )
    contact: str = Field(
        default="", max_length=200, description="Post or office to ask, of the steward: 联系人"
    )
    sensitive: dict[str, SensitiveColumn] = Field(
        default={}, description="Sensitive columns and their treatment, by column name: 敏感字段"
    )
    checks: tuple[QualityCheck, ...] = Field(
        default=(), max_length=200, description="What its rows should be, checked at each import"
    )


class Dataset(DatasetMetadata):
    """One version of a dataset: the person's statements and the platform's findings."""

    version: int = Field(ge=1, description="From 1, one more at every commit")
    snapshot: int = Field(ge=0, description="The lake snapshot that holds this version's rows")
    previous_version: int | None = None
    created_utc: str = Field(description="RFC 3339 time of the commit")
    columns: tuple[DatasetColumn, ...]
    geometry_type: GeometryType
    row_count: int = Field(ge=0)
    extent: Extent | None = Field(
        default=None, description="West, south, east, north; degrees, CGCS2000 (EPSG:4490)"
    )
    time_extent: tuple[str, str] | None = Field(
        default=None, description="First and last value of the time column, ISO 8601"
    )
    cell_levels: tuple[int, ...] = Field(
        default=(), description="GeoSOT levels at which the places were given; 32 for coordinates"
    )
    quality: dict[str, Share] = Field(
        default={}, description="Completeness: share of rows that have a value, by column name"
    )
    lineage: Lineage
    in_place_order: bool = Field(
        default=True,
        description="Whether row numbers follow the cells; an append puts its rows at the end",
    )
    found_sensitive: tuple[SensitiveFinding, ...] = Field(
        default=(), description="Columns that look sensitive, whether the steward stated it or not"
    )
    report: QualityReport | None = Field(
        default=None, description="What the checks found in the rows of this version's import"
    )
    change: Literal["replace", "append", "describe", "restore"] = "replace"
    idempotency_key: str | None = None
    edition: str = Field(
        default="", description="Which treated edition of the version this is; empty for itself"
    )
    treated: tuple[Text, ...] = Field(
        default=(), description="What was done to an edition before it was shown"
    )

    @property
    def metadata(self) -> DatasetMetadata:
        """Only what a person stated."""
        return DatasetMetadata.model_validate(
            {name: getattr(self, name) for name in DatasetMetadata.model_fields}
        )

    @property
    def sha256(self) -> str:
        """Fingerprint of the file this version came from."""
        return self.lineage.sha256

    def column(self, name: str) -> DatasetColumn | None:
        """Return the column called `name`, or None."""
        return next((column for column in self.columns if column.name == name), None)

    def stated_column(self, name: str) -> DatasetColumn:
        """Return the column called `name`.

        Raises:
            InvalidRequest: If there is none.
        """
        column = self.column(name)
        if column is None:
            raise InvalidRequest(
                f"'{self.id}' has no column '{name}'",
                hint=f"its columns are: {', '.join(each.name for each in self.columns[:20])}",
            )
        return column

    @model_validator(mode="after")
    def names_are_unique(self) -> Self:
        """Check that no two columns have names that SQL would take for the same."""
        check_unique(self.columns)
        return self


def check_unique(columns: Iterable[DatasetColumn]) -> None:
    """Raise ValueError if two columns have the same name but for letter case."""
    seen: dict[str, str] = {}
    for column in columns:
        folded = column.name.casefold()
        if folded in seen:
            raise ValueError(f"columns '{seen[folded]}' and '{column.name}' have the same name")
        seen[folded] = column.name


def noted_columns(
    columns: Iterable[DatasetColumn], notes: Mapping[str, ColumnNote]
) -> tuple[DatasetColumn, ...]:
    """Return `columns` with the notes of those that have one."""
    return tuple(column.noted(notes.get(column.name)) for column in columns)
