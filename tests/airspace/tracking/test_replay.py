"""The log says what was: any moment, any while, what was planned."""

import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely
from tests.airspace.tracking.scene import INTENT, START_US, make_plan, say, table_of

from chengmo import InvalidRequest
from chengmo_airspace.tracking import __main__ as command
from chengmo_airspace.tracking import replay as module
from chengmo_airspace.tracking.centre import DataCentre, Keeping
from chengmo_airspace.tracking.flown import Areas, flights_of
from chengmo_airspace.tracking.limits import SECOND_US
from chengmo_airspace.tracking.replay import Replay
from chengmo_airspace.tracking.segment_files import Segments
from chengmo_airspace.tracking.sound import Places, heard
from chengmo_airspace.tracking.statistics import summarise


@pytest.fixture(scope="module")
def flown(quick_folder):
    """Forty seconds of two aircraft, over several segments; the second is late all the time."""
    now = [START_US]
    folder = quick_folder / "flown"
    plans = [make_plan(state="Accepted"), make_plan("aaaaaaaa-6482-4d1b-a474-16847e01af1e")]
    centre = DataCentre(folder, clock=lambda: now[0], plans=lambda: plans, keeping=Keeping(3000))
    for second in range(40):
        now[0] = START_US + second * SECOND_US
        lon = 114.3 + 0.0001 * second
        late = say(max(second - 5, 0), "late", lon=lon, intent=None, synthetic=True)
        centre.report(table_of(say(second, lon=lon, speed=9.5), late), "op").result()
    centre.close()
    return folder


@pytest.fixture
def replay(flown):
    return Replay(Segments(flown))


def test_the_picture_of_any_moment_is_what_was_last_told_before_it(replay):
    for second in (0, 0.5, 7, 20, 34.99, 39, 60):
        rows = replay.at(START_US + int(second * SECOND_US)).table().to_pylist()
        found = {row["aircraft"]: row for row in rows}
        told = min(int(second), 39)
        assert found["UAS-1"]["time"].timestamp() == START_US / SECOND_US + told
        assert found["UAS-1"]["longitude"] == pytest.approx(114.3 + 0.0001 * told)
        assert found["late"]["time"].timestamp() == START_US / SECOND_US + min(int(second), 34)
    assert len(replay.at(START_US - 1).rows) == 0
    assert len(replay.at(START_US + 200 * SECOND_US).rows) == 0


def test_a_while_has_each_message_once_in_the_order_of_their_times(replay):
    found = replay.between(START_US + SECOND_US, START_US + 3 * SECOND_US)
    assert (np.diff(found.rows["time"]) >= 0).all()
    assert len(found.rows) == 6
    assert set(found.table()["intent"].to_pylist()) == {INTENT, None}
    assert found.table()["synthetic"].to_pylist().count(True) == 3
    bounds = (114.3, 30.5, 114.30005, 30.6)
    assert len(replay.between(START_US, START_US + 40 * SECOND_US, bounds=bounds).rows) == 2


def test_a_while_with_too_much_in_it_is_refused(replay, monkeypatch):
    monkeypatch.setattr(module, "MOST_MESSAGES", 10)
    with pytest.raises(InvalidRequest, match="more than 10"):
        replay.between(START_US, START_US + 40 * SECOND_US)


def test_plans_and_alerts_are_in_the_log(replay):
    plans = replay.plans(START_US, START_US + 40 * SECOND_US)
    assert plans[INTENT].begin_us == START_US - 60 * SECOND_US
    assert {plan.manager for plan in plans.values()} == {"op"}
    kinds = [alert.kind for alert in replay.alerts(START_US, START_US + 40 * SECOND_US)]
    assert "not-activated" in kinds
    assert replay.alerts(0, 1) == []


def test_statistics_by_cell_and_hour(replay):
    found = replay.between(START_US, START_US + 40 * SECOND_US)
    plans = replay.plans(START_US, START_US + 40 * SECOND_US)
    alerts = replay.alerts(START_US, START_US + 40 * SECOND_US)
    (row,) = summarise(found, plans, alerts, minimum=2).to_pylist()
    assert row["area"].startswith("N50H")
    assert (row["flights"], row["departures"], row["planned_departures"]) == (2, 2, 1)
    assert (row["on_time"], row["median_delay_s"], row["synthetic"]) == (1, 60.0, 0.5)
    # 39 and 39 steps of 0.0001 degrees each, at 30.505° N.
    assert row["kilometres"] == pytest.approx(0.039 * 95.8 / 9.58 + 0.039 * 9.58, rel=0.1)
    assert row["flown_hours"] == pytest.approx((39 + 34) / 3600, abs=0.001)


def test_few_flights_are_withheld(replay):
    found = replay.between(START_US, START_US + 40 * SECOND_US)
    (row,) = summarise(found, {}, []).to_pylist()
    assert row["withheld"]
    assert row["flights"] is row["kilometres"] is row["median_delay_s"] is None


def test_areas_with_names(replay):
    found = replay.between(START_US, START_US + 40 * SECOND_US)
    west = shapely.box(114.2, 30, 114.302, 31)
    areas = Areas.of(["west"], [west])
    rows = summarise(found, {}, [], areas=areas, minimum=1).to_pylist()
    assert [row["area"] for row in rows] == ["", "west"]
    with pytest.raises(InvalidRequest):
        Areas.of([], [west])


def test_nothing_gives_an_empty_table(replay):
    nothing = replay.between(0, 1)
    assert summarise(nothing, {}, []).num_rows == 0
    assert len(flights_of(nothing.rows).firsts) == 0
    assert nothing.table().num_rows == 0


def test_a_gap_or_another_intent_or_the_ground_parts_flights(sky):
    other = "aaaaaaaa-6482-4d1b-a474-16847e01af1e"
    messages = [say(second) for second in (0, 1, 2, 400, 401)]
    messages += [say(402, on_ground=True), say(500), say(501), say(505, intent=other)]
    messages += [say(506, intent=other), say(600, aircraft="alone")]
    flown = flights_of(sky.at(600).hear(*messages).messages)
    assert (flown.lasts - flown.firsts).tolist() == [2, 1, 1, 1]


def test_what_is_heard_below_a_hovering_drone_is_its_level_for_the_time_it_is_there(sky):
    from chengmo_airspace.noise import level_at

    places = Places(("below", "far"), np.array([114.305, 114.4]), np.full(2, 30.505), np.zeros(2))
    rows = sky.at(40).hear(*(say(second, height=60.0) for second in range(37))).messages
    (row,) = heard(rows, places).to_pylist()
    assert row["place"] == "below"
    assert row["level_db"] == pytest.approx(level_at(85, 60.0).item() - 20, abs=0.1)
    assert (row["events"], row["power_dba"]) == (1, 85.0)
    places = Places(("below",), np.array([114.305]), np.array([30.505]), np.array([np.nan]))
    assert heard(rows, places).num_rows == 0


def test_the_command_writes_a_table_to_import(flown, tmp_path, capsys):
    file = tmp_path / "flights.parquet"
    hours = ["--from", "2027-01-15T08:00:00Z", "--to", "2027-01-15T09:00:00Z"]
    assert command.main([str(flown), str(file), *hours, "--minimum", "1"]) == 0
    assert pq.read_table(file)["flights"].to_pylist() == [2]
    areas = tmp_path / "areas.geojson"
    areas.write_text(
        '{"features": [{"properties": {"name": "一区"}, "geometry": '
        '{"type": "Polygon", "coordinates": [[[114,30],[115,30],[115,31],[114,31],[114,30]]]}}]}'
    )
    assert command.main([str(flown), str(file), *hours, "--areas", str(areas)]) == 0
    assert pq.read_table(file)["area"].to_pylist() == ["一区"]
    assert command.main([str(flown), str(file), *hours, "--areas", str(areas), "--name", "x"]) == 2
    places = tmp_path / "places.csv"
    places.write_text("name,longitude,latitude,ground_m\n一社区,114.301,30.505,20\n")
    assert command.main([str(flown), str(file), *hours, "--places", str(places)]) == 0
    assert pq.read_table(file)["place"].to_pylist() == ["一社区"]
    places.write_text("name,x\n一社区,114.301\n")
    assert command.main([str(flown), str(file), *hours, "--places", str(places)]) == 2
    late = ["--from", "2027-01-15T08:30:00Z", "--to", "2027-01-15T09:00:00Z"]
    assert command.main([str(flown), str(file), *late]) == 2
    assert command.main([str(flown), str(file), "--from", "today", "--to", "x"]) == 2
    assert "no instant" in capsys.readouterr().err
