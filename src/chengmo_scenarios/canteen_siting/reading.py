"""From the datasets of a city to the numbers of a siting problem."""

from dataclasses import dataclass, replace
from itertools import compress

import numpy as np
import pyarrow as pa

from chengmo import City, InvalidRequest, Plane, Streets, find_streets
from chengmo_scenarios.canteen_siting.method.economy import Tariff, state_economy
from chengmo_scenarios.canteen_siting.method.problem import (
    Economy,
    Flags,
    Floats,
    Ints,
    Links,
    Problem,
)
from chengmo_scenarios.canteen_siting.method.reach import link_by_coordinates, nearest_candidate_m
from chengmo_scenarios.canteen_siting.naming import find_districts, name_by_number
from chengmo_scenarios.canteen_siting.request import Request
from chengmo_scenarios.canteen_siting.walking import Tally, link_along, nearest_along_m

POPULATION = "population"
# Where capacity or money limits, walks beyond so many standards are left out of the program.
STANDARDS_REACHED = 3.0


@dataclass(frozen=True)
class People:
    """(n,) places where people live: row, place (longitude, latitude), weight and district.

    `group` numbers the names in `district`, which is one empty name where none are known.
    """

    row: Ints
    place: Floats
    weight: Floats
    group: Ints
    district: list[str]


@dataclass(frozen=True)
class Sites:
    """(m,) existing sites first, then the candidates; rent in yuan a year.

    `district` is empty where the dataset of the sites does not name it.
    """

    row: Ints
    place: Floats
    name: list[str]
    district: list[str]
    is_existing: Flags
    rent: Floats


@dataclass(frozen=True)
class Ground:
    """A siting problem, and where its numbers came from.

    `nearest_m` is (n,) metres to the nearest usable site; `tally` how the links were measured,
    None where all are straight lines.
    """

    problem: Problem
    people: People
    sites: Sites
    nearest_m: Floats
    tariff: Tariff
    tally: Tally | None


def read_ground(request: Request, city: City) -> Ground:
    """Read what `request` needs from `city`.

    Raises:
        InvalidRequest: If a column is missing or not a number, a locked row does not exist, or
            the dataset to walk along has no lines.
    """
    people = _read_people(request, city)
    sites = _read_sites(request, city)
    locked_in, locked_out = _read_locks(request, sites)
    plane = Plane.around(sites.place if len(sites.place) else people.place)
    demand_xy, site_xy = plane.to_metres(people.place), plane.to_metres(sites.place)
    home_district = [people.district[k] for k in people.group]
    near = find_districts(people.place, home_district, sites.place)
    district = [own or other for own, other in zip(sites.district, near, strict=True)]
    names = name_by_number(sites.name, sites.row, district)
    sites = replace(sites, name=names, district=district)
    streets = _read_streets(request, city, plane)
    links, tally = _link(request, streets, demand_xy, site_xy)
    share = request.district_share_0to1
    problem = Problem(
        weight=people.weight,
        links=links,
        site_cost=np.where(sites.is_existing, 0.0, request.opening_cost_yuan),
        locked_in=locked_in,
        locked_out=locked_out,
        max_sites=request.max_sites,
        budget=_or_no_limit(request.budget_yuan),
        cover_share=request.cover_share_0to1,
        single_source=request.one_site_each,
        capacity=_spread(request.capacity_people, len(sites.row)),
        group=None if share is None else people.group,
        group_share=None if share is None else np.full(len(people.district), share),
        link_cost=people.weight[links.demand] * links.distance / 1000.0 * request.walk_cost_yuan_km,
        economy=_read_economy(request, people.weight, links, sites.rent),
        # Where money matters, nobody can be sent past the nearest canteen to fill another.
        nearest=request.sustainability != "none" and request.capacity_people is None,
    )
    nearest_m = _find_nearest(request, streets, demand_xy, site_xy[~locked_out])
    return Ground(problem, people, sites, nearest_m, state_tariff(request), tally)


def _link(
    request: Request, streets: Streets | None, demand_xy: Floats, site_xy: Floats
) -> tuple[Links, Tally | None]:
    detour, limit_m = request.detour, _find_limit(request)
    if streets is None:
        return link_by_coordinates(demand_xy, site_xy, detour=detour, limit_m=limit_m), None
    return link_along(streets, demand_xy, site_xy, detour=detour, limit_m=limit_m)


def _find_nearest(
    request: Request, streets: Streets | None, demand_xy: Floats, site_xy: Floats
) -> Floats:
    if streets is None:
        return nearest_candidate_m(demand_xy, site_xy, detour=request.detour)
    return nearest_along_m(streets, demand_xy, site_xy, detour=request.detour)


def _or_no_limit(value: float | None) -> float:
    return np.inf if value is None else value


def _read_economy(request: Request, weight: Floats, links: Links, rent: Floats) -> Economy | None:
    if request.sustainability == "none":
        return None
    return state_economy(
        weight,
        links,
        rent,
        state_tariff(request),
        may_top_up=request.sustainability == "topped-up",
        subsidy_budget=_or_no_limit(request.subsidy_budget_yuan),
    )


def state_tariff(request: Request) -> Tariff:
    """Return the prices of a request as the method takes them."""
    return Tariff(
        price=request.price_yuan,
        food=request.food_cost_yuan,
        meals_a_year=request.meals_a_year,
        share_at_door=request.share_at_door_0to1,
        half_m=request.half_distance_m,
        staff=request.staff_yuan,
        tax_share=request.tax_share_0to1,
        meal_subsidy=request.meal_subsidy_yuan,
        grant=request.grant_yuan,
        rent_relief=request.rent_relief_0to1,
        tax_relief=request.tax_relief_0to1,
        donation=request.donation_yuan,
    )


def _find_limit(request: Request) -> float:
    if request.goal in ("most-covered", "fewest-sites"):
        return request.standard_m
    if request.longest_walk_m is not None:
        return request.longest_walk_m
    limited = request.capacity_people is not None or request.sustainability != "none"
    return request.standard_m * STANDARDS_REACHED if limited else np.inf


def _spread(value: float | None, count: int) -> Floats | None:
    return None if value is None else np.full(count, value)


def _check_column(table: pa.Table, column: str, dataset: str) -> None:
    if column not in table.column_names:
        columns = ", ".join(name for name in table.column_names if not name.startswith("_"))
        raise InvalidRequest(
            f"dataset '{dataset}' has no column '{column}'", hint=f"its columns are {columns}"
        )


def _numbers(table: pa.Table, column: str, dataset: str) -> Floats:
    _check_column(table, column, dataset)
    try:
        values = table[column].cast(pa.float64()).to_numpy()
    except pa.ArrowInvalid as error:
        raise InvalidRequest(
            f"column '{column}' of dataset '{dataset}' does not hold numbers",
            hint="name a column of counts",
        ) from error
    return np.nan_to_num(np.asarray(values, dtype=np.float64), nan=0.0)


def _places(city: City, dataset: str) -> Floats:
    longitude, latitude = city.places(dataset)
    return np.column_stack([longitude, latitude])


def _read_people(request: Request, city: City) -> People:
    table, place = city.table(POPULATION), _places(city, POPULATION)
    weight = _numbers(table, request.people_column, POPULATION) * request.people_share_0to1
    if (weight < 0.0).any():
        raise InvalidRequest(
            f"column '{request.people_column}' has negative numbers", hint="name a column of counts"
        )
    known = np.isfinite(place).all(axis=1)
    group, district = np.zeros(len(weight), dtype=np.int64), [""]
    column = request.district_column
    # Without a share the districts only help to name sites: a city may do without the column.
    wanted = request.district_share_0to1 is not None or column in table.column_names
    if column is not None and wanted:
        names = np.array(_texts(table, column, POPULATION))
        district, group = np.unique(names, return_inverse=True)
        district = district.tolist()
    row = np.asarray(table["_row"].to_numpy(), dtype=np.int64)
    return People(row[known], place[known], weight[known], group[known], district)


def _texts(table: pa.Table, column: str, dataset: str) -> list[str]:
    _check_column(table, column, dataset)
    return ["" if value is None else str(value) for value in table[column].to_pylist()]


def _read_sites(request: Request, city: City) -> Sites:
    candidates = _read_site_table(request, city, request.candidates, is_existing=False)
    if request.existing is None:
        return candidates
    there = _read_site_table(request, city, request.existing, is_existing=True)
    return Sites(
        row=np.concatenate([there.row, candidates.row]),
        place=np.concatenate([there.place, candidates.place]),
        name=there.name + candidates.name,
        district=there.district + candidates.district,
        is_existing=np.concatenate([there.is_existing, candidates.is_existing]),
        rent=np.concatenate([there.rent, candidates.rent]),
    )


def _read_site_table(request: Request, city: City, dataset: str, *, is_existing: bool) -> Sites:
    table, place = city.table(dataset), _places(city, dataset)
    known = np.isfinite(place[:, 0]) & np.isfinite(place[:, 1])
    row = np.asarray(table["_row"].to_numpy(), dtype=np.int64)
    rent = np.full(len(row), request.rent_yuan)
    name = district = [""] * len(row)
    column = request.district_column
    if column is not None and column in table.column_names:
        district = _texts(table, column, dataset)
    if not is_existing and request.rent_level_column is not None:
        rent = rent * _numbers(table, request.rent_level_column, dataset)
    if not is_existing and request.name_column is not None:
        name = _texts(table, request.name_column, dataset)
    return Sites(
        row=row[known],
        place=place[known],
        name=list(compress(name, known.tolist())),
        district=list(compress(district, known.tolist())),
        is_existing=np.full(int(known.sum()), is_existing),
        rent=rent[known],
    )


def _read_locks(request: Request, sites: Sites) -> tuple[Flags, Flags]:
    for asked in (*request.keep_open, *request.keep_shut):
        if asked not in sites.row[~sites.is_existing]:
            raise InvalidRequest(
                f"dataset '{request.candidates}' has no row {asked}",
                hint="keep_open and keep_shut name rows of the candidates",
            )
    candidate = ~sites.is_existing
    locked_in = sites.is_existing | (np.isin(sites.row, request.keep_open) & candidate)
    return locked_in, np.isin(sites.row, request.keep_shut) & candidate


def _read_streets(request: Request, city: City, plane: Plane) -> Streets | None:
    if request.walks_along is None:
        return None
    streets = find_streets(city.geometry(request.walks_along), plane)
    if len(streets.node_xy) == 0:
        raise InvalidRequest(
            f"dataset '{request.walks_along}' has no lines to walk along",
            hint="name a dataset of streets in walks_along, or leave it out",
        )
    return streets
