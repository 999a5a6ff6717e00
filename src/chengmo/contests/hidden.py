"""The hidden rows of a contest: read here, and nowhere given out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from chengmo.catalog.catalogue import Catalog
from chengmo.catalog.dataset import Dataset
from chengmo.contests.contest import Contest
from chengmo.errors import InvalidRequest

# Joins the parts of a key; no reader of text files lets it through.
SEPARATOR = "\x1f"


@dataclass(frozen=True)
class Hidden:
    """Keys and targets.

    Attributes:
        keys: Each row's, as canonical text; no two alike.
        target: Shape (rows,).
    """

    keys: tuple[str, ...]
    target: NDArray[np.float64]


def read_hidden(catalog: Catalog, contest: Contest, dataset: Dataset) -> Hidden:
    """Read the keys and targets of a version of the hidden dataset.

    Raises:
        InvalidRequest: If a column is missing, the target is no number, or two rows have one key.
    """
    names = (*contest.keys, *contest.features, contest.target)
    missing = [name for name in names if dataset.column(name) is None]
    if missing:
        raise InvalidRequest(
            f"'{dataset.id}' has no column '{missing[0]}'",
            hint=f"it has {', '.join(column.name for column in dataset.columns)}",
        )
    column = dataset.column(contest.target)
    if column is None or column.type not in {"integer", "number"}:
        raise InvalidRequest(
            f"'{contest.target}' is no number", hint="targets are numbers; code labels as 0, 1, 2"
        )
    table = catalog.read(
        dataset.id, version=dataset.version, columns=(*contest.keys, contest.target)
    )
    keys = canonical_keys(table, contest.keys)
    if len(set(keys)) < len(keys):
        raise InvalidRequest(
            "two rows of the hidden dataset have the same key", hint="name more key columns"
        )
    target = table.column(contest.target).cast(pa.float64()).to_numpy()
    return Hidden(keys, np.asarray(target, np.float64))


def rows_to_predict(catalog: Catalog, contest: Contest, dataset: Dataset) -> pa.Table:
    """Return what a package is given of each hidden row: its keys and features, never its target.

    The rows come sorted by their keys, so that their order tells nothing.
    """
    names = [*contest.keys, *contest.features]
    table = catalog.read(dataset.id, version=dataset.version, columns=names).select(names)
    return table.sort_by([(name, "ascending") for name in contest.keys])


def canonical_keys(table: pa.Table, names: Sequence[str]) -> tuple[str, ...]:
    """Return each row's key as text, the same whatever format it was written in."""
    columns = [[canonical(value) for value in table.column(name).to_pylist()] for name in names]
    return tuple(SEPARATOR.join(parts) for parts in zip(*columns, strict=True))


def canonical(value: object) -> str:
    """Return one part of a key as text: `7`, `2020-01-31`, `武昌`.

    Example:
        >>> canonical(7.0), canonical(" A ")
        ('7', 'A')
    """
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat()
    return "" if value is None else str(value).strip().replace(SEPARATOR, " ")


def shown(key: str) -> str:
    """Return a key as people read it."""
    return ", ".join(key.split(SEPARATOR))


def sample_file(contest: Contest, keys: Iterable[str]) -> str:
    """Return a CSV file of every key with an empty prediction."""
    lines = [[*contest.keys, contest.target], *([*key.split(SEPARATOR), ""] for key in keys)]
    return "".join(",".join(_field(part) for part in line) + "\r\n" for line in lines)


def _field(text: str) -> str:
    if any(mark in text for mark in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text
