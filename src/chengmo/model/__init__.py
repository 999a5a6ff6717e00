"""The contract: what a vertical model is, what it may see and what it gives back."""

from chengmo.model.city import City, DatasetFacts
from chengmo.model.contract import (
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
from chengmo.model.progress import report_progress
from chengmo.model.text import Text

__all__ = [
    "Chart",
    "City",
    "Column",
    "DatasetFacts",
    "DatasetId",
    "ExampleCity",
    "Feature",
    "FieldWords",
    "Layer",
    "Measure",
    "ModelDecision",
    "ModelRequest",
    "Quality",
    "Series",
    "Table",
    "Text",
    "VerticalModel",
    "report_progress",
    "vertical_model",
]
