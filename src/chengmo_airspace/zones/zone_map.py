"""The zones of a city as one map that is asked about places, one or a million."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from chengmo import InvalidRequest
from chengmo_airspace.altitude import Altitudes, Height, Heights, Reference, egm96
from chengmo_airspace.altitude.height import as_column
from chengmo_airspace.zones.regulation import CHINA_2024, Regulation
from chengmo_airspace.zones.schedule import Interval, active_intervals
from chengmo_airspace.zones.zone import ALL_KINDS, Coverage, Zone, ZoneLayer

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
# Whether a band of heights meets a layer's: no, yes, or not known.
NO, YES, MAYBE = 0, 1, 2
Answers = NDArray[np.int8]


@dataclass(frozen=True)
class ZoneMap:
    """Zones, where they are complete, the surfaces by which heights compare, and the country's law.

    Attributes:
        zones: The zones; identifiers differ.
        coverage: Where which kind of zone is completely known.
        altitudes: Geoid and terrain; without a terrain, what needs it is unknown.
        regulation: What holds everywhere.

    Raises:
        InvalidRequest: If two zones have the same identifier.
    """

    zones: Sequence[Zone]
    coverage: Sequence[Coverage] = ()
    altitudes: Altitudes = field(default_factory=lambda: Altitudes(geoid=egm96()))
    regulation: Regulation = CHINA_2024

    def __post_init__(self) -> None:
        """Refuse two zones of one name."""
        seen: set[str] = set()
        for zone in self.zones:
            if zone.identifier in seen:
                raise InvalidRequest(
                    f"two zones are called '{zone.identifier}'",
                    hint="layers of one zone go into one zone; others need another identifier",
                )
            seen.add(zone.identifier)

    @cached_property
    def layers(self) -> tuple[tuple[int, ZoneLayer], ...]:
        """All layers with the number of their zone."""
        return tuple(
            (number, layer) for number, zone in enumerate(self.zones) for layer in zone.layers
        )

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree([shapely.box(*layer.box()) for _, layer in self.layers])

    def at(self, lon: ArrayLike, lat: ArrayLike) -> tuple[Indices, Indices]:
        """Return pairs (place, layer): the place lies within the layer's outline or on its edge.

        Sorted by layer, then place. Boxes come from an STR tree; the rest is exact.

        Raises:
            InvalidRequest: If a place is not on the Earth.
        """
        x, y = check_places(lon, lat)
        if not self.layers:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        place, layer = self._tree.query(shapely.points(x, y))
        # Places come in order; whole numbers of 16 bits are sorted by counting.
        short = layer.astype(np.uint16) if len(self.layers) < 1 << 16 else layer
        order = np.argsort(short, kind="stable")
        place, layer = place[order], layer[order]
        keep = np.zeros(len(place), np.bool_)
        for number, part in runs(layer):
            rows = place[part]
            keep[part] = self.layers[number][1].covers(x[rows], y[rows])
        return place[keep], layer[keep]

    def boxes_meeting(self, area: BaseGeometry) -> list[int]:
        """Return the numbers of the layers whose boxes meet that of an area, in order."""
        return sorted(self._tree.query(area).tolist()) if self.layers else []

    def missing_kinds(self, lon: float, lat: float) -> tuple[str, ...]:
        """Return the controlled kinds of places that are not known to be complete here."""
        point = shapely.Point(lon, lat)
        here = {part.kind for part in self.coverage if part.area.intersects(point)}
        if ALL_KINDS in here:
            return ()
        return tuple(kind for kind in self.regulation.controlled_kinds if kind not in here)

    def meets(
        self, layer: ZoneLayer, band: tuple[Heights, Heights], lon: Floats, lat: Floats
    ) -> Answers:
        """Say whether bands of heights at places meet a layer's band: NO, YES or MAYBE."""
        return _both(
            self._reaches(band[1], layer.lower, lon, lat, up=True),
            self._reaches(band[0], layer.upper, lon, lat, up=False),
        )

    def when(self, zone: Zone, start: datetime, end: datetime) -> list[Interval]:
        """Return when a zone holds between two instants."""
        return active_intervals(zone.periods, start, end, _middle(zone))

    def _reaches(
        self, height: Heights, limit: Height | None, lon: Floats, lat: Floats, *, up: bool
    ) -> Answers:
        """Say whether heights reach up to (or down to) a limit."""
        if limit is None or (up and limit.reference is Reference.GROUND and limit.metres <= 0):
            # What flies is above the ground, so every band reaches down or up to it.
            return np.full(len(lon), YES, np.int8)
        own = height.metres
        other = self.altitudes.convert_known(limit, lon, lat, to=height.reference).metres
        if np.isnan(other).any() and height.reference is not limit.reference:
            back = self.altitudes.convert_known(height, lon, lat, to=limit.reference).metres
            own, other = (
                np.where(np.isnan(other), back, own),
                np.where(np.isnan(other), limit.metres, other),
            )
        yes = own >= other if up else own <= other
        return np.where(np.isnan(own) | np.isnan(other), MAYBE, np.where(yes, YES, NO)).astype(
            np.int8
        )


def check_places(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Return two columns of degrees.

    Raises:
        InvalidRequest: If a place is not on the Earth (names the first).
    """
    x, y = np.broadcast_arrays(
        np.atleast_1d(np.asarray(lon, np.float64)), np.atleast_1d(np.asarray(lat, np.float64))
    )
    wrong = np.flatnonzero(~((np.abs(x) <= 180) & (np.abs(y) <= 90)))  # noqa: PLR2004 - degrees
    if wrong.size:
        raise InvalidRequest(
            f"there is no place {x[wrong[0]]}, {y[wrong[0]]} (index {wrong[0]})",
            hint="longitude, then latitude, in degrees",
        )
    return x, y


def runs(numbers: Indices) -> Iterator[tuple[int, slice]]:
    """Yield each number of a sorted column with the rows it stands in."""
    edges = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist(), len(numbers)]
    for begin, end in pairwise(edges):
        if end > begin:
            yield int(numbers[begin]), slice(begin, end)


def band_of(lower: Height | Heights, upper: Height | Heights) -> tuple[Heights, Heights]:
    """Return the two columns of a band."""
    return as_column(lower), as_column(upper)


def _both(one: Answers, other: Answers) -> Answers:
    certain = (one == YES) & (other == YES)
    never = (one == NO) | (other == NO)
    return np.where(never, NO, np.where(certain, YES, MAYBE)).astype(np.int8)


def _middle(zone: Zone) -> tuple[float, float]:
    west, south, east, north = zone.layers[0].box()
    return (west + east) / 2, (south + north) / 2
