"""A dataset as an entry of a catalogue: what anyone who may know of it may read about it.

A dataset that may be known of, and not seen, is an entry of what its steward stated and nothing
else: no extent, no time, no counts, no columns, no versions, for all of these tell of its rows.
"""

from dataclasses import dataclass, replace

from chengmo.catalog.dataset import Dataset, Extent, SharingType
from chengmo.model import Text
from chengmo.sharing import View


@dataclass(frozen=True)
class Findings:
    """What the platform found in the version, or edition, that the reader may see.

    Attributes:
        version: Its number.
        previous_version: The one before; None for the first, and for a treated edition.
        updated_utc: RFC 3339 time of its commit.
        extent: West, south, east, north in degrees; None without places.
        period: First and last value of the time column, ISO 8601.
        geometry_type: Such as `point`; `none` without places.
        row_count: Rows.
        treated: What was done to it before it was shown.
    """

    version: int
    previous_version: int | None
    updated_utc: str
    extent: Extent | None
    period: tuple[str, str] | None
    geometry_type: str
    row_count: int
    treated: tuple[Text, ...] = ()

    @property
    def has_places(self) -> bool:
        """Whether there are tiles and zones of it."""
        return self.geometry_type != "none"


@dataclass(frozen=True)
class Origin:
    """Where a harvested entry comes from.

    Attributes:
        catalogue: Address of the other catalogue.
        remote_id: Its id there.
        link: Address of the dataset there; empty if none was given.
        harvested_utc: RFC 3339 time when it was last found there.
        gone_utc: RFC 3339 time when it was found missing; None while it is there.
    """

    catalogue: str
    remote_id: str
    link: str
    harvested_utc: str
    gone_utc: str | None = None


@dataclass(frozen=True)
class Record:
    """One entry of the catalogue.

    Attributes:
        id: Of the dataset; of a harvested entry one that no dataset can have.
        title: In two languages; a harvested entry repeats the one it came with.
        findings: Only if the reader may see the dataset here.
        origin: Only if it was harvested.
    """

    id: str
    title: Text
    description: Text | None = None
    keywords: tuple[str, ...] = ()
    steward: str = ""
    licence: str = ""
    attribution: str = ""
    sharing: SharingType | None = None
    opening: SharingType | None = None
    synthetic: bool = False
    update_frequency: str | None = None
    findings: Findings | None = None
    origin: Origin | None = None
    updated_utc: str | None = None
    extent: Extent | None = None
    period: tuple[str, str] | None = None
    formats: tuple[str, ...] = ()

    @property
    def is_only_known(self) -> bool:
        """Whether the reader may know of the dataset, and not see it."""
        return self.findings is None and self.origin is None


def records_of(view: View) -> list[Record]:
    """Return an entry for every dataset that the asker may know of, or see, by id."""
    shown = {dataset.id: dataset for dataset in view.datasets()}
    known = {dataset.id: dataset for dataset in view.known()}
    return [
        _seen(shown[name]) if name in shown else _stated(known[name])
        for name in sorted(shown.keys() | known.keys())
    ]


def _stated(dataset: Dataset) -> Record:
    return Record(
        id=dataset.id,
        title=dataset.title,
        description=dataset.description,
        keywords=dataset.keywords,
        steward=dataset.steward,
        licence=dataset.licence,
        sharing=dataset.sharing,
        opening=dataset.opening,
        synthetic=dataset.synthetic,
        update_frequency=dataset.update_frequency,
    )


def _seen(dataset: Dataset) -> Record:
    stated = _stated(dataset)
    # Of a treated dataset only the newest version can be seen: there is nothing before it.
    previous = None if dataset.edition else dataset.previous_version
    findings = Findings(
        version=dataset.version,
        previous_version=previous,
        updated_utc=dataset.created_utc,
        extent=dataset.extent,
        period=dataset.time_extent,
        geometry_type=dataset.geometry_type,
        row_count=dataset.row_count,
        treated=dataset.treated,
    )
    return replace(
        stated,
        attribution=dataset.attribution,
        findings=findings,
        updated_utc=dataset.created_utc,
        extent=dataset.extent,
        period=dataset.time_extent,
        formats=FORMATS,
    )


# What every dataset that may be seen can be exported as.
FORMATS = ("GeoJSON", "GeoParquet", "GeoPackage", "CSV", "Arrow")
