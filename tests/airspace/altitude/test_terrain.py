"""The ground of a dataset's rows: known within reach, unknown beyond, never guessed."""

import numpy as np
import pyarrow as pa
import pytest
import shapely

from chengmo import ExampleCity, InvalidRequest
from chengmo_airspace.altitude import (
    Altitudes,
    Height,
    Reference,
    egm96,
    level_ground,
    terrain_of_dataset,
)

A_KILOMETRE = 1000 / 110_860  # degrees of latitude at 30.5° N


def city_of(*rows):
    """Return a city with rows of metres, longitude, latitude; None for no place."""
    points = [None if lon is None else shapely.Point(lon, lat) for _, lon, lat in rows]
    return ExampleCity(
        {
            "ground": pa.table(
                {
                    "ground_m": pa.array([row[0] for row in rows], pa.float64()),
                    "name": pa.array(["x"] * len(rows), pa.string()),
                    "_geometry": pa.array(shapely.to_wkb(points).tolist(), pa.binary()),
                    "_cell": pa.array(range(len(rows)), pa.int64()),
                    "_row": pa.array(range(len(rows)), pa.int64()),
                }
            )
        }
    )


HILL = city_of((20.0, 114.3, 30.5), (80.0, 114.3, 30.5 + A_KILOMETRE), (None, 114.3, 30.6))


def test_the_nearest_height_holds_as_far_as_its_reach():
    terrain = terrain_of_dataset(HILL, "ground", reach_m=600)
    lat = 30.5 + A_KILOMETRE * np.array([-0.59, 0.0, 0.49, 0.51, 1.59])
    found = terrain.heights(np.full(5, 114.3), lat)
    assert found.tolist() == [20, 20, 20, 80, 80]
    assert terrain.datum == "sea level"


def test_beyond_the_reach_the_ground_is_unknown_however_near_a_row_without_height_is():
    terrain = terrain_of_dataset(HILL, "ground", reach_m=600)
    lat = np.array([30.5 - 0.61 * A_KILOMETRE, 30.6, 31.9])
    assert np.isnan(terrain.heights(np.full(3, 114.3), lat)).all()


def test_a_conversion_beyond_the_reach_is_refused():
    altitudes = Altitudes(egm96(), terrain_of_dataset(HILL, "ground", reach_m=600))
    above = Height(100, Reference.GROUND)
    near = altitudes.convert(above, 114.3, 30.5, to=Reference.SEA)
    assert near.metres.tolist() == [120]
    with pytest.raises(InvalidRequest, match="does not reach this place"):
        altitudes.convert(above, 114.3, 30.7, to=Reference.SEA)


def test_rows_without_a_place_or_a_height_give_no_terrain():
    nowhere = city_of((20.0, None, None), (None, 114.3, 30.5))
    assert terrain_of_dataset(nowhere, "ground", reach_m=600) is None


@pytest.mark.parametrize(
    ("column", "reach_m", "says"),
    [("depth", 500, "no column"), ("name", 500, "no column of numbers"), ("ground_m", 0, "reach")],
)
def test_what_cannot_be_read_is_refused(column, reach_m, says):
    with pytest.raises(InvalidRequest, match=says):
        terrain_of_dataset(HILL, "ground", column=column, reach_m=reach_m)


def test_an_assumed_ground_is_level_and_says_so():
    assumed = level_ground(25)
    assert assumed.name == "assumed"
    assert assumed.heights(np.zeros(2), np.zeros(2)).tolist() == [25, 25]
