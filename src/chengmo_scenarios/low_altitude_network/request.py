"""What can be asked: data, how many sites, what aircraft, at which heights, what to avoid."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from chengmo import DatasetId, ModelRequest

Corner = tuple[Annotated[float, Field(ge=-180, le=180)], Annotated[float, Field(ge=-90, le=90)]]
Weight = Annotated[float, Field(ge=0, le=1000)]


class Request(ModelRequest):
    """One network."""

    site_count: int = Field(default=12, ge=2, le=40, description="How many sites at most")
    site_reach_m: float = Field(
        default=3000.0, gt=0, le=20_000, description="How far a site serves, metres"
    )
    longest_link_m: float = Field(
        default=15_000.0, gt=0, le=100_000, description="Longest corridor, straight, metres"
    )
    area: tuple[Corner, ...] | None = Field(
        default=None,
        min_length=3,
        max_length=1000,
        description="Corners of the area, [longitude, latitude] each; without: around all places "
        "where a site may be",
        json_schema_extra={"x-chengmo-place": "area"},
    )
    candidates: DatasetId = Field(
        default="metro-stations", description="Dataset of places where a site may be"
    )
    candidate_name: str = Field(
        default="name", max_length=80, description="Its column with names, if it has one"
    )
    people: DatasetId = Field(default="population", description="Dataset of residents")
    people_column: str = Field(
        default="residents", max_length=80, description="Its column with numbers of people"
    )
    people_reach_m: float = Field(
        default=600.0,
        gt=0,
        le=10_000,
        description="If residents are points: how far one stands for the land around it, metres",
    )
    zones: DatasetId = Field(
        default="airspace-zones", description="Dataset of airspace zones; as in flight-permission"
    )
    terrain: DatasetId | None = Field(
        default=None, description="Dataset of ground heights above the sea"
    )
    terrain_column: str = Field(
        default="ground_m", max_length=80, description="Its column with metres above the sea"
    )
    terrain_reach_m: float = Field(
        default=500.0,
        gt=0,
        le=5000,
        description="How far a height of the ground holds around its place, metres; beyond it the "
        "ground is not known, and nothing is planned there",
    )
    assumed_ground_m: float | None = Field(
        default=25.0,
        ge=-500,
        le=6000,
        description="Ground height above the sea to assume everywhere, metres; not with terrain",
    )
    cell_m: float = Field(default=100.0, ge=10, le=1000, description="Width of a cell, metres")
    lowest_m: float = Field(
        default=60.0, ge=20, le=1000, description="Lowest lane above the ground, metres"
    )
    step_m: float = Field(
        default=10.0, ge=5, le=200, description="From one lane's height to the next, metres"
    )
    layer_pairs: int = Field(
        default=3, ge=1, le=20, description="How many pairs of lanes there may be, one for each way"
    )
    half_height_m: float = Field(
        default=4.0, gt=0, le=100, description="Half the height of a lane, metres"
    )
    half_width_m: float = Field(
        default=20.0, gt=0, le=500, description="Half the width of a lane, metres"
    )
    terminal_m: float = Field(
        default=300.0, gt=0, le=5000, description="Radius of a site's terminal area, metres"
    )
    time_weight: Annotated[float, Field(gt=0, le=1000)] = Field(
        default=1.0, description="Weight of a metre flown"
    )
    risk_weight: Weight = Field(
        default=1.0, description="Weight of a metre flown over 10 000 residents a km²"
    )
    noise_weight: Weight = Field(
        default=1.0, description="Weight of a metre flown with 10 000 residents a km² in earshot"
    )
    speed_mps: float = Field(default=15.0, gt=0, le=200, description="Speed, metres a second")
    dimension_m: float = Field(default=1.0, gt=0, le=40, description="Largest dimension, metres")
    mass_kg: float = Field(default=7.0, gt=0, le=10_000, description="Take-off mass, kg")
    power_dba: float = Field(default=90.0, ge=30, le=160, description="Sound power, dB(A)")
    heard_db: float = Field(
        default=40.0, ge=20, le=100, description="Level from which it counts as heard, dB(A)"
    )
    flights_per_h: float = Field(
        default=400.0,
        gt=0,
        le=100_000,
        description="Flights wanted in the busiest hour: an assumption, not a count",
    )
    demand_scale_m: float = Field(
        default=8000.0,
        gt=0,
        le=200_000,
        description="Over which distance wanting falls to 1/e: an assumption",
    )
    separation_m: float = Field(
        default=500.0, gt=0, le=20_000, description="Least distance along a lane, metres"
    )
    pads: int = Field(default=4, ge=1, le=100, description="Pads of a site")
    pad_s: float = Field(
        default=90.0, gt=0, le=7200, description="How long a movement takes a pad, seconds"
    )
    busy_0to1: float = Field(
        default=0.8, gt=0, le=1, description="Share of the time that pads may be taken"
    )

    @model_validator(mode="after")
    def lanes_do_not_touch_and_the_ground_is_given_once(self) -> Self:
        """Check that lanes fit between one another, and that there is one ground."""
        if not self.half_height_m < self.step_m / 2:
            raise ValueError("lanes may not touch: half_height_m below half of step_m")
        if self.half_height_m >= self.lowest_m:
            raise ValueError("the lowest lane reaches the ground: raise lowest_m")
        if (self.terrain is None) == (self.assumed_ground_m is None):
            raise ValueError("give terrain, or assumed_ground_m, and not both")
        return self
