"""What lies below a cell: people, the ground risk class, places that want quiet."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import KDTree

from chengmo import InvalidRequest, Plane
from chengmo_airspace.atlas.lattice import Floats, Frame, Lattice
from chengmo_airspace.noise import Air, NoiseClass, Period, level_at, limit_db
from chengmo_airspace.risk import Aircraft, People, intrinsic_grc
from chengmo_airspace.risk.people import metres_per_degree


@dataclass(frozen=True)
class QuietPlaces:
    """Places that want quiet: hospitals, schools, homes.

    Attributes:
        lon: (k,) degrees east.
        lat: (k,) degrees north.
        noise_class: (k,) whose limit of GB 3096-2008 holds there: a city's decision, an assumption
            otherwise.
    """

    lon: Floats
    lat: Floats
    noise_class: tuple[NoiseClass, ...]

    def __post_init__(self) -> None:
        """Refuse columns that do not fit."""
        if not len(self.lon) == len(self.lat) == len(self.noise_class):
            raise InvalidRequest(
                "the columns of quiet places differ in length", hint="one row a place"
            )


def people_below(lattice: Lattice, people: People | None) -> Floats:
    """Return how many people are below each cell; NaN where not known."""
    if people is None:
        return np.full(len(lattice), np.nan)
    return people.below(lattice.boxes())[2]


def ground_classes(frame: Frame, people: People | None, aircraft: Aircraft) -> NDArray[np.int8]:
    """Return SORA's intrinsic ground risk class, (b, n), by the highest density around.

    Around is what lies within the band's ceiling of the cell (1:1 rule), told by cells: one that
    may have a point within reach counts as a whole. Where people are not known the class is that of
    the densest place there is.
    """
    lattice = frame.lattice
    east, north = (float(metres) * lattice.step for metres in metres_per_degree(lattice.lat.mean()))
    top_m = frame.edges_m[-1]
    margin = _cells(top_m, east), _cells(top_m, north)
    wide = lattice.widened(*margin)
    dense = np.full(len(wide), np.nan) if people is None else people.below(wide.boxes())[0]
    image = wide.raster(np.where(np.isnan(dense), np.inf, dense))
    classes = np.empty((len(frame.bands), len(lattice)), np.int8)
    for number, (_, ceiling) in enumerate(frame.bands):
        seen = ndimage.maximum_filter(image, footprint=_disc(ceiling, east, north), mode="nearest")
        own = seen[margin[1] : -margin[1], margin[0] : -margin[0]].ravel()[lattice.at]
        classes[number] = intrinsic_grc(np.where(np.isinf(own), np.nan, own), aircraft)
    return classes


def _cells(reach_m: float, size_m: float) -> int:
    """Return how many cells away something within a reach may be."""
    return int(np.ceil(reach_m / size_m)) + 1


def _disc(reach_m: float, east_m: float, north_m: float) -> NDArray[np.bool_]:
    """Return which cells around have a point within a reach of some point of the middle one."""
    wide, high = _cells(reach_m, east_m), _cells(reach_m, north_m)
    x = np.maximum(np.abs(np.arange(-wide, wide + 1)) - 1, 0) * east_m
    y = np.maximum(np.abs(np.arange(-high, high + 1)) - 1, 0) * north_m
    return np.hypot(x[None, :], y[:, None]) <= reach_m


def noise_over_db(frame: Frame, places: QuietPlaces, *, power_dba: float, air: Air) -> Floats:
    """Return by how much one aircraft that stays is louder than the limit, (2, b, n) dB.

    By day first, then at night; at the quiet place where it is worst, from the nearest point of the
    cell at the band's floor. Negative: quieter than the limit. What else sounds there is not in it.
    """
    shape = 2, len(frame.bands), len(frame.lattice)
    if not len(places.lon):
        return np.full(shape, -np.inf)
    lattice, worst = frame.lattice, np.full(shape, -np.inf)
    middle = np.column_stack([lattice.lon, lattice.lat])
    plane = Plane.around(middle)
    metres = plane.to_metres(middle)
    half = np.hypot(*(metres_per_degree(lattice.lat.mean()) * lattice.step)) / 2
    homes = plane.to_metres(np.column_stack([places.lon, places.lat]))
    kinds = np.array([kind.value for kind in places.noise_class])
    for kind in dict.fromkeys(places.noise_class):
        away, _ = KDTree(homes[kinds == kind.value]).query(metres)
        beside = np.maximum(away - half, 0.0)
        for number, (floor, _) in enumerate(frame.bands):
            level = level_at(power_dba, floor, beside, air=air)
            for row, period in enumerate(Period):
                over = level - limit_db(kind, period)
                worst[row, number] = np.maximum(worst[row, number], over)
    return worst
