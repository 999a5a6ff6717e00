"""What the plan of a day answers, besides what every decision has."""

from pydantic import Field

from chengmo import ModelDecision


class Decision(ModelDecision):
    """A plan in counts; flights, volumes and loads are in its tables and layers."""

    flights: int = Field(description="Flights asked for")
    accepted: int = Field(description="Flights that fly as asked")
    delayed: int = Field(description="Flights that only leave later or earlier")
    level: int = Field(description="Flights that fly higher or lower, delayed or not")
    rerouted: int = Field(description="Flights that take another path")
    refused: int = Field(description="Flights that found no place within their leeway")
    conflicts_asked: int = Field(
        description="Pairs of flights that would meet if all flew as asked"
    )
    conflicts_planned: int = Field(
        description="Pairs that meet in the plan, of flights and of flights with what is closed to "
        "them, counted over all pairs: 0"
    )
    cost: float = Field(description="Of all delays, levels, detours and refusals")
    bound: float = Field(description="What no plan can cost less than")
    jain_0to1: float = Field(
        description="Jain's index of what other flights cost the operators, a flight; 1 where all "
        "bear the same"
    )
    affected: int = Field(default=0, description="Planned flights that a closure touches")
    closure_cost: float = Field(
        default=0.0, description="What the plan with the closure costs more than without"
    )
