"""What is done to a dataset before somebody sees it: pure data, stated by its steward.

A treatment makes another table out of a version: an edition (see `edition.py`). Everything a
reader asks (filters, sorts, counts, tiles, joins, exports) is asked of that table, so nothing that
was taken out can be found out by asking for it.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from chengmo.catalog.condition import Condition, Operator
from chengmo.catalog.dataset import COLUMN_NAME_PATTERN, Dataset
from chengmo.catalog.noise import (
    COARSEST_LEVEL,
    FINEST_TREATED_LEVEL,
    NoisyCount,
    check_noise,
    noise_words,
)
from chengmo.errors import InvalidRequest
from chengmo.model.decision import Frozen, Text, ValueType

TimeUnit = Literal["year", "month", "day", "hour"]
_TIMED: frozenset[ValueType] = frozenset({"date", "datetime"})


class Drop(Frozen):
    """The column is not there."""

    do: Literal["drop"] = "drop"


class Mask(Frozen):
    """Only the first and last characters of a text stay; `*` stands for the others."""

    do: Literal["mask"] = "mask"
    first: int = Field(default=0, ge=0, le=20)
    last: int = Field(default=0, ge=0, le=20)


class Hash(Frozen):
    """HMAC-SHA-256 (RFC 2104) under a key of this platform: equal values stay equal, no more.

    `space` keeps the pseudonyms of two uses apart, so that they cannot be joined.
    """

    do: Literal["hash"] = "hash"
    space: str = Field(default="", max_length=80)


class Generalise(Frozen):
    """Coarser values: numbers in multiples of `step`, texts to their beginning, times to `unit`."""

    do: Literal["generalise"] = "generalise"
    step: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    first: int | None = Field(default=None, ge=1, le=20)
    unit: TimeUnit | None = None

    @model_validator(mode="after")
    def one_way(self) -> Self:
        """Check that exactly one way is named."""
        if sum(way is not None for way in (self.step, self.first, self.unit)) != 1:
            raise ValueError("generalise names one of step, first and unit")
        return self


ColumnTreatment = Annotated[Drop | Mask | Hash | Generalise, Field(discriminator="do")]


class RowRule(Frozen):
    """Only rows that meet this are seen; `attribute` compares with what the one who asks is."""

    column: str = Field(pattern=COLUMN_NAME_PATTERN)
    op: Operator = "="
    value: bool | int | float | str | tuple[int | float | str, ...] | None = None
    attribute: Literal["organisation", "district"] | None = None

    def bound(self, attributes: Mapping[str, str]) -> Self:
        """Return this rule with the attribute's value in the place of its name."""
        if self.attribute is None:
            return self
        return self.model_copy(update={"value": attributes[self.attribute], "attribute": None})


class Coarsen(Frozen):
    """Each row's place becomes the centre of its cell.

    With `minimum` above 1, rows that would share their cell with too few others rise, together, to
    coarser cells until at least `minimum` share one; rows that never do lose their place.
    """

    do: Literal["coarsen"] = "coarsen"
    level: int = Field(ge=COARSEST_LEVEL, le=FINEST_TREATED_LEVEL, description="GeoSOT level")
    minimum: int = Field(default=1, ge=1, le=10_000)


class CountByCell(Frozen):
    """No rows, but how many there are in each cell.

    Cells with fewer than `minimum` rows are merged with their neighbours into coarser cells, or
    left out. Counts are rounded to multiples of `minimum`, up or down by chance with the expected
    value kept (unbiased random rounding, Fellegi 1975, Survey Methodology 1: 123-133); the chance
    is drawn from a key, the cell and the count, so that asking again tells nothing more. What
    differs between two versions or two levels is then a multiple of `minimum`, too.
    """

    do: Literal["count"] = "count"
    level: int = Field(ge=COARSEST_LEVEL, le=FINEST_TREATED_LEVEL, description="GeoSOT level")
    minimum: int = Field(default=5, ge=2, le=10_000)


SpaceTreatment = Annotated[Coarsen | CountByCell | NoisyCount, Field(discriminator="do")]


class Treatment(Frozen):
    """What is done to the rows, in this order: rows, columns, times, space."""

    rows: tuple[RowRule, ...] = ()
    only: tuple[str, ...] | None = Field(
        default=None,
        description="Columns to show; None shows all, also of later versions",
    )
    columns: dict[str, ColumnTreatment] = Field(default={}, description="By column name")
    time: TimeUnit | None = Field(default=None, description="Coarsest unit of every date and time")
    space: SpaceTreatment | None = None

    @property
    def is_nothing(self) -> bool:
        """Whether the rows stay as they are."""
        return self == NO_TREATMENT

    def bound(self, attributes: Mapping[str, str]) -> Self:
        """Return this treatment for one who asks, whose attributes are given by name."""
        return self.model_copy(update={"rows": tuple(rule.bound(attributes) for rule in self.rows)})

    def shows(self, column: str) -> bool:
        """Tell whether a column is still there after the treatment."""
        kept = self.only is None or column in self.only
        return kept and not isinstance(self.columns.get(column), Drop)

    def conditions(self) -> tuple[Condition, ...]:
        """Return what every row meets. The rules have been bound."""
        return tuple(Condition(rule.column, rule.op, rule.value) for rule in self.rows)

    def digest(self) -> str:
        """Return the fingerprint of this treatment: SHA-256 in hexadecimal."""
        stated = self.model_dump(mode="json")
        if isinstance(self.space, NoisyCount):
            # What a recipient may have in all does not change what one release is.
            del stated["space"]["budget"], stated["space"]["days"]
        return _digest(stated)

    def words(self) -> tuple[Text, ...]:
        """Say what was done, so that whoever sees the data knows it."""
        return tuple(_words(self))


NO_TREATMENT = Treatment()


def edition_digest(dataset: Dataset, treatment: Treatment) -> str:
    """Return the name of one edition: SHA-256 in hexadecimal of the version and its treatment."""
    return _digest([dataset.id, dataset.version, dataset.snapshot, treatment.digest()])


def check_treatment(treatment: Treatment, dataset: Dataset) -> None:
    """Hold a treatment against the dataset's columns.

    Raises:
        InvalidRequest: If it names a column that is not there, or treats it as it cannot be.
    """
    for rule in treatment.rows:
        dataset.stated_column(rule.column)
    for name in treatment.only or ():
        dataset.stated_column(name)
    for name, how in treatment.columns.items():
        kind = dataset.stated_column(name).type
        if isinstance(how, Mask) and kind != "text":
            raise InvalidRequest(
                f"'{name}' of '{dataset.id}' holds no texts: it cannot be masked",
                hint="drop, hash or generalise it",
            )
        if isinstance(how, Generalise):
            _check_generalise(name, kind, how)
    if isinstance(treatment.space, NoisyCount):
        check_noise(treatment.space, dataset)
    elif treatment.space is not None and dataset.geometry_type == "none":
        raise InvalidRequest(
            f"the rows of '{dataset.id}' have no place to make coarser", hint="leave out `space`"
        )


def _check_generalise(name: str, kind: ValueType, how: Generalise) -> None:
    fits = (
        (how.step is not None and kind in {"integer", "number"})
        or (how.first is not None and kind == "text")
        or (how.unit is not None and kind in _TIMED)
    )
    if not fits:
        raise InvalidRequest(
            f"'{name}' is of type {kind}: it cannot be generalised like this",
            hint="use step for numbers, first for texts, unit for dates and times",
        )
    if how.unit == "hour" and kind == "date":
        raise InvalidRequest(f"the dates in '{name}' have no hours", hint="use year, month or day")


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


_DONE = {
    "drop": Text(zh="已去除", en="left out"),
    "mask": Text(zh="已遮蔽", en="masked"),
    "hash": Text(zh="已替换为假名", en="replaced by pseudonyms"),
    "generalise": Text(zh="已概括", en="generalised"),
}
_UNITS = {
    "year": Text(zh="年", en="year"),
    "month": Text(zh="月", en="month"),
    "day": Text(zh="日", en="day"),
    "hour": Text(zh="小时", en="hour"),
}


def _words(treatment: Treatment) -> list[Text]:
    said: list[Text] = []
    if treatment.rows:
        names = ", ".join(dict.fromkeys(rule.column for rule in treatment.rows))
        said.append(Text(zh=f"仅含部分行（按 {names}）", en=f"Only some rows (by {names})"))
    for do, words in _DONE.items():
        names = ", ".join(name for name, how in treatment.columns.items() if how.do == do)
        # A column that was left out is not even named.
        if names and do != "drop":
            said.append(Text(zh=f"{names}：{words.zh}", en=f"{names}: {words.en}"))
    if treatment.only is not None or any(how.do == "drop" for how in treatment.columns.values()):
        said.append(Text(zh="部分字段已去除", en="Some columns were left out"))
    if treatment.time is not None:
        unit = _UNITS[treatment.time]
        said.append(Text(zh=f"时间精确到{unit.zh}", en=f"Times to the {unit.en}"))
    return [*said, *_space_words(treatment.space)]


def _space_words(space: SpaceTreatment | None) -> tuple[Text, ...]:
    if space is None:
        return ()
    if isinstance(space, NoisyCount):
        return noise_words(space)
    if isinstance(space, CountByCell):
        return (
            Text(
                zh=f"按 {space.level} 级网格计数，每格不少于 {space.minimum}，计数取整",
                en=f"Counts by cell of level {space.level}, none below {space.minimum}, rounded",
            ),
        )
    return (
        Text(
            zh=f"位置为 {space.level} 级网格中心，每格不少于 {space.minimum} 行",
            en=f"Places are centres of cells of level {space.level}, "
            f"each of {space.minimum} rows or more",
        ),
    )
