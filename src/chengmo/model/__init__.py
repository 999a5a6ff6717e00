"""The contract: what a vertical model is, what it may see and what it gives back."""

from chengmo.model.city import City, DatasetFacts
from chengmo.model.contract import DatasetId, ModelRequest, VerticalModel, vertical_model
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
    Text,
)
from chengmo.model.progress import report_progress

__all__ = [
    "Chart",
    "City",
    "Column",
    "DatasetFacts",
    "DatasetId",
    "Feature",
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
