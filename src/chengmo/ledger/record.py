"""What is written down about a run: enough to do it again and to see whether it is the same."""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

FinalStatus = Literal["successful", "failed", "dismissed"]


class Entry(BaseModel):
    """A frozen part of the ledger: unknown fields are refused, so nothing is lost in silence."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class DatasetVersion(Entry):
    """One dataset as a run saw it."""

    version: int
    snapshot: int
    sha256: str = Field(description="Fingerprint of the file this version came from")
    edition: str = Field(
        default="", description="Which treated edition of the version was read; empty for itself"
    )
    treatment: dict[str, Any] | None = Field(
        default=None, description="What was done to the version before it was read"
    )


class RunActor(Entry):
    """Who asked."""

    id: str
    role: str
    organisation: str = ""


class RunError(Entry):
    """Why a run gave no decision."""

    slug: str
    message: str
    hint: str = ""


class RunRecord(Entry):
    """One run, from the request to the decision. Times are RFC 3339 in UTC."""

    run: str = Field(description="Sortable by the time of submission")
    model: str
    model_version: str
    request: dict[str, Any]
    datasets: dict[str, DatasetVersion] = Field(description="By dataset id")
    seed: int | None = Field(default=None, description="The request's `seed`, where it has one")
    actor: RunActor
    purpose: str
    environment: dict[str, str] = Field(
        description="Versions of Python, the platform and the numeric packages; code fingerprint"
    )
    submitted_utc: str
    started_utc: str | None = None
    ended_utc: str
    status: FinalStatus
    outcome: str | None = Field(default=None, description="The decision's own, such as infeasible")
    decision_digest: str | None = None
    error: RunError | None = None
    decision: dict[str, Any] | None = Field(
        default=None, description="Kept beside the record, tied to it by `decision_digest`"
    )

    @model_validator(mode="after")
    def decides_or_says_why(self) -> Self:
        """Check that a successful run has a decision's digest and any other none."""
        if (self.status == "successful") != (self.decision_digest is not None):
            raise ValueError("a run has a decision if and only if it is successful")
        if self.status == "failed" and self.error is None:
            raise ValueError("a failed run says why")
        return self
