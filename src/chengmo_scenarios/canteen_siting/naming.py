"""What to call a site whose dataset gives it no name."""

from chengmo import nearest_points
from chengmo_scenarios.canteen_siting.method.problem import Floats, Ints


def find_districts(home: Floats, district: list[str], site: Floats) -> list[str]:
    """Return the district of each site: that of the nearest place with people, "" if none.

    Args:
        home: (n, 2) longitude and latitude of places with people.
        district: (n,) names.
        site: (m, 2) longitude and latitude.
    """
    if len(home) == 0 or len(site) == 0:
        return [""] * len(site)
    nearest, _ = nearest_points(site[:, 0], site[:, 1], home[:, 0], home[:, 1])
    return [district[i] for i in nearest.tolist()]


def name_by_number(name: list[str], row: Ints, district: list[str]) -> list[str]:
    """Return each name, or where it is empty the row's number and its district.

    The names stand in cells and on the map, which have one text for all readers: so a sign, no
    word of either language.

    Example:
        >>> import numpy as np
        >>> name_by_number(["", "North"], np.array([91, 7]), ["Wuchang", "Wuchang"])
        ['№ 91 · Wuchang', 'North']
    """
    parts = zip(name, row.tolist(), district, strict=True)
    return [
        text or " · ".join(filter(None, (f"№ {number}", where))) for text, number, where in parts
    ]
