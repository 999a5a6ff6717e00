"""What can be asked: a place, a height, a time, an aircraft."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from chengmo import DatasetId, ModelRequest

ClassName = Literal["micro", "light", "small", "medium", "large"]
UseName = Literal["relayed", "dangerous-or-dropped", "over-crowds", "from-a-vehicle", "swarm"]
Kind = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]


class Request(ModelRequest):
    """One flight at one place."""

    lon: float | None = Field(
        default=None, ge=-180, le=180, description="Longitude of the place, degrees (WGS 84)"
    )
    lat: float | None = Field(
        default=None, ge=-90, le=90, description="Latitude of the place, degrees (WGS 84)"
    )
    code: str | None = Field(
        default=None,
        max_length=40,
        description="BeiDou grid code of the place, instead of longitude and latitude: its centre",
    )
    height_m: float = Field(
        default=100.0, ge=-500, le=20_000, description="The highest the aircraft will be, metres"
    )
    height_above: Literal["ground", "sea", "ellipsoid"] = Field(
        default="ground", description="What the height counts from; heights are never mixed"
    )
    start: AwareDatetime = Field(
        description="When the flight starts, with its offset from UTC: 2026-05-01T08:00:00+08:00"
    )
    minutes: float = Field(default=30.0, ge=0, le=14_400, description="How long it lasts, minutes")
    aircraft: ClassName = Field(
        default="light",
        description=(
            "Class of the aircraft (decree 761, article 62): micro under 0.25 kg, light up to 4 kg "
            "empty and 7 kg at take-off, small up to 15 and 25 kg, medium up to 150 kg, large"
        ),
    )
    uses: tuple[UseName, ...] = Field(
        default=(),
        max_length=5,
        description="What needs an application everywhere (decree 761, article 31)",
    )
    zones: DatasetId = Field(
        default="airspace-zones", description="Dataset of airspace zones; columns in the README"
    )
    complete_kinds: tuple[Kind, ...] = Field(
        default=(),
        max_length=20,
        description=(
            "Kinds of zones to take as complete in this dataset although it does not say so; 'all' "
            "for every kind. An assumption, and named as one"
        ),
    )
    terrain: DatasetId | None = Field(
        default=None,
        description="Dataset of ground heights above the sea; without it heights above the ground "
        "and above the sea do not compare",
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
        default=200.0,
        gt=0,
        le=5000,
        description="How far a height of the ground holds around its place, metres",
    )
    controlled_above_m: float = Field(
        default=120.0,
        ge=0,
        le=1000,
        description="True height above which all airspace is controlled (decree 761, article 19)",
    )
    micro_limit_m: float = Field(
        default=50.0,
        ge=0,
        le=1000,
        description="True height up to which a micro aircraft flies (decree 761, article 62)",
    )
    top_m: float = Field(
        default=300.0, gt=0, le=10_000, description="Height up to which the profile goes, metres"
    )
    horizon_h: float = Field(
        default=24.0, gt=0, le=744, description="Hours from the start that the timeline covers"
    )

    @model_validator(mode="after")
    def place_is_given_once(self) -> Self:
        """Check that there is one place."""
        by_degrees = self.lon is not None and self.lat is not None
        if by_degrees == (self.code is not None) or (self.lon is None) != (self.lat is None):
            raise ValueError(
                "请给出经纬度或网格码，二者只给一个"
                " | give longitude and latitude, or a code, and not both"
            )
        return self

    @property
    def duration(self) -> timedelta:
        """Return how long the flight lasts."""
        return timedelta(minutes=self.minutes)
