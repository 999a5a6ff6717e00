"""The whole table: weather, coverage, people, noise, spells, codes, GeoJSON."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
import shapely

from chengmo import InvalidRequest, parse_code, sampled_surface
from chengmo_airspace.altitude import Altitudes, egm96
from chengmo_airspace.atlas import (
    Frame,
    Lattice,
    Network,
    QuietPlaces,
    Sources,
    Use,
    Weather,
    columns_of,
    draw_atlas,
    features_of,
    hours_of,
    moments_of,
    spells_of,
    write_geojson,
)
from chengmo_airspace.coverage import Masts
from chengmo_airspace.noise import NoiseClass
from chengmo_airspace.risk import Aircraft, People
from chengmo_airspace.weather import Conditions, ConditionSeries, Limits
from chengmo_airspace.zones import ALL_KINDS, Coverage, Period, Rule, Zone, ZoneLayer, ZoneMap

CHINA = timezone(timedelta(hours=8))
DAY = datetime(2026, 5, 1, tzinfo=CHINA)
HOURS = hours_of(DAY, first=5, last=9)
AREA = shapely.box(114.30, 30.50, 114.31, 30.51)
EVENT = Zone(
    "EVENT", Rule.PROHIBITED, (ZoneLayer(shapely.box(114.30, 30.50, 114.3011, 30.5011)),),
    periods=(Period(HOURS[2][0], HOURS[3][0]),), is_synthetic=True,
)  # fmt: skip
LAND = sampled_surface(
    "flat", [[23, 23], [23, 23]], box=(114, 30, 115, 31), crs="EPSG:4326", datum="sea level"
)
COMPLETE = [Coverage(shapely.box(114, 30, 115, 31), ALL_KINDS)]
ZONE_MAP = ZoneMap([EVENT], COMPLETE, Altitudes(egm96(), LAND))
FRAME = Frame(Lattice.of(AREA, level=5), (0.0, 60.0, 120.0), HOURS)
PLAIN = Sources(ZONE_MAP)


def test_the_cells_are_those_of_the_standard():
    lattice = FRAME.lattice
    assert len(lattice) == 81
    assert lattice.size == (9, 9)
    for code, lon, lat in zip(lattice.codes(), lattice.lon, lattice.lat, strict=True):
        assert parse_code(code.decode()).centre == pytest.approx((lon, lat), abs=1e-9)
    odd = Lattice.of(shapely.Point(114.305, 30.505).buffer(0.003), level=5)
    wanted = shapely.intersects(shapely.Point(114.305, 30.505).buffer(0.003 - 1e-8), odd.boxes())
    assert wanted.all()
    assert len(odd) < odd.size[0] * odd.size[1]
    assert odd.meeting(shapely.Point(114.305, 30.505)).size >= 1
    assert not odd.meeting(shapely.Point(100, 30)).size


def test_only_the_law_is_asked_of_bare_sources():
    atlas = draw_atlas(FRAME, PLAIN)
    assert atlas.use.shape == (4, 2, 81)
    assert set(np.unique(atlas.use).tolist()) == {Use.FREE, Use.NO}
    assert np.isnan(atlas.people_night).all()
    assert (atlas.free_up_to_m[0] == 120).all()
    assert atlas.is_day.tolist() == [False, True, True, True]


def test_spells_join_hours_in_which_nothing_changes():
    atlas = draw_atlas(FRAME, PLAIN)
    spells = spells_of(atlas)
    touched = FRAME.lattice.meeting(shapely.box(114.30, 30.50, 114.3011, 30.5011))
    # Free, closed, free again: three spells in each band of a touched cell, one elsewhere.
    assert len(spells) == 2 * (81 + 2 * len(touched))
    rebuilt = np.full(atlas.use.shape, 99)
    for cell, band, first, last in zip(
        spells.cell, spells.band, spells.first, spells.last, strict=True
    ):
        rebuilt[first : last + 1, band, cell] = atlas.use[first, band, cell]
    assert (rebuilt == atlas.use).all()
    columns = columns_of(atlas)
    assert set(zip(columns["from"], columns["to"], strict=True)) == {
        ("", ""),
        ("2026-04-30T21:00:00Z", "2026-04-30T23:00:00Z"),
        ("2026-04-30T23:00:00Z", "2026-05-01T00:00:00Z"),
        ("2026-05-01T00:00:00Z", "2026-05-01T01:00:00Z"),
    }
    assert columns["synthetic"].sum() == 2 * len(touched)


def test_moments_apart_are_not_joined():
    frame = replace(FRAME, intervals=moments_of([HOURS[0][0], HOURS[2][0]]))
    assert len(spells_of(draw_atlas(frame, PLAIN))) == 2 * 2 * 81


def test_weather_closes_what_it_closes_and_says_why():
    given = Conditions.of(wind_mps=[4, 7, 20])
    series = ConditionSeries([begin for begin, _ in HOURS[:3]], given)
    weather = Weather(series, Limits(wind_mps=11))
    atlas = draw_atlas(FRAME, replace(PLAIN, weather=weather))
    far = 80
    assert atlas.use[:, :, far].tolist() == [[0, 0], [0, 4], [4, 4], [3, 3]]
    keys = [[atlas.reasons[i].key for i in row] for row in atlas.why[:, :, far]]
    assert keys[1:] == [["", "weather-wind"], ["weather-wind"] * 2, ["weather-wind-unknown"] * 2]
    assert np.nanmax(columns_of(atlas)["wind_mps"]) > 20


def test_a_cell_that_is_not_covered_is_closed_only_if_coverage_is_required():
    masts = Masts.of([114.3005], [30.5005], synthetic=True)
    network = Network(masts, threshold_dbm=-65)
    told = draw_atlas(FRAME, replace(PLAIN, network=network))
    asked = draw_atlas(FRAME, replace(PLAIN, network=replace(network, is_required=True)))
    covered = told.service.covered.reshape(2, 81)
    assert 0 < covered.sum() < covered.size
    assert (told.use == draw_atlas(FRAME, PLAIN).use).all()
    assert ((asked.use[0] == Use.NO) == ~covered).all()
    assert columns_of(told)["masts_synthetic"].all()
    high = replace(FRAME, edges_m=(0.0, 400.0))
    with pytest.raises(InvalidRequest, match="urban macro"):
        draw_atlas(high, replace(PLAIN, network=network))


def test_people_and_ground_risk_follow_the_people_below():
    half = People(
        np.array(
            [shapely.box(114.29, 30.49, 114.305, 30.52), shapely.box(114.305, 30.49, 114.32, 30.52)]
        ),
        np.array([50.0, 20_000.0]),
    )
    sources = replace(PLAIN, people_night=half, body=Aircraft(1, 20, 4))
    atlas = draw_atlas(FRAME, sources)
    window = shapely.union_all(FRAME.lattice.boxes())
    wanted = sum(
        people * shapely.intersection(window, polygon).area / polygon.area
        for polygon, people in zip(half.polygons, half.people, strict=True)
    )
    assert atlas.people_night.sum() == pytest.approx(wanted, rel=1e-3)
    assert np.isnan(atlas.people_day).all()
    classes = atlas.ground_class
    assert np.unique(classes).tolist() == [3, 5]
    assert (classes[1] >= classes[0]).all()
    assert classes[1].sum() > classes[0].sum()


def test_noise_is_worst_near_a_quiet_place_and_at_night():
    quiet = QuietPlaces(
        np.array([114.305, 114.309]), np.array([30.505, 30.509]),
        (NoiseClass.LIVING, NoiseClass.RECOVERY),
    )  # fmt: skip
    atlas = draw_atlas(FRAME, replace(PLAIN, quiet=quiet, power_dba=90.0))
    over = atlas.noise_over_db
    assert over[1] - over[0] == pytest.approx(10)
    assert (over[:, 0] >= over[:, 1]).all()
    near = FRAME.lattice.meeting(shapely.Point(114.309, 30.509))[0]
    assert over[0, 0, near] == over[0, 0].max()
    nobody = QuietPlaces(np.array([]), np.array([]), ())
    assert np.isneginf(
        draw_atlas(FRAME, replace(PLAIN, quiet=nobody, power_dba=90.0)).noise_over_db
    ).all()
    with pytest.raises(InvalidRequest, match="differ in length"):
        QuietPlaces(np.array([1.0]), np.array([]), ())


def test_codes_are_of_the_cells_middle_and_empty_without_terrain():
    atlas = draw_atlas(FRAME, PLAIN)
    codes = atlas.codes(ZONE_MAP, level=7)
    assert codes.shape == (2, 81)
    assert (codes[0] != codes[1]).all()
    blind = ZoneMap([], COMPLETE)
    assert (atlas.codes(blind) == b"").all()


def test_features_carry_heights_times_and_words():
    atlas = draw_atlas(FRAME, PLAIN)
    document = write_geojson(atlas, ZONE_MAP)
    json.dumps(document, allow_nan=False)
    features = document["features"]
    assert len(features) == len(spells_of(atlas))
    closed = next(f for f in features if f["properties"]["use"] == "no")
    wanted = {"lower_m": 0.0, "upper_m": 60.0, "from": "2026-04-30T23:00:00Z", "key": "EVENT"}
    assert wanted.items() <= closed["properties"].items()
    assert closed["properties"]["code"]
    assert shapely.from_geojson(json.dumps(closed["geometry"])).is_valid
    assert next(features_of(atlas))["properties"]["why_en"]


def test_frames_that_are_none_are_refused():
    lattice = FRAME.lattice
    for edges in ((0.0,), (60.0, 0.0), (-1.0, 5.0), (0.0, 9_000.0)):
        with pytest.raises(InvalidRequest, match="bands"):
            Frame(lattice, edges, HOURS)
    with pytest.raises(InvalidRequest, match="intervals"):
        Frame(lattice, (0.0, 1.0), ())
    with pytest.raises(InvalidRequest, match="no offset"):
        Frame(lattice, (0.0, 1.0), ((datetime(2026, 5, 1),) * 2,))  # noqa: DTZ001 - the test
    with pytest.raises(InvalidRequest, match="no level"):
        Lattice.of(AREA, level=9)
    with pytest.raises(InvalidRequest, match="needs"):
        Lattice.of(shapely.box(100, 20, 110, 30), level=6)
    with pytest.raises(InvalidRequest, match="no part of a day"):
        hours_of(datetime(2026, 5, 1), first=3)  # noqa: DTZ001 - the test
    assert moments_of([DAY])[0][0] == DAY.astimezone(UTC)


def test_a_sparse_place_is_not_taken_for_an_empty_one():
    few = People(np.array([shapely.box(114.2, 30.4, 114.4, 30.6)]), np.array([20 * 21.3 * 19.0]))
    classes = draw_atlas(
        FRAME, replace(PLAIN, people_night=few, body=Aircraft(1, 20, 4))
    ).ground_class
    assert np.unique(classes).tolist() == [3]
    nobody = draw_atlas(FRAME, replace(PLAIN, body=Aircraft(1, 20, 4))).ground_class
    assert np.unique(nobody).tolist() == [7]


def test_the_ground_risk_sees_who_lives_beyond_the_maps_edge():
    # A crowd begins 60 m east of the map, in the next cell.
    edge = FRAME.lattice.bounds[2] + 60 / 96_000
    town = People(
        np.array([shapely.box(114.2, 30.4, edge, 30.6), shapely.box(edge, 30.4, 114.4, 30.6)]),
        np.array([100.0, 3_000_000.0]),
    )
    low = replace(FRAME, edges_m=(0.0, 20.0, 120.0))
    classes = draw_atlas(
        low, replace(PLAIN, people_night=town, body=Aircraft(1, 20, 4))
    ).ground_class
    east = FRAME.lattice.lon > FRAME.lattice.bounds[2] - FRAME.lattice.step
    assert set(classes[1, east].tolist()) == {6}
    assert set(classes[:, ~east][:, :2].ravel().tolist()) == {2}
