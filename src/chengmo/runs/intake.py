"""Bringing a file in: look at it beside what the city knows, read it, commit it."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from chengmo.audit import Via, undertaking
from chengmo.catalog.catalogue import Catalog
from chengmo.catalog.dataset import Dataset, DatasetMetadata
from chengmo.catalog.importing import (
    ImportOptions,
    Preview,
    Progress,
    Reference,
    inspect_file,
    stage_file,
)
from chengmo.catalog.plan import Mode
from chengmo.catalog.rows import Rows
from chengmo.catalog.staged import StagedTable
from chengmo.errors import HeldBack
from chengmo.identity.actor import Actor
from chengmo.runs.examination import examined, sensitive_in_preview
from chengmo.sharing import Sharing

Advance = Callable[[str, float], None]

_NAME_COLUMNS = frozenset({"name", "名称", "站名", "title", "name_zh"})
_MOST_REFERENCES = 3
_MOST_PLACES = 5000


@dataclass(frozen=True)
class IncomingFile:
    """A file somebody hands over.

    Attributes:
        path: Where it lies.
        options: What a person knows better than the file; None means: guess.
        name: What it was called where it came from, if `path` does not say.
    """

    path: Path
    options: ImportOptions | None = None
    name: str | None = None


@dataclass(frozen=True)
class Bringer:
    """Who brings a file, and by which way in.

    Attributes:
        sharing: What it is brought into.
        actor: Who brings it.
        via: The way in.
    """

    sharing: Sharing
    actor: Actor
    via: Via


def look_at(catalog: Rows, file: IncomingFile) -> Preview:
    """Say what an import of `file` would make of it; nothing is kept.

    Raises:
        UnreadableFile: If nobody can make a table of it.
        ResourceExhausted: If it needs more than reading may use.
    """
    preview = inspect_file(
        file.path, file.options, name=file.name, references=tuple(references_of(catalog))
    )
    return preview.model_copy(update={"sensitive": sensitive_in_preview(preview)})


def bring_in(  # noqa: PLR0913 - who brings what, where to, and how it is watched
    bringer: Bringer,
    file: IncomingFile,
    metadata: DatasetMetadata,
    *,
    mode: Mode = "replace",
    idempotency_key: str | None = None,
    on_progress: Advance | None = None,
    forced: bool = False,
) -> Dataset:
    """Take a file in for somebody who may, and write that down before it is committed.

    Args:
        bringer: Who brings it.
        file: As `take_in`.
        metadata: As `take_in`.
        mode: As `take_in`.
        idempotency_key: As `take_in`.
        on_progress: As `take_in`.
        forced: Whether it is let in against checks that hold it back.

    Raises:
        NotAllowed: If the bringer may not make the next version of the dataset.
        PlatformError: If it cannot be written down; then nothing was committed.
        ChengmoError: As `take_in`.
    """
    sharing, actor, via = bringer.sharing, bringer.actor, bringer.via
    sharing.check_change(actor, metadata.id)

    def note(staged: StagedTable) -> None:
        report = staged.report
        sharing.note(
            actor,
            via,
            "import",
            metadata.id,
            rows=staged.row_count,
            detail={
                "what": mode,
                "sha256": staged.lineage.sha256,
                "quarantined": staged.lineage.rows_quarantined,
                "forced": bool(report and report.forced_by),
            },
        )

    try:
        with undertaking(sharing.audit):
            return take_in(
                sharing.catalog,
                file,
                metadata,
                mode=mode,
                idempotency_key=idempotency_key,
                on_progress=on_progress,
                forced_by=actor if forced else None,
                before_commit=note,
            )
    except HeldBack as error:
        what = {"what": mode}
        sharing.note(
            actor, via, "import", metadata.id, verdict="denied", reason=error.slug, detail=what
        )
        raise


def take_in(  # noqa: PLR0913 - what is taken in, where to, and how it is watched
    catalog: Catalog,
    file: IncomingFile,
    metadata: DatasetMetadata,
    *,
    mode: Mode = "replace",
    idempotency_key: str | None = None,
    on_progress: Advance | None = None,
    forced_by: Actor | None = None,
    before_commit: Callable[[StagedTable], None] | None = None,
) -> Dataset:
    """Read the whole of `file` and make it the next version of a dataset, whoever brings it.

    Args:
        catalog: Where to.
        file: What was handed over.
        metadata: What a person states about it.
        mode: `replace` the rows there are or `append` to them.
        idempotency_key: The same key never makes two versions.
        on_progress: Told the stage and the share done.
        forced_by: The administrator or steward who lets it in against checks that hold it back.
        before_commit: Told what was read; if it raises, nothing is committed.

    Raises:
        HeldBack: If the rows fail a declared check that holds them back.
        ChengmoError: As `stage_file` and `Catalog.commit`; then nothing was committed.
    """
    tell = on_progress or _say_nothing
    scratch = catalog.lake.settings.temporary
    with tempfile.TemporaryDirectory(dir=scratch, prefix="import-") as folder:
        staged = stage_file(
            file.path,
            file.options,
            Path(folder),
            name=file.name,
            references=tuple(references_of(catalog)),
            on_progress=lambda progress: tell(progress.stage, _share(progress)),
        )
        if idempotency_key is None or catalog.versions_known.with_key(idempotency_key) is None:
            tell("checking", 1.0)
            staged = examined(catalog, staged, metadata, mode=mode, forced_by=forced_by)
        tell("committing", 1.0)
        if before_commit is not None:
            before_commit(staged)
        return catalog.commit(staged, metadata, mode=mode, idempotency_key=idempotency_key)


def references_of(catalog: Rows) -> Iterator[Reference]:
    """Yield the city's named points, by which a shifted coordinate system shows itself."""
    known = [each for each in catalog.datasets() if each.geometry_type == "point"]
    usable = [each for each in known if not each.synthetic and _name_column(each) is not None]
    for dataset in usable[:_MOST_REFERENCES]:
        column = _name_column(dataset) or ""
        table = catalog.read(dataset.id, columns=[column, "_geometry"], limit=_MOST_PLACES)
        points = shapely.from_wkb(table["_geometry"].to_numpy(zero_copy_only=False))
        placed = ~(shapely.is_missing(points) | shapely.is_empty(points))
        labels = np.array(table[column].to_pylist(), dtype=object)[placed]
        yield Reference(
            dataset.id, shapely.get_x(points[placed]), shapely.get_y(points[placed]), tuple(labels)
        )


def _name_column(dataset: Dataset) -> str | None:
    names = (column.name for column in dataset.columns if column.type == "text")
    return next((name for name in names if name.lower() in _NAME_COLUMNS), None)


def _share(progress: Progress) -> float:
    return progress.bytes_read / progress.bytes_total if progress.bytes_total else 0.0


def _say_nothing(_stage: str, _share_0to1: float) -> None:
    """Hear progress where nobody listens."""
