"""Who serves a place in the air, how strongly, and whether that is enough."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special
from scipy.spatial import KDTree

from chengmo import InvalidRequest, Plane, Surface
from chengmo_airspace.coverage.edge import worst_edge_db
from chengmo_airspace.coverage.loss import (
    Floats,
    fading_db,
    free_space_db,
    sight_0to1,
    urban_macro_db,
)
from chengmo_airspace.coverage.masts import Masts

_PIECE = 1 << 13


class Link(StrEnum):
    """By which model the loss is told."""

    URBAN_MACRO = "urban-macro"
    FREE_SPACE = "free-space"
    TERRAIN = "terrain"


@dataclass(frozen=True, slots=True)
class Service:
    """The best servers of each place.

    Attributes:
        mast: (n, k) numbers of masts, the strongest first; -1 where there are fewer.
        rsrp_dbm: (n, k) median power received of one resource element; -inf where there is none.
        likely_0to1: (n,) probability that the first is above the threshold, by shadow fading; 0 or
            1 where the model has none.
        covered: (n,) whether the first is.
    """

    mast: NDArray[np.int64]
    rsrp_dbm: Floats
    likely_0to1: Floats
    covered: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Places and the masts that may serve them: columns of shape (n, m)."""

    mast: NDArray[np.int64]
    ground_m: Floats
    rise_m: Floats
    height_m: Floats
    carrier: Floats


def serve(  # noqa: PLR0913 - the parts of one question
    masts: Masts,
    lon: ArrayLike,
    lat: ArrayLike,
    height_m: ArrayLike,
    *,
    link: Link = Link.URBAN_MACRO,
    tops: Surface | None = None,
    threshold_dbm: float = -110.0,
    best: int = 3,
    nearest: int = 24,
) -> Service:
    """Return the best servers of places in the air.

    Args:
        masts: The base stations.
        lon: (n,) degrees east.
        lat: Degrees north.
        height_m: Above the ground.
        link: The model. `TERRAIN` is free space with the worst edge of `tops`; the others take the
            ground as flat.
        tops: For `TERRAIN`: the ground's height above the sea with what stands on it; heights of
            masts and places count from it.
        threshold_dbm: What is enough.
        best: How many servers are told.
        nearest: So many masts around a place are looked at, the nearest.

    Raises:
        InvalidRequest: If there are no masts, or `TERRAIN` has no tops.
    """
    if not len(masts):
        raise InvalidRequest("there are no masts", hint="give base stations, synthetic ones if so")
    if link is Link.TERRAIN and tops is None:
        raise InvalidRequest("the terrain is missing", hint="give tops=, a Surface")
    x, y, height = (
        np.atleast_1d(part)
        for part in np.broadcast_arrays(*(np.asarray(c, float) for c in (lon, lat, height_m)))
    )
    place = np.column_stack([x, y])
    plane = Plane.around(np.column_stack([masts.lon, masts.lat]))
    tree = KDTree(plane.to_metres(np.column_stack([masts.lon, masts.lat])))
    metres = plane.to_metres(place)
    count = min(nearest, len(masts))
    kept = min(best, count)
    found = Service(
        np.full((len(x), best), -1), np.full((len(x), best), -np.inf), np.zeros(len(x)),
        np.zeros(len(x), np.bool_),
    )  # fmt: skip
    for start in range(0, len(x), _PIECE):
        part = slice(start, start + _PIECE)
        far, near = _nearest(tree, metres[part], count)
        flat = np.repeat(height[part][:, None], count, axis=1)
        rise = flat - masts.antenna_m[near]
        pairs = _Pairs(near, far, rise, flat, masts.frequency_ghz[near])
        power = _received(masts, pairs, link, place[part], tops)
        order = np.argsort(-power, axis=1, kind="stable")[:, :kept]
        found.mast[part, :kept] = np.take_along_axis(near, order, axis=1)
        found.rsrp_dbm[part, :kept] = np.take_along_axis(power, order, axis=1)
        found.likely_0to1[part] = _likely(masts, pairs, order[:, 0], power, link, threshold_dbm)
    found.covered[:] = found.rsrp_dbm[:, 0] >= threshold_dbm
    return found


def _nearest(tree: KDTree, metres: Floats, count: int) -> tuple[Floats, NDArray[np.int64]]:
    far, near = tree.query(metres, k=count)
    shape = len(metres), count
    return np.reshape(far, shape), np.reshape(near, shape).astype(np.int64)


def _radiated(masts: Masts, pairs: _Pairs) -> Floats:
    elevation = np.degrees(np.arctan2(pairs.rise_m, np.maximum(pairs.ground_m, 1e-6)))
    return masts.reference_dbm[pairs.mast] - masts.beam_loss_db(pairs.mast, elevation)


def _received(
    masts: Masts, pairs: _Pairs, link: Link, place: Floats, tops: Surface | None
) -> Floats:
    radiated = _radiated(masts, pairs)
    if link is Link.URBAN_MACRO:
        seen = sight_0to1(pairs.ground_m, pairs.height_m)
        lost = _macro(masts, pairs, sight=True) * seen
        return radiated - lost - _macro(masts, pairs, sight=False) * (1 - seen)
    if tops is None or link is Link.FREE_SPACE:
        return radiated - free_space_db(_span(pairs.ground_m, pairs.rise_m), pairs.carrier)
    ground = np.nan_to_num(np.asarray(tops.heights(place[:, 0], place[:, 1]), float))
    foot = np.nan_to_num(np.asarray(tops.heights(masts.lon, masts.lat), float))[pairs.mast]
    mast_m = foot + masts.antenna_m[pairs.mast]
    own_m = ground[:, None] + pairs.height_m
    span = _span(pairs.ground_m, own_m - mast_m)
    columns = (masts.lon[pairs.mast], masts.lat[pairs.mast], mast_m, pairs.ground_m)
    begin = np.stack([column.ravel() for column in columns], axis=1)
    ends = np.repeat(place, pairs.mast.shape[1], axis=0)
    end = np.column_stack([ends, own_m.ravel()])
    edge = worst_edge_db(begin, end, tops, pairs.carrier.ravel()).reshape(span.shape)
    return radiated - free_space_db(span, pairs.carrier) - edge


def _macro(masts: Masts, pairs: _Pairs, *, sight: bool) -> Floats:
    return urban_macro_db(
        pairs.ground_m,
        pairs.height_m,
        pairs.carrier,
        mast_m=masts.antenna_m[pairs.mast],
        sight=sight,
    )


def _span(ground_m: Floats, rise_m: Floats) -> Floats:
    return np.maximum(np.hypot(ground_m, rise_m), 1.0)


def _likely(
    masts: Masts, pairs: _Pairs, first: NDArray[np.int64], power: Floats, link: Link, least: float
) -> Floats:
    """Return the probability that the best server is above the threshold."""
    row = np.arange(len(first))
    if link is not Link.URBAN_MACRO:
        return (power[row, first] >= least).astype(np.float64)
    one = _Pairs(
        *(
            getattr(pairs, name)[row, first][:, None]
            for name in ("mast", "ground_m", "rise_m", "height_m", "carrier")
        )
    )
    radiated, seen = _radiated(masts, one), sight_0to1(one.ground_m, one.height_m)
    total = np.zeros(len(first))
    for sight, weight in ((True, seen), (False, 1 - seen)):
        margin = radiated - _macro(masts, one, sight=sight) - least
        total += (weight * special.ndtr(margin / fading_db(one.height_m, sight=sight)))[:, 0]
    return total
