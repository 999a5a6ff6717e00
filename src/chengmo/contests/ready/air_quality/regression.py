"""Baseline: a regression on the week before. A package: `fit` and `predict`.

For each day ahead, the logarithm of PM2.5 from the week's PM2.5 (the last, the means of 3 and of 7
days), the season (two harmonics of the year), the year, and the last day's weather; ridge
regression. It looks at no day after the one it stands at.
"""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Day = dict[str, Any]
WEATHER = ("temperature", "humidity", "wind", "rain", "pressure")
WEEK, AHEAD = 7, (1, 2, 3)
RIDGE = 1.0
# Below what instruments tell apart; it keeps the logarithm of a day of zero finite.
LEAST = 0.5


def fit(train: dict[str, pa.Table], _seed: int) -> dict[date, float]:
    """Return a forecast of each day that follows a given week."""
    (training,) = (_days(table) for name, table in train.items() if name.endswith("-training"))
    (given,) = (_days(table) for name, table in train.items() if name.endswith("-given"))
    middle = float(np.median([day["pm25"] for day in training.values() if day["pm25"] is not None]))
    found: dict[date, float] = {}
    for ahead in AHEAD:
        ends = [
            day
            for day in list(training)[WEEK:]
            if (training.get(day + timedelta(days=ahead - 1)) or {}).get("pm25") is not None
        ]
        weeks = [_week(training, day) for day in ends]
        rows = np.array([_features(*each, ahead, middle)
                         for each in zip(weeks, ends, strict=True)])  # fmt: skip
        target = np.log([
            max(training[day + timedelta(days=ahead - 1)]["pm25"], LEAST) for day in ends
        ])  # fmt: skip
        answer = _ridge(rows, target)
        for end in (day + timedelta(days=1) for day in given):
            if end not in given:
                row = np.array(_features(_week(given, end), end, ahead, middle))
                found[end + timedelta(days=ahead - 1)] = answer(row)
    return found


def predict(state: dict[date, float], rows: pa.Table) -> list[float]:
    """Return a forecast of each day, in µg/m³."""
    asked: list[Any] = rows["date"].to_pylist()
    middle = float(np.median(list(state.values())))
    return [state.get(day, middle) for day in asked]


def _ridge(rows: Numbers, target: Numbers) -> Any:
    centre, spread = rows.mean(axis=0), rows.std(axis=0)
    # A column that never changes tells nothing.
    scaled, level = (rows - centre) / np.where(spread > 0, spread, 1), float(target.mean())
    square = scaled.T @ scaled + RIDGE * np.eye(rows.shape[1])
    weights = np.linalg.solve(square, scaled.T @ (target - level))
    spread = np.where(spread > 0, spread, 1)
    return lambda row: round(float(np.exp(level + ((row - centre) / spread) @ weights)), 2)


def _days(table: pa.Table) -> dict[date, Day]:
    return dict(sorted((row["date"], row) for row in table.to_pylist()))


def _week(days: dict[date, Day], end: date) -> list[Day]:
    """Return the seven days before `end`; a day that is not there has nothing measured."""
    return [days.get(end - timedelta(days=by)) or {} for by in range(WEEK, 0, -1)]


def _features(week: list[Day], end: date, ahead: int, middle: float) -> list[float]:
    logs = np.log([
        max(day["pm25"], LEAST) for day in week if day.get("pm25") is not None
    ] or [middle])  # fmt: skip
    at = end + timedelta(days=ahead - 1)
    turn = 2 * np.pi * at.timetuple().tm_yday / 365.25
    weather = [float(week[-1].get(name) or 0) for name in WEATHER]
    season = [np.sin(turn), np.cos(turn), np.sin(2 * turn), np.cos(2 * turn)]
    return [logs[-1], logs[-3:].mean(), logs.mean(), *season, float(at.year), *weather]
