"""What can be asked of the siting of canteens, first-aid points and childcare places."""

from typing import Literal, Self

from pydantic import Field, model_validator

from chengmo import DatasetId, ModelRequest

GoalName = Literal[
    "most-covered", "fewest-sites", "shortest-walk", "least-cost", "shortest-farthest"
]


class Request(ModelRequest):
    """One question: where should the sites be?"""

    facility: Literal["canteen", "first-aid", "childcare"] = Field(
        default="canteen",
        description="What is to be sited; it only changes the words of the answer",
    )
    goal: GoalName = Field(
        default="most-covered",
        description=(
            "most-covered: most people within the standard; fewest-sites: fewest sites that cover "
            "the share asked for; shortest-walk: least total walk; least-cost: least cost of sites "
            "and walks; shortest-farthest: least walk of whoever walks farthest"
        ),
    )
    people_column: str = Field(
        default="residents_60plus",
        max_length=80,
        description="Column of the dataset population with the number of people who are meant",
    )
    people_share_0to1: float = Field(
        default=1.0, gt=0, le=1, description="Share of these people to plan for, as an estimate"
    )
    district_column: str | None = Field(
        default="district",
        max_length=80,
        description="Column of population that names the district; used with district_share_0to1",
    )
    candidates: DatasetId = Field(
        default="candidate-sites", description="Dataset of places where a site could be"
    )
    name_column: str | None = Field(
        default=None, max_length=80, description="Column of the candidates that names them"
    )
    rent_level_column: str | None = Field(
        default=None,
        max_length=80,
        description="Column of the candidates by which rent_yuan is multiplied; without it 1",
    )
    existing: DatasetId | None = Field(
        default=None, description="Dataset of sites that are there already and stay open"
    )
    keep_open: tuple[int, ...] = Field(
        default=(), description="Row numbers of candidates that must be chosen"
    )
    keep_shut: tuple[int, ...] = Field(
        default=(), description="Row numbers of candidates that must not be chosen"
    )
    standard_m: float = Field(
        default=1000.0, gt=0, le=50_000, description="Longest walk that counts as covered, metres"
    )
    longest_walk_m: float | None = Field(
        default=None,
        gt=0,
        le=200_000,
        description=(
            "Longest walk at all, metres, for goals about walks and cost; without it any walk, or "
            "three times the standard where capacity or money limits"
        ),
    )
    walks_along: DatasetId | None = Field(
        default=None,
        description=(
            "Dataset of streets along which walks are measured where it leads from one place to "
            "the other; without it, and elsewhere, a walk is the straight line times the detour"
        ),
    )
    detour: float = Field(
        default=1.3, ge=1, le=3, description="Length of a walk over the straight line"
    )
    max_sites: int | None = Field(
        default=20, ge=0, le=100_000, description="Most sites, those that exist included"
    )
    opening_cost_yuan: float = Field(
        default=200_000.0, ge=0, le=1e9, description="Cost of opening one new site, yuan"
    )
    budget_yuan: float | None = Field(
        default=None, ge=0, le=1e12, description="Most that new sites may cost in all, yuan"
    )
    walk_cost_yuan_km: float = Field(
        default=500.0,
        ge=0,
        le=1e6,
        description="What a kilometre of walk of one person costs a year, yuan (least-cost only)",
    )
    cover_share_0to1: float = Field(
        default=1.0, ge=0, le=1, description="Least share of all people to be covered or served"
    )
    district_share_0to1: float | None = Field(
        default=None, ge=0, le=1, description="Least share of the people of every district"
    )
    capacity_people: float | None = Field(
        default=None, gt=0, le=1e7, description="Most people one site can serve"
    )
    one_site_each: bool = Field(
        default=False, description="Whether all people of a place go to one site"
    )
    sustainability: Literal["none", "each-site", "topped-up"] = Field(
        default="none",
        description=(
            "none: money sets no limit; each-site: every site's annual balance is at least zero; "
            "topped-up: public money fills deficits within the subsidy budget"
        ),
    )
    subsidy_budget_yuan: float | None = Field(
        default=None, ge=0, le=1e12, description="Most public money a year, yuan"
    )
    price_yuan: float = Field(default=12.0, ge=0, le=1000, description="Price of a meal, yuan")
    food_cost_yuan: float = Field(
        default=9.0, ge=0, le=1000, description="Food cost of a meal, yuan"
    )
    meals_a_year: float = Field(
        default=150.0, gt=0, le=1100, description="Meals a year of one person who takes part"
    )
    share_at_door_0to1: float = Field(
        default=0.1, ge=0, le=1, description="Share of people next door who take part"
    )
    half_distance_m: float = Field(
        default=400.0, gt=0, le=50_000, description="Walk that halves this share, metres"
    )
    staff_yuan: float = Field(
        default=240_000.0, ge=0, le=1e9, description="Wages and running cost of a site a year, yuan"
    )
    rent_yuan: float = Field(
        default=60_000.0, ge=0, le=1e9, description="Rent of a site a year, yuan"
    )
    tax_share_0to1: float = Field(
        default=0.03, ge=0, le=1, description="Taxes and fees as a share of what guests pay"
    )
    meal_subsidy_yuan: float = Field(
        default=2.0, ge=0, le=1000, description="Support 1: public money for a meal, yuan"
    )
    grant_yuan: float = Field(
        default=30_000.0, ge=0, le=1e9, description="Support 1: public money for a site a year"
    )
    rent_relief_0to1: float = Field(
        default=0.5, ge=0, le=1, description="Support 2: share of the rent that is waived"
    )
    tax_relief_0to1: float = Field(
        default=0.5, ge=0, le=1, description="Support 3: share of taxes and fees that is waived"
    )
    donation_yuan: float = Field(
        default=10_000.0, ge=0, le=1e9, description="Support 4: gifts to a site a year, yuan"
    )
    curve_points: int = Field(
        default=6, ge=0, le=20, description="Points of the curve over the number of sites; 0: none"
    )
    max_nodes: int = Field(
        default=2000, ge=0, le=1_000_000, description="Search nodes after which a gap is accepted"
    )

    @model_validator(mode="after")
    def goal_has_its_limit(self) -> Self:
        """Check that what the goal or a limit needs is there."""
        if self.goal in ("shortest-walk", "shortest-farthest") and self.max_sites is None:
            raise ValueError(f"{self.goal} needs max_sites: without it every candidate opens")
        if self.district_share_0to1 is not None and self.district_column is None:
            raise ValueError("district_share_0to1 needs district_column: name the column")
        return self
