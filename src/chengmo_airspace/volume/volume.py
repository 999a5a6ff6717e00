"""One volume: an outline, a height band and an interval of time; and whether two meet."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from math import isfinite
from typing import NamedTuple

from chengmo import InvalidRequest
from chengmo_airspace.volume.lattice import TURN, to_instant, to_millimetres
from chengmo_airspace.volume.outline import Outline
from chengmo_airspace.volume.ring_kernel import Integers, rings_meet

LOWEST_M, HIGHEST_M = -8_000.0, 100_000.0


class Box(NamedTuple):
    """The bounds of a volume on the lattice: closed, and in the order of a row of columns.

    West is within −180° and 180°; east goes on beyond 180° where an outline crosses it.
    """

    west: int
    east: int
    south: int
    north: int
    lower: int
    upper: int
    begin: int
    end: int


@dataclass(frozen=True)
class Volume:
    """A piece of airspace for a while. All its bounds belong to it.

    Attributes:
        outline: A polygon or a circle, WGS 84.
        lower_m: Lower bound, metres above the WGS 84 ellipsoid.
        upper_m: Upper bound, metres above the WGS 84 ellipsoid.
        begin: First instant, an aware time; kept in UTC.
        end: Last instant, an aware time; kept in UTC.

    Raises:
        InvalidRequest: If a bound is missing, not finite, above the other, or out of −8 to 100 km,
            or a time has no zone.

    Example:
        >>> from chengmo_airspace.volume import Circle
        >>> eight = datetime(2026, 5, 1, 8, tzinfo=UTC)
        >>> pad = Volume(Circle(114.3, 30.5, 100), 40, 160, eight, eight.replace(minute=5))
        >>> pad.box.lower, pad.box.upper
        (40000, 160000)
    """

    outline: Outline
    lower_m: float
    upper_m: float
    begin: datetime
    end: datetime

    def __post_init__(self) -> None:
        for height in (self.lower_m, self.upper_m):
            if not (isfinite(height) and LOWEST_M <= height <= HIGHEST_M):
                raise InvalidRequest(
                    f"a height of {height} m",
                    hint=f"give metres above the ellipsoid, {LOWEST_M:.0f} to {HIGHEST_M:.0f}",
                )
        if self.lower_m > self.upper_m:
            raise InvalidRequest(
                f"a volume from {self.lower_m} m up to {self.upper_m} m",
                hint="give the lower bound first",
            )
        for name in ("begin", "end"):
            time: datetime = getattr(self, name)
            if time.tzinfo is None:
                raise InvalidRequest(
                    f"a time without a zone: {time.isoformat()}", hint="give UTC, as 08:00:00Z"
                )
            object.__setattr__(self, name, time.astimezone(UTC))
        if self.begin > self.end:
            raise InvalidRequest(
                f"a volume from {self.begin.isoformat()} until {self.end.isoformat()}",
                hint="give the earlier time first",
            )
        _ = self.box  # once, here, so that questions about a volume need not

    @property
    def ring(self) -> Integers:
        """(n, 2) vertices of the outline on the lattice."""
        return self.outline.ring

    @cached_property
    def box(self) -> Box:
        """The bounds on the lattice."""
        # For a few vertices Python's numbers are several times quicker than NumPy's reductions.
        lon, lat = self.ring.T.tolist()
        return Box(
            min(lon),
            max(lon),
            min(lat),
            max(lat),
            to_millimetres(self.lower_m),
            to_millimetres(self.upper_m),
            to_instant(self.begin),
            to_instant(self.end),
        )


def meet(one: Volume, other: Volume) -> bool:
    """Say whether two volumes have a point and an instant in common, exactly.

    Volumes are closed: two that touch, in an edge, a vertex, a height or an instant, meet. That is
    the careful reading; who wants neighbours to be free leaves a gap of a millimetre or
    microsecond.

    Example:
        >>> from chengmo_airspace.volume import Polygon
        >>> eight = datetime(2026, 5, 1, 8, tzinfo=UTC)
        >>> def block(west: float) -> Volume:
        ...     corners = [(west, 30.5), (west + 0.1, 30.5), (west + 0.1, 30.6), (west, 30.6)]
        ...     return Volume(Polygon(corners), 50, 100, eight, eight.replace(hour=9))
        >>> meet(block(114.3), block(114.4)), meet(block(114.3), block(114.400000001))
        (True, False)
    """
    a, b = one.box, other.box
    if a.end < b.begin or b.end < a.begin or a.upper < b.lower or b.upper < a.lower:
        return False
    if a.north < b.south or b.north < a.south:
        return False
    # Neither is wider than 90°, so they can overlap for one turn at most.
    for shift in (0, TURN, -TURN):
        if a.west <= b.east + shift and b.west + shift <= a.east:
            west, east = max(a.west, b.west + shift), min(a.east, b.east + shift)
            window = (west, east, max(a.south, b.south), min(a.north, b.north))
            mine, theirs = (0, len(one.ring)), (0, len(other.ring))
            return bool(rings_meet(one.ring, mine, other.ring, theirs, shift, window))
    return False
