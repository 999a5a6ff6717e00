"""Compile the kernels once, so that nobody's first map or first answer waits for it."""

from importlib.resources import files
from pathlib import Path

import shapely

from chengmo import grid
from chengmo.model import ExampleCity
from chengmo.model.discovery import discover_models


def warm_grid() -> None:
    """Call each kernel of the grid with the types that the platform uses."""
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


def warm_models() -> None:
    """Answer every scenario's example, for each goal it offers."""
    for model in discover_models().values():
        example = Path(str(files(model.module.rsplit(".", 1)[0]) / "example"))
        text = (example / "request.json").read_text(encoding="utf-8")
        request = model.request_type.model_validate_json(text)
        city = ExampleCity.from_folder(example)
        goals = model.request_type.model_json_schema()["properties"].get("goal", {}).get("enum", [])
        model.decide(request, city)
        for goal in goals:
            model.decide(request.model_copy(update={"goal": goal}), city)


if __name__ == "__main__":
    warm_grid()
    warm_models()
