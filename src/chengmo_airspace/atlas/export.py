"""An atlas as columns, or as GeoJSON with heights and times."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chengmo_airspace.atlas.atlas import Atlas, Use
from chengmo_airspace.atlas.lattice import Indices
from chengmo_airspace.zones import Verdict, ZoneMap

_DEGREES = 9


@dataclass(frozen=True, slots=True)
class Spells:
    """Runs of intervals in which nothing of a cell changes, one row a run.

    Attributes:
        cell: Number of the cell.
        band: Number of its band.
        first: Number of the first interval.
        last: Number of the last, included.
    """

    cell: Indices
    band: Indices
    first: Indices
    last: Indices

    def __len__(self) -> int:
        """Return how many runs there are."""
        return len(self.cell)


def spells_of(atlas: Atlas) -> Spells:
    """Return the runs of an atlas, by cell, band and time.

    Intervals are one run only where one ends as the next begins.
    """
    free = np.searchsorted(atlas.frame.edges_m, atlas.free_up_to_m)
    state = (
        free[:, None, :] << 40
        | atlas.use.astype(np.int64) << 32
        | atlas.why.astype(np.int64) << 8
        | atlas.law.verdict.astype(np.int64)
    )
    times, bands, cells = atlas.frame.shape
    lines = np.ascontiguousarray(state.transpose(2, 1, 0)).reshape(cells * bands, times)
    begins = np.ones(lines.shape, np.bool_)
    joined = [
        one[1] == other[0]
        for one, other in zip(atlas.frame.intervals, atlas.frame.intervals[1:], strict=False)
    ]
    begins[:, 1:] = (lines[:, 1:] != lines[:, :-1]) | ~np.asarray(joined, np.bool_)
    line, first = np.nonzero(begins)
    last = np.r_[first[1:], times] - 1
    last[np.r_[line[1:] != line[:-1], True]] = times - 1
    return Spells(line // bands, line % bands, first, last)


def columns_of(atlas: Atlas, zone_map: ZoneMap | None = None) -> dict[str, NDArray[Any]]:
    """Return the atlas as columns, one row a spell (see `spells_of`).

    Args:
        atlas: What was drawn.
        zone_map: For the 3-D codes; without it there is no column `code`.

    Returns:
        `cell` (2-D code), `code` (3-D, empty where not known), `lon`, `lat` of the middle,
        `lower_m`, `upper_m` above the ground, `from`, `to` (ISO UTC; empty where it holds all the
        time asked for), `use`, `verdict`, `rule`, `key`, `free_up_to_m`, `people_night`,
        `people_day` and what else was asked for.
    """
    rows, lattice = spells_of(atlas), atlas.frame.lattice
    edges = np.asarray(atlas.frame.edges_m, np.float64)
    at = rows.first, rows.band, rows.cell
    why = atlas.why[at]
    columns: dict[str, NDArray[Any]] = {
        "cell": lattice.codes().astype(str)[rows.cell],
        "lon": lattice.lon[rows.cell],
        "lat": lattice.lat[rows.cell],
        "lower_m": edges[rows.band],
        "upper_m": edges[rows.band + 1],
        **_times(atlas, rows),
        "use": _names(Use)[atlas.use[at]],
        "verdict": _names(Verdict)[atlas.law.verdict[at]],
        "known": _names(Verdict)[atlas.law.known[at]],
        "rule": np.array([reason.rule for reason in atlas.reasons])[why],
        "key": np.array([reason.key for reason in atlas.reasons])[why],
        "why": why,
        "synthetic": np.array([reason.is_synthetic for reason in atlas.reasons])[why],
        "free_up_to_m": atlas.free_up_to_m[rows.first, rows.cell],
        "people_night": atlas.people_night[rows.cell],
        "people_day": atlas.people_day[rows.cell],
    }
    if zone_map is not None:
        columns["code"] = atlas.codes(zone_map).astype(str)[rows.band, rows.cell]
    return {**columns, **_asked(atlas, rows)}


def features_of(atlas: Atlas, zone_map: ZoneMap | None = None) -> Iterator[dict[str, Any]]:
    """Yield the atlas as GeoJSON features, one a spell, with the columns as properties.

    NaN becomes null. Reasons are written out in both languages: `why_zh`, `why_en`.
    """
    columns = columns_of(atlas, zone_map)
    lon, lat, why = columns.pop("lon"), columns.pop("lat"), columns.pop("why")
    half = atlas.frame.lattice.step / 2
    names = list(columns)
    texts = [(reason.title, reason.citation) for reason in atlas.reasons]
    for row, values in enumerate(
        zip(*(column.tolist() for column in columns.values()), strict=True)
    ):
        title, citation = texts[why[row]]
        yield {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": [_ring(lon[row], lat[row], half)]},
            "properties": {
                **{name: _plain(value) for name, value in zip(names, values, strict=True)},
                "why_zh": _cited(title.zh, citation.zh),
                "why_en": _cited(title.en, citation.en),
            },
        }


def write_geojson(atlas: Atlas, zone_map: ZoneMap | None = None) -> dict[str, Any]:
    """Return the atlas as a GeoJSON feature collection."""
    return {"type": "FeatureCollection", "features": list(features_of(atlas, zone_map))}


def _times(atlas: Atlas, rows: Spells) -> Mapping[str, NDArray[Any]]:
    begin = np.array([_instant(first) for first, _ in atlas.frame.intervals])[rows.first]
    end = np.array([_instant(last) for _, last in atlas.frame.intervals])[rows.last]
    always = (rows.first == 0) & (rows.last == len(atlas.frame.intervals) - 1)
    return {"from": np.where(always, "", begin), "to": np.where(always, "", end)}


def _asked(atlas: Atlas, rows: Spells) -> Mapping[str, NDArray[Any]]:
    columns: dict[str, NDArray[Any]] = {}
    if atlas.ground_class is not None:
        columns["ground_class"] = atlas.ground_class[rows.band, rows.cell]
    if atlas.noise_over_db is not None:
        # A spell that reaches into the night is measured by the night's limit.
        nights = np.r_[0, np.cumsum(~atlas.is_day)]
        at_night = (nights[rows.last + 1] > nights[rows.first]).astype(np.int64)
        over = atlas.noise_over_db[at_night, rows.band, rows.cell]
        columns["noise_over_db"] = np.where(np.isinf(over), np.nan, over).round(1)
    if atlas.service is not None:
        number = rows.band * len(atlas.frame.lattice) + rows.cell
        columns["mast"] = atlas.service.mast[number, 0]
        columns["rsrp_dbm"] = atlas.service.rsrp_dbm[number, 0].round(1)
        columns["covered"] = atlas.service.covered[number]
        columns["masts_synthetic"] = np.full(len(rows), atlas.masts_synthetic)
    if atlas.open_sky_0to1 is not None:
        columns["open_sky_0to1"] = atlas.open_sky_0to1[rows.band, rows.cell].round(2)
    if atlas.weather is not None:
        columns["wind_mps"] = _strongest_wind(
            atlas.weather.wind_mps.reshape(atlas.frame.shape[:2]), rows
        )
    return columns


def _strongest_wind(wind_mps: NDArray[np.float64], rows: Spells) -> NDArray[np.float64]:
    """Return the strongest wind of each spell; NaN where it is not known for all of it."""
    spans, which = np.unique(
        np.column_stack([rows.band, rows.first, rows.last]), axis=0, return_inverse=True
    )
    strongest = [wind_mps[first : last + 1, band].max() for band, first, last in spans.tolist()]
    return np.asarray(strongest).round(1)[which.ravel()]


def _names(values: type[Use] | type[Verdict]) -> NDArray[np.str_]:
    return np.array([value.name.lower() for value in values])


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _cited(title: str, citation: str) -> str:
    return f"{title} ({citation})" if citation else title


def _ring(lon: float, lat: float, half: float) -> list[list[float]]:
    west, south, east, north = (
        round(float(value), _DEGREES) for value in (lon - half, lat - half, lon + half, lat + half)
    )
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]
