"""What the map answers, besides what every decision has."""

from pydantic import Field

from chengmo import ModelDecision


class Decision(ModelDecision):
    """The map in numbers. Shares are of all cells, bands and hours."""

    cells: int = Field(description="Cells on the ground")
    bands: int = Field(description="Height bands above each")
    hours: int = Field(description="Hours asked for")
    free_share_0to1: float = Field(description="Free, or free under conditions")
    approval_share_0to1: float = Field(description="Only if approved")
    unknown_share_0to1: float = Field(description="The data do not tell")
    closed_share_0to1: float = Field(description="Prohibited, or closed by weather or coverage")
    highest_free_m: float = Field(
        description="Up to which height above the ground one flies without asking where it is "
        "highest, by zones and law, in every hour; 0 if nowhere"
    )
    known_free_share_0to1: float = Field(
        description="Free by the rules that surely hold alone: what is not known is left out"
    )
