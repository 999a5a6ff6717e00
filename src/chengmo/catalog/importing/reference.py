"""A layer whose places are known to be right, to compare new places with."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Reference:
    """Good data to compare with: places in CGCS2000 or WGS 84, with names where they have some.

    Attributes:
        name: What the layer is called, shown in the evidence.
        lon: Degrees; of lines, their vertices (close together).
        lat: Degrees.
        labels: One name a place; empty if there are none.
    """

    name: str
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    labels: tuple[str | None, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the layer as plain data."""
        return {
            "name": self.name,
            "lon": self.lon.tolist(),
            "lat": self.lat.tolist(),
            "labels": list(self.labels),
        }
