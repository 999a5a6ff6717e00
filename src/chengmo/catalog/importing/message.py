"""The lines of JSON that the reading process and its parent exchange."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from chengmo.catalog.dataset import DatasetColumn, Lineage
from chengmo.catalog.importing.options import Preview, Progress
from chengmo.catalog.staged import StagedTable
from chengmo.errors import ChengmoError, PlatformError, RequestError, UnreadableFile

_COLUMNS = TypeAdapter(tuple[DatasetColumn, ...])


def encode_progress(progress: Progress) -> str:
    """Return a line for where the reading stands."""
    return _line("progress", progress.model_dump())


def encode_preview(preview: Preview) -> str:
    """Return a line for what the file looks like."""
    return _line("preview", preview.model_dump(mode="json"))


def encode_error(error: ChengmoError) -> str:
    """Return a line for why there is no answer."""
    return _line(
        "error", {"kind": type(error).__name__, "message": error.message, "hint": error.hint}
    )


def encode_staged(staged: StagedTable) -> str:
    """Return a line for a staged table."""
    return _line(
        "staged",
        {
            "table": str(staged.table),
            "quarantine": str(staged.quarantine) if staged.quarantine else None,
            "columns": [column.model_dump(mode="json") for column in staged.columns],
            "geometry_type": staged.geometry_type,
            "extent": staged.extent,
            "lineage": staged.lineage.model_dump(mode="json"),
            "row_count": staged.row_count,
            "quality": dict(staged.quality),
            "cell_levels": staged.cell_levels,
            "is_sorted": staged.is_sorted,
        },
    )


def decode_staged(data: Mapping[str, Any]) -> StagedTable:
    """Return the staged table of a line."""
    return StagedTable(
        table=Path(data["table"]),
        quarantine=Path(data["quarantine"]) if data["quarantine"] else None,
        columns=_COLUMNS.validate_python(data["columns"]),
        geometry_type=data["geometry_type"],
        extent=_extent(data["extent"]),
        lineage=Lineage.model_validate(data["lineage"]),
        row_count=data["row_count"],
        quality=data["quality"],
        cell_levels=tuple(data["cell_levels"]),
        is_sorted=data["is_sorted"],
    )


def decode_error(data: Mapping[str, str]) -> ChengmoError:
    """Return the error of a line, of the class it was raised as."""
    kinds = {kind.__name__: kind for kind in _below(RequestError, PlatformError)}
    kind = kinds.get(data["kind"], UnreadableFile)
    return kind(data["message"], hint=data["hint"])


def _below(*families: type[ChengmoError]) -> list[type[ChengmoError]]:
    return [kind for family in families for kind in (family, *family.__subclasses__())]


def _extent(edges: Sequence[float] | None) -> tuple[float, float, float, float] | None:
    if edges is None:
        return None
    west, south, east, north = edges
    return west, south, east, north


def _line(key: str, value: object) -> str:
    # A lone surrogate in a name must not break the pipe: JSON escapes it.
    return json.dumps({key: value}) + "\n"
