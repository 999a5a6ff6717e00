"""What can be asked of the school lottery."""

from typing import Annotated, Any, Literal, Self, cast

from pydantic import Field, model_validator

from chengmo import DatasetId, ModelRequest

MechanismName = Literal[
    "deferred-acceptance",
    "deferred-acceptance-multiple",
    "parallel",
    "immediate-acceptance",
    "serial-dictatorship",
    "top-trading-cycles",
    "ring",
]
Criterion = Literal["sibling", "staff", "zone", "tier"]
Hex = Annotated[str, Field(pattern=r"^[0-9a-f]*$", max_length=400)]
Name = Annotated[str, Field(min_length=1, max_length=80)]


class Request(ModelRequest):
    """One question: who gets which school, and is that fair?"""

    step: Literal["analyse", "catchments", "commit", "draw", "verify"] = Field(
        default="analyse",
        description=(
            "analyse: what the rules do, before they are used; catchments: propose zones of "
            "several schools; commit: the digest to publish "
            "before the draw; draw: the allocation with its transcript; verify: the draw again, "
            "against what was published"
        ),
    )
    mechanism: MechanismName = Field(
        default="deferred-acceptance",
        description="How choices, priorities and lottery numbers become places",
    )
    title: str = Field(
        default="School lottery", max_length=200, description="Name of the draw; published"
    )
    band: int = Field(
        default=3, ge=1, le=100, description="Choices that count alike (parallel preferences only)"
    )
    catchment: Literal["only", "first", "none"] = Field(
        default="first",
        description=(
            "only: a child may choose schools of its zone alone; first: they come first where the "
            "priorities say zone; none: zones do not matter"
        ),
    )
    priorities: tuple[Criterion, ...] = Field(
        default=("sibling", "staff", "zone", "tier"),
        max_length=4,
        description=(
            "Whom a school takes first, the weightiest criterion first; what is left out does not "
            "count, and ties are for the lottery"
        ),
    )
    siblings: Literal["together", "apart"] = Field(
        default="together",
        description="together: twins and siblings share one number and one school; apart: not",
    )
    reserve_order: Literal["reserve-first", "open-first"] = Field(
        default="reserve-first",
        description="Which seats a school fills first: those reserved for groups, or the others",
    )
    reserve_group: str | None = Field(
        default=None,
        max_length=80,
        description="Group for which every school reserves seats, besides what its row says",
    )
    reserve_share_0to1: float = Field(
        default=0.2, ge=0, le=1, description="Share of each school's seats reserved for that group"
    )
    overflow: bool = Field(
        default=True,
        description="Whether children left over get a seat at the nearest school that has one",
    )
    most_choices: int = Field(
        default=6, ge=1, le=50, description="Choices a child may state; more are not read"
    )
    roster: DatasetId | None = Field(
        default=None,
        description=(
            "Dataset of children: columns child, choices and, where they matter, salt, zone, tier, "
            "group, unit, sibling_at, staff_at, number; without it a synthetic roster is made"
        ),
    )
    schools: DatasetId | None = Field(
        default=None,
        description=(
            "Dataset of schools: columns school, seats and, where they matter, name, zones, "
            "reserved, at_most; without it synthetic schools are made"
        ),
    )
    zone_column: str = Field(
        default="zone", max_length=80, description="Column of the roster with the child's zone"
    )
    zones_column: str = Field(
        default="zones",
        max_length=80,
        description="Column of the schools with their zones, a semicolon between",
    )
    new_zone_column: str | None = Field(
        default=None,
        max_length=80,
        description="What if: column of the roster with other zones, to be compared (analyse)",
    )
    new_zones_column: str | None = Field(
        default=None,
        max_length=80,
        description="What if: column of the schools with other zones, to be compared (analyse)",
    )
    new_zone_schools: int | None = Field(
        default=None,
        ge=1,
        le=100,
        description="What if: schools in a zone of the synthetic city, to be compared (analyse)",
    )
    school_places: DatasetId | None = Field(
        default="candidate-sites",
        description=(
            "Dataset of places where synthetic schools stand; without it, on cells; not read where "
            "a roster is named"
        ),
    )
    population: DatasetId | None = Field(
        default="population",
        description=(
            "Dataset of cells with people, on which synthetic children live; not read where a "
            "roster is named"
        ),
    )
    people_column: str = Field(
        default="residents",
        max_length=80,
        description="Its column by which synthetic children are spread",
    )
    children: int = Field(
        default=2000, ge=1, le=200_000, description="Children of a synthetic roster"
    )
    school_count: int = Field(default=20, ge=1, le=2000, description="Synthetic schools")
    seats_share: float = Field(
        default=1.05, ge=0, le=10, description="Seats of synthetic schools for each child"
    )
    zone_schools: int = Field(
        default=3,
        ge=1,
        le=100,
        description="Schools in a zone: of the synthetic city, and of catchments to be proposed",
    )
    zone_balance_0to1: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="Share by which a zone may have more children for a seat than the city",
    )
    twins_share_0to1: float = Field(
        default=0.03, ge=0, le=0.5, description="Share of synthetic children who have a twin"
    )
    seed: int = Field(
        default=1, ge=0, le=2**32 - 1, description="Seed of synthetic data and of simulated draws"
    )
    lotteries: int = Field(
        default=200, ge=1, le=100_000, description="Simulated draws for the odds of a type of child"
    )
    walks_along: DatasetId | None = Field(
        default=None,
        description=(
            "Dataset of streets along which walks to school are measured where it leads from one "
            "place to the other; without it, and elsewhere, a walk is the straight line times "
            "the detour"
        ),
    )
    detour: float = Field(
        default=1.3, ge=1, le=3, description="Length of a walk over the straight line"
    )
    randomness: Literal["parties", "drand", "notary"] = Field(
        default="parties",
        description=(
            "parties: values that several parties committed to; drand: a future round of the "
            "public beacon; notary: what was drawn before a notary and written down"
        ),
    )
    parties: tuple[Name, ...] = Field(
        default=(), max_length=50, description="Names of the parties that commit and reveal"
    )
    party_commitments: tuple[Hex, ...] = Field(
        default=(), max_length=50, description="What each party published before, 64 hex digits"
    )
    party_values: tuple[Hex, ...] = Field(
        default=(), max_length=50, description="What each party reveals at the draw, hex digits"
    )
    drand_chain: Literal["quicknet", "default"] = Field(
        default="quicknet", description="drand chain: quicknet every 3 s, default every 30 s"
    )
    drand_round: int = Field(
        default=0, ge=0, le=10**9, description="Round that will decide; it must lie in the future"
    )
    drand_signature: Hex = Field(
        default="", description="Signature of that round, hex digits, known after it"
    )
    drand_previous: Hex = Field(
        default="", description="Signature of the round before (chain default only), hex digits"
    )
    notary: str = Field(default="", max_length=200, description="The notary's name or office")
    notary_record: str = Field(
        default="", max_length=2000, description="What was drawn, word for word as recorded"
    )
    notary_ring: tuple[int, ...] = Field(
        default=(), max_length=2, description="Start number and gap drawn (ring rule only)"
    )
    published_commitment: Hex = Field(
        default="", description="Commitment published before the draw, to verify against"
    )
    published_digest: Hex = Field(
        default="", description="Digest of the published transcript, to verify against"
    )
    explain: tuple[Hex, ...] = Field(
        default=(),
        max_length=20,
        description="Tickets of families who want to know exactly what would have been needed",
    )

    @model_validator(mode="before")
    @classmethod
    def a_roster_needs_no_city(cls, given: Any) -> Any:
        """Leave out what only a synthetic roster is made of: a real draw needs none of it."""
        if isinstance(given, dict) and cast("dict[str, Any]", given).get("roster") is not None:
            return {**cast("dict[str, Any]", given), "population": None, "school_places": None}
        return cast("Any", given)

    @model_validator(mode="after")
    def draw_has_its_randomness(self) -> Self:
        """Check that a draw names where its randomness comes from, and brings it."""
        if self.step in ("analyse", "catchments"):
            return self
        missing = [name for name in self._needed() if not getattr(self, name)]
        if missing:
            raise ValueError(f"{self.step} with {self.randomness} needs {', '.join(missing)}")
        if len(self.parties) != len(self.party_commitments):
            raise ValueError("party_commitments: one for each of parties")
        if self.step != "commit" and len(self.parties) != len(self.party_values):
            raise ValueError("party_values: one for each of parties")
        if len(self.notary_ring) == 1 or any(value < 1 for value in self.notary_ring):
            raise ValueError("notary_ring: a start number and a gap, both from 1")
        return self

    def _needed(self) -> tuple[str, ...]:
        announced = {
            "parties": ("parties", "party_commitments"),
            "drand": ("drand_round",),
            "notary": ("notary",),
        }
        revealed = {
            "parties": ("party_values",),
            "drand": ("drand_signature",),
            "notary": ("notary_record",),
        }
        needed = announced[self.randomness]
        if self.step != "commit":
            needed += revealed[self.randomness]
        if self.step == "verify":
            needed += ("published_commitment", "published_digest")
        return needed
