"""The tables of the contest about prices of homes, from the listings of 2018.

A row is an estate, not a listing: fewer and steadier numbers. The raw file gives price, area and
fee as natural logarithms; here they are as people read them. Its distances are left out: how they
were scaled is not documented, and whoever takes part can measure them in the open data.
"""

import csv
import gzip
import hashlib
import math
from collections import defaultdict
from pathlib import Path
from statistics import fmean, median

from pack_files import Row, write_csv

RAW = "housing/wuhan_secondhand_2018.csv.gz"
HIDDEN_SHARE = 0.3
# Ours, and the raw file's: 1 if a listing is so.
FLAGS = {
    "high_floor_0to1": "Floor.High",
    "low_floor_0to1": "Floor.Low",
    "fine_finish_0to1": "Decoration.Fine",
    "plate_tower_0to1": "PlateTower",
}
TARGET = "price_yuan_m2"


def write_estates(raw: Path, folder: Path) -> None:
    """Write what is for training, what is given, and what is hidden."""
    listings: dict[int, list[Row]] = defaultdict(list)
    with gzip.open(raw / RAW, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            listings[int(row["group"])].append(row)
    estates = [_estate(number, rows) for number, rows in sorted(listings.items())]
    hidden = [each for each in estates if _is_hidden(each["estate_id"])]
    write_csv(folder / "estates-training.csv", [each for each in estates if each not in hidden])
    write_csv(
        folder / "estates-given.csv",
        [{key: value for key, value in each.items() if key != TARGET} for each in hidden],
    )
    write_csv(
        folder / "estates-hidden.csv",
        [{key: each[key] for key in ("estate_id", TARGET)} for each in hidden],
    )


def _estate(number: int, rows: list[Row]) -> Row:
    def middle(column: str) -> float:
        return median(math.exp(float(row[column])) for row in rows)

    return {
        "estate_id": number,
        "listings": len(rows),
        **{ours: round(fmean(float(row[theirs]) for row in rows), 3)
           for ours, theirs in FLAGS.items()},
        "area_m2": round(middle("BuildingArea"), 1),
        "fee_yuan_m2_month": round(middle("Fee"), 2),
        "lon": rows[0]["lon"],
        "lat": rows[0]["lat"],
        TARGET: round(middle("Price")),
    }  # fmt: skip


def _is_hidden(estate: int) -> bool:
    """Draw by a hash, so that the same estates are hidden each time and neighbours apart."""
    drawn = hashlib.sha256(f"estates:{estate}".encode()).digest()
    return int.from_bytes(drawn[:4]) < HIDDEN_SHARE * 2**32
