"""Views: how large, and groups that do not say where an aircraft is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from chengmo_airspace.flights import FlightRefused
from chengmo_airspace.remote_identification.view import View, group, read_view

WGS84 = Geod(ellps="WGS84")
LEAST_CLUSTER, LEAST_HIDING_M = 0.15, 300


def test_a_view_is_two_corners_in_any_order():
    view = read_view([30.01, 114.0, 30.0, 114.02])
    assert view == View(30.0, 114.0, 30.01, 114.02)
    assert view.holds(30.0, 114.02)
    assert not view.holds(30.011, 114.01)
    assert view.written() == "30.0,114.0,30.01,114.02"


@pytest.mark.parametrize(
    ("numbers", "reason"),
    [
        ([30.0, 114.0], "invalid"),
        ([91, 114, 91.001, 114], "invalid"),
        ([30, 181, 30.001, 181.001], "invalid"),
        ([30, 114, 30.1, 114], "too-large"),
    ],
)
def test_a_view_that_cannot_be_is_refused(numbers, reason):
    with pytest.raises(FlightRefused) as refused:
        read_view(numbers)
    assert refused.value.reason == reason


def test_seven_kilometres_may_be_looked_at_and_two_in_detail():
    # A degree of a meridian of the sphere is 111.195 km.
    assert read_view([30, 114, 30 + 6.99 / 111.195, 114])
    with pytest.raises(FlightRefused):
        read_view([30, 114, 30 + 7.01 / 111.195, 114])
    assert read_view([30, 114, 30 + 1.99 / 111.195, 114]).is_detailed
    assert not read_view([30, 114, 30 + 2.01 / 111.195, 114]).is_detailed


def size_m(view):
    """The least width and the height on the ellipsoid."""
    lats = (view.south, view.north)
    wide = min(WGS84.inv(view.west, lat, view.east, lat)[2] for lat in lats)
    return wide, WGS84.inv(view.west, view.south, view.west, view.north)[2]


@settings(max_examples=30)
@given(
    st.tuples(st.floats(-70, 70), st.floats(-179, 178)),
    st.tuples(st.floats(0.0001, 0.06), st.floats(0.0001, 0.06)),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=12),
)
def test_groups_hold_everybody_once_and_say_nothing_of_where(corner, size, shares):
    view = View(corner[0], corner[1], corner[0] + size[0], corner[1] + size[1])
    places = [
        (view.south + a * (view.north - view.south), view.west + b * (view.east - view.west))
        for a, b in shares
    ]
    places = [place for place in places if view.holds(*place)]
    found = group(view, [*places, (view.north + 1, view.west)])
    assert sum(number for _, number in found) == len(places)
    for place in places:
        assert any(where.holds(*place) for where, _ in found)
    for where, _ in found:
        assert where.area_m2 >= LEAST_CLUSTER * view.area_m2
        assert min(size_m(where)) >= 2 * LEAST_HIDING_M
    # One of four outlines, whoever is in it: nothing follows from it but the quarter.
    quarters = [
        (view.south + a * size[0] / 4, view.west + b * size[1] / 4) for a in (1, 3) for b in (1, 3)
    ]
    possible = {where for where, _ in group(view, quarters)}
    assert {where for where, _ in found} <= possible
    assert len(possible) <= 4
