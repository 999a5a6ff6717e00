"""Compile the grid's kernels once, so that nobody's first map waits for it."""

import shapely

from chengmo import grid


def main() -> None:
    """Call each kernel with the types that the platform uses."""
    box = shapely.box(114.0, 30.0, 114.1, 30.1)
    codes = grid.encode_codes([114.3], [30.6], level=10)
    keys, levels = grid.key_of_code(codes)
    grid.code_bounds(codes)
    grid.code_of_key(keys, level=10)
    grid.key_bounds(keys, level=levels)
    grid.key_centres(grid.encode_keys([114.3], [30.6]), level=32)
    grid.bbox_ranges(114.0, 30.0, 114.1, 30.1)
    grid.cover_polygon(box, level=18)
    grid.cells_to_polygons(*grid.cover_hierarchical(box, finest_level=18))


if __name__ == "__main__":
    main()
