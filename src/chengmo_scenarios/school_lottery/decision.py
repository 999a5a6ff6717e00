"""What the school lottery answers, besides what every decision has."""

from pydantic import Field, JsonValue

from chengmo import ModelDecision


class Decision(ModelDecision):
    """What the rules do, or who got what."""

    commitment: str = Field(
        default="", description="Digest to publish before the randomness exists; empty in analyses"
    )
    plan: dict[str, JsonValue] = Field(
        default_factory=dict, description="Everything that the commitment fixes"
    )
    transcript: dict[str, JsonValue] = Field(
        default_factory=dict,
        description="The published record of a draw, which verify_lottery.py replays",
    )
