"""A table that a service made becomes the next version of a dataset, as a file would."""

import hashlib
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from chengmo.catalog.dataset import ColumnNote, Dataset, DatasetMetadata
from chengmo.errors import InvalidRequest, UnknownDataset
from chengmo.model.decision import Text
from chengmo.runs.intake import Bringer, IncomingFile, bring_in

# Reads a dataset by its id, as whoever asks may see it.
Reader = Callable[[str], pa.Table]


@dataclass(frozen=True)
class Published:
    """A table to be published, and what is stated about it.

    Attributes:
        dataset: Id of the dataset; made if it is not there, and then shared with nobody until its
            steward says otherwise.
        title: Of a dataset that is not there yet.
        table: The rows.
        source: What they were made from, and how.
        time_column: The column of instants that says when a row holds: hours are published once.
        is_synthetic: Whether anything in it was made up.
        notes: Title and unit of columns.
        description: Of a dataset that is not there yet.
    """

    dataset: str
    title: Text
    table: pa.Table
    source: str
    time_column: str
    is_synthetic: bool
    notes: Mapping[str, tuple[Text, str]] = field(default_factory=dict[str, tuple[Text, str]])
    description: Text | None = None


def publish(bringer: Bringer, made: Published) -> Dataset:
    """Append a table to its dataset for somebody who may; it is an import like any other.

    The same table again is the version there is. Quality checks, the audit and the sharing rules
    are those of every import.

    Raises:
        NotAllowed: If the bringer may not make the next version of the dataset.
        InvalidRequest: If there is nothing to publish, or times of it are published already.
        ChengmoError: As `bring_in`.
    """
    bringer.sharing.check_change(bringer.actor, made.dataset)
    if not made.table.num_rows:
        raise InvalidRequest("there is nothing to publish", hint="ask for another while")
    key = f"published:{made.dataset}:{_digest(made.table)}"
    catalog = bringer.sharing.catalog
    mode = "append"
    try:
        known = catalog.dataset(made.dataset)
        metadata = known.metadata.model_copy(
            update={"source": made.source, "synthetic": known.synthetic or made.is_synthetic}
        )
        if catalog.versions_known.with_key(key) is None:
            _check_new(known, made)
    except UnknownDataset:
        metadata, mode = _new(made), "replace"
    scratch = catalog.lake.settings.temporary
    with tempfile.TemporaryDirectory(dir=scratch, prefix="publish-") as folder:
        file = Path(folder) / f"{made.dataset}.parquet"
        pq.write_table(made.table, file)
        return bring_in(bringer, IncomingFile(file), metadata, mode=mode, idempotency_key=key)


def _new(made: Published) -> DatasetMetadata:
    notes = {name: ColumnNote(title=title, unit=unit) for name, (title, unit) in made.notes.items()}
    return DatasetMetadata(
        id=made.dataset,
        title=made.title,
        description=made.description,
        source=made.source,
        synthetic=made.is_synthetic,
        time_column=made.time_column,
        notes={name: note for name, note in notes.items() if name in made.table.column_names},
    )


def _check_new(known: Dataset, made: Published) -> None:
    if known.time_extent is None:
        return
    begin, end = (datetime.fromisoformat(text) for text in known.time_extent)
    if _first(made) <= end and _last(made) >= begin:
        raise InvalidRequest(
            f"'{known.id}' has rows from {known.time_extent[0]} to {known.time_extent[1]} already",
            hint="ask for times before or after them, or publish under another id",
        )


def _digest(table: pa.Table) -> str:
    """Return what tells this table from every other: the same hours told otherwise are refused."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table.combine_chunks())
    return hashlib.sha256(sink.getvalue()).hexdigest()


def _first(made: Published) -> datetime:
    return min(made.table[made.time_column].to_pylist())


def _last(made: Published) -> datetime:
    return max(made.table[made.time_column].to_pylist())
