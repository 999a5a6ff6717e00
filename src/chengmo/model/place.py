"""Places in a request: a form lets them be pressed and drawn on the map as well as typed.

All are longitude and latitude in degrees, CGCS2000 (for a request the same as WGS 84). What tells a
form is the keyword `x-chengmo-place` of the field's JSON schema: `point`, `line` or `area`. Two
plain numbers beside each other whose names are `lon` and `lat`, or end in `_lon` and `_lat`, are
taken for a place without it.
"""

from typing import Annotated

from pydantic import ConfigDict, Field

from chengmo.model.text import Frozen

PLACE_KEYWORD = "x-chengmo-place"

_Longitude = Annotated[float, Field(ge=-180, le=180)]
_Latitude = Annotated[float, Field(ge=-90, le=90)]
Corner = tuple[_Longitude, _Latitude]


class Place(Frozen):
    """One place."""

    model_config = ConfigDict(json_schema_extra={PLACE_KEYWORD: "point"})

    lon: float = Field(ge=-180, le=180, description="Longitude, degrees east")
    lat: float = Field(ge=-90, le=90, description="Latitude, degrees north")


DrawnLine = Annotated[
    tuple[Corner, ...], Field(min_length=2, json_schema_extra={PLACE_KEYWORD: "line"})
]
"""The corners of a line, [longitude, latitude] each, from its start to its end."""

DrawnArea = Annotated[
    tuple[Corner, ...], Field(min_length=3, json_schema_extra={PLACE_KEYWORD: "area"})
]
"""The corners of an area's outline, [longitude, latitude] each, the first not repeated."""
