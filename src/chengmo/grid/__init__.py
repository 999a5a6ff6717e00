"""Where things are: GeoSOT 64-bit keys and BeiDou grid codes (GB/T 39409-2020) on whole columns."""

from chengmo.grid.cell_sets import CellSet, compact_cells, uncompact_cells
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
from chengmo.grid.corridor import (
    cover_corridor,
)
from chengmo.grid.cover import (
    Mode,
    cover_each,
    cover_hierarchical,
    cover_polygon,
    keys_within,
)
from chengmo.grid.height import (
    Profile,
    height_bounds,
    height_fields,
    height_keys,
    height_range,
    keys_of_height_fields,
    parent_height_keys,
)
from chengmo.grid.instant import (
    TimeLevel,
    parent_time_keys,
    parse_time_codes,
    time_bounds,
    time_code,
    time_keys,
    time_levels,
    time_range,
)
from chengmo.grid.interval import (
    cover_interval,
    interval_range,
    read_interval,
    time_ranges,
)
from chengmo.grid.join import PolygonIndex, join_points
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
from chengmo.grid.outline import cells_to_polygons, dissolve_cells
from chengmo.grid.overlay import Overlay, overlay_polygons, polygon_areas
from chengmo.grid.polygon_edges import unroll_polygon
from chengmo.grid.ranges import bbox_ranges, cell_ranges, in_ranges
from chengmo.grid.reference import refer_code, resolve_reference
from chengmo.grid.solid import (
    SolidCode,
    encode_solid_code,
    encode_solid_codes,
    key_of_solid_code,
    parse_solid_code,
    parse_solid_codes,
    solid_code_bounds,
    solid_code_of_key,
)
from chengmo.grid.solid_digits import (
    code_of_height,
    height_of_code,
    split_solid_codes,
)
from chengmo.grid.solid_geosot import (
    geosot_solid_text,
    parse_geosot_solid,
)
from chengmo.grid.solid_topology import (
    solid_neighbour_keys,
)
from chengmo.grid.spacetime import (
    in_time_ranges,
    space_time_code,
    split_space_time,
)
from chengmo.grid.surface import (
    Surface,
    ellipsoidal_from_ground,
    ellipsoidal_from_sea_level,
    ground_from_ellipsoidal,
    sampled_surface,
    sea_level_from_ellipsoidal,
)
from chengmo.grid.terrain_cover import (
    cover_above_ground,
)
from chengmo.grid.text import geosot_text, parse_geosot
from chengmo.grid.topology import (
    NO_CELL,
    children_keys,
    common_ancestor,
    disk_keys,
    grid_distance,
    key_indices,
    keys_at,
    line_keys,
    move_keys,
    neighbour_keys,
    ring_keys,
)
from chengmo.grid.volume import (
    SolidCover,
    cover_prism,
    cover_prism_hierarchical,
    layer_interval,
)

__all__ = [
    "FINEST_LEVEL",
    "GEOSOT_LEVELS",
    "NO_CELL",
    "CellSet",
    "Code",
    "Mode",
    "Overlay",
    "PolygonIndex",
    "Profile",
    "SolidCode",
    "SolidCover",
    "Surface",
    "TimeLevel",
    "bbox_ranges",
    "cell_ranges",
    "cells_to_polygons",
    "children_keys",
    "code_bounds",
    "code_of_height",
    "code_of_key",
    "common_ancestor",
    "compact_cells",
    "cover_above_ground",
    "cover_corridor",
    "cover_each",
    "cover_hierarchical",
    "cover_interval",
    "cover_polygon",
    "cover_prism",
    "cover_prism_hierarchical",
    "disk_keys",
    "dissolve_cells",
    "ellipsoidal_from_ground",
    "ellipsoidal_from_sea_level",
    "encode_code",
    "encode_codes",
    "encode_key",
    "encode_keys",
    "encode_solid_code",
    "encode_solid_codes",
    "from_signed",
    "geosot_solid_text",
    "geosot_text",
    "grid_distance",
    "ground_from_ellipsoidal",
    "height_bounds",
    "height_fields",
    "height_keys",
    "height_of_code",
    "height_range",
    "in_ranges",
    "in_time_ranges",
    "interval_range",
    "is_valid_place",
    "join_points",
    "key_bounds",
    "key_centres",
    "key_indices",
    "key_of_code",
    "key_of_solid_code",
    "key_range",
    "keys_at",
    "keys_of_height_fields",
    "keys_within",
    "layer_interval",
    "line_keys",
    "move_keys",
    "neighbour_keys",
    "overlay_polygons",
    "parent_height_keys",
    "parent_keys",
    "parent_time_keys",
    "parse_code",
    "parse_codes",
    "parse_geosot",
    "parse_geosot_solid",
    "parse_solid_code",
    "parse_solid_codes",
    "parse_time_codes",
    "polygon_areas",
    "read_interval",
    "refer_code",
    "resolve_reference",
    "ring_keys",
    "sampled_surface",
    "sea_level_from_ellipsoidal",
    "solid_code_bounds",
    "solid_code_of_key",
    "solid_neighbour_keys",
    "space_time_code",
    "split_solid_codes",
    "split_space_time",
    "time_bounds",
    "time_code",
    "time_keys",
    "time_levels",
    "time_range",
    "time_ranges",
    "to_signed",
    "uncompact_cells",
    "unroll_polygon",
]
