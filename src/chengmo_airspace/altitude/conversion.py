"""From one reference of heights to another, on columns.

    above the ellipsoid = above the sea + geoid
    above the sea       = above the ground + terrain above the sea

What is needed is asked for and never guessed: without a terrain nothing is known above the ground,
and a place beyond a surface's edge has no height there.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from chengmo import InvalidRequest, Surface
from chengmo_airspace.altitude.height import (
    Floats,
    Height,
    Heights,
    Reference,
    as_column,
    check_reference,
)


@dataclass(frozen=True, slots=True)
class Altitudes:
    """The surfaces by which heights are converted.

    Attributes:
        geoid: Height of the sea above the ellipsoid, such as `egm96()`; None where not known.
        terrain: The ground, above the ellipsoid or above the sea (its `datum` says which).
    """

    geoid: Surface | None = None
    terrain: Surface | None = None

    def __post_init__(self) -> None:
        """Refuse a geoid that counts from the sea."""
        if self.geoid is not None and self.geoid.datum != "ellipsoid":
            raise InvalidRequest(
                f"surface '{self.geoid.name}' is above the sea, so it is no geoid",
                hint="a geoid's heights are above the ellipsoid",
            )

    def convert(
        self, height: Height | Heights, lon: ArrayLike, lat: ArrayLike, *, to: Reference
    ) -> Heights:
        """Return heights above `to`.

        Args:
            height: One height, or a column as long as the places.
            lon: Degrees east (WGS 84).
            lat: Degrees north.
            to: What the result counts from.

        Raises:
            InvalidRequest: If a bare number is given, a surface that is needed is missing, or it is
                not known at a place (names the first).

        Example:
            >>> from chengmo_airspace.altitude.geoid import egm96
            >>> above_sea = Height(50, Reference.SEA)
            >>> found = Altitudes(egm96()).convert(above_sea, 114.3, 30.6, to=Reference.ELLIPSOID)
            >>> found.metres.round(1).tolist()
            [35.3]
        """
        found = self.convert_known(height, lon, lat, to=to)
        missing = np.flatnonzero(np.isnan(found.metres) & ~np.isnan(as_column(height).metres))
        if missing.size:
            at = missing[0]
            place = (np.ravel(lon)[at], np.ravel(lat)[at]) if np.size(lon) > 1 else (lon, lat)
            raise InvalidRequest(
                f"no height {to} is known for one {as_column(height).reference} at {place[0]}, "
                f"{place[1]} (index {at}): {self._lacks(as_column(height).reference, to)}",
                hint="give a geoid and a terrain that reach there; neither is guessed",
            )
        return found

    def convert_known(
        self, height: Height | Heights, lon: ArrayLike, lat: ArrayLike, *, to: Reference
    ) -> Heights:
        """Return heights above `to`, NaN where that is not known; see `convert`.

        Raises:
            InvalidRequest: If a bare number is given.
        """
        column, x, y = _broadcast(height, lon, lat)
        if column.reference is check_reference(to):
            return column
        # Between ground and sea no geoid is needed where the terrain itself counts from the sea.
        from_sea = Reference.ELLIPSOID not in (column.reference, to)
        shift = self._rise(column.reference, x, y, from_sea=from_sea) - self._rise(
            to, x, y, from_sea=from_sea
        )
        return Heights(column.metres + shift, to)

    def _rise(self, of: Reference, x: Floats, y: Floats, *, from_sea: bool) -> Floats:
        """Return the height of a reference surface above the ellipsoid, or above the sea."""
        if of is Reference.ELLIPSOID:
            return np.zeros(len(x))
        if of is Reference.SEA:
            return np.zeros(len(x)) if from_sea else _look_up(self.geoid, x, y)
        ground = _look_up(self.terrain, x, y)
        if self.terrain is None or (self.terrain.datum == "sea level") == from_sea:
            return ground
        geoid = _look_up(self.geoid, x, y)
        return ground - geoid if from_sea else ground + geoid

    def _lacks(self, one: Reference, other: Reference) -> str:
        if self.terrain is None and Reference.GROUND in (one, other):
            return "there is no terrain"
        if self.geoid is None and Reference.ELLIPSOID in (one, other):
            return "there is no geoid"
        return "a surface does not reach this place"


def _look_up(surface: Surface | None, x: Floats, y: Floats) -> Floats:
    if surface is None:
        return np.full(len(x), np.nan)
    return np.broadcast_to(np.asarray(surface.heights(x, y), np.float64), x.shape)


def _broadcast(
    height: Height | Heights, lon: ArrayLike, lat: ArrayLike
) -> tuple[Heights, Floats, Floats]:
    column = as_column(height)
    metres, x, y = np.broadcast_arrays(
        column.metres,
        np.atleast_1d(np.asarray(lon, np.float64)),
        np.atleast_1d(np.asarray(lat, np.float64)),
    )
    return Heights(metres, column.reference), x, y
