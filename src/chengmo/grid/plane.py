"""A plane that is true to scale around a place: metres for what is measured on foot."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Plane:
    """A transverse Mercator projection of CGCS2000 (EPSG:4490), metres.

    Within 100 km of its middle no length is off by more than 0.02 %.

    Attributes:
        lon: Longitude of the middle, degrees.
        lat: Latitude of the middle, degrees.
    """

    lon: float
    lat: float

    @classmethod
    def around(cls, place: Floats) -> Self:
        """Return the plane around the middle of (n, 2) longitudes and latitudes."""
        middle = place.mean(axis=0) if len(place) else np.zeros(2)
        return cls(float(middle[0]), float(middle[1]))

    @cached_property
    def _transformer(self) -> Transformer:
        plane = f"+proj=tmerc +lat_0={self.lat:.4f} +lon_0={self.lon:.4f} +k=1 +ellps=GRS80"
        return Transformer.from_crs("EPSG:4490", f"{plane} +units=m", always_xy=True)

    def to_metres(self, place: Floats) -> Floats:
        """Return (n, 2) metres east and north of the middle.

        Example:
            >>> Plane(114.3, 30.5).to_metres(np.array([[114.3, 30.5]])).tolist()
            [[0.0, 0.0]]
        """
        return np.column_stack(self._transformer.transform(place[:, 0], place[:, 1]))

    def to_places(self, metres: Floats) -> Floats:
        """Return (n, 2) longitudes and latitudes of metres east and north of the middle.

        Example:
            >>> Plane(114.3, 30.5).to_places(np.array([[0.0, 1000.0]])).round(6).tolist()
            [[114.3, 30.50902]]
        """
        back = self._transformer.transform(metres[:, 0], metres[:, 1], direction="INVERSE")
        return np.column_stack(back)
