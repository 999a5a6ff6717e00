"""Releases: counts with noise, drawn once for an edition and kept."""

import importlib
import zlib
from collections.abc import Callable, Iterable
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from chengmo.catalog.counting import read_counts
from chengmo.catalog.dataset import Dataset, DatasetColumn
from chengmo.catalog.noise import NoisyCount, can_draw
from chengmo.catalog.treating import cell_places
from chengmo.errors import PlatformError
from chengmo.model.decision import Text

COUNT = DatasetColumn(
    name="count",
    source_name="count",
    type="integer",
    title=Text(zh="数量", en="Count"),
    meaning=Text(zh="网格内的行数，已取整", en="Rows in the cell, rounded"),
)
NOISY = COUNT.model_copy(
    update={"meaning": Text(zh="行数，已加噪声，可能为负", en="Rows, with noise; may be negative")}
)
LEVEL = DatasetColumn(
    name="cell_level",
    source_name="cell_level",
    type="integer",
    title=Text(zh="网格层级", en="Level of the cell"),
    meaning=Text(zh="GeoSOT 层级", en="GeoSOT level"),
)


class Releases(Protocol):
    """Keeps what was drawn by chance, so that it is drawn once."""

    def once(self, edition: str, dataset: str, draw: Callable[[], bytes]) -> bytes:
        """Return what is kept of an edition; if there is nothing, what `draw` gives, kept now."""
        ...


def releases_of(releases: Releases | None, dataset: str) -> Releases:
    """Return where releases are kept.

    Raises:
        PlatformError: If nowhere, or nothing can draw any: never the exact counts instead.
    """
    if releases is None or not can_draw():
        raise PlatformError(
            f"counts of '{dataset}' with noise cannot be made on this platform",
            hint='pip install "chengmo[dp]", and open it whole, with its database',
        )
    return releases


def drawn_counts(parts: Iterable[pa.Table], space: NoisyCount, cells: NDArray[np.uint64]) -> bytes:
    """Count rows, add noise, and return the counts as they are kept: compressed, 8 bytes each."""
    true = read_counts(parts, space, cells)
    # OpenDP takes a second to load and is an extra: only here is it needed.
    laplace = importlib.import_module("chengmo.catalog.laplace")
    drawn = laplace.with_noise(true, most_rows=space.most_rows, epsilon=space.epsilon)
    return zlib.compress(drawn.astype("<i8").tobytes())


def noisy_columns(dataset: Dataset, space: NoisyCount) -> tuple[DatasetColumn, ...]:
    """Return the columns of a release."""
    by = dataset.column(space.by) if space.by is not None else None
    told = [by.model_copy(update={"type": "text", "source_name": by.name})] if by else []
    return (*told, NOISY, *([LEVEL] if space.level is not None else []))


def noisy_table(
    kept: bytes, space: NoisyCount, cells: NDArray[np.uint64], schema: pa.Schema
) -> pa.Table:
    """Return a release as rows: one for each cell and category, in an order that tells nothing."""
    counts = np.frombuffer(zlib.decompress(kept), "<i8").astype(np.int64)
    each = max(len(space.values), 1)
    named: dict[str, pa.Array] = {field.name: pa.nulls(counts.size, field.type) for field in schema}
    named["count"] = pa.array(counts, pa.int64())
    if space.level is not None:
        levels = np.full(counts.size, space.level, np.int16)
        named |= cell_places(np.repeat(cells, each), levels)
        named["cell_level"] = pa.array(levels, pa.int64())
    if space.by is not None:
        named[space.by] = pa.array(space.values * (counts.size // each), pa.string())
    return pa.table([named[name] for name in schema.names], schema=schema)
