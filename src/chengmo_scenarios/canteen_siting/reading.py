"""From the datasets of a city to the numbers of a siting problem."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyproj import Transformer

from chengmo import City, InvalidRequest
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
from chengmo_scenarios.canteen_siting.request import Request

POPULATION = "population"
# Where capacity or money limits, walks beyond so many standards are left out of the program.
STANDARDS_REACHED = 3.0


@dataclass(frozen=True)
class People:
    """(n,) places where people live: row, place (longitude, latitude), weight and district."""

    row: Ints
    place: Floats
    weight: Floats
    group: Ints
    district: list[str]


@dataclass(frozen=True)
class Sites:
    """(m,) existing sites first, then the candidates; rent in yuan a year."""

    row: Ints
    place: Floats
    name: list[str]
    is_existing: Flags
    rent: Floats


@dataclass(frozen=True)
class Ground:
    """A siting problem, where its numbers came from, and (n,) metres to the nearest usable site."""

    problem: Problem
    people: People
    sites: Sites
    nearest_m: Floats
    tariff: Tariff


def read_ground(request: Request, city: City) -> Ground:
    """Read what `request` needs from `city`.

    Raises:
        InvalidRequest: If a column is missing or not a number, or a locked row does not exist.
    """
    people = _read_people(request, city)
    sites = _read_sites(request, city)
    locked_in, locked_out = _read_locks(request, sites)
    demand_xy, site_xy = _to_metres(people.place, sites.place)
    limit_m = _find_limit(request)
    links = link_by_coordinates(demand_xy, site_xy, detour=request.detour, limit_m=limit_m)
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
    nearest_m = nearest_candidate_m(demand_xy, site_xy[~locked_out], detour=request.detour)
    return Ground(problem, people, sites, nearest_m, state_tariff(request))


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
    if request.district_share_0to1 is not None and request.district_column is not None:
        names = np.array(_texts(table, request.district_column, POPULATION))
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
        is_existing=np.concatenate([there.is_existing, candidates.is_existing]),
        rent=np.concatenate([there.rent, candidates.rent]),
    )


def _read_site_table(request: Request, city: City, dataset: str, *, is_existing: bool) -> Sites:
    table, place = city.table(dataset), _places(city, dataset)
    known = np.isfinite(place[:, 0]) & np.isfinite(place[:, 1])
    row = np.asarray(table["_row"].to_numpy(), dtype=np.int64)
    rent = np.full(len(row), request.rent_yuan)
    name = [f"{dataset} {number}" for number in row.tolist()]
    if not is_existing and request.rent_level_column is not None:
        rent = rent * _numbers(table, request.rent_level_column, dataset)
    if not is_existing and request.name_column is not None:
        texts = _texts(table, request.name_column, dataset)
        name = [text or plain for text, plain in zip(texts, name, strict=True)]
    return Sites(
        row=row[known],
        place=place[known],
        name=[text for text, kept in zip(name, known.tolist(), strict=True) if kept],
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


def _to_metres(demand: Floats, site: Floats) -> tuple[Floats, Floats]:
    """Project on a plane that is true to scale around the middle of the sites."""
    known = site if len(site) else demand
    middle = known.mean(axis=0) if len(known) else np.zeros(2)
    plane = f"+proj=tmerc +lat_0={middle[1]:.4f} +lon_0={middle[0]:.4f} +k=1 +ellps=GRS80 +units=m"
    project = Transformer.from_crs("EPSG:4490", plane, always_xy=True)
    demand_xy, site_xy = (
        np.column_stack(project.transform(each[:, 0], each[:, 1])) for each in (demand, site)
    )
    return demand_xy, site_xy
