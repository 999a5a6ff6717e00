"""A contest as its organiser states it, and as it was opened."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from chengmo.catalog.dataset import DATASET_ID_PATTERN
from chengmo.contests.metric import METRICS, MetricName
from chengmo.model.text import Frozen, Text

CONTEST_ID_PATTERN = r"^[a-z0-9][a-z0-9-]{0,79}$"
DatasetId = Annotated[str, StringConstraints(pattern=DATASET_ID_PATTERN)]
ColumnName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Phase = Literal["announced", "open", "closed"]
# A form with the largest file must fit into what the server takes as a body, 16 MiB.
LARGEST_FILE_BYTES = 15 * 2**20


class Contest(Frozen):
    """Task, data, measure and rules of a contest."""

    id: str = Field(pattern=CONTEST_ID_PATTERN, description="Lower-case letters, digits, hyphens")
    title: Text
    task: Text = Field(description="What is to be predicted, from what")
    rules: Text = Field(description="What is allowed and what is not")
    training: tuple[DatasetId, ...] = Field(
        min_length=1, max_length=20, description="Datasets to learn from, opened by their own rules"
    )
    hidden: DatasetId = Field(description="Dataset of keys and targets, shared with nobody")
    keys: tuple[ColumnName, ...] = Field(
        min_length=1, max_length=8, description="Columns that name a row of it"
    )
    target: ColumnName = Field(description="Column to predict")
    metric: MetricName
    step: float = Field(
        gt=1e-9, lt=1e9, description="Least betterment that the public board tells, in the metric"
    )
    public_fraction: float = Field(default=0.3, ge=0.05, le=0.95)
    start: AwareDatetime
    deadline: AwareDatetime = Field(description="From this instant on nothing is accepted")
    per_day: int = Field(default=5, ge=1, le=1000, description="Files a day (UTC+8) and entrant")
    in_all: int = Field(default=100, ge=1, le=100_000, description="Files in all and entrant")
    final: Literal["best", "last"] = Field(
        default="best", description="Which submission counts in the end"
    )
    packages: bool = Field(
        default=False, description="Whether packages are accepted, which run here in a jail"
    )
    features: tuple[ColumnName, ...] = Field(
        default=(), max_length=200, description="Hidden columns that packages alone are given"
    )
    file_bytes: int = Field(default=5 * 2**20, ge=1024, le=LARGEST_FILE_BYTES)

    @model_validator(mode="after")
    def makes_sense(self) -> Self:
        """Check the order of times, and that no column or dataset has two parts."""
        if self.deadline <= self.start:
            raise ValueError("a contest ends after it starts")
        columns = [name.casefold() for name in (*self.keys, *self.features, self.target)]
        if len(set(columns)) < len(columns):
            raise ValueError("the keys, the features and the target are different columns")
        if self.hidden in self.training:
            raise ValueError("what is hidden cannot be for training")
        return self

    def phase(self, at: datetime) -> Phase:
        """Return where the contest stands; at the deadline itself it is closed."""
        if at < self.start:
            return "announced"
        return "open" if at < self.deadline else "closed"


class OpenedContest(Frozen):
    """A contest with what was fixed when it was opened.

    Attributes:
        contest: As stated.
        version: Of the hidden dataset: a later one changes no score.
        rows: How many rows are to be predicted.
        scoring_version: Of the measures.
        opened_utc: When.
        opened_by: By whom.
    """

    contest: Contest
    version: int
    rows: int
    scoring_version: str
    opened_utc: str
    opened_by: str

    def public(self, at: datetime) -> dict[str, Any]:
        """Return what everybody may know: not the hidden dataset, nor who opened it."""
        stated = self.contest.model_dump(mode="json", exclude={"hidden"})
        metric = METRICS[self.contest.metric]
        return {
            **stated,
            "metric_title": metric.title.model_dump(),
            "less_is_better": metric.is_loss,
            "rows": self.rows,
            "scoring_version": self.scoring_version,
            "phase": self.contest.phase(at),
        }
