"""Checks that are declared beside a dataset, and what an import's rows were found to be.

The measures follow GB/T 36344-2018: what it calls 规范性 is `validity` here, and uniqueness, which
it counts among the indicators of accuracy, stands alone.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from chengmo.model.decision import Frozen, ValueType

Rule = Literal["required", "unique", "range", "pattern", "one-of", "reference", "inside", "fresh"]
Dimension = Literal[
    "completeness", "accuracy", "consistency", "timeliness", "uniqueness", "validity"
]
_Share = Annotated[float, Field(ge=0, le=1)]
Limit = int | float | str

DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")
USUAL_DIMENSIONS: Mapping[Rule, Dimension] = MappingProxyType(
    {
        "required": "completeness",
        "unique": "uniqueness",
        "range": "accuracy",
        "pattern": "validity",
        "one-of": "validity",
        "reference": "consistency",
        "inside": "consistency",
        "fresh": "timeliness",
    }
)
_NEEDS: Mapping[Rule, tuple[str, ...]] = MappingProxyType(
    {
        "required": ("columns",),
        "unique": ("columns",),
        "range": ("columns",),
        "pattern": ("columns", "pattern"),
        "one-of": ("columns", "values"),
        "reference": ("columns", "dataset", "column"),
        "inside": ("dataset",),
        "fresh": ("columns", "max_age"),
    }
)


class QualityCheck(Frozen):
    """One thing that rows should be. A missing value fails `required` and nothing else."""

    rule: Rule
    columns: tuple[str, ...] = Field(
        default=(), max_length=20, description="Each is checked; `unique` takes them together"
    )
    dimension: Dimension | None = Field(default=None, description="None for the rule's usual one")
    threshold_0to1: _Share = Field(default=1.0, description="Share of rows that must pass")
    action: Literal["warn", "hold"] = Field(
        default="warn", description="`hold` refuses an import that does not reach the threshold"
    )
    least: Limit | None = Field(default=None, description="range: number, or ISO 8601 time")
    most: Limit | None = Field(default=None, description="range: likewise")
    pattern: str | None = Field(
        default=None, max_length=500, description="RE2 expression that the whole value fits"
    )
    values: tuple[Limit, ...] = Field(default=(), max_length=10_000, description="one-of")
    dataset: str | None = Field(default=None, description="reference, inside: id of the other one")
    column: str | None = Field(default=None, description="reference: column of the other dataset")
    max_age: str | None = Field(
        default=None, description="fresh: ISO 8601 duration before the import, as P1M"
    )
    note: str = Field(default="", max_length=500, description="Why, for whoever reads the report")

    @property
    def measures(self) -> Dimension:
        """The dimension of quality that this check measures."""
        return self.dimension or USUAL_DIMENSIONS[self.rule]

    @property
    def name(self) -> str:
        """Rule and columns: the same check of two versions has the same name."""
        subject = ",".join(self.columns) or self.dataset or ""
        return f"{self.rule}({subject})"

    @model_validator(mode="after")
    def has_what_its_rule_needs(self) -> Self:
        """Check that nothing is missing that the rule goes by."""
        missing = [name for name in _NEEDS[self.rule] if not getattr(self, name)]
        if self.rule == "range" and self.least is None and self.most is None:
            missing.append("least or most")
        if missing:
            raise ValueError(f"the rule '{self.rule}' needs {', '.join(missing)}")
        if self.max_age is not None and (
            len(self.max_age) < len("P1D") or not DURATION.fullmatch(self.max_age)
        ):
            raise ValueError(f"'{self.max_age}' is no ISO 8601 duration, such as P1M or P7D")
        return self


class CheckResult(Frozen):
    """What one check found in one version."""

    check: QualityCheck
    checked: int = Field(ge=0, description="Rows that have what the check is about")
    failed: int = Field(ge=0)
    rows: tuple[int, ...] = Field(
        default=(), description="Numbers (`_row`) of the first rows that failed, at most 100"
    )
    fault: str = Field(default="", description="Why it could not be evaluated, in English")

    @property
    def share_0to1(self) -> float:
        """Share of the checked rows that passed; 1 of none."""
        return 1.0 - self.failed / self.checked if self.checked else 1.0

    @property
    def is_met(self) -> bool:
        """Whether the threshold is reached; what could not be evaluated is not met."""
        return not self.fault and self.share_0to1 >= self.check.threshold_0to1


class SchemaDrift(Frozen):
    """How the columns differ from those of the version before."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    retyped: dict[str, tuple[ValueType, ValueType]] = Field(
        default={}, description="Type before and now, by column"
    )

    def __bool__(self) -> bool:
        """Tell whether anything differs."""
        return bool(self.added or self.removed or self.retyped)


class QualityReport(Frozen):
    """What the checks found in the rows of one import."""

    checked_utc: str
    results: tuple[CheckResult, ...] = ()
    drift: SchemaDrift | None = None
    forced_by: str = Field(default="", description="Who let it in against a check that holds")

    @property
    def unmet(self) -> tuple[CheckResult, ...]:
        """The checks whose threshold is not reached."""
        return tuple(result for result in self.results if not result.is_met)

    @property
    def holds(self) -> tuple[CheckResult, ...]:
        """Those of them that hold the import back."""
        return tuple(result for result in self.unmet if result.check.action == "hold")

    def dimensions(self) -> dict[Dimension, float]:
        """Return the mean share of rows that pass, by dimension."""
        found: dict[Dimension, list[float]] = {}
        for result in self.results:
            share = 0.0 if result.fault else result.share_0to1
            found.setdefault(result.check.measures, []).append(share)
        return {name: sum(shares) / len(shares) for name, shares in found.items()}
