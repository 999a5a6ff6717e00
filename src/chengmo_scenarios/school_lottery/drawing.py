"""The map layers: schools with what they give, and homes by what they got."""

import numpy as np
from pydantic import JsonValue

from chengmo import Column, Feature, Layer, Text
from chengmo_scenarios.school_lottery.method.market import NONE, Floats, Ints
from chengmo_scenarios.school_lottery.roster import Ground

# So many places of homes are drawn: the map stays light.
MOST_HOMES = 1000


def _point(place: Floats, properties: dict[str, bool | int | float | str | None]) -> Feature:
    at: list[JsonValue] = [round(float(place[0]), 7), round(float(place[1]), 7)]
    return Feature(geometry={"type": "Point", "coordinates": at}, properties=properties)


def draw_schools(ground: Ground, admitted: Floats) -> Layer:
    """Return the schools; `admitted` is (m,) children let in, on average over lotteries."""
    market = ground.market
    first = np.bincount(
        market.choice[market.choice[:, 0] != NONE, 0],
        weights=market.size[market.choice[:, 0] != NONE],
        minlength=market.n_schools,
    )
    features = [
        _point(
            ground.schools.place[s],
            {
                "school": ground.schools.name[s],
                "zone": ";".join(sorted(ground.schools.zones[s])),
                "seats": int(market.seats[s]),
                "first_choices": round(float(first[s])),
                "admitted": round(float(admitted[s]), 1),
            },
        )
        for s in range(market.n_schools)
        if np.isfinite(ground.schools.place[s]).all()
    ]
    return Layer(
        key="schools",
        title=Text(zh="学校", en="Schools"),
        geometry="point",
        columns=(
            Column(key="school", title=Text(zh="学校", en="School")),
            Column(key="zone", title=Text(zh="片区", en="Zone")),
            Column(key="seats", title=Text(zh="学位", en="Seats")),
            Column(key="first_choices", title=Text(zh="第一志愿人数", en="First choice of")),
            Column(key="admitted", title=Text(zh="录取", en="Let in")),
        ),
        features=tuple(features),
        colour_by="zone",
        size_by="seats",
    )


def draw_homes(ground: Ground, first: Floats, none: Floats) -> Layer:
    """Return places of homes with the odds there; only places of five children or more.

    Args:
        ground: The market.
        first: (n,) odds of the first choice of each unit.
        none: (n,) odds of no seat.
    """
    return Layer(
        key="homes",
        title=Text(zh="各处儿童的机会（5人及以上）", en="Odds by home (5 children or more)"),
        geometry="point",
        columns=(
            CHILDREN,
            Column(key="first", title=Text(zh="第一志愿机会", en="First choice"), unit="%"),
            Column(key="none", title=Text(zh="没有学位", en="No seat"), unit="%"),
        ),
        features=_mean_by_home(ground, {"first": first, "none": none}),
        colour_by="first",
        size_by="children",
        role="context",
    )


def draw_change(ground: Ground, before: Floats, after: Floats) -> Layer:
    """Return places of homes with what new lines change there; only of five children or more.

    Args:
        ground: The market today.
        before: (n,) odds of the first choice of each unit today.
        after: (n,) the same under the new lines.
    """
    return Layer(
        key="change",
        title=Text(
            zh="新划片使各处机会变化（5人及以上）", en="What new lines change (5 children or more)"
        ),
        geometry="point",
        columns=(
            CHILDREN,
            Column(key="now", title=Text(zh="今天第一志愿机会", en="First choice now"), unit="%"),
            Column(key="new", title=Text(zh="新划片", en="New lines"), unit="%"),
            Column(key="change", title=Text(zh="变化", en="Change"), unit="%"),
        ),
        features=_mean_by_home(ground, {"now": before, "new": after, "change": after - before}),
        colour_by="change",
        size_by="children",
        role="context",
    )


# A place with fewer children is not drawn: nobody's odds are to be read off a map.
LEAST_CHILDREN = 5


CHILDREN = Column(key="children", title=Text(zh="儿童", en="Children"), unit="person")


def _mean_by_home(ground: Ground, odds: dict[str, Floats]) -> tuple[Feature, ...]:
    """Return the busiest places of homes with the mean odds of their children, in percent."""
    home = ground.children.place[ground.first]
    known = np.nonzero(np.isfinite(home).all(axis=1))[0]
    if len(known) == 0:
        return ()
    place, at = np.unique(home[known], axis=0, return_inverse=True)
    at = np.asarray(at).ravel()
    size = ground.market.size[known].astype(np.float64)
    children = np.bincount(at, weights=size)
    shares = {
        key: 100.0 * np.bincount(at, weights=size * value[known]) / children
        for key, value in odds.items()
    }
    busiest = np.argsort(-children, kind="stable")[:MOST_HOMES]
    return tuple(
        _point(
            place[i],
            {
                "children": round(float(children[i])),
                **{key: round(float(share[i]), 1) for key, share in shares.items()},
            },
        )
        for i in busiest[children[busiest] >= LEAST_CHILDREN].tolist()
    )


def admitted_on_average(ground: Ground, met: Ints, lotteries: int) -> Floats:
    """Return (m,) children let in by choice, on average over lotteries."""
    market = ground.market
    unit, k = np.nonzero(market.choice != NONE)
    load = met[unit, k] * market.size[unit] / max(lotteries, 1)
    school = market.choice[unit, k]
    return np.bincount(school, weights=load, minlength=market.n_schools).astype(np.float64)
