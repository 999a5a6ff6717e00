"""Make the data files of the demo city (`src/chengmo_wuhan`) from the raw files.

    python tools/prepare_wuhan.py RAW_FOLDER [--to src/chengmo_wuhan]

`RAW_FOLDER` holds the files as they came from their sources, which `docs/data-wuhan.md` names one
by one with commit or version, licence, coordinate system and date. Nothing is downloaded and
nothing is random: the same raw files give the same pack. Coordinates come and go as longitude and
latitude in degrees (WGS 84, or CGCS2000 where said; both agree within a metre), six decimals
(0.1 m). The manifest `city.toml`, the licence texts and the READMEs of the pack are written by
hand, not by this script.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import shapely
from estate_tables import write_estates
from numpy.typing import NDArray
from pack_files import (
    Features,
    Row,
    read_csv,
    read_geojson,
    rounded,
    sort_features,
    write_csv,
    write_geojson,
    write_geoparquet,
)
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

RESIDENTS_2020 = 12_326_518
"""Wuhan on 2020-11-01, seventh national census, bulletin no. 2 of the city."""

RESIDENTS_60PLUS_2020 = 2_124_283
"""The same census, bulletin no. 4. Its bands 0-14 (1 608 768), 15-59 (8 593 467) and 60 and over
add up to `RESIDENTS_2020` exactly."""

DISTRICTS_EN = {
    "江岸区": "Jiang'an",
    "江汉区": "Jianghan",
    "硚口区": "Qiaokou",
    "汉阳区": "Hanyang",
    "武昌区": "Wuchang",
    "青山区": "Qingshan",
    "洪山区": "Hongshan",
    "东西湖区": "Dongxihu",
    "汉南区": "Hannan",
    "蔡甸区": "Caidian",
    "江夏区": "Jiangxia",
    "黄陂区": "Huangpi",
    "新洲区": "Xinzhou",
}

HONGSHAN_JIANGXIA = "洪山区+江夏区"

CENSUS_SPLIT: Mapping[str, tuple[tuple[str, str, int | None, str], ...]] = {
    # Row of the bulletin: its disjoint parts (name zh, name en, residents, group of polygons).
    # Three functional zones have no polygon of their own. The development zone of Wuhan (武汉经开)
    # is the whole of Hannan and three streets of Caidian. The East Lake high-tech zone (东湖高新)
    # lies on streets of Hongshan and Jiangxia, the East Lake scenic area on Hongshan and the lake
    # itself. The chemical park, counted with Qingshan, is a street of Hongshan by its code.
    "青山区": (
        ("青山区(不含武汉化工区)", "Qingshan without the chemical park", None, "青山区"),
        ("武汉化工区", "Wuhan chemical park", 31_477, HONGSHAN_JIANGXIA),
    ),
    "武汉经开": (
        ("武汉经开区(不含汉南)", "Wuhan development zone without Hannan", None, "蔡甸区"),
        ("汉南区", "Hannan", 145_103, "汉南区"),
    ),
    "洪山区": (("洪山区", "Hongshan", None, HONGSHAN_JIANGXIA),),
    "江夏区": (("江夏区", "Jiangxia", None, HONGSHAN_JIANGXIA),),
    "东湖高新区": (("东湖高新区", "East Lake high-tech zone", None, HONGSHAN_JIANGXIA),),
    "东湖风景区": (("东湖风景区", "East Lake scenic area", None, HONGSHAN_JIANGXIA),),
}

_DECREE_761 = "《无人驾驶航空器飞行管理暂行条例》"
_TIANHE = {
    "zone": "ZHHH",
    "name_zh": "武汉天河国际机场净空保护(核心)区",
    "name_en": "Wuhan Tianhe airport, protection (core) zone",
    "citation": f"武汉市政府、民航湖北监管局通告(2017-09-05);{_DECREE_761}第十九条(一)",
    "citation_en": "Notice of the city and CAAC Hubei, 2017-09-05; decree 761, article 19 (1)",
    "source": "own computation: runway +-10 km, ends +20 km; runway ends OurAirports 2022",
}
AIRSPACE_ZONES: Sequence[Row] = (
    _TIANHE,
    _TIANHE,
    {
        "zone": "ZHEC",
        "name_zh": "鄂州花湖国际机场净空保护(核心)区",
        "name_en": "Ezhou Huahu airport, protection (core) zone",
        "citation": f"黄石市政府通告(2021-12-27);{_DECREE_761}第十九条(一)",
        "citation_en": "Notice of the Huangshi government, 2021-12-27; decree 761, article 19 (1)",
        "source": "four corners as published in the notice",
    },
)
"""In the order of the raw file."""

ARMED_FORCES = ("解放军", "海军", "空军", "空降兵", "火箭军", "战区", "部队")
"""Words in a name or operator that keep an OpenStreetMap row out: no military place is shown."""


def main() -> None:
    """Read the command line and write the pack."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("raw", type=Path, help="folder of the raw files")
    default = Path(__file__).parents[1] / "src" / "chengmo_wuhan"
    parser.add_argument("--to", type=Path, default=default, help="folder of the pack")
    arguments = parser.parse_args()
    prepare(arguments.raw, arguments.to)


def prepare(raw: Path, pack: Path) -> None:
    """Write every data file of the pack."""
    districts = read_districts(raw)
    write_geojson(pack / "mit" / "districts.geojson", districts)
    census = read_census(raw)
    write_csv(pack / "public-domain" / "census-districts.csv", census)
    write_geoparquet(pack / "cc-by-4.0" / "population.parquet", population(raw, districts, census))
    communities = read_communities(raw, districts)
    copyleft = pack / "gpl-2.0-or-later"
    write_geoparquet(copyleft / "communities.parquet", communities)
    write_geoparquet(copyleft / "candidate-sites.parquet", candidate_sites(communities))
    write_geojson(copyleft / "water.geojson", read_water(raw))
    write_estates(raw, copyleft)
    write_geoparquet(pack / "odbl-1.0" / "roads.parquet", read_roads(raw))
    write_geoparquet(pack / "odbl-1.0" / "metro-lines.parquet", read_metro_lines(raw))
    write_geojson(pack / "odbl-1.0" / "hospitals.geojson", read_hospitals(raw))
    write_geojson(pack / "odbl-1.0" / "universities.geojson", read_universities(raw))
    write_geojson(pack / "odbl-1.0" / "buildings.geojson", read_buildings(raw))
    write_stations(raw, pack)
    write_csv(pack / "cc0" / "landmarks.csv", read_landmarks(raw))
    write_geojson(pack / "cc0" / "airspace-zones.geojson", read_airspace_zones(raw))
    write_csv(pack / "public-domain" / "airports.csv", read_airports(raw))


# Districts, census and population


def read_districts(raw: Path) -> Features:
    """Return the 13 districts by code (EPSG:4490), with their English names."""
    rows, shapes = read_geojson(raw / "boundary" / "wuhan_districts_simplified.geojson")
    named = [
        {"adcode": row["adcode"], "name": row["name"], "name_en": DISTRICTS_EN[row["name"]]}
        for row in rows
    ]
    return sort_features((named, shapes), by="adcode")


def read_census(raw: Path) -> list[Row]:
    """Return the 15 units of bulletin no. 2 as 17 disjoint parts, each in one group of polygons."""
    parts: list[Row] = []
    for source in read_csv(raw / "population" / "wuhan_census2020_by_district.csv"):
        unit, total = source["district"].split("(")[0], int(source["pop2020"])
        split = CENSUS_SPLIT.get(unit) or ((unit, DISTRICTS_EN[unit], None, unit),)
        stated = sum(count for _, _, count, _ in split if count is not None)
        for name, name_en, count, group in split:
            residents = total - stated if count is None else count
            parts.append(
                {
                    "part": name,
                    "part_en": name_en,
                    "bulletin_unit": unit,
                    "residents": residents,
                    "census_group": group,
                }
            )
    if sum(part["residents"] for part in parts) != RESIDENTS_2020:
        raise SystemExit("the census parts do not add up to the city")
    return parts


def population(raw: Path, districts: Features, census: Sequence[Row]) -> Features:
    """Return the Kontur cells, scaled group by group to the census, in whole persons.

    A cell belongs to the district that covers its centre, or else to the nearest one. Within a
    group of districts all cells are scaled by one factor and rounded by largest remainder, so that
    the group's sum is the census figure exactly. Residents of 60 and over are the city's share of
    each cell, rounded the same way over the whole city.
    """
    cells = read_csv(raw / "population" / "wuhan_population_h3r8_kontur.csv")
    cells.sort(key=lambda cell: cell["h3_res8"])
    points = shapely.points([[float(cell["lon"]), float(cell["lat"])] for cell in cells])
    names = nearest_district(points, districts)
    groups = np.array([group_of(name) for name in names])
    kontur = np.array([float(cell["population"]) for cell in cells])
    residents = np.zeros(len(cells), dtype=np.int64)
    for group in sorted({part["census_group"] for part in census}):
        total = sum(part["residents"] for part in census if part["census_group"] == group)
        inside = groups == group
        residents[inside] = share_out(kontur[inside], total)
    elderly = share_out(residents.astype(np.float64), RESIDENTS_60PLUS_2020)
    rows = [
        {
            "h3": cell["h3_res8"],
            "district": name,
            "census_group": group,
            "residents": int(count),
            "residents_60plus": int(old),
        }
        for cell, name, group, count, old in zip(
            cells, names, groups.tolist(), residents, elderly, strict=True
        )
    ]
    return rows, list(points)


def group_of(district: str) -> str:
    """Return the census group of a district's polygon."""
    return HONGSHAN_JIANGXIA if district in HONGSHAN_JIANGXIA.split("+") else district


def nearest_district(points: NDArray[np.object_], districts: Features) -> list[str]:
    """Return the name of the district that covers each point, else of the nearest (in degrees)."""
    rows, shapes = districts
    distance = np.array([shapely.distance(polygon, points) for polygon in shapes])
    return [str(rows[index]["name"]) for index in distance.argmin(axis=0)]


def share_out(weights: Floats, total: int) -> Integers:
    """Split `total` by `weights` into whole numbers by largest remainder; ties go to the first."""
    quota = weights * (total / weights.sum())
    whole = np.floor(quota).astype(np.int64)
    missing = total - int(whole.sum())
    order = np.argsort(-(quota - whole), kind="stable")
    whole[order[:missing]] += 1
    return whole


# Communities and what is derived from them


def read_communities(raw: Path, districts: Features) -> Features:
    """Return the 974 communities with the district their inner point lies in."""
    rows, shapes = read_geojson(raw / "population" / "wuhan_communities_974.geojson")
    names = nearest_district(np.array([inner_point(polygon) for polygon in shapes]), districts)
    kept = ("house_price", "green_ratio", "aqi_idx", "poi_mix", "gdp_pe", "fixed_inv")
    renamed = [
        {
            "community_id": int(row["cid"]),
            "district": name,
            "pop": row["pop"],
            **{key: row[key] for key in (*kept, "prov_std_school", "land_r")},
        }
        for row, name in zip(rows, names, strict=True)
    ]
    return sort_features((renamed, shapes), by="community_id")


def candidate_sites(communities: Features) -> Features:
    """Return one point inside each community, with its price level against the median community."""
    rows, shapes = communities
    median = float(np.median([row["house_price"] for row in rows]))
    sites = [
        {
            "community_id": row["community_id"],
            "district": row["district"],
            "pop": row["pop"],
            "house_price_index": round(row["house_price"] / median, 4),
        }
        for row in rows
    ]
    return sites, [inner_point(polygon) for polygon in shapes]


def inner_point(polygon: BaseGeometry) -> BaseGeometry:
    """Return a point on the surface, to six decimals."""
    return rounded(polygon.representative_point())


def read_water(raw: Path) -> Features:
    """Return the 23 gaps between the communities; the largest is the surface of Yangtze and Han."""
    rows, shapes = read_geojson(raw / "water" / "central_gap_polygons_derived.geojson")
    order = sorted(range(len(rows)), key=lambda index: -rows[index]["area_km2"])
    named = [
        {
            "gap_id": rank,
            "kind": "river" if rank == 1 else "lake or unassigned land",
            "area_km2": rows[index]["area_km2"],
        }
        for rank, index in enumerate(order, start=1)
    ]
    return named, [shapes[index] for index in order]


# OpenStreetMap


def read_roads(raw: Path) -> Features:
    """Return the road ways by OSM id."""
    rows, shapes = read_geojson(raw / "osm" / "wuhan_roads_osm.geojson")
    renamed = [
        {"osm_id": f"way/{row['osm_id']}", "name": row["name"] or None, "highway": row["type"]}
        for row in rows
    ]
    return sort_features((renamed, shapes), by="osm_id")


def read_metro_lines(raw: Path) -> Features:
    """Return the subway ways by OSM id, depots and connecting tracks included."""
    return read_osm(
        raw / "osm" / "wuhan_metro_ways_osm_20250721.geojson",
        {"name": "name", "name:en": "name_en", "tunnel": "tunnel", "bridge": "bridge"},
        keep=lambda row: row["railway"] == "subway",
    )


def read_hospitals(raw: Path) -> Features:
    """Return hospitals and clinics by OSM id, without pharmacies."""
    return read_osm(
        raw / "osm" / "wuhan_hospitals_osm_20250721.geojson",
        {
            "name": "name",
            "name:en": "name_en",
            "amenity": "kind",
            "emergency": "emergency",
            "operator": "operator",
        },
        keep=lambda row: row["amenity"] in {"hospital", "clinic"},
    )


def read_universities(raw: Path) -> Features:
    """Return the campus polygons by OSM id."""
    return read_osm(
        raw / "osm" / "wuhan_universities_osm_20250721.geojson",
        {"name": "name", "name:en": "name_en", "operator": "operator"},
        keep=lambda row: row["amenity"] == "university",
    )


def read_buildings(raw: Path) -> Features:
    """Return the outlines of buildings at Guanggu by OSM id, what tiles had cut put together.

    Labels, which are points of the same buildings, are left out; a height of 0 is none.
    """
    path = raw / "osm" / "guanggu_buildings_osm_mapzen.geojson"
    pieces: dict[int, list[tuple[Row, BaseGeometry]]] = {}
    for row, geometry in zip(*read_geojson(path), strict=True):
        if row["kind"].startswith("building") and geometry.geom_type != "Point":
            pieces.setdefault(row["id"], []).append((row, made_valid(geometry)))
    kept: Features = ([], [])
    for number, parts in pieces.items():
        names, details, heights = (
            next((row[name] for row, _ in parts if row[name]), None)
            for name in ("name", "kind_detail", "height")
        )
        if any(word in str(names) for word in ARMED_FORCES):
            continue
        is_part = parts[0][0]["kind"] == "building_part"
        use = "part of a building" if is_part else details
        kept[0].append({"osm_id": number, "name": names, "use": use, "height_m": heights})
        kept[1].append(rounded(shapely.union_all([shape for _, shape in parts])))
    return sort_features(kept, by="osm_id")


def read_osm(path: Path, columns: Mapping[str, str], *, keep: Callable[[Row], bool]) -> Features:
    """Return the civil rows that `keep` accepts, with `columns` renamed, shapes made valid."""
    kept: Features = ([], [])
    for row, geometry in zip(*read_geojson(path), strict=True):
        words = f"{row.get('name')} {row.get('operator')}"
        if keep(row) and not any(word in words for word in ARMED_FORCES):
            renamed = {new: row[old] for old, new in columns.items()}
            kept[0].append({"osm_id": row["@id"], **renamed})
            kept[1].append(made_valid(geometry))
    return sort_features(kept, by="osm_id")


def made_valid(geometry: BaseGeometry) -> BaseGeometry:
    """Return `geometry`, a self-crossing polygon as its valid parts without stray lines."""
    if geometry.is_valid:
        return geometry
    return shapely.make_valid(geometry, method="structure", keep_collapsed=False)


# Points by columns


def write_stations(raw: Path, pack: Path) -> None:
    """Write the stations in WGS 84, and lines 1 and 2 as a raw hand-over to practise importing."""
    stations = read_csv(raw / "transit" / "wuhan_metro_stations.csv")
    rows = [
        {
            "station_id": station["id"],
            "name": station["name"],
            "pinyin": station["pinyin"],
            "lines": station["lines"],
            "lon": station["lon_wgs84"],
            "lat": station["lat_wgs84"],
        }
        for station in stations
    ]
    write_csv(pack / "mit" / "metro-stations.csv", rows)
    example = [
        {
            "站名": station["name"],
            "线路": station["lines"],
            "经度": station["lon_gcj02"],
            "纬度": station["lat_gcj02"],
        }
        for station in stations
        if {"1号线", "2号线"} & set(station["lines"].split("|"))
    ]
    write_csv(pack / "examples" / "metro_stations_gcj02.csv", example, encoding="gb18030")


def read_landmarks(raw: Path) -> list[Row]:
    """Return the Wikidata landmarks, by item number."""
    rows = read_csv(raw / "landmarks" / "wuhan_landmarks_wikidata.csv")
    return sorted(rows, key=lambda row: int(row["qid"][1:]))


def read_airspace_zones(raw: Path) -> Features:
    """Return the protection zones of the airports, one row a layer, in the columns of zones.

    The raw file is our own computation: for Tianhe 10 km to both sides of each runway's centre
    line and 20 km beyond its ends, for Huahu the four corners as published.
    """
    _, shapes = read_geojson(raw / "lowalt" / "airport_protection_zones.geojson")
    rows: list[Row] = []
    for number, zone in enumerate(AIRSPACE_ZONES):
        first = number == 0 or AIRSPACE_ZONES[number - 1]["zone"] != zone["zone"]
        rows.append(
            {
                "id": zone["zone"] if first else f"{zone['zone']}/2",
                **zone,
                "kind": "airport",
                "rule": "requires-authorisation",
                "lower_m": 0,
                "lower_reference": "AGL",
                "message_zh": "机场净空保护区,未经空中交通管理机构批准不得飞行",
                "message_en": "Airport protection zone: no flight without approval",
                "synthetic": False,
            }
        )
    return rows, shapes


def read_airports(raw: Path) -> list[Row]:
    """Return the civil airports of Hubei in service; air bases and closed fields are left out.

    Ezhou Huahu opened on 2022-07-17, but the snapshot still lists it as closed and in the wrong
    province: it is kept and noted.
    """
    kept: list[Row] = []
    for row in read_csv(raw / "logistics" / "cn_airports_ourairports_2022.csv"):
        huahu = row["ident"] == "EHU"
        in_service = row["iso_region"] == "CN-42" and row["type"] != "closed"
        if huahu or (in_service and "Air Base" not in row["name"]):
            columns = ("ident", "type", "name", "municipality", "scheduled_service")
            kept.append(
                {
                    **{key: row[key] for key in columns},
                    "iata_code": row["iata_code"],
                    "elevation_ft": row["elevation_ft"],
                    "note": "opened 2022-07-17; the snapshot lists it as closed" if huahu else "",
                    "lon": row["longitude_deg"],
                    "lat": row["latitude_deg"],
                }
            )
    return sorted(kept, key=lambda row: row["ident"])


if __name__ == "__main__":
    main()
