"""The airspace on disk: nothing acknowledged is lost, nothing that meets is accepted unread."""

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pytest
import sqlalchemy as sa

from chengmo import open_database
from chengmo.errors import LakeUnavailable
from chengmo_airspace.flights import AirspaceStore, Caller, Dss
from chengmo_airspace.flights.extent import extent_of
from chengmo_airspace.flights.message import PutIntent, read_volume
from chengmo_airspace.volume import meet

CHILD = Path(__file__).with_name("planning_child.py")


@pytest.fixture
def start() -> Iterator[Callable[[str, str, int, int], subprocess.Popen[str]]]:
    """Start a USS that plans at random in a process of its own."""
    with ExitStack() as stack:

        def started(place: str, name: str, seed: int, requests: int) -> subprocess.Popen[str]:
            command = [sys.executable, str(CHILD), place, name, str(seed), str(requests)]
            child = stack.enter_context(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
            stack.callback(child.kill)
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            return child

        yield started


def release(child: subprocess.Popen[str]) -> None:
    assert child.stdin is not None
    child.stdin.write("\n")
    child.stdin.flush()


def read_history(lines: Iterable[str]) -> list[dict]:
    # The last line of one that was killed may be cut.
    told = [json.loads(line) for line in lines if line.endswith("}\n")]
    # What was answered stands for what was asked.
    return list({(said["id"], said["ovn"], said["began"]): said for said in told}.values())


@dataclass
class Version:
    """One accepted version of an intent, and the instants between which it surely stood."""

    entity: str
    ovn: str
    key: frozenset[str]
    volumes: tuple
    since: int
    until: float


def versions_of(history: list[dict]) -> list[Version]:
    """The accepted versions; one stands from its answer until the next was asked for."""
    # Also what was not answered: it may have happened.
    next_asked = {
        (said["id"], said["ovn"]): said["began"]
        for said in history
        if said["ovn"] and "refused" not in said
    }
    made = []
    for said in history:
        if "given" in said and said["kind"] != "end":
            extent = extent_of([read_volume(v) for v in said["extents"]])
            until = next_asked.get((said["id"], said["given"]), float("inf"))
            made.append(
                Version(said["id"], said["given"], frozenset(said["key"]), extent.volumes,
                        said["ended"], until)
            )  # fmt: skip
    return made


def unread_conflicts(versions: list[Version]) -> list[tuple[str, str]]:
    """Pairs that stood together and meet, of which neither key held the other's OVN.

    Whichever of the two was accepted later found the other standing, so its key had to hold it.
    """
    found = []
    for place, one in enumerate(versions):
        for other in versions[:place]:
            together = max(one.since, other.since) < min(one.until, other.until)
            if (
                together
                and one.entity != other.entity
                and one.ovn not in other.key
                and other.ovn not in one.key
                and meet(one.volumes[0], other.volumes[0])
            ):
                found.append((one.entity, other.entity))
    return found


def standing(history: list[dict]) -> dict[str, str]:
    """The OVN of each intent after all that was acknowledged."""
    held: dict[str, str] = {}
    for said in sorted((s for s in history if "given" in s), key=lambda s: s["ended"]):
        if said["kind"] == "end":
            held.pop(said["id"], None)
        else:
            held[said["id"]] = said["given"]
    return held


def held_by(place: str) -> dict[str, str]:
    url = place if place.startswith("postgresql://") else None
    database = open_database(Path() if url else Path(place), url)
    store = AirspaceStore(database)
    found = store.ask(lambda a: {intent.id: intent.ovn for intent in a.intents}).result()
    store.close()
    database.close()
    return found


def test_the_checker_finds_two_that_were_accepted_unread(volume):
    volumes = extent_of([read_volume(volume())]).volumes
    one = Version("a", "ovn-a", frozenset(), volumes, 10, 90)
    assert unread_conflicts([one, Version("b", "ovn-b", frozenset(), volumes, 20, 80)])
    assert not unread_conflicts([one, Version("b", "ovn-b", frozenset({"ovn-a"}), volumes, 20, 80)])
    assert not unread_conflicts([one, Version("b", "ovn-b", frozenset(), volumes, 95, 99)])


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
)
def test_processes_that_plan_at_once_never_accept_what_they_have_not_read(
    kind, tmp_path, request, start
):
    place = str(tmp_path) if kind == "sqlite" else request.getfixturevalue("postgresql_database")
    held_by(place)
    children = [start(place, f"uss{n}", n, 400) for n in range(4)]
    for child in children:
        release(child)
    history = [said for child in children for said in read_history(child.stdout)]
    assert [child.wait(60) for child in children] == [0] * 4
    versions = versions_of(history)
    refused = [said for said in history if said.get("refused") == "missing"]
    assert len(versions) > 100
    assert len(refused) > 50
    assert all(said["missing"] for said in refused)
    assert unread_conflicts(versions) == []
    assert held_by(place) == standing(history)


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
)
def test_what_was_acknowledged_survives_kill_9(kind, tmp_path, request, start):
    place = str(tmp_path) if kind == "sqlite" else request.getfixturevalue("postgresql_database")
    held_by(place)
    chance, history = random.Random(7), []
    for round_ in range(6):
        child = start(place, f"uss{round_}", round_, 100_000)
        release(child)
        # Somewhere between one request and the next, or within one.
        first = list(islice(child.stdout, chance.randrange(5, 60)))
        time.sleep(chance.uniform(0, 0.02))
        child.send_signal(signal.SIGKILL)
        history += read_history([*first, *child.stdout])
        child.wait(30)
    assert sum("given" in said for said in history) > 20

    found, expected = held_by(place), standing(history)
    # What had been asked for and not answered may have happened or not.
    open_ = {(said["id"], said["ovn"]) for said in history if "ended" not in said}
    for entity, ovn in expected.items():
        assert found.get(entity) == ovn or (entity, ovn) in open_
    assert set(found) - set(expected) <= {entity for entity, _ in open_}
    assert unread_conflicts(versions_of(history)) == []


def test_a_fault_in_one_decision_is_its_askers_alone(quick_folder):
    database = open_database(quick_folder / "fault")
    store = AirspaceStore(database)

    def broken(airspace):
        raise ZeroDivisionError

    store.change(lambda _: None).result()
    futures = [store.change(broken), store.ask(lambda a: len(a.intents)), store.change(lambda _: 7)]
    with pytest.raises(ZeroDivisionError):
        futures[0].result()
    assert [future.result() for future in futures[1:]] == [0, 7]
    store.close()
    with pytest.raises(RuntimeError):
        store.ask(len)
    database.close()


def test_a_database_that_has_gone_is_said_and_its_return_is_noticed(quick_folder):
    database = open_database(quick_folder / "gone")
    store = AirspaceStore(database)
    store.ask(lambda _: None).result()
    with database.write() as transaction:
        transaction.exec_driver_sql("ALTER TABLE airspace_clock RENAME TO elsewhere")
    with pytest.raises(LakeUnavailable):
        store.change(lambda _: None).result()
    with database.write() as transaction:
        transaction.exec_driver_sql("ALTER TABLE elsewhere RENAME TO airspace_clock")
    assert store.change(lambda _: 1).result() == 1
    store.close()
    database.close()


def test_a_process_that_has_slept_for_long_reads_everything_anew(quick_folder, intent):
    database = open_database(quick_folder / "slept")
    sleeper, busy = AirspaceStore(database), AirspaceStore(database, remembered=4)
    one, caller = Dss(busy), Caller("uss1", coordinates=True)
    asked = PutIntent.model_validate_json(json.dumps(intent()))
    ids = [f"{n:08d}-0000-4000-8000-000000000000" for n in range(3)]
    made = one.put_intent(ids[0], None, asked, caller).result()
    count = lambda a: sorted(intent.id for intent in a.intents)  # noqa: E731 - as short as that
    assert sleeper.ask(count).result() == ids[:1]
    one.delete_intent(ids[0], made["operational_intent_reference"]["ovn"], caller).result()
    for _ in range(8):
        busy.change(lambda _: None).result()
    kept = sa.text("SELECT count(*) FROM airspace_entities WHERE body IS NULL")
    with database.read() as transaction:
        assert transaction.execute(kept).scalar_one() == 0
    one.put_intent(ids[1], None, asked, caller).result()
    assert sleeper.ask(count).result() == ids[1:2]
    for store in (sleeper, busy):
        store.close()
    database.close()
