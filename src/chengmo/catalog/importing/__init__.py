"""Reading whatever a department hands over: guess, show, and make a table of it, losing no row."""

from chengmo.catalog.importing.options import (
    CrsGuess,
    GeometrySource,
    ImportOptions,
    Limits,
    Preview,
    Progress,
    Refused,
)
from chengmo.catalog.importing.reference import Reference
from chengmo.catalog.importing.sandbox import inspect_file, prepare, stage_file

__all__ = [
    "CrsGuess",
    "GeometrySource",
    "ImportOptions",
    "Limits",
    "Preview",
    "Progress",
    "Reference",
    "Refused",
    "inspect_file",
    "prepare",
    "stage_file",
]
