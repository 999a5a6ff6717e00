"""How far it is from homes to schools: along streets where they lead there, else straight."""

from dataclasses import dataclass

import numpy as np

from chengmo import City, InvalidRequest, Plane, Streets, Walks, find_streets, walk_pairs
from chengmo_scenarios.school_lottery.method.market import Floats, Ints
from chengmo_scenarios.school_lottery.request import Request


@dataclass(frozen=True)
class Walker:
    """Measures walks.

    Attributes:
        detour: Length of a walk over the straight line, where no street says otherwise.
        streets: The graph of streets, in `plane`; None where walks are straight lines.
        plane: Metres around the homes.
    """

    detour: float
    streets: Streets | None
    plane: Plane

    def measure(self, home: Floats, school: Floats) -> tuple[Floats, Ints]:
        """Return (n, m) metres, NaN where a place is unknown, and pairs counted by how measured.

        Children of one house walk the same way: it is measured, and counted, once. The counts are
        those of `Walks`: straight, along the streets, along them but cut at the cap.
        """
        place, at = np.unique(home, axis=0, return_inverse=True)
        home_xy, school_xy = self.plane.to_metres(place), self.plane.to_metres(school)
        away = home_xy[:, None, :] - school_xy[None, :, :]
        straight = np.hypot(away[..., 0], away[..., 1])
        straight[~np.isfinite(straight)] = np.nan
        metres = straight * self.detour
        count = np.array([int(np.isfinite(straight).sum()), 0, 0], dtype=np.int64)
        if self.streets is not None:
            pairs = np.nonzero(straight <= Walks.MOST_STRAIGHT_M)
            asked = pairs[0].astype(np.int64), pairs[1].astype(np.int64)
            # An unknown place is in no pair, but a search takes only numbers.
            known = np.nan_to_num(home_xy, posinf=0.0), np.nan_to_num(school_xy, posinf=0.0)
            walks = walk_pairs(self.streets, *known, asked, detour=self.detour)
            metres[pairs] = walks.metres
            found = np.bincount(walks.kind, minlength=3)
            count += found - np.array([len(walks.kind), 0, 0])
        return metres[np.asarray(at).ravel()], count


def make_walker(request: Request, city: City, home: Floats) -> Walker:
    """Return what measures the walks of (n, 2) homes, degrees.

    Raises:
        InvalidRequest: If the dataset of streets has no lines.
    """
    plane = Plane.around(home[np.isfinite(home).all(axis=1)])
    if request.walks_along is None:
        return Walker(request.detour, None, plane)
    streets = find_streets(city.geometry(request.walks_along), plane)
    if len(streets.node_xy) == 0:
        raise InvalidRequest(
            f"dataset '{request.walks_along}' has no lines to walk along",
            hint="name a dataset of streets in walks_along, or leave it out",
        )
    return Walker(request.detour, streets, plane)
