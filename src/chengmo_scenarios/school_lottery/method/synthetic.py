"""A synthetic roster: children on real population cells, schools on real places, choices made up.

Everything here is an assumption to try rules on, not a survey: nobody's child, nobody's school.
"""

from dataclasses import dataclass

import numpy as np

from chengmo_scenarios.school_lottery.method.market import NONE, Floats, Ints

# Assumed: a kilometre weighs as much as one standard deviation of how schools are esteemed.
ESTEEM_KM = 1.0
# Assumed: this noise, in kilometres, is a family's own taste.
TASTE_KM = 0.6
# Assumed shares: household and home agree (tier 1), one of them (tier 2), neither (tier 3).
TIER_SHARES = (0.6, 0.25, 0.15)
# Assumed shares of children with a sibling at, or a parent who works at, some school.
SIBLING_SHARE, STAFF_SHARE = 0.08, 0.01
# Choices are made among this many times the nearest schools as are listed.
LOOK_AROUND = 3


@dataclass(frozen=True)
class Roster:
    """Children and schools, as numbers.

    Attributes:
        home: (n,) cell of each child.
        unit: (n,) number that twins share.
        tier: (n,) household tier, from 1.
        is_newcomer: (n,) 1 where the family came from elsewhere (tier 3 mostly).
        choice: (n, K) schools, best first.
        sibling_at: (n,) school, or `NONE`.
        staff_at: (n,) school, or `NONE`.
        site: (m,) place of each school.
        seats: (m,) its seats.
        school_zone: (m,) its zone.
    """

    home: Ints
    unit: Ints
    tier: Ints
    is_newcomer: Ints
    choice: Ints
    sibling_at: Ints
    staff_at: Ints
    site: Ints
    seats: Ints
    school_zone: Ints


def choose_sites(place: Floats, weight_at: Floats, count: int, rng: np.random.Generator) -> Ints:
    """Return (count,) different places, drawn by weight; fewer where there are fewer places."""
    # Gumbel noise on log weights draws without replacement in proportion to weights.
    score = np.log(np.maximum(weight_at, 1e-9)) + rng.gumbel(size=len(place))
    return np.sort(np.argsort(-score, kind="stable")[:count]).astype(np.int64)


def group_schools(site_xy: Floats, per_zone: int) -> Ints:
    """Return (m,) zones: the school farthest from the centre takes its nearest free neighbours."""
    m = len(site_xy)
    zone = np.full(m, NONE, np.int64)
    from_centre = np.hypot(*(site_xy - site_xy.mean(axis=0)).T)
    for number in range(-(-m // per_zone)):
        free = np.nonzero(zone == NONE)[0]
        first = free[np.argmax(from_centre[free])]
        near = np.hypot(*(site_xy[free] - site_xy[first]).T)
        zone[free[np.argsort(near, kind="stable")[:per_zone]]] = number
    return zone


def share_seats(nearest: Ints, m: int, total: int, rng: np.random.Generator) -> Ints:
    """Return (m,) seats that sum to `total`, roughly as many as children live nearest."""
    demand = (np.bincount(nearest, minlength=m) + 1.0) * rng.uniform(0.6, 1.4, m)
    exact = demand / demand.sum() * total
    seats = np.floor(exact).astype(np.int64)
    most_missing = np.argsort(-(exact - seats), kind="stable")
    seats[most_missing[: total - int(seats.sum())]] += 1
    return seats


def make_roster(
    cell_xy: Floats,
    weight: Floats,
    site_xy: Floats,
    *,
    sizes: "Sizes",
    seed: int,
) -> Roster:
    """Return a synthetic roster.

    Args:
        cell_xy: (cells, 2) metres.
        weight: (cells,) people, by whom children are spread.
        site_xy: (places, 2) metres, places where schools may stand.
        sizes: How many of what.
        seed: Of the generator (PCG 64).
    """
    rng = np.random.default_rng(seed)
    n = sizes.children
    people_near = _people_near(cell_xy, weight, site_xy)
    site = choose_sites(site_xy, people_near, sizes.schools, rng)
    twin = rng.random(n) < sizes.twins_share / 2
    unit = np.cumsum(~np.roll(twin, 1) | (np.arange(n) == 0)) - 1
    unit_home = rng.choice(len(weight), size=int(unit[-1]) + 1, p=weight / weight.sum())
    away_km = _away_km(cell_xy, site_xy[site])
    choice = _make_choices(away_km, unit_home, sizes.choices, rng)
    nearest = away_km.argmin(axis=1)[unit_home]
    tier = rng.choice(3, size=len(unit_home), p=TIER_SHARES) + 1
    newcomer = rng.random(len(unit_home)) < np.array([0.02, 0.2, 0.8])[tier - 1]
    first = choice[:, 0]
    sibling = np.where(rng.random(len(unit_home)) < SIBLING_SHARE, first, NONE)
    staff = np.where(rng.random(len(unit_home)) < STAFF_SHARE, first, NONE)
    return Roster(
        home=unit_home[unit].astype(np.int64),
        unit=unit.astype(np.int64),
        tier=tier[unit].astype(np.int64),
        is_newcomer=newcomer[unit].astype(np.int64),
        choice=choice[unit],
        sibling_at=sibling[unit].astype(np.int64),
        staff_at=staff[unit].astype(np.int64),
        site=site,
        seats=share_seats(nearest[unit], len(site), round(n * sizes.seats_share), rng),
        school_zone=group_schools(site_xy[site], sizes.zone_schools),
    )


@dataclass(frozen=True)
class Sizes:
    """How large a synthetic roster is."""

    children: int
    schools: int
    choices: int
    seats_share: float
    twins_share: float
    zone_schools: int


def _people_near(cell_xy: Floats, weight: Floats, site_xy: Floats) -> Floats:
    """Return (places,) the people of the cells that are nearest to each place."""
    nearest = [int(np.hypot(*(site_xy - xy).T).argmin()) for xy in cell_xy]
    return np.bincount(nearest, weights=weight, minlength=len(site_xy)).astype(np.float64)


def _away_km(cell_xy: Floats, school_xy: Floats) -> Floats:
    difference = cell_xy[:, None, :] - school_xy[None, :, :]
    return np.hypot(difference[..., 0], difference[..., 1]) / 1000.0


def _make_choices(away_km: Floats, home: Ints, count: int, rng: np.random.Generator) -> Ints:
    n_schools = away_km.shape[1]
    count = min(count, n_schools)
    esteem = rng.normal(size=n_schools) * ESTEEM_KM
    around = np.argsort(away_km, axis=1, kind="stable")[:, : count * LOOK_AROUND]
    school = around[home]
    taste = rng.gumbel(size=school.shape) * TASTE_KM
    liking = esteem[school] - away_km[home[:, None], school] + taste
    best = np.argsort(-liking, axis=1, kind="stable")[:, :count]
    return np.take_along_axis(school, best, axis=1).astype(np.int64)
