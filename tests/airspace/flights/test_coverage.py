"""S2 cells of level 13: facts of S2 geometry, and that nothing is left out."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengmo_airspace.flights.coverage import LEVEL, cover_circle, cover_polygon
from chengmo_airspace.flights.refusal import FlightRefused

SIDE = 1 << LEVEL


def cell_of(latitude: float, longitude: float) -> int:
    """The cell of a place, by S2's published formulas, written without this code's tables."""
    phi, lam = math.radians(latitude), math.radians(longitude)
    x, y, z = math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi)
    axis = max(range(3), key=lambda n: abs((x, y, z)[n]))
    face = axis if (x, y, z)[axis] > 0 else axis + 3
    u, v = {
        0: lambda: (y / x, z / x),
        1: lambda: (-x / y, z / y),
        2: lambda: (-x / z, -y / z),
        3: lambda: (z / x, y / x),
        4: lambda: (z / y, -x / y),
        5: lambda: (-y / z, -x / z),
    }[face]()

    def index(plane: float) -> int:
        root = 0.5 * math.sqrt(1 + 3 * abs(plane))
        return min(SIDE - 1, int((root if plane >= 0 else 1 - root) * SIDE))

    return (face << 2 * LEVEL) | (index(u) << LEVEL) | index(v)


places = st.tuples(st.floats(-80, 80), st.floats(-180, 180))


@settings(max_examples=20, deadline=None)
@given(places, st.floats(1, 5000), st.floats(0, 1), st.floats(0, 360))
def test_every_place_of_a_circle_is_in_its_cells(centre, radius, share, bearing):
    cells = cover_circle(*centre, radius)
    reach = share * radius / 6_400_000
    lat, lng, turn = *map(math.radians, centre), math.radians(bearing)
    north = math.asin(
        math.sin(lat) * math.cos(reach) + math.cos(lat) * math.sin(reach) * math.cos(turn)
    )
    east = lng + math.atan2(
        math.sin(turn) * math.sin(reach) * math.cos(lat),
        math.cos(reach) - math.sin(lat) * math.sin(north),
    )
    assert cell_of(math.degrees(north), math.degrees(east)) in cells


@settings(max_examples=15, deadline=None)
@given(places, st.floats(0.0005, 0.05), st.lists(st.floats(0.001, 1), min_size=3, max_size=3))
def test_every_place_of_a_triangle_is_in_its_cells_and_no_cell_is_far(centre, size, weights):
    lat, lng = centre
    corners = [(lat, lng), (lat + size, lng), (lat, (lng + size + 180) % 360 - 180)]
    cells = cover_polygon(tuple(corners))
    points = np.array([direction(*corner) for corner in corners])
    inside = np.array(weights) @ points
    x, y, z = inside / np.linalg.norm(inside)
    place = math.degrees(math.asin(z)), math.degrees(math.atan2(y, x))
    assert cell_of(*place) in cells
    # A cell is less than 1.9 km across: the bounds and one ring more hold all of them.
    assert len(cells) <= (size * 111.4 / 0.8 + 2) ** 2


def direction(latitude: float, longitude: float) -> tuple[float, float, float]:
    phi, lam = math.radians(latitude), math.radians(longitude)
    return math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi)


def test_the_number_of_cells_agrees_with_their_mean_size():
    square = ((30.3, 114.1), (30.3, 114.5), (30.65, 114.5), (30.65, 114.1))
    mean_km2 = 4 * math.pi * 6371.01**2 / (6 * 4**LEVEL)
    area_km2 = 38.9 * 38.4
    assert area_km2 / mean_km2 * 0.7 < len(cover_polygon(square)) < area_km2 / mean_km2 * 1.4


@pytest.mark.parametrize(
    "ring",
    [
        ((44.99, -45.01), (45.01, -45.01), (45.01, -44.99), (44.99, -44.99)),
        ((35.26, 44.99), (35.27, 44.99), (35.27, 45.01), (35.26, 45.01)),
        ((-0.01, 179.99), (0.01, 179.99), (0.01, -179.99), (-0.01, -179.99)),
    ],
)
def test_an_area_across_faces_and_the_date_line_is_covered_on_each(ring):
    cells = cover_polygon(ring)
    assert {cell_of(*corner) for corner in ring} <= cells
    assert len(cells) < 40


def test_a_needle_longer_than_any_area_is_refused():
    with pytest.raises(FlightRefused, match="too long") as refused:
        cover_polygon(((0, 0), (30, 30), (30.0001, 30)))
    assert refused.value.reason == "too-large"
    with pytest.raises(FlightRefused):
        cover_circle(0, 0, 10_000_000)
