"""Make the tables of the air quality contest from the raw daily file.

    python tools/prepare_air.py RAW_FOLDER [--to tests/contests/air]

Cut in time. Years to 2018 are for training, whole. From 2019 on the days come in rounds of 14: of
days 1 to 7 everything is given, days 8 to 10 are to be forecast, and days 11 to 14 are held back,
so that the given days of the next round tell little of the days to be forecast. Rows hold facts
only: what was measured on which day.
"""

import argparse
import csv
from datetime import date, timedelta
from pathlib import Path

RAW = "air/wuhan_air_weather_daily_2014_2021.csv"
FIRST_ROUND = date(2019, 1, 1)
DAYS_A_ROUND, GIVEN, FORECAST = 14, 7, 3
# Ours, and the raw file's.
MEASURED = {
    "pm25": "PM25",
    "pm10": "PM10",
    "no2": "NO2",
    "so2": "SO2",
    "o3": "O3",
    "temperature": "avgtemp",
    "humidity": "avgrh",
    "wind": "avgws",
    "rain": "precipitation",
    "pressure": "avgp",
}


def main() -> None:
    """Write the three tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("raw", type=Path)
    target = Path(__file__).parents[1] / "tests" / "contests" / "air"
    parser.add_argument("--to", type=Path, default=target)
    arguments = parser.parse_args()
    with (arguments.raw / RAW).open(encoding="utf-8", newline="") as file:
        days = [_day(row) for row in csv.DictReader(file)]
    training = [day for day in days if date.fromisoformat(day["date"]) < FIRST_ROUND]
    later = [(day, *_place(day)) for day in days[len(training) :]]
    given = [{"round": number, **day} for day, number, at in later if at < GIVEN]
    hidden = [
        {"date": day["date"], "pm25": day["pm25"]}
        for day, _, at in later
        if GIVEN <= at < GIVEN + FORECAST and day["pm25"]
    ]
    for name, rows in (("training", training), ("given", given), ("hidden", hidden)):
        _write(arguments.to / f"air-{name}.csv", rows)


def _day(row: dict[str, str]) -> dict[str, str]:
    return {"date": row["date"], **{ours: row[raw] for ours, raw in MEASURED.items()}}


def _place(day: dict[str, str]) -> tuple[int, int]:
    """Return the round of a day, from 1, and its place in it, from 0."""
    passed = (date.fromisoformat(day["date"]) - FIRST_ROUND) // timedelta(days=1)
    return passed // DAYS_A_ROUND + 1, passed % DAYS_A_ROUND


def _write(path: Path, rows: list[dict[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
