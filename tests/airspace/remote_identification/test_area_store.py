"""Service areas on disk: two servers of one database, a start after the end, and `kill -9`."""

import json
import random
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

import pytest

from chengmo import open_database
from chengmo_airspace.flights import FlightRefused
from chengmo_airspace.flights.extent import extent_of
from chengmo_airspace.flights.instant import SECOND_US, parse_instant
from chengmo_airspace.remote_identification import AreaRegister, AreaStore
from chengmo_airspace.remote_identification.message import PutArea

CHILD = Path(__file__).with_name("area_child.py")


@pytest.fixture
def wish(volume):
    body = {"extents": volume(start_s=0, end_s=3600), "uss_base_url": "https://x.example.com"}
    return PutArea.model_validate_json(json.dumps(body))


def new_id() -> str:
    return str(uuid.uuid4())


def test_however_many_ask_at_once_a_provider_has_ten_subscriptions_here(quick_folder, wish):
    databases = [open_database(quick_folder / "many") for _ in range(2)]
    registers = [AreaRegister(AreaStore(database)) for database in databases]

    def subscribe(number):
        try:
            registers[number % 2].put_subscription(new_id(), None, wish, "dp").result()
        except FlightRefused as refused:
            return refused.reason
        return "taken"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(subscribe, range(24)))
    assert sorted(outcomes) == ["taken"] * 10 + ["too-many"] * 14
    for register, database in zip(registers, databases, strict=True):
        register.store.close()
        database.close()


def test_what_was_told_before_the_end_is_known_after_the_next_start(quick_folder, wish):
    area, subscription = new_id(), new_id()
    for turn in range(3):
        database = open_database(quick_folder / "again")
        register = AreaRegister(AreaStore(database))
        if turn == 0:
            register.put_subscription(subscription, None, wish, "dp").result()
            made = register.put_area(area, None, wish, "sp").result()
        else:
            version = made["service_area"]["version"]
            made = register.put_area(area, version, wish, "sp").result()
        ((state,),) = [each["subscriptions"] for each in made["subscribers"]]
        assert state == {"subscription_id": subscription, "notification_index": turn + 1}
        register.store.close()
        database.close()


def test_what_is_over_is_forgotten(quick_folder, wish):
    database, now = open_database(quick_folder / "over"), [0]
    begins = wish.extents.time_start.value
    register = AreaRegister(AreaStore(database), clock=lambda: now[0])
    now[0] = parse_instant(begins)
    area, subscription = new_id(), new_id()
    register.put_area(area, None, wish, "sp").result()
    made = register.put_subscription(subscription, None, wish, "dp").result()
    assert [each["id"] for each in made["service_areas"]] == [area]
    now[0] += 3601 * SECOND_US
    with pytest.raises(FlightRefused):
        register.get_subscription(subscription, "dp").result()
    # The next change sweeps.
    with pytest.raises(FlightRefused):
        register.delete_area(new_id(), "x", "sp").result()

    def count():
        return register.store.ask(lambda a: (len(a.areas), len(a.subscriptions))).result()

    # An area that is over is found no more, and still read by its id for a day.
    assert count() == (1, 0)
    assert register.get_area(area).result()["service_area"]["id"] == area
    around = extent_of([wish.extents], times=False, heights=False)
    assert register.search_areas(around).result() == {"service_areas": []}
    now[0] += 24 * 3600 * SECOND_US
    with pytest.raises(FlightRefused):
        register.delete_area(new_id(), "x", "sp").result()
    assert count() == (0, 0)
    register.store.close()
    database.close()


def opened(place):
    url = place if place.startswith("postgresql://") else None
    return open_database(Path() if url else Path(place), url)


def held_by(place):
    """The versions of all areas and subscriptions, and how often each was to be told."""
    database = opened(place)
    store = AreaStore(database)

    def held(areas):
        both = {"area": areas.areas, "subscription": areas.subscriptions}
        versions = {(sort, e.id): e.version for sort, shelf in both.items() for e in shelf}
        return versions, {each.id: areas.notices(each.id) for each in areas.subscriptions}

    found = store.ask(held).result()
    store.close()
    database.close()
    return found


def read_history(lines):
    # The last line of one that was killed may be cut. What was answered stands for what was asked.
    told = [json.loads(line) for line in lines if line.endswith("}\n")]
    return list({(said["id"], said["version"], said["kind"]): said for said in told}.values())


def release(child):
    child.stdin.write("\n")
    child.stdin.flush()


def lost_or_invented(history, versions):
    """What the database says against the history: entities whose version none was told of."""
    last = {}
    for said in history:
        if "refused" not in said:
            key = said["sort"], said["id"]
            gone = said["kind"] == "end"
            # What was asked for and not answered may have happened or not: its version is unknown.
            last.setdefault(key, []).append(None if gone else said.get("given", "?"))
            if "given" not in said:
                last[key].append("open")
    wrong = []
    for key, stations in last.items():
        if stations[-1] == "open":
            before = stations[-3] if len(stations) > 2 else None
            is_ending = stations[-2] is None
            kept = {before, None} if is_ending else {before, versions.get(key)}
            is_right = versions.get(key) in kept and (
                is_ending or before is None or key in versions
            )
        else:
            is_right = versions.get(key) == stations[-1]
        wrong += [] if is_right else [(key, stations, versions.get(key))]
    return wrong + sorted(set(versions) - set(last))


def test_the_checker_finds_what_was_lost_and_what_was_never_asked_for():
    made = {"kind": "make", "sort": "area", "id": "a", "version": None, "given": "1"}
    changed = made | {"kind": "change", "version": "1", "given": "2"}
    asked = {name: value for name, value in changed.items() if name != "given"}
    ended = changed | {"kind": "end"}
    key = ("area", "a")
    assert not lost_or_invented([made, changed], {key: "2"})
    assert not lost_or_invented([made, asked], {key: "1"})
    assert not lost_or_invented([made, asked], {key: "x"})
    assert not lost_or_invented([made, ended], {})
    assert lost_or_invented([made, changed], {key: "1"})
    assert lost_or_invented([made], {})
    assert lost_or_invented([made, asked], {})
    assert lost_or_invented([made, ended], {key: "2"})
    assert lost_or_invented([], {key: "1"})


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
)
def test_of_areas_nothing_acknowledged_is_lost_by_kill_9_and_no_notice_counted_twice(
    kind, tmp_path, request
):
    place = str(tmp_path) if kind == "sqlite" else request.getfixturevalue("postgresql_database")
    held_by(place)
    chance, history = random.Random(7), []

    def begun(name, seed, requests):
        command = [sys.executable, str(CHILD), place, name, str(seed), str(requests)]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    # One goes on all the time, read by another thread, while others beside it are killed.
    survivor = begun("sp", 0, 600)
    killed = [begun(f"sp{number}", 10 + number, 100_000) for number in range(3)]
    with ExitStack() as stack, ThreadPoolExecutor(1) as pool:
        for child in (survivor, *killed):
            stack.enter_context(child)
            stack.callback(child.kill)
            assert child.stdout.readline() == "ready\n"
        release(survivor)
        lasting = pool.submit(lambda: read_history(survivor.stdout))
        for child in killed:
            release(child)
            # Somewhere between one request and the next, or within one.
            first = list(islice(child.stdout, chance.randrange(5, 80)))
            time.sleep(chance.uniform(0, 0.02))
            child.send_signal(signal.SIGKILL)
            history += read_history([*first, *child.stdout])
        history += lasting.result()
        assert survivor.wait(30) == 0
    versions, notices = held_by(place)
    assert sum("given" in said for said in history) > 100
    assert lost_or_invented(history, versions) == []
    told = Counter((name, index) for said in history for name, index in said.get("told", ()))
    assert len(told) > 20
    assert set(told.values()) == {1}
    for name, index in told:
        assert notices.get(name, index) >= index
