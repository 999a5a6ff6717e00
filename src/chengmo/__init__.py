"""Chengmo (城模): data in under rules, decisions out that anyone can check.

The names below are the public face: all that a scenario's author or a notebook imports. Each is
loaded when it is first asked for, so that `import chengmo` costs nothing.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chengmo.app import open_city as open  # noqa: A004 - `chengmo.open()` reads as intended
    from chengmo.errors import ChengmoError, InvalidRequest, PlatformError, ResourceExhausted
    from chengmo.grid import (
        Overlay,
        PolygonIndex,
        SolidCover,
        Surface,
        cover_above_ground,
        cover_corridor,
        cover_prism,
        encode_codes,
        encode_solid_codes,
        join_points,
        overlay_polygons,
        sampled_surface,
    )
    from chengmo.grid.code import parse_code
    from chengmo.grid.key import encode_keys, key_bounds
    from chengmo.grid.nearest import nearest_points
    from chengmo.grid.outline import dissolve_cells
    from chengmo.grid.plane import Plane
    from chengmo.grid.streets import Streets, find_streets, lay_streets
    from chengmo.grid.walks import Walks, walk_pairs
    from chengmo.interfaces.mount import Publication, Service
    from chengmo.ledger import Database, Transaction, open_database
    from chengmo.model import (
        Chart,
        City,
        Column,
        DatasetId,
        DrawnArea,
        DrawnLine,
        ExampleCity,
        Feature,
        FieldWords,
        Layer,
        Measure,
        ModelDecision,
        ModelRequest,
        Place,
        Quality,
        Series,
        Table,
        Text,
        report_progress,
        vertical_model,
    )
    from chengmo.model.join import nearest_rows, overlay_rows, rows_around
    from chengmo.runs.publishing import Published

__version__ = "0.1.0"

__all__ = [
    "Chart",
    "ChengmoError",
    "City",
    "Column",
    "Database",
    "DatasetId",
    "DrawnArea",
    "DrawnLine",
    "ExampleCity",
    "Feature",
    "FieldWords",
    "InvalidRequest",
    "Layer",
    "Measure",
    "ModelDecision",
    "ModelRequest",
    "Overlay",
    "Place",
    "Plane",
    "PlatformError",
    "PolygonIndex",
    "Publication",
    "Published",
    "Quality",
    "ResourceExhausted",
    "Series",
    "Service",
    "SolidCover",
    "Streets",
    "Surface",
    "Table",
    "Text",
    "Transaction",
    "Walks",
    "cover_above_ground",
    "cover_corridor",
    "cover_prism",
    "dissolve_cells",
    "encode_codes",
    "encode_keys",
    "encode_solid_codes",
    "find_streets",
    "join_points",
    "key_bounds",
    "lay_streets",
    "nearest_points",
    "nearest_rows",
    "open",
    "open_database",
    "overlay_polygons",
    "overlay_rows",
    "parse_code",
    "report_progress",
    "rows_around",
    "sampled_surface",
    "vertical_model",
    "walk_pairs",
]

_OF_GRID = (
    "Overlay",
    "PolygonIndex",
    "SolidCover",
    "Surface",
    "cover_above_ground",
    "cover_corridor",
    "cover_prism",
    "encode_codes",
    "encode_solid_codes",
    "join_points",
    "overlay_polygons",
    "sampled_surface",
)
_OF_ERRORS = ("ChengmoError", "InvalidRequest", "PlatformError", "ResourceExhausted")
_OF_LEDGER = ("Database", "Transaction", "open_database")
_OF_JOIN = ("nearest_rows", "overlay_rows", "rows_around")
_HOMES = {
    "open": ("chengmo.app", "open_city"),
    "Publication": ("chengmo.interfaces.mount", "Publication"),
    "Published": ("chengmo.runs.publishing", "Published"),
    "Service": ("chengmo.interfaces.mount", "Service"),
    **{name: ("chengmo.errors", name) for name in _OF_ERRORS},
    "nearest_points": ("chengmo.grid.nearest", "nearest_points"),
    **{name: ("chengmo.grid", name) for name in _OF_GRID},
    **{name: ("chengmo.model.join", name) for name in _OF_JOIN},
    **{name: ("chengmo.ledger", name) for name in _OF_LEDGER},
    "Plane": ("chengmo.grid.plane", "Plane"),
    "Streets": ("chengmo.grid.streets", "Streets"),
    "Walks": ("chengmo.grid.walks", "Walks"),
    "encode_keys": ("chengmo.grid.key", "encode_keys"),
    "key_bounds": ("chengmo.grid.key", "key_bounds"),
    "dissolve_cells": ("chengmo.grid.outline", "dissolve_cells"),
    "find_streets": ("chengmo.grid.streets", "find_streets"),
    "lay_streets": ("chengmo.grid.streets", "lay_streets"),
    "parse_code": ("chengmo.grid.code", "parse_code"),
    "walk_pairs": ("chengmo.grid.walks", "walk_pairs"),
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'chengmo' has no attribute {name!r}")
    module, attribute = _HOMES.get(name, ("chengmo.model", name))
    return getattr(importlib.import_module(module), attribute)
