"""What can be asked: whose flights, which zones, how far a flight may be moved, what that costs."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from chengmo import DatasetId, ModelRequest

_Longitude = Annotated[float, Field(ge=-180, le=180)]
_Latitude = Annotated[float, Field(ge=-85, le=85)]
ZoneKey = Annotated[str, Field(min_length=1, max_length=80)]


class Closure(ModelRequest):
    """An area that is closed for a while: what would that change?"""

    area: tuple[tuple[_Longitude, _Latitude], ...] = Field(
        default=(),
        max_length=500,
        description="Corners of the closed area, longitude and latitude in degrees, in order",
        json_schema_extra={"x-chengmo-place": "area"},
    )
    zone: ZoneKey | None = Field(
        default=None, description="Identifier of a zone of the dataset, instead of an area"
    )
    begin: AwareDatetime = Field(description="When the closure begins, with its offset from UTC")
    end: AwareDatetime = Field(description="When it ends")
    lower_m: float = Field(
        default=0.0, ge=0, le=5000, description="Closed from this height above the ground, metres"
    )
    upper_m: float = Field(
        default=1000.0, gt=0, le=20_000, description="Closed up to this height above the ground"
    )
    announced: AwareDatetime | None = Field(
        default=None,
        description="When operators are told; what has departed by then cannot be held on the "
        "ground. Empty: before the first flight",
    )

    @model_validator(mode="after")
    def it_is_somewhere_for_a_while(self) -> Self:
        """Check that there is one area and an interval."""
        if bool(self.area) == (self.zone is not None):
            raise ValueError(
                "请给出区域的角点或一个空域，二者只给一个"
                " | give the corners of an area, or a zone, and not both"
            )
        if self.area and len(self.area) < 3:  # noqa: PLR2004 - a triangle
            raise ValueError("区域至少有三个角点 | an area has three corners or more")
        if self.end <= self.begin or self.upper_m <= self.lower_m:
            raise ValueError(
                "关闭的结束须晚于开始，上限须高于下限"
                " | a closure ends after it begins, and above where it starts"
            )
        if self.announced is not None and self.announced > self.begin:
            raise ValueError("关闭须在开始之前公布 | a closure is announced before it begins")
        return self


class Request(ModelRequest):
    """The flights of a day."""

    flights: DatasetId | None = Field(
        default=None,
        description="Dataset of the flights asked for; columns in the README. Empty: synthetic "
        "flights between places with residents",
    )
    population: DatasetId | None = Field(
        default=None,
        description="Dataset of residents that synthetic flights go between; 'population' where no "
        "flights are given",
    )
    synthetic_flights: int = Field(
        default=240, ge=1, le=5000, description="How many synthetic flights to make"
    )
    synthetic_day: date = Field(default=date(2026, 5, 1), description="Their day, in China's time")
    seed: int = Field(default=1, ge=0, le=2**31 - 1, description="Seed of the synthetic flights")
    zones: DatasetId | None = Field(
        default="airspace-zones", description="Dataset of airspace zones; empty: none are kept"
    )
    terrain: DatasetId | None = Field(
        default=None,
        description="Dataset of ground heights above the sea: with it zones whose limits count "
        "from the sea close the heights they may reach, not all heights",
    )
    terrain_column: str = Field(
        default="ground_m", max_length=80, description="Its column with metres above the sea"
    )
    terrain_reach_m: float = Field(
        default=500.0,
        gt=0,
        le=5000,
        description="How far a height of the ground holds around its place, metres",
    )
    closure: Closure | None = Field(
        default=None, description="What if an area were closed: who is affected, and what then"
    )
    order: Literal["turns", "schedule"] = Field(
        default="turns",
        description="Who chooses first within a priority: operators in turn in proportion to their "
        "flights, or the earlier departure",
    )
    later_min: float = Field(
        default=60.0, ge=0, le=1440, description="A flight may leave so much later, minutes"
    )
    earlier_min: float = Field(
        default=0.0, ge=0, le=1440, description="A flight may leave so much earlier, minutes"
    )
    step_s: int = Field(default=10, ge=1, le=3600, description="Delays are multiples of this")
    floor_m: float = Field(
        default=30.0, ge=0, le=5000, description="No level is moved below this, above the ground"
    )
    ceiling_m: float = Field(
        default=120.0,
        ge=0,
        le=5000,
        description="Nothing flies above this without authorisation, metres above the ground "
        "(decree 761, article 19: 120 m)",
    )
    level_step_m: float = Field(
        default=25.0,
        ge=1,
        le=500,
        description="Levels are moved by multiples of this, metres; more than a band is high, for "
        "bands that touch meet",
    )
    sidestep_m: float = Field(
        default=150.0,
        ge=0,
        le=5000,
        description="A flight may run so far beside its path; 0: never, metres",
    )
    clearance_m: float = Field(
        default=50.0, ge=0, le=5000, description="Distance kept on a way round a zone, metres"
    )
    minute_cost: float = Field(
        default=1.0, ge=0, le=1e6, description="Cost of a minute of delay or of longer flight"
    )
    metre_cost: float = Field(
        default=0.05, ge=0, le=1e6, description="Cost of a metre higher or lower"
    )
    refusal_cost: float = Field(
        default=120.0, ge=0, le=1e9, description="Cost of a flight that finds no place"
    )
    speed_mps: float = Field(
        default=15.0, gt=0, le=150, description="Cruising speed where a flight names none, m/s"
    )
    climb_mps: float = Field(default=3.0, gt=0, le=50, description="Speed up and down, m/s")
    width_m: float = Field(
        default=60.0, gt=0, le=5000, description="Width of a corridor where a flight names none"
    )
    leg_s: float = Field(
        default=60.0, ge=5, le=3600, description="A volume holds so much of the flight, seconds"
    )
    spare_s: float = Field(
        default=15.0, ge=0, le=3600, description="Time kept free before and after each volume"
    )
    cell_capacity: int = Field(
        default=30, ge=1, le=100_000, description="Flights that may enter a cell of 1′ in an hour"
    )
    ground_m: float = Field(
        default=25.0,
        ge=-500,
        le=8000,
        description="Height of the ground above the sea, for the volumes' codes alone, metres",
    )
    most_drawn: int = Field(
        default=4000, ge=0, le=50_000, description="At most so many volumes are drawn"
    )

    @model_validator(mode="before")
    @classmethod
    def without_flights_the_residents_are_read(cls, given: Any) -> Any:
        """Name the dataset of residents where synthetic flights are asked for."""
        if isinstance(given, dict) and not given.get("flights") and not given.get("population"):
            return {**given, "population": "population"}
        return given

    @model_validator(mode="after")
    def the_band_has_room(self) -> Self:
        """Check that the ceiling lies above the floor."""
        if self.ceiling_m <= self.floor_m:
            raise ValueError("ceiling_m 须高于 floor_m | ceiling_m must be above floor_m")
        return self
