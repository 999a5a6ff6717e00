"""What a caller asks of zones: where, how fine, how many."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from chengmo.catalog.dataset import Extent
from chengmo.errors import InvalidQuery
from chengmo.interfaces.ogc.crs import CRS84, plain_uri
from chengmo.interfaces.ogc.dggs_subset import Subset
from chengmo.interfaces.ogc.dggs_system import System, Zone, halves, overlap
from chengmo.interfaces.ogc.endpoint import Query
from chengmo.interfaces.ogc.question import Box, Period, When, box_of
from chengmo.interfaces.ogc.question import System as PlainCrs

WORLD: Extent = (-180.0, -90.0, 180.0, 90.0)
LIMIT, LIMIT_MAX = 1000, 10_000
# A zone's sub-zones are at most this many levels finer in one answer.
DEPTH_MAX = 4


def _clamped(value: int) -> int:
    return min(value, LIMIT_MAX)


Limit = Annotated[
    int,
    AfterValidator(_clamped),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT}),
]


Crs = Annotated[PlainCrs, BeforeValidator(plain_uri)]


class ZoneQuery(Query):
    """Parameters of one zone."""

    f: Literal["json", "geojson"] | None = Field(  # pyright: ignore[reportIncompatibleVariableOverride] - queries are frozen
        default=None, description="Representation"
    )


class ZonesQuery(ZoneQuery):
    """Parameters of a list of zones."""

    repeated: ClassVar[frozenset[str]] = frozenset({"subset"})

    limit: Limit = Field(
        default=LIMIT, ge=1, description=f"Zones a page; more than {LIMIT_MAX} means {LIMIT_MAX}"
    )
    offset: int = Field(
        default=0, ge=0, le=2**31, description="Zones to leave out, as the `next` link says"
    )
    bbox: Box | None = Field(
        default=None,
        description="min x, min y, max x, max y in the system of bbox-crs; a west beyond the east "
        "crosses the antimeridian",
    )
    bbox_crs: Crs = Field(default=CRS84, alias="bbox-crs", description="Of bbox")
    subset: str | None = Field(
        default=None,
        description="The same by axis: Lat(30:31),Lon(114:115); * leaves an end open. Also time, "
        'time("2024-05-01":*). It may be given several times',
    )
    subset_crs: Crs = Field(default=CRS84, alias="subset-crs", description="Of subset")
    datetime: When | None = Field(
        default=None,
        description="Only zones in which a dataset has rows of this time; where rows have none, "
        "without effect",
    )
    zone_level: int | None = Field(
        default=None,
        alias="zone-level",
        ge=1,
        le=32,
        description="Level of the zones; else the finest that fits a page, or the parent's next",
    )
    parent_zone: str | None = Field(
        default=None, alias="parent-zone", description="Only this zone and what is in it"
    )
    compact_zones: bool = Field(
        default=True,
        alias="compact-zones",
        description="Whether all zones of a family are replaced by their parent",
    )
    geometry: Literal["zone-region", "zone-centroid", "none"] = Field(
        default="zone-region", description="Geometry of the features, for f=geojson"
    )


class ZoneDataQuery(Query):
    """Parameters of the data of a zone."""

    f: Literal["geojson", "json"] | None = Field(  # pyright: ignore[reportIncompatibleVariableOverride] - queries are frozen
        default=None, description="The rows (geojson), or counts and means by sub-zone (json)"
    )
    limit: Limit = Field(default=LIMIT, ge=1, description="For f=geojson: rows a page")
    offset: int = Field(default=0, ge=0, le=2**31, description="For f=geojson: rows to leave out")
    zone_depth: int = Field(
        default=1,
        alias="zone-depth",
        ge=0,
        le=DEPTH_MAX,
        description="For f=json: how many levels finer the sub-zones are",
    )


def area_of(query: ZonesQuery, subset: Subset, parent: Zone | None, whole: Extent) -> list[Extent]:
    """Return the boxes that a query asks about, none of them across ±180°.

    Args:
        query: It may name a box.
        subset: So may this.
        parent: The zone it names.
        whole: What there is at all.

    Raises:
        InvalidQuery: If a box makes no sense, or both forms of one are given.
    """
    if query.bbox is not None and subset.box is not None:
        raise InvalidQuery("'bbox' and 'subset' both name a box", hint="give one of them")
    asked = [whole]
    if query.bbox is not None:
        asked = halves(box_of(query.bbox, query.bbox_crs))
    elif subset.box is not None:
        asked = [] if subset.is_empty else halves(subset.box)
    # One row is a point, and its extent too.
    whole = _widened(whole)
    for limits in [halves(whole), *([halves(parent.box)] if parent else [])]:
        shared = (overlap(_widened(one), limit) for one in asked for limit in limits)
        asked = [box for box in shared if box is not None]
    return asked


def level_of(query: ZonesQuery, system: System, parent: Zone | None, area: Sequence[Extent]) -> int:
    """Return the level that is asked for, or the one that suits.

    Raises:
        InvalidQuery: If the system has no such level.
    """
    if query.zone_level is not None:
        if query.zone_level > system.finest:
            raise InvalidQuery(
                f"{system.id} has no level {query.zone_level}",
                hint=f"zone-level: {system.coarsest} to {system.finest}",
            )
        return query.zone_level
    if parent is not None:
        return min(parent.level + 1, system.finest)
    fitting = [
        level
        for level in range(system.coarsest, system.finest + 1)
        if sum(system.count(box, level) for box in area) <= query.limit
    ]
    return fitting[-1] if fitting else system.coarsest


def _widened(box: Extent) -> Extent:
    """Return a box that has an area, also for one that is a point or a line."""
    west, south, east, north = box
    hair = 1e-9
    return (
        west - hair * (west == east),
        south - hair * (south == north),
        east + hair * (west == east),
        north + hair * (south == north),
    )


def period_of(query: ZonesQuery, subset: Subset, *, has_time: bool) -> Period | None:
    """Return the time that a query asks about.

    Raises:
        InvalidQuery: If it is asked for twice, or as an axis of what has none.
    """
    if subset.period is None:
        return query.datetime
    if not has_time:
        raise InvalidQuery("'time' is no axis of this", hint="leave time out of subset")
    if query.datetime is not None:
        raise InvalidQuery("'datetime' and 'subset' both name a time", hint="give one of them")
    return subset.period
