"""What can be asked: data, how many sites, what aircraft, at which heights, what to avoid."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from chengmo import DatasetId, ModelRequest
from chengmo_airspace.atlas import CLEARANCE_M

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
    geoid: DatasetId | None = Field(
        default=None,
        description="Dataset of a geoid of the city's own (EGM2008): lon, lat, geoid_m on a "
        "lattice. Without it EGM96; the two are never mixed",
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
    buildings: DatasetId | None = Field(
        default=None, description="Dataset of buildings, outlines with heights: kept clear of"
    )
    building_column: str = Field(
        default="height_m", max_length=80, description="Its column with metres above the ground"
    )
    building_clearance_m: float = Field(
        default=CLEARANCE_M,
        ge=0,
        le=500,
        description="How far to keep from buildings, across and above, metres; as in "
        "low-altitude-map",
    )
    assumed_building_m: float | None = Field(
        default=None,
        gt=0,
        le=1000,
        description="Take buildings without a height to be so high, metres: an assumption. Without "
        "it nothing is planned over them",
    )
    masts: DatasetId | None = Field(
        default=None, description="Dataset of base stations; columns as in low-altitude-map"
    )
    threshold_dbm: float = Field(
        default=-110.0, ge=-200, le=0, description="Received power (RSRP) that is enough, dBm"
    )
    coverage_required: bool = Field(
        default=False, description="Whether corridors keep out of cells that are not covered"
    )
    day: date | None = Field(
        default=None,
        description="Plan for hours of this day, in China's time: zones that do not hold then are "
        "open. Without it a zone that is closed at any time is closed",
    )
    first_hour: int = Field(default=8, ge=0, le=23, description="First hour of that day")
    last_hour: int = Field(default=18, ge=1, le=24, description="Hour at which the last one ends")
    weather: DatasetId | None = Field(
        default=None, description="Dataset of hourly weather: time, wind_mps, gust_mps"
    )
    max_wind_mps: float | None = Field(
        default=None,
        ge=0,
        le=100,
        description="Most mean wind the aircraft bears, m/s: heights at which it blows harder in "
        "any of the hours are closed",
    )
    max_gust_mps: float | None = Field(
        default=None, ge=0, le=100, description="Strongest gust the aircraft bears, m/s"
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
        if self.coverage_required and self.masts is None:
            raise ValueError("需要覆盖就要给出基站 | coverage_required needs masts")
        if self.first_hour >= self.last_hour:
            raise ValueError("开始的钟点须早于结束的钟点 | first_hour must be before last_hour")
        has_limit = self.max_wind_mps is not None or self.max_gust_mps is not None
        if has_limit != (self.weather is not None) or (has_limit and self.day is None):
            raise ValueError(
                "风的限制、天气数据和日期要一起给出"
                " | give a limit of wind, weather and day together"
            )
        return self
