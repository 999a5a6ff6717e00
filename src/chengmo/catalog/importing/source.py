"""What every reader gives: facts about the file, then its rows in batches of Arrow columns."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from chengmo.catalog.importing.options import Format, Refused

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Facts:
    """What is known of a file before its rows are read.

    Attributes:
        format: As decided by content.
        names: Column names as received, in order, without the geometry.
        typed: Whether the file itself says which type a column has.
        has_geometry: Whether batches carry WKB.
        crs: The coordinate system that the file declares (code, WKT, PROJJSON), if it does.
        row_estimate: Rows, exact if `is_exact`; None where only the bytes tell.
    """

    format: Format
    names: tuple[str, ...]
    typed: bool = False
    has_geometry: bool = False
    crs: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    layer: str | None = None
    layers: tuple[str, ...] = ()
    row_estimate: int | None = None
    is_exact: bool = False


@dataclass(frozen=True)
class Batch:
    """Some rows of a file.

    Attributes:
        numbers: Row numbers as in the source, from 1, ascending.
        columns: One Arrow array a name of `Facts.names`: text for formats without types.
        refused: Rows among them that could not be read at all (not in `columns`).
        geometry: WKB in the file's coordinate system, where the format has geometry.
        bytes_read: Bytes of the file behind this batch and those before it.
    """

    numbers: Rows
    columns: list[pa.Array]
    refused: list[Refused] = field(default_factory=list[Refused])
    geometry: pa.Array | None = None
    bytes_read: int = 0

    def __len__(self) -> int:
        return len(self.numbers)


class Source(Protocol):
    """A file opened by the reader of its format.

    `batches` may be called again and starts anew each time. `warnings` is complete when the last
    batch has been read.
    """

    facts: Facts
    warnings: list[str]

    def batches(self) -> Iterator[Batch]:
        """Yield all rows in the order of the file.

        Raises:
            UnreadableFile: If the file breaks off or breaks its format.
            ReadAgain: If rows further down need a new start; `facts` has changed.
        """
        ...


class ReadAgain(Exception):
    """Rows further down need other columns or a larger buffer: read again from the start."""
