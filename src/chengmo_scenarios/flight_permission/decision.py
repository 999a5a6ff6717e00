"""What the question of flying answers, besides what every decision has."""

from typing import Literal

from pydantic import Field

from chengmo import ModelDecision

VerdictName = Literal["allowed", "conditional", "authorisation", "unknown", "prohibited"]


class Decision(ModelDecision):
    """Whether one may fly."""

    verdict: VerdictName = Field(
        description=(
            "allowed: no application needed; conditional: under the conditions named; "
            "authorisation: only if approved; unknown: the data do not tell; prohibited"
        )
    )
    known: VerdictName = Field(
        description="What the rules that surely hold say alone, whatever is not known"
    )
    free_up_to_m: float = Field(
        description="Up to which height from the ground nothing has to be asked; 0 if nowhere"
    )
    known_free_up_to_m: float = Field(
        description="The same by the rules that surely hold alone: what is not known is left out"
    )
    apply_until: str | None = Field(
        default=None, description="Until when an application must be made, local time"
    )
    deciding: tuple[str, ...] = Field(
        default=(), description="Keys of the rules and zones, the deciding one first"
    )
