"""Load the grid's compiled code before the doors are shut: Numba writes beside what it loads."""

from typing import Any

import pyarrow as pa
import shapely

from chengmo.catalog.functions import FUNCTIONS

_LON, _LAT, _HEIGHT_M, _LEVEL, _GEOSOT_LEVEL = 114.3, 30.6, 20.0, 8, 21


def warm_up() -> None:
    """Call every `bd_…` function once."""
    work = {function.name: function.work for function in FUNCTIONS}
    lon, lat, level = pa.array([_LON]), pa.array([_LAT]), pa.array([_LEVEL], pa.int32())
    profile = pa.array(["standard"])
    code = work["bd_encode"](lon, lat, level)
    solid = work["bd_encode_3d"](lon, lat, pa.array([_HEIGHT_M]), level, profile)
    given: dict[str, Any] = {
        "lon": lon,
        "lat": lat,
        "height_m": pa.array([_HEIGHT_M]),
        "level": level,
        "geosot_level": pa.array([_GEOSOT_LEVEL], pa.int32()),
        "profile": profile,
        "code": code,
        "key": work["bd_key"](code),
        "wkb": pa.array(shapely.to_wkb([shapely.box(_LON, _LAT, _LON + 1e-3, _LAT + 1e-3)])),
    }
    coarser = given | {
        "level": pa.array([_LEVEL - 1], pa.int32()),
        "geosot_level": pa.array([_GEOSOT_LEVEL - 1], pa.int32()),
    }
    for function in FUNCTIONS:
        values = coarser if "parent" in function.name else given
        if function.name == "bd_decode_3d":
            values = given | {"code": solid}
        function.work(*(values[name] for name in function.takes))
    # A 3-D code goes another way through the functions that take both.
    work["bd_level"](solid)
    work["bd_parent"](solid, coarser["level"])
