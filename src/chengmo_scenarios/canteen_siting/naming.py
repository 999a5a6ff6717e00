"""What to call a site whose dataset gives it no name."""

import numpy as np
from scipy.spatial import KDTree

from chengmo_scenarios.canteen_siting.method.problem import Floats, Ints


def find_districts(demand_xy: Floats, district: list[str], site_xy: Floats) -> list[str]:
    """Return the district of each site: that of the nearest place with people, "" if none.

    Args:
        demand_xy: (n, 2) metres.
        district: (n,) names.
        site_xy: (m, 2) metres in the same plane.
    """
    if len(demand_xy) == 0 or len(site_xy) == 0:
        return [""] * len(site_xy)
    _, nearest = KDTree(demand_xy).query(site_xy)
    return [district[i] for i in np.asarray(nearest).tolist()]


def name_by_number(name: list[str], row: Ints, district: list[str]) -> list[str]:
    """Return each name, or where it is empty the row's number and its district.

    The names stand in cells and on the map, which have one text for all readers: so a sign, no
    word of either language.

    Example:
        >>> name_by_number(["", "North"], np.array([91, 7]), ["Wuchang", "Wuchang"])
        ['№ 91 · Wuchang', 'North']
    """
    parts = zip(name, row.tolist(), district, strict=True)
    return [
        text or " · ".join(filter(None, (f"№ {number}", where))) for text, number, where in parts
    ]
