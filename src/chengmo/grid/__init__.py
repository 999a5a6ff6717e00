"""Where things are: GeoSOT 64-bit keys and BeiDou grid codes (GB/T 39409-2020) on whole columns."""

from chengmo.grid.code import (
    GEOSOT_LEVELS,
    Code,
    code_bounds,
    code_of_key,
    encode_code,
    encode_codes,
    key_of_code,
    parse_code,
    parse_codes,
)
from chengmo.grid.cover import Mode, cells_to_polygons, cover_hierarchical, cover_polygon
from chengmo.grid.key import (
    FINEST_LEVEL,
    encode_key,
    encode_keys,
    from_signed,
    is_valid_place,
    key_bounds,
    key_centres,
    key_range,
    parent_keys,
    to_signed,
)
from chengmo.grid.ranges import bbox_ranges, cell_ranges, in_ranges
from chengmo.grid.reference import refer_code, resolve_reference
from chengmo.grid.text import geosot_text, parse_geosot

__all__ = [
    "FINEST_LEVEL",
    "GEOSOT_LEVELS",
    "Code",
    "Mode",
    "bbox_ranges",
    "cell_ranges",
    "cells_to_polygons",
    "code_bounds",
    "code_of_key",
    "cover_hierarchical",
    "cover_polygon",
    "encode_code",
    "encode_codes",
    "encode_key",
    "encode_keys",
    "from_signed",
    "geosot_text",
    "in_ranges",
    "is_valid_place",
    "key_bounds",
    "key_centres",
    "key_of_code",
    "key_range",
    "parent_keys",
    "parse_code",
    "parse_codes",
    "parse_geosot",
    "refer_code",
    "resolve_reference",
    "to_signed",
]
