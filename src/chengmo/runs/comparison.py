"""Two runs side by side: what is the same, and by name what is not."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json

from chengmo.ledger import RunRecord

LONGEST_LIST = 200
_LONGEST_VALUE = 200


class Difference(BaseModel):
    """One thing that differs. A side that has no such thing is null."""

    model_config = ConfigDict(frozen=True)

    where: str = Field(description="Such as request.budget_cny, datasets.roads.version")
    first: str | None
    second: str | None

    def __str__(self) -> str:
        first, second = (value if value is not None else "–" for value in (self.first, self.second))
        return f"{self.where}: {first} → {second}"


class Comparison(BaseModel):
    """Whether two runs gave the same decision, and what differs between them."""

    model_config = ConfigDict(frozen=True)

    same: bool = Field(description="Whether both gave a decision, and the same to the last bit")
    first: str = Field(description="Id of the first run")
    second: str | None = Field(description="Id of the second; null if it could not be done again")
    first_digest: str | None
    second_digest: str | None
    differences: tuple[Difference, ...] = ()


def compare(first: RunRecord, second: RunRecord) -> Comparison:
    """Compare two runs: models, requests, data, environments, measures, decisions."""
    found = islice(_differences(first, second), LONGEST_LIST)
    return Comparison(
        same=first.decision_digest is not None and first.decision_digest == second.decision_digest,
        first=first.run,
        second=second.run,
        first_digest=first.decision_digest,
        second_digest=second.decision_digest,
        differences=tuple(found),
    )


def cannot_repeat(first: RunRecord, where: str, stored: str, reason: str) -> Comparison:
    """Return the comparison of a run with one that cannot be done any more."""
    return Comparison(
        same=False,
        first=first.run,
        second=None,
        first_digest=first.decision_digest,
        second_digest=None,
        differences=(Difference(where=where, first=stored, second=reason),),
    )


def _differences(first: RunRecord, second: RunRecord) -> Iterator[Difference]:
    one, other = first.model_dump(mode="json"), second.model_dump(mode="json")
    for part in ("model", "model_version", "request", "datasets", "seed", "environment"):
        yield from _walk(part, one[part], other[part])
    for part in ("status", "outcome", "error"):
        yield from _walk(part, one[part], other[part])
    yield from _walk("measures", _measures(first), _measures(second))
    yield from _walk("decision", _without_measures(first), _without_measures(second))


def _measures(record: RunRecord) -> dict[str, Any]:
    measures: Sequence[Mapping[str, Any]] = (record.decision or {}).get("measures", ())
    return {str(measure["key"]): measure for measure in measures}


def _without_measures(record: RunRecord) -> dict[str, Any]:
    return {key: value for key, value in (record.decision or {}).items() if key != "measures"}


def _walk(where: str, first: Any, second: Any) -> Iterator[Difference]:
    if isinstance(first, dict) and isinstance(second, dict):
        for key in sorted({*first, *second}):
            yield from _walk(f"{where}.{key}", first.get(key), second.get(key))
    elif isinstance(first, list) and isinstance(second, list) and len(first) == len(second):
        for index, (one, other) in enumerate(zip(first, second, strict=True)):
            yield from _walk(f"{where}[{index}]", one, other)
    elif first != second:
        yield Difference(where=where, first=_shown(first), second=_shown(second))


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, list):
        return f"{len(value)} items"
    text = value if isinstance(value, str) else to_json(value).decode()
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
