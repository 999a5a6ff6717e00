"""The map layers of a plan: the sites, and the people it leaves out."""

import numpy as np
from pydantic import JsonValue

from chengmo import Column, Feature, Layer, Text
from chengmo_scenarios.canteen_siting.method.economy import Account
from chengmo_scenarios.canteen_siting.method.problem import Answer, Floats, add_up
from chengmo_scenarios.canteen_siting.reading import Ground

# So many of the heaviest places that nobody serves are drawn: the map stays light.
MOST_UNSERVED = 500
HALF = 0.5


def _point(place: Floats, properties: dict[str, bool | int | float | str | None]) -> Feature:
    at: list[JsonValue] = [round(float(place[0]), 7), round(float(place[1]), 7)]
    return Feature(geometry={"type": "Point", "coordinates": at}, properties=properties)


PEOPLE = Column(key="people", title=Text(zh="人数", en="People"), unit="person")


def draw_sites(ground: Ground, answer: Answer, account: Account) -> Layer:
    """Return the open sites with what they serve and what remains of their year."""
    links = ground.problem.links
    load = ground.problem.link_weight * answer.flow
    people = add_up(links.site, load, ground.problem.n_sites)
    walk = add_up(links.site, load * links.distance, ground.problem.n_sites) / np.maximum(
        people, 1e-9
    )
    features = [
        _point(
            ground.sites.place[j],
            {
                "name": ground.sites.name[j],
                "is_existing": bool(ground.sites.is_existing[j]),
                "people": round(float(people[j])),
                "mean_walk_m": round(float(walk[j]), 1),
                "balance_yuan": round(float(account.balance[j])),
            },
        )
        for j in answer.open_site.tolist()
    ]
    return Layer(
        key="sites",
        title=Text(zh="点位", en="Sites"),
        geometry="point",
        columns=(
            Column(key="name", title=Text(zh="名称", en="Name")),
            Column(key="is_existing", title=Text(zh="已有", en="Exists")),
            PEOPLE,
            Column(key="mean_walk_m", title=Text(zh="平均步行", en="Mean walk"), unit="m"),
            Column(key="balance_yuan", title=Text(zh="年结余", en="Balance a year"), unit="yuan/a"),
        ),
        features=tuple(features),
        colour_by="is_existing",
        size_by="people",
    )


def draw_unserved(ground: Ground, answer: Answer) -> Layer:
    """Return the heaviest places of which not everybody is served."""
    problem = ground.problem
    served = add_up(problem.links.demand, answer.flow, problem.n_demands)
    left = problem.weight * (1.0 - np.minimum(served, 1.0))
    heaviest = np.argsort(-left, kind="stable")[:MOST_UNSERVED]
    features = [
        _point(
            ground.people.place[i],
            {"people": round(float(left[i])), "nearest_candidate_m": _metres(ground.nearest_m, i)},
        )
        for i in heaviest[left[heaviest] >= HALF].tolist()
    ]
    nearest = Text(zh="最近候选点", en="Nearest candidate")
    return Layer(
        key="unserved",
        title=Text(zh="未覆盖的人（最多500处）", en="People not covered (500 places at most)"),
        geometry="point",
        columns=(PEOPLE, Column(key="nearest_candidate_m", title=nearest, unit="m")),
        features=tuple(features),
        size_by="people",
        role="context",
    )


def _metres(metres: Floats, place: int) -> float | None:
    value = float(metres[place])
    return round(value, 1) if np.isfinite(value) else None
