"""Whether the weather lets an aircraft fly, and what of it does not."""

from chengmo_airspace.weather.conditions import Conditions, ConditionSeries
from chengmo_airspace.weather.judgement import (
    REASON_TEXTS,
    Judgement,
    Limits,
    Reason,
    WeatherVerdict,
    judge,
)
from chengmo_airspace.weather.profile import Roughness, temperature_at, wind_at
from chengmo_airspace.weather.table import weather_of_dataset

__all__ = [
    "REASON_TEXTS",
    "ConditionSeries",
    "Conditions",
    "Judgement",
    "Limits",
    "Reason",
    "Roughness",
    "WeatherVerdict",
    "judge",
    "temperature_at",
    "weather_of_dataset",
    "wind_at",
]
