"""Where a run stands, as anyone may see it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

State = Literal["accepted", "running", "successful", "failed", "dismissed"]


class RunStatus(BaseModel):
    """Where a run stands. Times are RFC 3339 in UTC."""

    model_config = ConfigDict(frozen=True)

    id: str
    model: str
    status: State
    progress_0to1: float = Field(default=0.0, description="As the model itself says")
    stage: str = ""
    message: str = Field(default="", description="Why it has not ended well, and the way out")
    submitted_utc: str
    started_utc: str | None = None
    ended_utc: str | None = None
    estimate_s: float | None = Field(
        default=None, description="Seconds it is expected to take from now; null if unknown"
    )
    outcome: str | None = Field(default=None, description="The decision's own, such as infeasible")
    digest: str | None = Field(default=None, description="Fingerprint of the decision")

    @property
    def has_ended(self) -> bool:
        """Whether nothing about this run will change."""
        return self.status not in {"accepted", "running"}
