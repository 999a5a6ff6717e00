"""From the datasets of a city to children and schools, real or synthetic."""

import hashlib

import numpy as np
import pyarrow as pa

from chengmo import City, InvalidRequest, nearest_points
from chengmo_scenarios.school_lottery.method.market import NONE, Flags, Floats, Ints
from chengmo_scenarios.school_lottery.method.synthetic import Sizes, make_roster
from chengmo_scenarios.school_lottery.request import Request
from chengmo_scenarios.school_lottery.roster import (
    Children,
    Ground,
    Schools,
    make_ground,
    to_metres,
)
from chengmo_scenarios.school_lottery.walking import make_walker

SEPARATOR = ";"
LEAST_SALT = 16
# Synthetic children live no farther than this from a place where a school may stand, metres.
LOCAL_M = 3000.0
# Reserves of more groups than this at one school make the verifier's check of them long (2^groups).
MOST_RESERVES = 8
# Steps that publish nothing.
ANALYSES = ("analyse", "catchments")


def read_ground(request: Request, city: City) -> Ground:
    """Read what `request` needs from `city`, and make up what it does not name.

    Raises:
        InvalidRequest: If a column is missing or wrong, a choice names no school, or only one of
            roster and schools is named.
    """
    if (request.roster is None) != (request.schools is None):
        raise InvalidRequest(
            "a roster and its schools go together", hint="name both datasets, or neither"
        )
    if request.roster is None or request.schools is None:
        children, schools = make_up(request, city)
        walker = make_walker(request, city, children.place)
        return make_ground(request, children, schools, walker, is_synthetic=True)
    schools = read_schools(request, city, request.schools)
    children = read_children(request, city, request.roster, schools)
    synthetic = any(city.about(name).synthetic for name in (request.roster, request.schools))
    walker = make_walker(request, city, children.place)
    return make_ground(request, children, schools, walker, is_synthetic=synthetic)


def read_new_lines(request: Request, city: City) -> Ground | None:
    """Read the same roster under the zones to be compared with, if any are named.

    Raises:
        InvalidRequest: If a column does not exist.
    """
    changes: dict[str, object] = {
        "zone_column": request.new_zone_column,
        "zones_column": request.new_zones_column,
        "zone_schools": request.new_zone_schools,
    }
    named = {key: value for key, value in changes.items() if value is not None}
    if not named:
        return None
    for dataset, column in (
        (request.roster, request.new_zone_column),
        (request.schools, request.new_zones_column),
    ):
        if dataset is not None and column is not None:
            _needed(city.table(dataset), dataset, (column,))
    return read_ground(request.model_copy(update=named), city)


def _texts(table: pa.Table, column: str) -> list[str]:
    if column not in table.column_names:
        return [""] * table.num_rows
    return ["" if value is None else str(value).strip() for value in table[column].to_pylist()]


def _needed(table: pa.Table, dataset: str, columns: tuple[str, ...]) -> None:
    missing = [name for name in columns if name not in table.column_names]
    if missing:
        raise InvalidRequest(
            f"dataset '{dataset}' has no column '{missing[0]}'",
            hint=f"it needs {', '.join(columns)}; see the scenario's README",
        )


def _numbers(table: pa.Table, column: str, dataset: str, default: int) -> Ints:
    if column not in table.column_names:
        return np.full(table.num_rows, default, np.int64)
    try:
        values = table[column].cast(pa.int64()).to_pylist()
    except pa.ArrowInvalid as error:
        raise InvalidRequest(
            f"column '{column}' of dataset '{dataset}' does not hold whole numbers",
            hint="mend the column and import the dataset again",
        ) from error
    return np.array([default if value is None else value for value in values], dtype=np.int64)


def _places(city: City, dataset: str) -> Floats:
    longitude, latitude = city.places(dataset)
    return np.column_stack([longitude, latitude]).reshape(-1, 2)


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(SEPARATOR) if part.strip()]


def _quota(text: str, dataset: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in _split(text):
        group, _, seats = part.rpartition(":")
        if not group or not seats.strip().isdigit():
            raise InvalidRequest(
                f"dataset '{dataset}': '{part}' is no quota",
                hint="write group:seats, several with a semicolon between",
            )
        found[group.strip()] = int(seats)
    if sum(seats > 0 for seats in found.values()) > MOST_RESERVES:
        raise InvalidRequest(
            f"dataset '{dataset}' has a school with reserves for more than {MOST_RESERVES} groups",
            hint="name fewer groups at one school; a group of its own can stand for several",
        )
    return found


def _check_unique(names: list[str], dataset: str, column: str) -> None:
    seen: set[str] = set()
    for name in names:
        if not name or name in seen:
            raise InvalidRequest(
                f"column '{column}' of dataset '{dataset}' has '{name}' twice or an empty one",
                hint="give each row an id of its own",
            )
        seen.add(name)


def read_schools(request: Request, city: City, dataset: str) -> Schools:
    """Read the schools, sorted by id.

    Raises:
        InvalidRequest: If a column is missing, an id is there twice or seats are negative.
    """
    table = city.table(dataset)
    _needed(table, dataset, ("school", "seats"))
    ids = _texts(table, "school")
    _check_unique(ids, dataset, "school")
    order = sorted(range(len(ids)), key=ids.__getitem__)
    seats, place = _numbers(table, "seats", dataset, 0), _places(city, dataset)
    if (seats < 0).any():
        raise InvalidRequest(f"dataset '{dataset}' has negative seats", hint="mend the column")
    name, zones = _texts(table, "name"), _texts(table, request.zones_column)
    reserved, at_most = _texts(table, "reserved"), _texts(table, "at_most")
    return Schools(
        id=[ids[s] for s in order],
        name=[name[s] or ids[s] for s in order],
        place=place[order],
        seats=seats[order],
        zones=[frozenset(_split(zones[s])) for s in order],
        reserved=[_quota(reserved[s], dataset) for s in order],
        at_most=[_quota(at_most[s], dataset) for s in order],
    )


def read_children(request: Request, city: City, dataset: str, schools: Schools) -> Children:
    """Read the roster.

    Raises:
        InvalidRequest: If a column is missing or wrong, or a public step finds no salts.
    """
    table = city.table(dataset)
    _needed(table, dataset, ("child", "choices"))
    ids, salts = _texts(table, "child"), _texts(table, "salt")
    _check_unique(ids, dataset, "child")
    if request.step not in ANALYSES and min((len(salt) for salt in salts), default=99) < LEAST_SALT:
        raise InvalidRequest(
            f"dataset '{dataset}' has children without a salt of {LEAST_SALT} signs or more",
            hint="add a column salt: 32 random hex digits a child, kept secret until its receipt",
        )
    known = {name: s for s, name in enumerate(schools.id)}
    choice = _choices(_texts(table, "choices"), known, dataset)
    row = np.asarray(table["_row"].to_numpy(), dtype=np.int64)
    registered = _numbers(table, "number", dataset, -1)
    return Children(
        id=ids,
        salt=salts,
        place=_places(city, dataset),
        zone=_texts(table, request.zone_column),
        tier=_numbers(table, "tier", dataset, 1),
        group=[tuple(sorted(set(_split(text)))) for text in _texts(table, "group")],
        unit=_texts(table, "unit"),
        sibling_at=np.array([known.get(s, NONE) for s in _texts(table, "sibling_at")]),
        staff_at=np.array([known.get(s, NONE) for s in _texts(table, "staff_at")]),
        registered=np.where(registered < 0, row, registered),
        choice=choice,
    )


def _choices(texts: list[str], known: dict[str, int], dataset: str) -> Ints:
    lists: list[list[int]] = []
    for text in texts:
        names = list(dict.fromkeys(_split(text)))
        unknown = [name for name in names if name not in known]
        if unknown:
            raise InvalidRequest(
                f"dataset '{dataset}' chooses '{unknown[0]}', which is no school",
                hint="choices are ids of the column school, with a semicolon between",
            )
        lists.append([known[name] for name in names])
    longest = max((len(line) for line in lists), default=0)
    choice = np.full((len(lists), max(longest, 1)), NONE, np.int64)
    for c, line in enumerate(lists):
        choice[c, : len(line)] = line
    return choice


def _keep_local(cell: Floats, known: Flags, site: Floats) -> Flags:
    """Return the cells within `LOCAL_M` of a place for schools; all, if none are."""
    _, away = nearest_points(cell[known, 0], cell[known, 1], site[:, 0], site[:, 1])
    near = known.copy()
    near[known] = away <= LOCAL_M
    return near if near.any() else known


def make_up(request: Request, city: City) -> tuple[Children, Schools]:
    """Return synthetic children on the cells of `population`, and synthetic schools.

    Raises:
        InvalidRequest: If no population is named, or it has no such column or no people.
    """
    if request.population is None:
        raise InvalidRequest(
            "there is neither a roster nor a population to make one up from",
            hint="name roster and schools, or a dataset of people in population",
        )
    table, cell = city.table(request.population), _places(city, request.population)
    _needed(table, request.population, (request.people_column,))
    weight = np.nan_to_num(
        np.asarray(table[request.people_column].cast(pa.float64()).to_numpy(), dtype=np.float64)
    )
    known: Flags = np.asarray(np.isfinite(cell).all(axis=1)) & (weight > 0.0)
    if not known.any():
        raise InvalidRequest(
            f"column '{request.people_column}' of '{request.population}' holds no people",
            hint="name another column in people_column",
        )
    site = cell[known] if request.school_places is None else _places(city, request.school_places)
    site = site[np.isfinite(site).all(axis=1)]
    if len(site) == 0:
        site = cell[known]
    centre = cell[known].mean(axis=0)
    known = _keep_local(cell, known, site)
    sizes = Sizes(
        request.children, request.school_count, request.most_choices, request.seats_share,
        request.twins_share_0to1, request.zone_schools,
    )  # fmt: skip
    made = make_roster(
        to_metres(cell[known], centre), weight[known], to_metres(site, centre), sizes=sizes,
        seed=request.seed,
    )  # fmt: skip
    zone = [f"Z{number + 1:03d}" for number in made.school_zone.tolist()]
    away = to_metres(cell[known], centre)[:, None] - to_metres(site[made.site], centre)[None]
    nearest = np.hypot(away[..., 0], away[..., 1]).argmin(axis=1)
    count = len(made.home)
    twins = np.bincount(made.unit)[made.unit] > 1
    ids = [f"C{number + 1:06d}" for number in range(count)]
    children = Children(
        id=ids,
        salt=[hashlib.sha256(f"synthetic {request.seed} {name}".encode()).hexdigest()
              for name in ids],
        place=cell[known][made.home],
        zone=[zone[nearest[cell_]] for cell_ in made.home.tolist()],
        tier=made.tier,
        group=[("newcomer",) if flag else ("local",) for flag in made.is_newcomer.tolist()],
        unit=[f"U{u}" if twin else "" for u, twin in zip(made.unit.tolist(), twins, strict=True)],
        sibling_at=made.sibling_at,
        staff_at=made.staff_at,
        registered=np.arange(count, dtype=np.int64),
        choice=made.choice,
    )  # fmt: skip
    names = [f"S{number + 1:03d}" for number in range(len(made.site))]
    schools = Schools(
        id=names,
        name=names,
        place=site[made.site],
        seats=made.seats,
        zones=[frozenset([name]) for name in zone],
        reserved=[{} for _ in names],
        at_most=[{} for _ in names],
    )
    return children, schools
