"""The contract: what a vertical model is, what it may see and what it gives back.

Each name is loaded when it is first asked for: a jailed process takes its walls from this folder
and must not carry the grid and its compiler along.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chengmo.model.city import City, DatasetFacts
    from chengmo.model.contract import (
        Archive,
        DatasetId,
        FieldWords,
        ModelRequest,
        VerticalModel,
        vertical_model,
    )
    from chengmo.model.decision import (
        Chart,
        Column,
        Feature,
        Layer,
        Measure,
        ModelDecision,
        Quality,
        Series,
        Table,
    )
    from chengmo.model.example import ExampleCity
    from chengmo.model.place import DrawnArea, DrawnLine, Place
    from chengmo.model.progress import report_progress
    from chengmo.model.text import Text

__all__ = [
    "Archive",
    "Chart",
    "City",
    "Column",
    "DatasetFacts",
    "DatasetId",
    "DrawnArea",
    "DrawnLine",
    "ExampleCity",
    "Feature",
    "FieldWords",
    "Layer",
    "Measure",
    "ModelDecision",
    "ModelRequest",
    "Place",
    "Quality",
    "Series",
    "Table",
    "Text",
    "VerticalModel",
    "report_progress",
    "vertical_model",
]

_HOMES = {
    "city": ("City", "DatasetFacts"),
    "contract": (
        "Archive",
        "DatasetId",
        "FieldWords",
        "ModelRequest",
        "VerticalModel",
        "vertical_model",
    ),
    "decision": (
        "Chart",
        "Column",
        "Feature",
        "Layer",
        "Measure",
        "ModelDecision",
        "Quality",
        "Series",
        "Table",
    ),
    "example": ("ExampleCity",),
    "place": ("DrawnArea", "DrawnLine", "Place"),
    "progress": ("report_progress",),
    "text": ("Text",),
}


def __getattr__(name: str) -> object:
    home = next((module for module, names in _HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module 'chengmo.model' has no attribute {name!r}")
    return getattr(importlib.import_module(f"chengmo.model.{home}"), name)
