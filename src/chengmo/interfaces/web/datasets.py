"""Datasets as the page shows them: with columns, lineage and versions; restore and export."""

import shutil
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic_core import to_json
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from chengmo.catalog.dataset import Dataset
from chengmo.catalog.export import ExportFormat, ExportOptions, ExportRequest
from chengmo.catalog.export.tabular import MEDIA_TYPE, csv_metadata
from chengmo.catalog.quality import QualityReport
from chengmo.errors import InvalidQuery, InvalidRequest
from chengmo.interfaces.chinese import in_both
from chengmo.interfaces.web.action import Action, Answer, Visit, only, read_number
from chengmo.interfaces.web.uploads import sweep
from chengmo.inventory.explanation import DIMENSIONS, RULES, describe_drift
from chengmo.model.description import describe
from chengmo.runs.city_pack import CityPack, loaded_city

EXPORT_FOLDER = "exports"
CSV_METADATA = "csv-metadata"
_ROWS_MAX = 10_000
_VERSION_MAX = 10**9
_FILES: dict[ExportFormat, tuple[str, str]] = {
    "geoparquet": ("parquet", "application/vnd.apache.parquet"),
    "geopackage": ("gpkg", "application/geopackage+sqlite3"),
    "geojson": ("geojson", "application/geo+json"),
    "csv": ("csv", "text/csv; charset=utf-8"),
    "arrow": ("arrow", "application/vnd.apache.arrow.file"),
}


def permitted(visit: Visit, version: int | None = None) -> Dataset:
    """Return the dataset that the path names.

    Raises:
        UnknownDataset: If there is none.
        SharingDenied: If the caller may not see it.
    """
    return visit.view.dataset(visit.path["id"], version)


def told(dataset: Dataset) -> Mapping[str, Any]:
    """Return `dataset` as plain data, the warnings of its import in both languages."""
    plain = dataset.model_dump(mode="json", by_alias=True)
    plain["lineage"]["warnings"] = [in_both(each) for each in dataset.lineage.warnings]
    if dataset.report is not None:
        plain["report"] = _told_report(dataset.report)
    return plain


def _told_report(report: QualityReport) -> Mapping[str, Any]:
    """Return a report as plain data, with what follows from it and the words for people."""
    plain = report.model_dump(mode="json")
    plain["dimensions"] = {
        name: {"title": DIMENSIONS[name].model_dump(), "share_0to1": share}
        for name, share in report.dimensions().items()
    }
    plain["unmet"] = len(report.unmet)
    drift = describe_drift(report.drift) if report.drift else []
    plain["drift_words"] = [each.model_dump() for each in drift]
    for result, told_result in zip(report.results, plain["results"], strict=True):
        told_result |= {
            "rule": RULES[result.check.rule].model_dump(),
            "dimension": DIMENSIONS[result.check.measures].model_dump(),
            "share_0to1": result.share_0to1,
            "is_met": result.is_met,
        }
    return plain


def list_datasets(visit: Visit) -> Answer:
    """Return the newest version of every dataset that the caller may see, and the city of them."""
    datasets = visit.view.datasets()
    city = loaded_city(datasets)
    return {
        "city": None if city is None else _told_city(city, {dataset.id for dataset in datasets}),
        "datasets": [told(dataset) for dataset in datasets],
    }


def _told_city(city: CityPack, there: Collection[str]) -> Mapping[str, Any]:
    """Return what a pack says of the city, and which of its datasets are not there, or not yet."""
    plain = city.model_dump(mode="json", include={"name", "centre", "zoom", "bounds"})
    ids = [packed.metadata.id for packed in city.datasets]
    return {**plain, "missing": [each for each in ids if each not in there]}


def get_dataset(visit: Visit) -> Answer:
    """Return one dataset."""
    return told(permitted(visit))


def list_versions(visit: Visit) -> Answer:
    """Return every version of a dataset, oldest first."""
    return {"versions": [told(dataset) for dataset in visit.view.versions(visit.path["id"])]}


def restore(visit: Visit) -> Answer:
    """Make the rows of an old version the newest."""
    only(visit.body, "version")
    version = visit.body.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise InvalidRequest("'version' is no version number", hint='send {"version": 1}')
    dataset = permitted(visit).id
    return told(visit.platform.sharing.restore(dataset, version, visit.actor, "web"))


def read_quarantine(visit: Visit) -> Answer:
    """Return the first rows that the import refused, and how many there are."""
    rows = visit.view.quarantine(permitted(visit).id, _version(visit))
    limit = read_number(visit, "limit", 100, most=_ROWS_MAX)
    shown = rows.slice(0, limit).to_pylist()
    told_rows = [{**row, "reason": in_both(str(row["reason"]))} for row in shown]
    return {"total": rows.num_rows, "rows": told_rows}


def export(visit: Visit) -> Answer:
    """Return a version as a file."""
    dataset = permitted(visit, _version(visit))
    wanted = visit.query.get("format")
    if wanted == CSV_METADATA:
        return _csv_metadata(dataset)
    kind = next((one for one in get_args(ExportFormat) if one == wanted), None)
    if kind is None:
        raise InvalidQuery(
            "parameter 'format' names no format",
            hint=f"the formats are: {', '.join([*_FILES, CSV_METADATA])}",
        )
    ending, media_type = _FILES[kind]
    shelf = visit.platform.home / EXPORT_FOLDER
    shelf.mkdir(parents=True, exist_ok=True)
    sweep(shelf)  # of downloads that broke off
    folder = Path(tempfile.mkdtemp(dir=shelf))
    # A person opens this CSV in a spreadsheet: Chinese must show and nothing may run.
    options = ExportOptions(formula_safe=True, excel_mark=True)
    try:
        path = visit.view.export(
            dataset.id, folder / f"data.{ending}", kind, version=dataset.version, options=options
        )
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return FileResponse(
        path,
        media_type=media_type,
        filename=_name(dataset, ending),
        headers={"Cache-Control": "no-store", **(_described_by(dataset) if kind == "csv" else {})},
        background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True),
    )


def _name(dataset: Dataset, ending: str) -> str:
    """Return the file's name, which says that it is treated to whoever finds it on a disk."""
    treated = "-treated" if dataset.edition else ""
    return f"{dataset.id}-v{dataset.version}{treated}.{ending}"


def _described_by(dataset: Dataset) -> dict[str, str]:
    """Lead to what a CSV cannot say of itself, as CSV on the Web does (section 5.2)."""
    address = f"?format={CSV_METADATA}&version={dataset.version}"
    return {"Link": f'<{address}>; rel="describedby"; type="{MEDIA_TYPE}"'}


def _csv_metadata(dataset: Dataset) -> Response:
    request = ExportRequest(dataset, None, ExportOptions())
    told_of = csv_metadata(request, f"?format=csv&version={dataset.version}")
    return Response(to_json(told_of), headers={"Cache-Control": "no-store"}, media_type=MEDIA_TYPE)


def list_models(visit: Visit) -> Answer:
    """Return every model as plain data, for its form."""
    return {"models": [describe(model) for model in visit.platform.models.values()]}


def _version(visit: Visit) -> int | None:
    if "version" not in visit.query:
        return None
    return read_number(visit, "version", 1, most=_VERSION_MAX)


_VERSIONED = frozenset({"lang", "version"})
ACTIONS: tuple[Action, ...] = (
    # The page asks again and again while a city arrives.
    Action("GET", "/models", list_models, kept=True),
    Action("GET", "/datasets", list_datasets, kept=True),
    Action("GET", "/datasets/{id}", get_dataset, kept=True),
    Action("GET", "/datasets/{id}/versions", list_versions, kept=True),
    Action("POST", "/datasets/{id}/restore", restore, scope="import"),
    # Rows as they were brought, before any rule of sharing could be applied to them.
    Action(
        "GET", "/datasets/{id}/quarantine", read_quarantine, _VERSIONED | {"limit"}, scope="import"
    ),
    Action("GET", "/datasets/{id}/export", export, _VERSIONED | {"format"}),
)
