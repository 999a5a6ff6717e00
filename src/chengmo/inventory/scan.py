"""A folder looked through: every file that can be a table proposed as an entry, nothing kept."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa

from chengmo.catalog.importing import ImportOptions, Preview, inspect_file
from chengmo.catalog.staged import ARROW_TYPES
from chengmo.errors import InvalidRequest, ResourceExhausted, UnreadableFile
from chengmo.inventory.database import is_database, scan_database
from chengmo.inventory.proposal import Proposal, ProposedColumn, suggest_id, with_own_ids
from chengmo.inventory.sensitive import find_sensitive, suggest_grade

MOST_FILES = 10_000
SUFFIXES = frozenset(
    {".csv", ".tsv", ".txt", ".xlsx", ".geojson", ".gpkg", ".shp", ".zip", ".parquet"}
)
_LOOKED_AT = {"text", "integer", "number"}

Advance = Callable[[str, int], None]


def scan(target: str, *, on_progress: Advance | None = None) -> Iterator[Proposal]:
    """Yield an entry for each table of a database or each file of a folder.

    Args:
        target: A folder, a file, or a database as `scan_database` takes it.
        on_progress: Told the source and how many came before it.

    Raises:
        InvalidRequest: If there is no such thing.
        LakeUnavailable: If the database does not answer.
    """
    found = scan_database(target) if is_database(target) else scan_folder(Path(target))
    for count, proposal in enumerate(found):
        if on_progress is not None:
            on_progress(proposal.source, count)
        yield proposal


def scan_folder(folder: Path) -> Iterator[Proposal]:
    """Yield an entry for each file, and for each layer or sheet of it.

    Each is read as an import's preview is: its first rows, in a process of its own with limits. A
    file nobody can read gives an entry that says so.

    Raises:
        InvalidRequest: If there is no such folder or file.
    """
    if not folder.exists():
        raise InvalidRequest(f"there is no folder '{folder}'", hint="check the path")
    yield from with_own_ids(
        proposal for path in _files_of(folder) for proposal in _proposals(path, folder)
    )


def _files_of(folder: Path) -> list[Path]:
    if folder.is_file():
        return [folder]
    # Links are left alone: they may lead out of the folder, or in a circle.
    found = (
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in SUFFIXES and path.is_file() and not path.is_symlink()
    )
    return [path for path, _ in zip(found, range(MOST_FILES), strict=False)]


def _proposals(path: Path, folder: Path) -> Iterator[Proposal]:
    name = str(path.relative_to(folder)) if path != folder else path.name
    try:
        preview = inspect_file(path)
    except (UnreadableFile, ResourceExhausted) as error:
        yield Proposal(id=suggest_id(path.name), title=path.stem, source=name, fault=error.message)
        return
    yield _proposal(preview, path.stem, name)
    for layer in preview.layers[1:]:
        in_workbook = preview.format == "xlsx"
        options = ImportOptions(sheet=layer) if in_workbook else ImportOptions(layer=layer)
        try:
            shown = inspect_file(path, options)
        except (UnreadableFile, ResourceExhausted) as error:
            title = f"{path.stem} {layer}"
            yield Proposal(
                id=suggest_id(title), title=title, source=f"{name}#{layer}", fault=error.message
            )
            continue
        yield _proposal(shown, f"{path.stem} {layer}", f"{name}#{layer}")


def _proposal(preview: Preview, title: str, source: str) -> Proposal:
    found = find_sensitive(
        preview_table(preview),
        titles={column.name: column.source_name for column in preview.columns},
        has_points=preview.geometry.kind in {"lon-lat", "pair"},
    )
    return Proposal(
        id=suggest_id(title),
        title=title,
        source=source,
        columns=tuple(
            ProposedColumn(name=column.name, type=column.type, title=column.source_name)
            for column in preview.columns
        ),
        row_count=preview.row_estimate,
        row_count_is_exact=preview.row_count_is_exact,
        sensitive=found,
        suggested_grade=suggest_grade(found),
    )


def preview_table(preview: Preview) -> pa.Table:
    """Return the rows of a preview as a table, without the columns of times and truth values."""
    return pa.table(
        {
            column.name: pa.array([row[place] for row in preview.rows], ARROW_TYPES[column.type])
            for place, column in enumerate(preview.columns)
            if column.type in _LOOKED_AT
        }
    )
