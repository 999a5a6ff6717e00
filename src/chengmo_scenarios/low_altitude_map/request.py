"""What can be asked: an area, heights, hours of a day, an aircraft, what is to be counted in."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from chengmo import DatasetId, DrawnArea, ModelRequest
from chengmo_airspace.atlas import CLEARANCE_M

ClassName = Literal["micro", "light", "small", "medium", "large"]
QuietClass = Literal["0", "1", "2", "3", "4a", "4b"]
Kind = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]


class Request(ModelRequest):
    """One map."""

    lon: float | None = Field(
        default=None, ge=-180, le=180, description="Longitude of the middle, degrees (WGS 84)"
    )
    lat: float | None = Field(
        default=None, ge=-90, le=90, description="Latitude of the middle, degrees (WGS 84)"
    )
    reach_m: float = Field(
        default=1000.0,
        gt=0,
        le=50_000,
        description="How far the map goes from its middle to each side, metres",
    )
    area: DrawnArea | None = Field(
        default=None, description="Or the corners of an area, [longitude, latitude] each"
    )
    cell_level: int = Field(
        default=5, ge=4, le=7, description="BeiDou level of the cells: 5 is 4″ (about 120 m)"
    )
    floor_m: float = Field(
        default=0.0, ge=0, le=2_000, description="Lowest height above the ground, metres"
    )
    top_m: float = Field(
        default=150.0, gt=0, le=3_000, description="Highest height above the ground, metres"
    )
    band_m: float = Field(default=30.0, gt=0, le=500, description="Height of a cell, metres")
    day: date = Field(description="The day, in China's time: 2026-05-01")
    first_hour: int = Field(default=8, ge=0, le=23, description="First hour of the day")
    last_hour: int = Field(default=18, ge=1, le=24, description="Hour at which the last one ends")
    aircraft: ClassName = Field(
        default="light",
        description=(
            "Class of the aircraft (decree 761, article 62): micro under 0.25 kg, light up to 4 kg "
            "empty and 7 kg at take-off, small up to 15 and 25 kg, medium up to 150 kg, large"
        ),
    )
    zones: DatasetId = Field(
        default="airspace-zones",
        description="Dataset of airspace zones; columns as in flight-permission's README",
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
        description="How far a height of the ground holds around its place, metres",
    )
    assumed_ground_m: float | None = Field(
        default=None,
        ge=-400,
        le=5000,
        description="Take the whole ground to lie so high above the sea, metres, without a "
        "terrain. An assumption, and named as one",
    )
    buildings: DatasetId | None = Field(
        default=None,
        description="Dataset of buildings, outlines with heights; of the demo city a sample at "
        "Guanggu: buildings. Without it the map knows no buildings",
    )
    building_column: str = Field(
        default="height_m", max_length=80, description="Its column with metres above the ground"
    )
    building_clearance_m: float = Field(
        default=CLEARANCE_M,
        ge=0,
        le=500,
        description="How far to keep from buildings, across and above, metres. 30 is Japan's "
        "rule (Civil Aeronautics Act, article 132-86), decree 761 sets none: a city writes its own",
    )
    assumed_building_m: float | None = Field(
        default=None,
        gt=0,
        le=1000,
        description="Take buildings without a height to be so high, metres. An assumption, and "
        "named as one; without it the air above them is unknown",
    )
    people: DatasetId | None = Field(
        default="population", description="Dataset of residents: points of a lattice, or polygons"
    )
    people_day: DatasetId | None = Field(
        default=None, description="Dataset of who is there by day, of the same columns"
    )
    people_column: str = Field(
        default="residents", max_length=80, description="Its column with numbers of people"
    )
    people_reach_m: float = Field(
        default=560.0,
        gt=0,
        le=5000,
        description="Of points: from a cell's middle to its corner, metres (H3 resolution 8: 560)",
    )
    dimension_m: float = Field(
        default=1.0, gt=0, le=100, description="The aircraft's largest dimension, metres"
    )
    speed_mps: float = Field(
        default=20.0, gt=0, le=300, description="The aircraft's highest speed, m/s"
    )
    mass_kg: float = Field(
        default=4.0, gt=0, le=30_000, description="The aircraft's mass at take-off, kg"
    )
    quiet: DatasetId | None = Field(
        default="hospitals", description="Dataset of places that want quiet"
    )
    quiet_class: QuietClass = Field(
        default="1", description="Class of GB 3096-2008 whose limit is taken to hold there"
    )
    power_dba: float | None = Field(
        default=None,
        ge=30,
        le=160,
        description="The aircraft's sound power level, dB(A); without it no noise is told",
    )
    masts: DatasetId | None = Field(
        default=None,
        description="Dataset of base stations: antenna_m, reference_dbm, frequency_ghz; "
        "tilt_deg and beam_deg if known",
    )
    threshold_dbm: float = Field(
        default=-110.0, ge=-200, le=0, description="Received power (RSRP) that is enough, dBm"
    )
    coverage_required: bool = Field(
        default=False, description="Whether a cell that is not covered may not be flown in"
    )
    weather: DatasetId | None = Field(
        default=None,
        description="Dataset of hourly weather: time, wind_mps, gust_mps, rain_mm_h, "
        "visibility_m, celsius",
    )
    max_wind_mps: float | None = Field(
        default=None, ge=0, le=100, description="Most mean wind the aircraft bears, m/s"
    )
    max_gust_mps: float | None = Field(
        default=None, ge=0, le=100, description="Strongest gust the aircraft bears, m/s"
    )
    max_rain_mm_h: float | None = Field(
        default=None, ge=0, le=500, description="Most rain the aircraft bears, mm/h"
    )
    min_visibility_m: float | None = Field(
        default=None, ge=0, le=50_000, description="Least visibility, metres"
    )
    min_celsius: float | None = Field(
        default=None, ge=-80, le=60, description="Lowest temperature the aircraft bears, °C"
    )
    max_celsius: float | None = Field(
        default=None, ge=-80, le=80, description="Highest temperature the aircraft bears, °C"
    )
    most_features: int = Field(
        default=3000,
        ge=1,
        le=50_000,
        description="Most cells to draw one by one; more are drawn as regions of one answer",
    )

    @model_validator(mode="after")
    def makes_a_map(self) -> Self:
        """Check that there is one area, a height and an hour."""
        around = self.lon is not None and self.lat is not None
        if around == (self.area is not None) or (self.lon is None) != (self.lat is None):
            raise ValueError(
                "给出经纬度或一片区域，二者取一 | Give either longitude and latitude or an area"
            )
        if self.floor_m >= self.top_m:
            raise ValueError("最低真高须低于最高真高 | floor_m must be below top_m")
        if (self.top_m - self.floor_m) / self.band_m > 63:  # noqa: PLR2004 - and one at the limit
            raise ValueError("最多63层：把每层加高 | At most 63 bands: make band_m larger")
        if self.first_hour >= self.last_hour:
            raise ValueError("开始的钟点须早于结束的钟点 | first_hour must be before last_hour")
        if self.terrain is not None and self.assumed_ground_m is not None:
            raise ValueError(
                "地形数据与假定海拔二者取一 | Give a terrain or assume the ground's height"
            )
        low, high = self.min_celsius, self.max_celsius
        if low is not None and high is not None and low > high:
            raise ValueError("最低气温不得高于最高气温 | min_celsius must not be above max_celsius")
        return self

    @property
    def asks_weather(self) -> bool:
        """Whether any limit of weather is given."""
        limits = (
            self.max_wind_mps, self.max_gust_mps, self.max_rain_mm_h, self.min_visibility_m,
            self.min_celsius, self.max_celsius,
        )  # fmt: skip
        return any(limit is not None for limit in limits)
