"""Weather as a dataset: one row an hour, its begin in the column `time`."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np

from chengmo import City, InvalidRequest
from chengmo_airspace.altitude import number_column
from chengmo_airspace.weather.conditions import Conditions, ConditionSeries

_CHINA = timezone(timedelta(hours=8))
_COLUMNS = ("wind_mps", "gust_mps", "rain_mm_h", "visibility_m", "celsius")


def weather_of_dataset(city: City, dataset: str) -> ConditionSeries:
    """Return the weather of one of the city's datasets; what has no column is not known.

    Raises:
        InvalidRequest: If there is no column `time`, or a cell cannot be read.
    """
    table = city.table(dataset)
    if "time" not in table.column_names:
        raise InvalidRequest(
            f"dataset '{dataset}' has no column 'time'",
            hint="one row an hour, its begin in `time`: 2026-05-01T08:00:00+08:00",
        )
    moments = [_moment(value, dataset) for value in table["time"].to_pylist()]
    order = np.argsort([moment.timestamp() for moment in moments])
    given = {
        name: number_column(city, dataset, name)[order]
        for name in _COLUMNS
        if name in table.column_names
    }
    known = Conditions.of(**{"wind_mps": np.full(len(order), np.nan), **given})
    return ConditionSeries([moments[at] for at in order], known)


def _moment(value: object, dataset: str) -> datetime:
    moment = value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
    if not isinstance(moment, datetime):
        raise InvalidRequest(
            f"dataset '{dataset}': {value!r} is no time", hint="write 2026-05-01T08:00:00+08:00"
        )
    # What says no offset is China's: so the city's own tables are written.
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=_CHINA)
