"""The city's statistics as a table to be published: what is asked, and what is made of it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Self

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from chengmo import InvalidRequest, Published
from chengmo_airspace.risk import Aircraft, People, cells_of_centres
from chengmo_airspace.tracking.burden import Assumed, Below
from chengmo_airspace.tracking.flown import HOUR_US, Areas
from chengmo_airspace.tracking.record import SYNTHETIC
from chengmo_airspace.tracking.replay import Passage, Replay
from chengmo_airspace.tracking.sound import POWER_DBA
from chengmo_airspace.tracking.statistics import MINIMUM, summarise
from chengmo_airspace.tracking.telemetry import read_instant
from chengmo_airspace.tracking.words import DESCRIPTION, NOTES, TITLE

Read = Callable[[str], pa.Table]
_LONGEST_US = 31 * 24 * HOUR_US
_POLYGONS = (3, 6)
_ID = r"^[a-z0-9][a-z0-9-]{0,79}$"


class Wish(BaseModel):
    """What is asked for: which hours, where, and what the aircraft are taken to be."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    begin: str = Field(alias="from", description="A whole hour, as 2027-05-01T00:00:00Z")
    end: str = Field(alias="to", description="Until then, a whole hour; 31 days at most")
    dataset: str = Field(default="low-altitude-flights", pattern=_ID)
    areas: str | None = Field(
        default=None, pattern=_ID, description="Dataset of communities; without, cells of 1′"
    )
    area_name: str = Field(default="name", max_length=80, description="Its column with their names")
    residents: str | None = Field(
        default=None, pattern=_ID, description="Dataset of residents: points of a lattice, polygons"
    )
    residents_column: str = Field(default="residents", max_length=80)
    residents_reach_m: float = Field(
        default=560, gt=0, le=5_000, description="From a point of the lattice to its cell's corner"
    )
    ground_m: float | None = Field(
        default=None, ge=-500, le=9_000, description="Of the ground, above the ellipsoid"
    )
    minimum: int = Field(
        default=MINIMUM, ge=MINIMUM, le=1_000, description="With fewer flights, no numbers"
    )
    dimension_m: float = Field(default=1.0, gt=0, le=100)
    speed_mps: float = Field(default=20.0, gt=0, le=300)
    mass_kg: float = Field(default=7.0, gt=0, le=10_000)
    failures_per_h: float = Field(default=1e-4, ge=0, le=1)
    power_dba: float = Field(default=POWER_DBA, ge=40, le=140)

    @model_validator(mode="after")
    def hours_are_whole(self) -> Self:
        """Check that the while is one of whole hours, in order and not too long."""
        begin, end = self.hours()
        if begin % HOUR_US or end % HOUR_US or not begin < end <= begin + _LONGEST_US:
            raise ValueError("from and to are whole hours, 31 days apart at most")
        return self

    def hours(self) -> tuple[int, int]:
        """Return the first moment and the one after the last, microseconds since 1970."""
        try:
            return read_instant(self.begin), read_instant(self.end)
        except InvalidRequest as error:
            raise ValueError(error.message) from error

    @property
    def assumed(self) -> Assumed:
        """What every aircraft is taken to be."""
        own = Aircraft(self.dimension_m, self.speed_mps, self.mass_kg)
        return Assumed(own, self.failures_per_h, self.power_dba)


def read_wish(asked: Mapping[str, Any]) -> Wish:
    """Return what is asked.

    Raises:
        InvalidRequest: Naming what is wrong with it.
    """
    try:
        return Wish.model_validate(asked)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in fault["loc"]) or "body"
        said = fault["msg"].removeprefix("Value error, ")
        raise InvalidRequest(f"{where}: {said}", hint="docs/how-to/watch-the-sky.md") from error


def make_statistics(replay: Replay, wish: Wish, read: Read, *, now_us: int) -> Published:
    """Return the statistics of a while as a table to be published.

    Args:
        replay: The log.
        wish: What is asked.
        read: Reads a dataset (rows with `_geometry`, WKB) as whoever asks may see it.
        now_us: The present: an hour that is not over is not published.

    Raises:
        InvalidRequest: If an hour of it is not over, or a dataset does not hold what it should.
    """
    begin, end = wish.hours()
    if end > now_us:
        raise InvalidRequest(f"{wish.end} is not over", hint="publish hours that are over")
    flown = replay.between(begin, end - 1)
    table = summarise(
        flown,
        replay.plans(begin, end - 1),
        replay.alerts(begin, end - 1),
        areas=None if wish.areas is None else read_areas(read(wish.areas), wish.area_name),
        below=None if wish.residents is None else _below(wish, read(wish.residents)),
        minimum=wish.minimum,
    )
    return Published(
        dataset=wish.dataset,
        title=TITLE,
        table=table,
        source=_source(wish, now_us),
        time_column="hour",
        is_synthetic=_is_synthetic(flown),
        notes=NOTES,
        description=DESCRIPTION,
    )


def read_areas(table: pa.Table, name: str) -> Areas:
    """Return the areas of a dataset.

    Raises:
        InvalidRequest: If it has no such column, or no polygons.
    """
    shapes, names = _shapes(table), _column(table, name)
    kept = np.isin(shapely.get_type_id(shapes), _POLYGONS)
    if not kept.any():
        raise InvalidRequest("the dataset of areas has no polygons", hint="name another")
    told = [str(one) for one, is_kept in zip(names.to_pylist(), kept, strict=True) if is_kept]
    return Areas.of(told, list(shapes[kept]))


def read_people(table: pa.Table, column: str, *, reach_m: float) -> People:
    """Return the residents of a dataset: polygons, or points that are the centres of a lattice.

    Raises:
        InvalidRequest: If it has no such column, or no residents with a place.
    """
    shapes = _shapes(table)
    try:
        told = _column(table, column).cast(pa.float64())
    except pa.ArrowException as error:
        raise InvalidRequest(f"'{column}' holds no numbers", hint="name another column") from error
    number = told.to_numpy(zero_copy_only=False)
    counted = np.isfinite(number) & (number >= 0)
    counted &= ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    if not counted.any():
        raise InvalidRequest("the dataset has no residents with a place", hint="name another")
    if np.isin(shapely.get_type_id(shapes[counted]), _POLYGONS).all():
        return People(shapes[counted], number[counted])
    at = shapely.centroid(shapes[counted])
    place, which = np.unique(
        np.column_stack([shapely.get_x(at), shapely.get_y(at)]), axis=0, return_inverse=True
    )
    total = np.bincount(which.ravel(), number[counted], len(place)).astype(np.float64)
    return People(cells_of_centres(place[:, 0], place[:, 1], reach_m=reach_m), total)


def _below(wish: Wish, table: pa.Table) -> Below:
    people = read_people(table, wish.residents_column, reach_m=wish.residents_reach_m)
    return Below(people, wish.ground_m, wish.assumed)


def _shapes(table: pa.Table) -> NDArray[Any]:
    return shapely.from_wkb(_column(table, "_geometry").to_numpy(zero_copy_only=False))


def _column(table: pa.Table, name: str) -> pa.ChunkedArray:
    if name not in table.column_names:
        raise InvalidRequest(
            f"the dataset shows no column '{name}'", hint=", ".join(table.column_names)[:300]
        )
    return table[name]


def _is_synthetic(flown: Passage) -> bool:
    return bool((flown.rows["marks"] & SYNTHETIC).any())


def _source(wish: Wish, now_us: int) -> str:
    made = datetime.fromtimestamp(now_us // 1_000_000, UTC).isoformat()
    parts = [
        f"tracking log of this server, {wish.begin} to {wish.end}, made {made}",
        f"areas: {wish.areas or 'cells of the grid code, 1 minute'}",
        f"withheld below {wish.minimum} flights",
    ]
    if wish.residents is not None:
        parts += [f"residents: {wish.residents}.{wish.residents_column}", wish.assumed.words]
    return "; ".join(parts)
