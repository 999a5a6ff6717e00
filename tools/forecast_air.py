"""Two baselines of the air quality contest: what was measured last, and a regression.

    python tools/forecast_air.py TABLES SAMPLE_FILE FOLDER

`persistence`: the last PM2.5 measured in the round's given week.
`regression`: for each day ahead, the logarithm of PM2.5 from the given week's PM2.5 (the last, the
mean of 3 and of 7 days), the season (two harmonics of the year), the year, and the last day's
weather; ridge regression fitted to the years 2014 to 2018. Neither looks at a day after the one it
stands at.
"""

import argparse
import csv
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
WEATHER = ("temperature", "humidity", "wind", "rain", "pressure")
GIVEN, AHEAD = 7, (1, 2, 3)
RIDGE = 1.0


def read_days(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def weeks_of(given: list[dict[str, str]]) -> list[list[dict[str, str]]]:
    """Return the given days round by round."""
    rounds: dict[str, list[dict[str, str]]] = defaultdict(list)
    for day in given:
        rounds[day["round"]].append(day)
    return [week for week in rounds.values() if len(week) == GIVEN]


def persistence(folder: Path) -> dict[str, float]:
    """Return a forecast by date: the last measured, else the median of training."""
    measured = [float(day["pm25"]) for day in read_days(folder / "air-training.csv") if day["pm25"]]
    found: dict[str, float] = {}
    for week in weeks_of(read_days(folder / "air-given.csv")):
        last = next((float(day["pm25"]) for day in reversed(week) if day["pm25"]), None)
        for ahead in AHEAD:
            found[_day_after(week, ahead)] = float(np.median(measured)) if last is None else last
    return found


def regression(folder: Path) -> dict[str, float]:
    """Return a forecast by date."""
    training = read_days(folder / "air-training.csv")
    weeks = weeks_of(read_days(folder / "air-given.csv"))
    middle = float(np.median([float(day["pm25"]) for day in training if day["pm25"]]))
    found: dict[str, float] = {}
    for ahead in AHEAD:
        ends = [
            end
            for end in range(GIVEN, len(training) - ahead + 1)
            if training[end + ahead - 1]["pm25"]
        ]
        rows = np.array([features(training[end - GIVEN : end], ahead, middle) for end in ends])
        target = np.log([float(training[end + ahead - 1]["pm25"]) for end in ends])
        centre, spread = rows.mean(axis=0), rows.std(axis=0)
        scaled, level = (rows - centre) / spread, target.mean()
        square = scaled.T @ scaled + RIDGE * np.eye(rows.shape[1])
        weights = np.linalg.solve(square, scaled.T @ (target - level))
        for week in weeks:
            row = (np.array(features(week, ahead, middle)) - centre) / spread
            found[_day_after(week, ahead)] = round(float(np.exp(level + row @ weights)), 2)
    return found


def features(week: list[dict[str, str]], ahead: int, middle: float) -> list[float]:
    """Return what a forecast for `ahead` days after a week goes by."""
    logs = np.log([float(day["pm25"]) for day in week if day["pm25"]] or [middle])
    at = date.fromisoformat(_day_after(week, ahead))
    turn = 2 * np.pi * at.timetuple().tm_yday / 365.25
    weather = [float(week[-1][name] or 0) for name in WEATHER]
    season = [np.sin(turn), np.cos(turn), np.sin(2 * turn), np.cos(2 * turn)]
    return [logs[-1], logs[-3:].mean(), logs.mean(), *season, float(at.year), *weather]


def _day_after(week: list[dict[str, str]], ahead: int) -> str:
    return (date.fromisoformat(week[-1]["date"]) + timedelta(days=ahead)).isoformat()


def write_predictions(found: dict[str, float], sample: Path, path: Path) -> None:
    """Write the forecasts of the days in `sample` as a file to submit."""
    wanted = [row["date"] for row in read_days(sample)]
    lines = ["date,pm25", *(f"{day},{found[day]}" for day in wanted)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Write both files of predictions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tables", type=Path)
    parser.add_argument("sample", type=Path, help="from: chengmo contest sample air-forecast")
    parser.add_argument("to", type=Path)
    arguments = parser.parse_args()
    for forecast in (persistence, regression):
        found = forecast(arguments.tables)
        write_predictions(found, arguments.sample, arguments.to / f"{forecast.__name__}.csv")


if __name__ == "__main__":
    main()
