"""What will be done with a file: the type of each column, its place, its coordinate system."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import shapely

from chengmo.catalog.crs import CGCS2000, CoordinateSystem, Floats, read_system
from chengmo.catalog.dataset import DatasetColumn
from chengmo.catalog.importing.comparison import Comparison, compare_with
from chengmo.catalog.importing.detection import guess_system
from chengmo.catalog.importing.locate import Locator, declared_srid
from chengmo.catalog.importing.names import safe_names
from chengmo.catalog.importing.options import CrsGuess, GeometrySource, ImportOptions, Refused
from chengmo.catalog.importing.place import find_place
from chengmo.catalog.importing.reference import Reference
from chengmo.catalog.importing.source import Batch, Facts, ReadAgain, Source
from chengmo.catalog.importing.values import infer_type
from chengmo.catalog.staged import ARROW_TYPES
from chengmo.errors import UnreadableFile
from chengmo.model.decision import Text, ValueType

SAMPLE_ROWS = 20_000
_REREADS = 64
_KINDS: dict[pa.DataType, ValueType] = {dtype: kind for kind, dtype in ARROW_TYPES.items()}
_LABELS = ("name", "名称", "站名", "名字", "title", "label")


@dataclass(frozen=True)
class Plan:
    """How a file becomes a table.

    Attributes:
        columns: The owner's columns that are kept.
        positions: Where each of them stands in a batch.
        locator: Reads the places; None if their coordinate system must be stated first.
        place: Which columns hold the place.
        crs: The guess and its evidence; None without place.
        sample: The rows looked at.
        is_whole: Whether the sample is the whole file.
    """

    columns: tuple[DatasetColumn, ...]
    positions: tuple[int, ...]
    locator: Locator | None
    place: GeometrySource
    crs: CrsGuess | None
    sample: Batch
    is_whole: bool
    demoted: frozenset[str] = field(default_factory=frozenset[str])

    def system_name(self) -> str | None:
        """Return the name of the coordinate system as received; None without place."""
        return self.crs.crs if self.crs else None


def make_plan(
    source: Source,
    options: ImportOptions,
    *,
    file_name: str,
    references: Sequence[Reference] = (),
    demoted: frozenset[str] = frozenset(),
) -> Plan:
    """Look at the first rows of `source` and decide.

    Args:
        source: The file.
        options: What a person has said.
        file_name: May speak of a coordinate system.
        references: Good layers to compare places with.
        demoted: Columns (as received) that have shown to be text.
    """
    sample, is_whole = read_sample(source)
    facts = source.facts
    place = find_place(facts, sample.columns, options)
    crs, system = _find_system(facts, sample, place, options, (file_name, references))
    dropped = set(place.columns) if place.kind == "wkt" else set[str]()
    kept = tuple(i for i, name in enumerate(facts.names) if name not in dropped)
    safe = safe_names(facts.names[i] for i in kept)
    numbers = set(place.columns) if place.kind == "lon-lat" else set[str]()
    columns = tuple(
        DatasetColumn(
            name=name,
            source_name=facts.names[i],
            type=_kind(facts, i, sample.columns[i], numbers, demoted),
        )
        for i, name in zip(kept, safe, strict=True)
    )
    locator = None
    if system is not None:
        swapped = crs.swapped if crs else False
        positions = tuple(facts.names.index(name) for name in place.columns)
        locator = Locator(place, positions, system, swapped)
    return Plan(columns, kept, locator, place, crs, sample, is_whole, demoted)


def read_sample(source: Source) -> tuple[Batch, bool]:
    """Return the first rows as one batch, and whether they are all."""
    for _ in range(_REREADS):
        try:
            return _first_rows(source)
        except ReadAgain:
            continue
    raise UnreadableFile(
        "every new part of the file has other columns", hint="give all rows the same columns"
    )


def _first_rows(source: Source) -> tuple[Batch, bool]:
    batches: list[Batch] = []
    count, is_whole = 0, True
    for batch in source.batches():
        if count >= SAMPLE_ROWS:
            is_whole = False
            break
        batches.append(batch)
        count += len(batch)
    return joined(batches, len(source.facts.names)), is_whole


def joined(batches: Sequence[Batch], width: int) -> Batch:
    """Return several batches as one."""
    if not batches:
        return Batch(np.empty(0, np.int64), [pa.nulls(0, pa.string())] * width)
    columns = [
        pa.concat_arrays([batch.columns[i] for batch in batches])
        for i in range(len(batches[0].columns))
    ]
    geometry = [batch.geometry for batch in batches if batch.geometry is not None]
    refused: list[Refused] = [row for batch in batches for row in batch.refused]
    return Batch(
        np.concatenate([batch.numbers for batch in batches]),
        columns,
        refused,
        pa.concat_arrays(geometry) if geometry else None,
        batches[-1].bytes_read,
    )


def _kind(
    facts: Facts, position: int, sample: pa.Array, numbers: set[str], demoted: frozenset[str]
) -> ValueType:
    name = facts.names[position]
    if not pa.types.is_string(sample.type):
        return _KINDS[sample.type]
    if name in demoted or facts.typed:
        return "text"
    return "number" if name in numbers else infer_type(sample.slice(0, SAMPLE_ROWS))


def _find_system(
    facts: Facts,
    sample: Batch,
    place: GeometrySource,
    options: ImportOptions,
    context: tuple[str, Sequence[Reference]],
) -> tuple[CrsGuess | None, CoordinateSystem | None]:
    if place.kind == "none":
        return None, CGCS2000
    if place.kind == "code":
        evidence = Text(
            zh="北斗网格位置码以 CGCS2000 定义", en="BeiDou grid codes are defined in CGCS2000"
        )
        return CrsGuess(crs="EPSG:4490", confidence_0to1=1.0, evidence=evidence), CGCS2000
    positions = tuple(facts.names.index(name) for name in place.columns)
    looker = Locator(place, positions, CGCS2000, swapped=False)
    x, y = _sample_places(looker, sample)
    file_name, references = context
    declared = facts.crs
    if place.kind == "wkt":
        declared = declared_srid(sample.columns[positions[0]])
    if declared is not None and not _is_readable(declared):
        declared = None
    comparisons = _comparisons(x, y, facts, sample, references, declared)
    guess, system = guess_system(
        x,
        y,
        declared=declared,
        names=(*place.columns, facts.layer or "", file_name),
        comparisons=comparisons,
        near_lon=float(np.median(references[0].lon)) if references else None,
    )
    if options.crs is not None:
        system = read_system(options.crs)
        evidence = Text(zh="由导入者指定", en="stated by the person who imports")
        guess = guess.model_copy(
            update={"crs": system.name, "confidence_0to1": 1.0, "evidence": evidence}
        )
    if options.swapped is not None:
        guess = guess.model_copy(update={"swapped": options.swapped})
    return guess, system


def unreadable_crs(facts: Facts) -> list[str]:
    """Return a warning if what the file says of its coordinate system makes no sense."""
    if facts.crs is None or _is_readable(facts.crs):
        return []
    return ["what the file says of its coordinate system cannot be read and was left out"]


def _is_readable(declared: str) -> bool:
    try:
        read_system(declared)
    except UnreadableFile:
        return False
    return True


def _sample_places(looker: Locator, sample: Batch) -> tuple[Floats, Floats]:
    """Return one x and y a row of the sample, as received; NaN without place."""
    if looker.source.kind in {"lon-lat", "pair"}:
        return looker.coordinates(sample, np.full(len(sample), None, np.object_))
    shapes, _ = looker.shapes(sample)
    edges = shapely.bounds(shapes)
    x, y = edges[:, 0] / 2 + edges[:, 2] / 2, edges[:, 1] / 2 + edges[:, 3] / 2
    return x, y


def _comparisons(
    x: Floats,
    y: Floats,
    facts: Facts,
    sample: Batch,
    references: Sequence[Reference],
    declared: str | None,
) -> list[Comparison]:
    if not references or (declared is not None and read_system(declared).is_projected):
        return []
    with np.errstate(invalid="ignore"):
        if not np.nanmax(np.abs(np.stack([x, y])), initial=0.0) <= 180:  # noqa: PLR2004 - degrees
            return []
    labels = _labels(facts, sample)
    found = [compare_with(x, y, labels, reference) for reference in references]
    return [comparison for comparison in found if comparison is not None]


def _labels(facts: Facts, sample: Batch) -> list[str | None]:
    for wanted in _LABELS:
        for name, column in zip(facts.names, sample.columns, strict=True):
            if wanted in name.casefold() and pa.types.is_string(column.type):
                return column.to_pylist()
    return []
