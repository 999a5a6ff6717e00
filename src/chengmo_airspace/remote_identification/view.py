"""What somebody looks at: a box of the map, how large it is, and where details would say too much.

In a view that is wider than what may show details, aircraft are told as groups alone. A group is a
quarter of the view, whoever is in it: its outline says nothing of where in it they are, and it is
larger than the least share that the standard asks for. Where a quarter is narrower than twice the
distance that hides an aircraft, it is widened to that about its own middle.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from chengmo_airspace.flights.refusal import FlightRefused
from chengmo_airspace.remote_identification.limits import (
    LARGEST_DETAILED_KM,
    LARGEST_VIEW_KM,
    LEAST_HIDING_M,
)

_RADIUS_M = 6_371_008.8
_MOST_LATITUDE, _MOST_LONGITUDE = 90, 180
_M_PER_DEGREE = math.radians(1) * _RADIUS_M


@dataclass(frozen=True, slots=True)
class View:
    """A box in degrees, WGS 84; it does not cross ±180°."""

    south: float
    west: float
    north: float
    east: float

    @property
    def diagonal_km(self) -> float:
        """How far its corners are apart, on the sphere."""
        south, north = math.radians(self.south), math.radians(self.north)
        across = math.radians(self.east - self.west)
        half = (
            math.sin((north - south) / 2) ** 2
            + math.cos(south) * math.cos(north) * math.sin(across / 2) ** 2
        )
        return 2 * _RADIUS_M * math.asin(math.sqrt(half)) / 1000

    @property
    def is_detailed(self) -> bool:
        """Whether single aircraft may be shown in it."""
        return self.diagonal_km <= LARGEST_DETAILED_KM

    @property
    def area_m2(self) -> float:
        """Its area on the sphere."""
        bands = math.sin(math.radians(self.north)) - math.sin(math.radians(self.south))
        return _RADIUS_M**2 * math.radians(self.east - self.west) * bands

    def holds(self, lat: float, lng: float) -> bool:
        """Tell whether a place is in it or on its edge."""
        return self.south <= lat <= self.north and self.west <= lng <= self.east

    def written(self) -> str:
        """Return it as a query writes it."""
        return f"{self.south!r},{self.west!r},{self.north!r},{self.east!r}"


def read_view(numbers: Iterable[float]) -> View:
    """Return a view of two corners: lat1, lng1, lat2, lng2.

    Raises:
        FlightRefused: If it is none (`invalid`), or larger than any may be (`too-large`).

    Example:
        >>> round(read_view([30.0, 114.0, 30.01, 114.01]).diagonal_km, 2)
        1.47
    """
    try:
        lat1, lng1, lat2, lng2 = numbers
    except ValueError as error:
        raise FlightRefused("a view is two corners: lat1,lng1,lat2,lng2") from error
    view = View(min(lat1, lat2), min(lng1, lng2), max(lat1, lat2), max(lng1, lng2))
    is_on_earth = all(abs(lat) <= _MOST_LATITUDE for lat in (lat1, lat2)) and all(
        abs(lng) <= _MOST_LONGITUDE for lng in (lng1, lng2)
    )
    if not is_on_earth:
        raise FlightRefused("a view that is not on the Earth")
    if view.diagonal_km > LARGEST_VIEW_KM:
        raise FlightRefused(
            f"the view's diagonal is longer than {LARGEST_VIEW_KM:.0f} km",
            hint="look at less",
            reason="too-large",
        )
    return view


def group(view: View, places: Iterable[tuple[float, float]]) -> list[tuple[View, int]]:
    """Return where in a view there are aircraft, and how many, without saying where exactly.

    Args:
        view: What is looked at.
        places: Latitude and longitude of each aircraft; those outside are not counted.
    """
    middle = ((view.south + view.north) / 2, (view.west + view.east) / 2)
    counts: dict[tuple[bool, bool], int] = {}
    for lat, lng in places:
        if view.holds(lat, lng):
            quarter = (lat >= middle[0], lng >= middle[1])
            counts[quarter] = counts.get(quarter, 0) + 1
    return [(_quarter(view, middle, quarter), n) for quarter, n in sorted(counts.items())]


def _quarter(view: View, middle: tuple[float, float], quarter: tuple[bool, bool]) -> View:
    is_north, is_east = quarter
    south, north = (middle[0], view.north) if is_north else (view.south, middle[0])
    west, east = (middle[1], view.east) if is_east else (view.west, middle[1])
    # A hundredth more, since others may measure on the ellipsoid.
    least_lat = 2.02 * LEAST_HIDING_M / _M_PER_DEGREE
    least_lng = least_lat / max(math.cos(math.radians(max(abs(south), abs(north)))), 0.01)
    return View(*_widened(south, north, least_lat, west, east, least_lng))


def _widened(
    south: float, north: float, least_lat: float, west: float, east: float, least_lng: float
) -> tuple[float, float, float, float]:
    more_lat = max(0.0, (least_lat - (north - south)) / 2)
    more_lng = max(0.0, (least_lng - (east - west)) / 2)
    return south - more_lat, west - more_lng, north + more_lat, east + more_lng
