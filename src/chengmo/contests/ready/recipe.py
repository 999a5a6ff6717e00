"""A recipe: of which columns a contest of forecasts is made, and how its days are cut in time.

The first days are for training, whole. The later ones come in rounds: of the first days of a round
everything is given, of the next ones the target is to be forecast, and the rest is held back, so
that the given days of one round tell little of what was to be forecast in the one before.
"""

import csv
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

from pydantic import AwareDatetime, Field

from chengmo.contests.contest import Contest
from chengmo.contests.metric import MetricName
from chengmo.contests.ready.days import DATE, Day, Days, Measured, read_days
from chengmo.errors import InvalidRequest
from chengmo.model.text import Frozen, Text

RECIPE = "recipe.json"
_READY = ("air-quality",)


class Recipe(Frozen):
    """What does not hang on the city. `{place}` in a text is replaced by the city's name.

    Attributes:
        days_a_round: Length of a round.
        given: Days at its beginning of which everything is given.
        ahead: Days after them of which the target is to be forecast.
        training_share: Of all days, from the first on, that are for training.
        least_days: A file with fewer makes no contest.
        baselines: Modules beside the recipe, each a package that takes part.
    """

    title: Text
    task: Text
    rules: Text
    tables: dict[str, tuple[Text, Text]]
    keywords: tuple[str, ...]
    columns: tuple[Measured, ...]
    target: str
    metric: MetricName
    step: float
    public_fraction: float
    days_a_round: int = Field(ge=2)
    given: int = Field(ge=1)
    ahead: int = Field(ge=1)
    training_share: float = Field(gt=0, lt=1)
    least_days: int
    baselines: tuple[str, ...]


class Statement(Frozen):
    """What only the city can state of its contest and of its data."""

    id: str
    place: Text
    steward: str = Field(min_length=1)
    licence: str = Field(min_length=1)
    source: str = Field(min_length=1)
    start: AwareDatetime
    deadline: AwareDatetime


@dataclass(frozen=True)
class Cut:
    """Days of a file: to learn from, given (with the number of their round), to be forecast."""

    training: Days
    given: list[tuple[int, date, Day]]
    hidden: Days


def ready_contests() -> tuple[str, ...]:
    """Return the names of the recipes on board."""
    return _READY


def recipe_folder(name: str) -> Path:
    """Return where a recipe on board lies.

    Raises:
        InvalidRequest: If there is none of this name.
    """
    if name not in _READY:
        raise InvalidRequest(f"no contest is ready as '{name}'", hint=", ".join(_READY))
    return Path(str(files("chengmo.contests.ready"))) / name.replace("-", "_")


def read_recipe(folder: Path) -> Recipe:
    """Return the recipe in a folder."""
    return Recipe.model_validate_json((folder / RECIPE).read_bytes())


def cut_days(recipe: Recipe, days: Days) -> Cut:
    """Cut a file's days as the recipe says.

    Raises:
        InvalidRequest: If there are too few.
    """
    if len(days) < recipe.least_days:
        raise InvalidRequest(
            f"the file has {len(days)} days", hint=f"at least {recipe.least_days} make a contest"
        )
    order = list(days)
    first = order[round(len(order) * recipe.training_share)]
    given: list[tuple[int, date, Day]] = []
    hidden: Days = {}
    for day in order[order.index(first) :]:
        number, place = divmod((day - first) // timedelta(days=1), recipe.days_a_round)
        if place < recipe.given:
            given.append((number + 1, day, days[day]))
        elif place < recipe.given + recipe.ahead and days[day][recipe.target] is not None:
            hidden[day] = {recipe.target: days[day][recipe.target]}
    training = {day: days[day] for day in order if day < first}
    return Cut(training, given, hidden)


def make_pack(folder: Path, data: Path, stated: Statement, to: Path) -> Path:
    """Write a contest and its tables into `to`, and return the path of the contest's file.

    Args:
        folder: Of the recipe.
        data: A file as `read_days` takes it.
        stated: What the city says.
        to: Where to; it is made, and what it held of the same names is replaced.

    Raises:
        ChengmoError: As `read_days`, `cut_days`.
    """
    recipe = read_recipe(folder)
    cut = cut_days(recipe, read_days(data, recipe.columns))
    to.mkdir(parents=True, exist_ok=True)
    names = list(next(iter(cut.training.values())))
    rows: dict[str, list[list[object]]] = {
        "training": [[day, *_cells(names, values)] for day, values in cut.training.items()],
        "given": [[number, day, *_cells(names, values)] for number, day, values in cut.given],
        "hidden": [[day, values[recipe.target]] for day, values in cut.hidden.items()],
    }
    headers = {
        "training": [DATE, *names],
        "given": ["round", DATE, *names],
        "hidden": [DATE, recipe.target],
    }
    for part, lines in rows.items():
        _write(to / f"{stated.id}-{part}.csv", headers[part], lines)
    for each in recipe.baselines:
        (to / f"{each}.py").write_bytes((folder / f"{each}.py").read_bytes())
    pack = {
        "contest": _contest(recipe, stated).model_dump(mode="json"),
        "datasets": [_table(recipe, stated, part, columns) for part, columns in headers.items()],
        "baselines": [f"{each}.py" for each in recipe.baselines],
    }
    path = to / f"{stated.id}.json"
    path.write_text(json.dumps(pack, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return path


def _cells(names: Iterable[str], values: Day) -> list[object]:
    return ["" if values[name] is None else values[name] for name in names]


def _write(path: Path, header: list[str], lines: list[list[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(lines)


def _contest(recipe: Recipe, stated: Statement) -> Contest:
    told = _teller(stated)
    return Contest(
        id=stated.id,
        title=told(recipe.title),
        task=told(recipe.task),
        rules=told(recipe.rules),
        training=(f"{stated.id}-training", f"{stated.id}-given"),
        hidden=f"{stated.id}-hidden",
        keys=(DATE,),
        target=recipe.target,
        metric=recipe.metric,
        step=recipe.step,
        public_fraction=recipe.public_fraction,
        start=stated.start,
        deadline=stated.deadline,
        packages=True,
    )


def _table(recipe: Recipe, stated: Statement, part: str, columns: list[str]) -> dict[str, object]:
    told = _teller(stated)
    title, description = recipe.tables[part]
    shared = "none" if part == "hidden" else "unconditional"
    notes = {each.name: {"title": each.title.model_dump(), "unit": each.unit}
             for each in recipe.columns}  # fmt: skip
    notes[DATE] = {"title": {"zh": "日期", "en": "Date"}, "unit": ""}
    notes["round"] = {"title": {"zh": "轮次", "en": "Round"}, "unit": ""}
    return {
        "file": f"{stated.id}-{part}.csv",
        "metadata": {
            "id": f"{stated.id}-{part}",
            "title": told(title).model_dump(),
            "description": told(description).model_dump(),
            "steward": stated.steward,
            "licence": stated.licence,
            "attribution": stated.steward,
            "source": stated.source,
            "grade": 1,
            "sharing": shared,
            "opening": shared,
            "synthetic": False,
            "keywords": list(recipe.keywords),
            "time_column": DATE,
            "notes": {name: notes[name] for name in columns},
        },
    }


def _teller(stated: Statement) -> Callable[[Text], Text]:
    return lambda text: Text(
        zh=text.zh.replace("{place}", stated.place.zh),
        en=text.en.replace("{place}", stated.place.en),
    )
