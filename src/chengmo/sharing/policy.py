"""A policy: who may use which dataset for what, from when to when, and what is done to it first."""

from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from chengmo.catalog.dataset import DATASET_ID_PATTERN, Dataset
from chengmo.catalog.treatment import Treatment, check_treatment
from chengmo.errors import InvalidRequest
from chengmo.identity.actor import OrganisationKind, Role
from chengmo.model.decision import Frozen, Text

POLICY_ID_PATTERN = r"^[a-z0-9][a-z0-9-]{0,79}$"
PURPOSE_PATTERN = r"^[a-z0-9][a-z0-9-]{0,79}$"
ALL_DATASETS = "*"

Purpose = Annotated[str, StringConstraints(pattern=PURPOSE_PATTERN)]
Hour = Annotated[int, Field(ge=0, le=24)]


class Who(Frozen):
    """Whom a policy is about: one who fits every list that is not empty."""

    actors: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    organisations: tuple[str, ...] = ()
    kinds: tuple[OrganisationKind, ...] = ()


class When(Frozen):
    """When a policy holds. Hours are of the day in China (UTC+8), from the first to the second."""

    start: AwareDatetime | None = None
    end: AwareDatetime | None = None
    hours: tuple[Hour, Hour] | None = None

    @model_validator(mode="after")
    def in_order(self) -> Self:
        """Check that it ends after it starts."""
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError("a policy ends after it starts")
        return self


class Policy(Frozen):
    """One rule. What no policy and no sharing type permits is denied."""

    id: str = Field(pattern=POLICY_ID_PATTERN, description="Lower-case letters, digits, hyphens")
    title: Text
    dataset: str = Field(
        pattern=rf"{DATASET_ID_PATTERN}|^\*$", description="A dataset's id, or * for all"
    )
    effect: Literal["permit", "deny"] = "permit"
    who: Who = Who()
    purposes: tuple[Purpose, ...] = Field(default=(), description="None named: any that is stated")
    when: When = When()
    treatment: Treatment = Treatment()
    rows_per_day: int | None = Field(
        default=None, ge=1, description="Rows that one account may take from this dataset in a day"
    )
    order: int = Field(
        default=100, ge=0, le=10_000, description="Of several permits the lowest one counts"
    )
    basis: str = Field(default="", max_length=2000, description="Legal basis or agreement")

    @model_validator(mode="after")
    def a_denial_does_nothing_else(self) -> Self:
        """Check that only a permit treats rows or counts them."""
        if self.effect == "deny" and not (self.treatment.is_nothing and self.rows_per_day is None):
            raise ValueError("what is denied is neither treated nor counted")
        if self.dataset == ALL_DATASETS and not self.treatment.is_nothing:
            raise ValueError("a policy for all datasets cannot name the columns of one")
        return self


def check_policy(policy: Policy, dataset: Dataset | None) -> None:
    """Hold a policy against the dataset it is about.

    Raises:
        InvalidRequest: If its treatment does not fit, or it ends before it could hold.
    """
    if dataset is not None:
        check_treatment(policy.treatment, dataset)
    if policy.when.end is not None and policy.when.end <= datetime.now(UTC):
        raise InvalidRequest("the policy has ended already", hint="name a later end")
