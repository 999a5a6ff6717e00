"""What a model gives back: an answer, how good it is, and what to show on the map."""

from typing import Literal, Self

from pydantic import Field, JsonValue, model_validator

from chengmo.model.text import Frozen, Text

ValueType = Literal["integer", "number", "text", "boolean", "date", "datetime"]
Scalar = bool | int | float | str | None


class Quality(Frozen):
    """How good the answer is, as far as it is proven."""

    kind: Literal["exact", "optimal", "gap", "heuristic", "interval"] = Field(
        description=(
            "exact: computed, not searched; optimal: proven best; gap: proven within `gap_0to1` of "
            "the best; heuristic: not proven; interval: an estimate between the measures' limits"
        )
    )
    objective: float | None = Field(default=None, description="Value of what was optimised")
    bound: float | None = Field(default=None, description="Proven limit of any possible objective")
    gap_0to1: float | None = Field(
        default=None, ge=0, description="|objective - bound|/|objective|"
    )
    note: Text | None = None


class Measure(Frozen):
    """One number of the answer, with its unit and, where it is an estimate, its interval."""

    key: str
    title: Text
    value: Scalar
    unit: str = ""
    interval: tuple[float, float] | None = None


class Column(Frozen):
    """One column of a table or one property of a layer."""

    key: str
    title: Text
    unit: str = ""
    # Left out where there are none, so that decisions without them keep their digests.
    labels: dict[str, Text] = Field(
        default_factory=dict[str, Text],
        description="What its values are called, where they are words of a short list",
        exclude_if=lambda labels: not labels,
    )
    # Apart from the labels: what is written down sorts the keys of an object.
    order: tuple[str, ...] = Field(
        default=(),
        description="Its values from the least to the most: coloured along a ramp, in this order",
        exclude_if=lambda order: not order,
    )


class Table(Frozen):
    """Rows to read."""

    key: str
    title: Text
    columns: tuple[Column, ...]
    rows: tuple[tuple[Scalar, ...], ...]

    @model_validator(mode="after")
    def rows_fit_columns(self) -> Self:
        """Check that each row has one value a column."""
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"a row of table '{self.key}' has not {len(self.columns)} values")
        return self


class Feature(Frozen):
    """One thing on the map: a GeoJSON geometry (CGCS2000 longitude, latitude) and its values."""

    geometry: dict[str, JsonValue]
    properties: dict[str, Scalar] = Field(default_factory=dict)


class Layer(Frozen):
    """Things on the map, of one kind, with how to show them."""

    key: str
    title: Text
    geometry: Literal["point", "line", "polygon"]
    columns: tuple[Column, ...] = ()
    features: tuple[Feature, ...]
    colour_by: str | None = Field(default=None, description="Property that colours the features")
    size_by: str | None = Field(default=None, description="Property that sizes points or lines")
    role: Literal["answer", "context"] = "answer"


class Series(Frozen):
    """One line or set of bars of a chart."""

    title: Text
    x: tuple[float | str, ...]
    y: tuple[float, ...]


class Chart(Frozen):
    """A small chart: its axes carry their units."""

    key: str
    title: Text
    kind: Literal["line", "bar", "scatter"]
    x: Column
    y: Column
    series: tuple[Series, ...]


class ModelDecision(Frozen):
    """The part every decision has; a scenario's `Decision` adds its own fields."""

    outcome: Literal["decided", "infeasible", "unbounded", "limit-reached"] = "decided"
    answer: Text = Field(description="The answer in one sentence")
    quality: Quality
    measures: tuple[Measure, ...] = ()
    layers: tuple[Layer, ...] = ()
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    caveats: tuple[Text, ...] = Field(
        default=(), description="What a reader must know before acting on this"
    )
