"""A run, from the request to the ledger."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from chengmo.app import open_platform
from chengmo.audit import AuditQuery
from chengmo.errors import (
    Conflict,
    InvalidRequest,
    SharingDenied,
    UnknownDataset,
    UnknownModel,
    UnknownRun,
)
from chengmo.identity.actor import LOCAL_ADMINISTRATOR, Actor
from chengmo.ledger import digest_of
from chengmo.runs.job_table import jobs
from chengmo.runs.runs import Runs
from chengmo.runs.seen import SeenRuns
from chengmo.runs.settings import RunSettings
from chengmo.sharing.policy import Policy

PATIENCE_S = 60.0
READER = Actor("r", frozenset({"analyst"}), organisation="o", kind="department")


def until(is_so):
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


@pytest.fixture
def limited(idle_platform, warm_pool):
    """Start the worker of a platform with other settings."""

    def start(**settings):
        runs = Runs(
            sharing=idle_platform.sharing,
            ledger=idle_platform.ledger,
            models=idle_platform.models,
            home=idle_platform.home,
            settings=RunSettings(**settings),
            pool=warm_pool,
        )
        started.append(runs)
        runs.start_worker()
        return replace(idle_platform, runs=runs)

    started: list[Runs] = []
    yield start
    for runs in started:
        runs.stop_worker()


def test_a_run_is_decided_and_written_down(platform, finish):
    status = finish(platform, "count-residents", least=10)
    assert (status.status, status.outcome, status.progress_0to1) == ("successful", "decided", 1.0)
    record = platform.runs.result(status.id)
    assert record.decision["residents"] == sum(range(10, 100))
    assert record.decision_digest == status.digest == digest_of(record.decision)
    assert record.request == {"least": 10, "also": None, "seed": 1}
    assert record.seed == 1
    assert record.actor.id == "local"
    assert record.purpose == "test"
    people = platform.catalog.dataset("people")
    assert record.datasets["people"].version == people.version == 1
    assert record.datasets["people"].snapshot == people.snapshot
    assert record.datasets["people"].sha256 == people.lineage.sha256
    assert record.submitted_utc <= record.started_utc <= record.ended_utc
    assert record.environment["package:numpy"]
    assert record.environment["code"].startswith("sha256:")
    assert platform.ledger.verify() == 1


def test_an_outcome_that_is_no_decision_is_still_an_answer(platform, finish):
    status = finish(platform, "count-residents", least=1000)
    assert (status.status, status.outcome) == ("successful", "infeasible")


def test_a_run_reads_the_versions_of_when_it_was_submitted(platform, ask, commit):
    platform.runs.stop_worker()
    status = ask(platform, "count-residents")
    commit(platform, factor=10)
    platform.runs.start_worker()
    platform.runs.wait(status.id, PATIENCE_S)
    record = platform.runs.result(status.id)
    assert record.datasets["people"].version == 1
    assert record.decision["residents"] == sum(range(100))


def test_a_dataset_that_the_request_names_is_read_too(platform, finish, commit):
    commit(platform, name="more-people", factor=2)
    status = finish(platform, "count-residents", also="more-people")
    record = platform.runs.result(status.id)
    assert set(record.datasets) == {"people", "more-people"}
    assert record.decision["residents"] == 3 * sum(range(100))


def test_nothing_is_left_of_a_run_but_its_record(platform, finish):
    finish(platform, "count-residents")
    until(lambda: not [path for path in platform.home.glob("runs/*/*") if path.name != "lock"])


@pytest.mark.parametrize(
    ("model", "request_fields", "error"),
    [
        ("no-such-model", {}, UnknownModel),
        ("count-residents", {"least": -1}, InvalidRequest),
        ("count-residents", {"least": "many"}, InvalidRequest),
        ("count-residents", {"unknown": 1}, InvalidRequest),
        ("count-residents", {"also": "No Slug"}, InvalidRequest),
        ("count-residents", {"seed": 2**60}, InvalidRequest),
        ("count-residents", {"also": "no-such-dataset"}, UnknownDataset),
    ],
)
def test_a_request_that_cannot_be_had_is_refused_and_leaves_no_run(
    idle_platform, ask, model, request_fields, error
):
    with pytest.raises(error):
        ask(idle_platform, model, **request_fields)
    assert idle_platform.runs.list() == []


@pytest.mark.parametrize("text", ["x" * 1001, "a\0b", "\x1b[31m", "\ud800"])
def test_a_purpose_that_cannot_be_stored_is_refused(idle_platform, ask, text):
    with pytest.raises(InvalidRequest):
        ask(idle_platform, "make-trouble", purpose=text)
    with pytest.raises(InvalidRequest):
        ask(idle_platform, "make-trouble", key=text)


def test_an_invalid_request_names_each_field(idle_platform, ask):
    with pytest.raises(InvalidRequest, match=r"least: .*also: "):
        ask(idle_platform, "count-residents", least=-1, also="No Slug")


def test_data_that_are_not_shared_are_not_read(idle_platform, ask, commit):
    with pytest.raises(UnknownDataset):
        ask(idle_platform, "count-residents", actor=READER)
    commit(idle_platform, factor=2, sharing="conditional")
    with pytest.raises(SharingDenied):
        ask(idle_platform, "count-residents", actor=READER)
    commit(idle_platform, factor=3, sharing="unconditional")
    assert ask(idle_platform, "count-residents", actor=READER).status == "accepted"


def test_the_same_key_and_request_are_the_same_run(platform, ask, finish):
    first = finish(platform, "make-trouble", key="k", number=1)
    again = ask(platform, "make-trouble", key="k", number=1)
    assert (again.id, again.status) == (first.id, "successful")
    assert platform.ledger.verify() == 1


def test_the_same_key_for_another_request_is_a_conflict(idle_platform, ask):
    ask(idle_platform, "make-trouble", key="k", number=1)
    with pytest.raises(Conflict):
        ask(idle_platform, "make-trouble", key="k", number=2)
    with pytest.raises(Conflict):
        ask(idle_platform, "count-residents", key="k")


def test_two_actors_may_use_the_same_key(idle_platform, ask):
    one = ask(idle_platform, "make-trouble", key="k")
    other = ask(idle_platform, "make-trouble", key="k", actor=READER)
    assert one.id != other.id


def test_a_key_used_by_many_threads_at_once_is_one_run(idle_platform, ask):
    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(lambda _: ask(idle_platform, "make-trouble", key="k"), range(64)))
    assert len({status.id for status in found}) == 1
    assert len(idle_platform.runs.list()) == 1


SUBMIT = """
import sys
from pathlib import Path
from chengmo.app import open_platform
from chengmo.identity.actor import LOCAL_ADMINISTRATOR
sys.path.append(sys.argv[2])
with open_platform(home=Path(sys.argv[1]), work=False) as platform:
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(10):
        status = platform.runs.submit("make-trouble", {"number": number}, actor=LOCAL_ADMINISTRATOR,
            purpose="", idempotency_key=f"key-{number}")
        print(status.id, flush=True)
"""


@pytest.mark.slow
def test_a_key_used_by_many_processes_at_once_is_one_run(idle_platform, scenarios):
    command = [sys.executable, "-c", SUBMIT, str(idle_platform.home), str(scenarios)]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=PATIENCE_S)[0].split() for process in processes]
    assert len(answers[0]) == 10
    assert answers[0] == answers[1] == answers[2]
    assert len(idle_platform.runs.list()) == 10


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("raise", "unexpected KeyError"),
        ("exit", "exit code 3"),
        ("wrong-type", "returned a dict, not its ModelDecision"),
        ("big-number", "cannot be written down"),
    ],
)
def test_a_model_that_fails_is_written_down_with_the_reason(platform, finish, kind, words):
    status = finish(platform, "make-trouble", kind=kind)
    assert status.status == "failed"
    assert words in status.message
    record = platform.runs.result(status.id)
    assert words in record.error.message
    assert record.decision is None
    assert platform.ledger.verify() == 1


def test_a_traceback_is_kept_from_the_caller(platform, finish):
    status = finish(platform, "make-trouble", kind="raise")
    assert "private detail" not in status.message
    assert "private detail" not in platform.runs.result(status.id).model_dump_json()
    log = platform.home / "logs" / f"{status.id}.log"
    assert "private detail" in log.read_text()
    assert log.parent.stat().st_mode & 0o077 == 0


def test_a_model_that_prints_a_lot_is_kept_within_limits(platform, finish):
    status = finish(platform, "make-trouble", kind="shout")
    assert status.status == "successful"
    assert (platform.home / "logs" / f"{status.id}.log").stat().st_size < 200_000


def test_a_model_over_its_memory_fails_and_says_so(limited, finish):
    status = finish(limited(memory_mb=256), "make-trouble", kind="memory")
    assert status.status == "failed"
    assert "memory" in status.message


@pytest.mark.slow
def test_a_model_over_its_time_fails_and_says_so(limited, finish):
    platform = limited(wall_s=1.0)
    status = finish(platform, "make-trouble", kind="sleep")
    assert "longer than its limit of 1 s" in status.message
    assert platform.runs.result(status.id).error.slug == "resource-exhausted"


def test_a_run_that_waits_is_cancelled_at_once(idle_platform, ask):
    status = ask(idle_platform, "make-trouble", kind="sleep")
    assert idle_platform.runs.cancel(status.id).status == "dismissed"
    assert idle_platform.runs.result(status.id).status == "dismissed"
    assert idle_platform.ledger.verify() == 1


def test_a_run_that_goes_on_is_cancelled(platform, ask):
    status = ask(platform, "make-trouble", kind="sleep")
    until(lambda: platform.runs.status(status.id).stage == "sleeping")
    platform.runs.cancel(status.id)
    assert platform.runs.wait(status.id, PATIENCE_S).status == "dismissed"
    assert platform.runs.result(status.id).error.slug == "dismissed"


def test_a_run_is_cancelled_from_another_process(platform, ask):
    status = ask(platform, "make-trouble", kind="sleep")
    until(lambda: platform.runs.status(status.id).status == "running")
    with open_platform(home=platform.home, work=False) as other:
        other.runs.cancel(status.id)
    assert platform.runs.wait(status.id, PATIENCE_S).status == "dismissed"


def test_a_run_that_has_ended_stays_as_it_is(platform, finish):
    status = finish(platform, "make-trouble")
    assert platform.runs.cancel(status.id) == status


def test_progress_and_an_estimate_are_told_while_it_goes_on(platform, ask):
    status = ask(platform, "make-trouble", seconds=600)
    until(lambda: platform.runs.status(status.id).stage == "working")
    assert platform.runs.status(status.id).estimate_s is None
    platform.runs.cancel(status.id)
    quick = ask(platform, "make-trouble", seconds=3)
    until(lambda: 0.2 < platform.runs.status(quick.id).progress_0to1 < 0.9)
    assert 0 < platform.runs.status(quick.id).estimate_s < PATIENCE_S


@pytest.mark.slow
def test_progress_is_seen_from_another_process(platform, ask):
    status = ask(platform, "make-trouble", kind="sleep")
    with open_platform(home=platform.home, work=False) as other:
        until(lambda: other.runs.status(status.id).stage == "sleeping")
        assert other.runs.status(status.id).progress_0to1 == 0.25
    platform.runs.cancel(status.id)


def test_waiting_ends_after_its_time(idle_platform, ask):
    status = ask(idle_platform, "make-trouble")
    assert idle_platform.runs.wait(status.id, 0.01).status == "accepted"


def test_an_unknown_run_is_named_as_such(idle_platform):
    runs = idle_platform.runs
    for ask_for in (runs.status, runs.wait, runs.result, runs.cancel):
        with pytest.raises(UnknownRun):
            ask_for("nothing")
    with pytest.raises(UnknownRun):
        runs.rerun("nothing", actor=LOCAL_ADMINISTRATOR)
    assert not runs.exists("nothing")


def test_the_result_of_a_run_that_goes_on_is_a_conflict(idle_platform, ask):
    status = ask(idle_platform, "make-trouble")
    assert idle_platform.runs.exists(status.id)
    with pytest.raises(Conflict):
        idle_platform.runs.result(status.id)


def test_runs_are_listed_the_last_first(idle_platform, ask):
    ids = []
    for number in range(4):
        ids.append(ask(idle_platform, "make-trouble", number=number).id)
        time.sleep(0.002)  # ids are sorted by the millisecond
    other = ask(idle_platform, "count-residents").id
    runs = idle_platform.runs
    runs.cancel(ids[0])
    assert [status.id for status in runs.list()] == [other, *reversed(ids)]
    assert [status.id for status in runs.list(model="make-trouble", limit=2)] == ids[:1:-1]
    assert [status.id for status in runs.list(before=ids[1])] == [ids[0]]
    assert [status.id for status in runs.list(status="dismissed")] == [ids[0]]


def test_a_rerun_gives_the_same_digest(platform, finish):
    status = finish(platform, "count-residents", seed=7)
    comparison = platform.runs.rerun(status.id, actor=LOCAL_ADMINISTRATOR)
    assert comparison.same
    assert comparison.first_digest == comparison.second_digest == status.digest
    assert comparison.differences == ()
    assert platform.ledger.verify() == 2


def test_a_rerun_reads_the_versions_of_the_first_run(platform, finish, commit):
    status = finish(platform, "count-residents")
    commit(platform, factor=10)
    assert platform.runs.rerun(status.id, actor=LOCAL_ADMINISTRATOR).same


def test_a_rerun_asks_the_rules_of_today(platform):
    catalog = platform.catalog
    known = catalog.dataset("people").metadata
    catalog.describe("people", known.model_copy(update={"sharing": "unconditional"}))
    first = platform.runs.submit("count-residents", {}, actor=READER, purpose="planning")
    platform.runs.wait(first.id, 60)
    assert platform.runs.rerun(first.id, actor=READER).same
    catalog.describe("people", known.model_copy(update={"sharing": "conditional"}))
    with pytest.raises(SharingDenied):
        platform.runs.rerun(first.id, actor=READER)


def few(limit):
    """The policy by which analysts see only places with few residents."""
    rule = {"column": "residents", "op": "<", "value": limit}
    stated = {"id": "few", "title": {"zh": "少", "en": "Few"}, "dataset": "people",
              "purposes": ["planning"]}  # fmt: skip
    return Policy.model_validate({**stated, "treatment": {"rows": [rule]}})


def test_a_run_reads_what_its_asker_may_see_and_says_so(platform):
    state = partial(platform.sharing.state, actor=LOCAL_ADMINISTRATOR, via="python")
    state(few(10))
    ask = partial(platform.runs.submit, "count-residents", {}, purpose="planning")
    runs = [ask(actor=actor).id for actor in (READER, LOCAL_ADMINISTRATOR)]
    seen, whole = (platform.runs.result(platform.runs.wait(run, PATIENCE_S).id) for run in runs)
    assert seen.decision["measures"] != whole.decision["measures"]
    used = seen.datasets["people"]
    assert used.edition
    assert used.treatment["rows"][0]["value"] == 10
    assert (whole.datasets["people"].edition, whole.datasets["people"].treatment) == ("", None)
    assert platform.runs.rerun(seen.run, actor=READER).same
    state(few(20))
    with pytest.raises(SharingDenied):
        platform.runs.rerun(seen.run, actor=READER)
    platform.audit.seal()
    found = platform.audit.search(AuditQuery(actor="r", action="run", verdict="allowed"))
    assert [(each.access.edition, each.access.rows) for each in found] == [
        (used.edition, None),
        (used.edition, 10),
    ]


def test_a_run_of_somebody_else_is_not_there(platform, finish):
    run = finish(platform, "make-trouble").id
    seen = SeenRuns(platform.runs, READER)
    for ask in (seen.status, seen.result, seen.cancel, seen.rerun, seen.wait):
        with pytest.raises(UnknownRun):
            ask(run)
    with pytest.raises(UnknownRun):
        seen.diff(run, run)
    assert not seen.exists(run)
    assert seen.list() == []
    assert [each.id for each in SeenRuns(platform.runs, LOCAL_ADMINISTRATOR).list()] == [run]


def test_random_numbers_without_a_seed_are_still_the_same(platform, finish):
    assert platform.runs.rerun(
        finish(platform, "make-trouble", kind="dice").id, actor=LOCAL_ADMINISTRATOR
    ).same


def test_a_rerun_that_differs_names_what_differs(platform, finish):
    comparison = platform.runs.rerun(
        finish(platform, "make-trouble", kind="clock").id, actor=LOCAL_ADMINISTRATOR
    )
    assert not comparison.same
    assert [difference.where for difference in comparison.differences] == ["measures.value.value"]


def test_a_rerun_whose_model_is_gone_says_so(platform, finish):
    status = finish(platform, "make-trouble")
    without = Runs(sharing=platform.sharing, ledger=platform.ledger, models={}, home=platform.home)
    comparison = without.rerun(status.id, actor=LOCAL_ADMINISTRATOR)
    assert not comparison.same
    assert comparison.second is None
    assert comparison.differences[0].where == "model"


def test_a_failed_run_is_never_the_same(platform, finish):
    assert not platform.runs.rerun(
        finish(platform, "make-trouble", kind="raise").id, actor=LOCAL_ADMINISTRATOR
    ).same


def test_a_comparison_names_requests_data_and_measures(platform, finish, commit):
    first = finish(platform, "count-residents", least=10)
    commit(platform, factor=10)
    second = finish(platform, "count-residents", least=20)
    comparison = platform.runs.diff(first.id, second.id)
    assert not comparison.same
    where = {difference.where for difference in comparison.differences}
    assert {
        "request.least", "datasets.people.version", "measures.total.value", "decision.residents",
    } <= where  # fmt: skip


def test_a_scenario_that_changes_under_the_server_is_not_run(platform, finish, scenarios):
    finish(platform, "count-residents")
    closing = platform.runs._closing
    closing.environments["count-residents"]["code"] = "sha256:other"
    status = finish(platform, "count-residents")
    assert status.status == "failed"
    assert "have changed since the server started" in status.message


@pytest.mark.slow
def test_stopping_gives_runs_back_and_the_next_worker_does_them(platform, ask):
    status = ask(platform, "make-trouble", seconds=1.5)
    until(lambda: platform.runs.status(status.id).stage == "working")
    platform.runs.stop_worker()
    assert platform.runs.status(status.id).status == "accepted"
    platform.runs.start_worker()
    assert platform.runs.wait(status.id, PATIENCE_S).status == "successful"


@pytest.mark.slow
def test_a_worker_whose_machine_slept_goes_on_with_its_own_runs(limited, ask):
    # The lease has always run out, as after a long sleep.
    platform = limited(lease_s=0.001)
    status = ask(platform, "make-trouble", seconds=7)
    assert platform.runs.wait(status.id, PATIENCE_S).status == "successful"
    with platform.database.read() as transaction:
        attempts = transaction.execute(sa.select(jobs.c.attempt)).scalars().all()
    assert attempts == [1]


def test_a_run_whose_data_vanished_fails_and_says_so(platform, finish):
    for table in Path(platform.home / "data").rglob("*.parquet"):
        table.unlink()
    status = finish(platform, "count-residents")
    assert status.status == "failed"
    assert status.message
    assert platform.ledger.verify() == 1


@pytest.mark.parametrize("number", [1e20, 2.0**53, -1e300, 5e-324, 0.1])
def test_a_number_in_a_request_survives_the_way_to_the_ledger_and_back(platform, finish, number):
    status = finish(platform, "make-trouble", weight=number, number=2**53 - 1)
    request = platform.runs.result(status.id).request
    assert (request["weight"], request["number"]) == (number, 2**53 - 1)
    assert platform.runs.rerun(status.id, actor=LOCAL_ADMINISTRATOR).same


@pytest.mark.postgresql
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_everything_is_the_same_on_postgresql(platform, ask, finish):
    status = finish(platform, "count-residents", key="k")
    assert ask(platform, "count-residents", key="k").id == status.id
    assert platform.runs.rerun(status.id, actor=LOCAL_ADMINISTRATOR).same
    waiting = ask(platform, "make-trouble", kind="sleep")
    until(lambda: platform.runs.status(waiting.id).stage == "sleeping")
    platform.runs.cancel(waiting.id)
    assert platform.runs.wait(waiting.id, PATIENCE_S).status == "dismissed"
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: ask(platform, "make-trouble", key="x"), range(32)))
    assert len({status.id for status in found}) == 1
    assert platform.runs.wait(found[0].id, PATIENCE_S).status == "successful"
    assert platform.ledger.verify() == 4
