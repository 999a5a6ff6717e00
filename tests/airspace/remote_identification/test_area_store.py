"""Service areas on disk: two servers of one database, and a start after the end."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from chengmo import open_database
from chengmo_airspace.flights import FlightRefused
from chengmo_airspace.flights.instant import SECOND_US, parse_instant
from chengmo_airspace.remote_identification import AreaRegister, AreaStore
from chengmo_airspace.remote_identification.message import PutArea


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
    count = register.store.ask(lambda a: (len(a.areas), len(a.subscriptions))).result()
    assert count == (0, 0)
    register.store.close()
    database.close()
