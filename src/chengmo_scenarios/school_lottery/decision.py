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
    digest: str = Field(
        default="", description="Digest of the transcript, to publish on the day of the draw"
    )
    leaves: tuple[str, ...] = Field(
        default=(),
        description=(
            "Digest of each unit, sorted by ticket (commit): families find theirs before the draw"
        ),
    )
    transcript: dict[str, JsonValue] = Field(
        default_factory=dict,
        description="The published record of a draw, which verify_lottery.py replays",
    )
