"""What the siting of canteens answers, besides what every decision has."""

from pydantic import Field

from chengmo import ModelDecision


class Decision(ModelDecision):
    """A siting plan, or why there is none."""

    chosen: tuple[int, ...] = Field(
        default=(), description="Row numbers of the chosen candidates, existing sites left out"
    )
    unreached: tuple[int, ...] = Field(
        default=(),
        description="When infeasible: rows of population that no candidate reaches, heaviest first",
    )
