"""Links along streets: as many as there are within the limit, the nearest first."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from chengmo import Walks, lay_streets
from chengmo_scenarios.canteen_siting.method.reach import link_by_coordinates
from chengmo_scenarios.canteen_siting.walking import link_along, nearest_along_m

DETOUR = 1.3


def lay(*lines):
    xy = np.array([point for line in lines for point in line], dtype=np.float64).reshape(-1, 2)
    return lay_streets(xy, np.repeat(np.arange(len(lines)), [len(line) for line in lines]))


points = st.tuples(st.integers(0, 6), st.integers(0, 6)).map(
    lambda at: (at[0] * 70.0, at[1] * 70.0)
)
lines = st.lists(st.lists(points, min_size=2, max_size=4), min_size=0, max_size=4)
places = st.lists(
    st.tuples(st.integers(-300, 800), st.integers(-300, 800)), min_size=1, max_size=4
).map(lambda found: np.array(found, dtype=np.float64))


@settings(max_examples=60, deadline=None)
@given(drawn=lines, homes=places, sites=places, limit_m=st.sampled_from([300.0, 900.0, np.inf]))
def test_no_walk_is_shorter_than_the_straight_line_or_longer_than_the_cap(
    drawn, homes, sites, limit_m
):
    links, tally = link_along(lay(*drawn), homes, sites, detour=DETOUR, limit_m=limit_m)
    straight = np.hypot(*(homes[links.demand] - sites[links.site]).T)
    assert (links.distance >= straight - 0.005).all()
    assert (links.distance <= straight * DETOUR * Walks.CAP + 0.005).all()
    assert (links.distance <= limit_m).all()
    assert tally.straight + tally.along + tally.capped == len(links.site)


@settings(max_examples=60, deadline=None)
@given(drawn=lines, homes=places, sites=places)
def test_the_nearest_site_is_the_first_link(drawn, homes, sites):
    streets = lay(*drawn)
    links, _ = link_along(streets, homes, sites, detour=DETOUR)
    nearest = nearest_along_m(streets, homes, sites, detour=DETOUR)
    assert (nearest == links.distance[links.start[:-1]]).all()
    limited, _ = link_along(streets, homes, sites, detour=DETOUR, limit_m=600.0)
    assert ((np.diff(limited.start) > 0) == (nearest <= 600.0)).all()


@settings(max_examples=30, deadline=None)
@given(homes=places, sites=places, limit_m=st.sampled_from([300.0, 900.0, np.inf]))
def test_without_streets_all_links_are_straight_lines(homes, sites, limit_m):
    links, tally = link_along(lay(), homes, sites, detour=DETOUR, limit_m=limit_m)
    plain = link_by_coordinates(homes, sites, detour=DETOUR, limit_m=limit_m)
    assert (links.start == plain.start).all()
    assert (links.site == plain.site).all()
    assert (links.distance == plain.distance).all()
    assert (tally.along, tally.capped) == (0, 0)
