"""What a CSV cannot say of itself: a metadata file beside it, of CSV on the Web.

<https://www.w3.org/TR/tabular-data-model/>: `stops.csv` is described by `stops.csv-metadata.json`
in the same folder, or by what a `Link` with the relation `describedby` leads to.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chengmo.catalog.dataset import DatasetColumn
from chengmo.catalog.export.request import ExportRequest
from chengmo.model.decision import Text

SUFFIX = "-metadata.json"
MEDIA_TYPE = "application/csvm+json"
_TYPES = {"text": "string", "datetime": "dateTime", "number": "double"}


def csv_metadata(request: ExportRequest, url: str) -> dict[str, Any]:
    """Return the description of a CSV export, in the terms of CSV on the Web.

    Args:
        request: What was exported.
        url: Of the CSV, relative to the description.
    """
    dataset = request.dataset
    columns = [_column(each) for each in dataset.columns]
    if dataset.geometry_type == "point":
        columns += [_named(request.free_name(name), "double") for name in ("lon", "lat")]
    elif request.has_place:
        columns.append(_named(request.free_name("wkt"), "string"))
    members: dict[str, Any] = {
        "@context": "http://www.w3.org/ns/csvw",
        "url": url,
        "dc:title": _both(dataset.title),
        "dc:description": _both(dataset.description),
        "dc:creator": dataset.steward,
        "dc:license": dataset.licence,
        "dc:rights": dataset.attribution,
        "dc:source": dataset.source,
        "dc:provenance": [each for text in dataset.treated for each in _both(text) or ()],
        "dialect": {"encoding": "utf-8", "header": True},
        "tableSchema": {"columns": columns},
        # Annotations of any shape: the platform's terms, the same as in the other formats.
        "notes": [request.terms()],
    }
    return {name: value for name, value in members.items() if value not in (None, "", [])}


def write_csv_metadata(request: ExportRequest, target: Path) -> None:
    """Write the description of the CSV `target` beside it."""
    text = json.dumps(csv_metadata(request, target.name), ensure_ascii=False, indent=1)
    target.with_name(target.name + SUFFIX).write_text(text + "\n", encoding="utf-8")


def _column(column: DatasetColumn) -> dict[str, Any]:
    found = _named(column.name, _TYPES.get(column.type, column.type))
    if column.title is not None:
        found["titles"] = {"und": column.name, "zh": column.title.zh, "en": column.title.en}
    if column.meaning is not None:
        found["dc:description"] = _both(column.meaning)
    if column.unit:
        found["http://qudt.org/schema/qudt/unit"] = column.unit
    return found


def _named(name: str, datatype: str) -> dict[str, Any]:
    return {"titles": name, "datatype": datatype}


def _both(text: Text | None) -> list[Mapping[str, str]] | None:
    if text is None:
        return None
    return [{"@value": text.zh, "@language": "zh"}, {"@value": text.en, "@language": "en"}]
