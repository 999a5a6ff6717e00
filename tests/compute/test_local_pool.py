"""Runs in processes of their own: what they may do, and how they end."""

import ast
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from chengmo.compute import Limits, LocalPool, Outcome, Task
from chengmo.errors import InvalidRequest, RequestError, ResourceExhausted, RunFailed

PATIENCE_S = 60


def start(pool, name, *, folder=Path("/nonexistent"), limits=None, **arguments):
    return pool.start(Task(f"pool_entries:{name}", arguments, folder, limits or Limits()))


def outcome(pool, name, **options) -> Outcome:
    ended = start(pool, name, **options).wait(PATIENCE_S)
    assert ended is not None, f"{name} did not end"
    return ended


def wait_until(is_so):
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


def test_a_task_gets_its_arguments_and_gives_bytes(pool):
    assert (
        outcome(pool, "echo", a=1, b="武汉").result
        == b"[('a', 1), ('b', '\xe6\xad\xa6\xe6\xb1\x89')]"
    )


def test_a_task_reads_the_files_of_its_folder(pool, tmp_path):
    (tmp_path / "table.bin").write_bytes(b"rows")
    assert outcome(pool, "read", folder=tmp_path).result == b"rows"


def test_arguments_and_results_may_be_larger_than_any_buffer(pool):
    assert outcome(pool, "size", text="x" * 5_000_000).result == b"5000000"
    ended = outcome(pool, "large")
    assert ended.result is not None
    assert len(ended.result) == 40 << 20


def test_progress_arrives_while_the_task_goes_on(pool, tmp_path):
    handle = start(pool, "progress", told=str(tmp_path / "told"), go=str(tmp_path / "go"))
    wait_until((tmp_path / "told").exists)
    wait_until(lambda: handle.progress.stage == "solving")
    assert handle.progress.share_0to1 == 0.5
    assert handle.poll() is None
    (tmp_path / "go").touch()
    assert handle.wait(PATIENCE_S).result == b"done"


def test_many_tasks_run_side_by_side(pool):
    handles = [start(pool, "echo", number=number) for number in range(20)]
    results = [handle.wait(PATIENCE_S).result for handle in handles]
    assert results == [f"[('number', {number})]".encode() for number in range(20)]


def test_a_cancelled_task_ends(pool):
    handle = start(pool, "sleep")
    wait_until(lambda: handle.progress.stage == "sleeping")
    handle.cancel()
    ended = handle.wait(PATIENCE_S)
    assert ended.cancelled
    assert ended.error is None
    assert ended.result is None


def test_a_task_cancelled_at_once_ends(pool):
    handle = start(pool, "sleep")
    handle.cancel()
    assert handle.wait(PATIENCE_S).cancelled


def test_a_task_that_ignores_the_request_to_stop_is_killed(pool):
    handle = start(pool, "stubborn", limits=Limits(grace_s=0.2))
    wait_until(lambda: handle.progress.stage == "ignoring")
    handle.cancel()
    assert handle.wait(PATIENCE_S).cancelled


def test_cancelling_a_task_that_has_ended_changes_nothing(pool):
    handle = start(pool, "echo")
    ended = handle.wait(PATIENCE_S)
    handle.cancel()
    assert handle.wait(0) is ended
    assert not ended.cancelled


def test_a_task_over_its_time_is_ended_and_says_so(pool):
    ended = outcome(pool, "sleep", limits=Limits(wall_s=0.5))
    assert isinstance(ended.error, ResourceExhausted)
    assert "longer than its limit of 0.5 s" in ended.error.message


@pytest.mark.parametrize("name", ["allocate", "allocate_arrays"])
def test_a_task_over_its_memory_says_so(pool, name):
    ended = outcome(pool, name, limits=Limits(memory_mb=256))
    assert isinstance(ended.error, ResourceExhausted)
    assert "memory" in ended.error.message
    assert ended.peak_memory_mb < 1024


def test_an_error_of_the_platform_keeps_its_family_and_its_hint(pool):
    error = outcome(pool, "refuse").error
    assert type(error) is InvalidRequest
    assert (error.message, error.hint) == ("too few", "ask for more")


def test_an_error_of_the_scenarios_own_is_its_nearest_known_family(pool):
    error = outcome(pool, "refuse_own").error
    assert type(error) is RequestError
    assert error.message == "of my own"


def test_an_unexpected_error_keeps_its_traceback_in_the_private_log(pool):
    ended = outcome(pool, "fail")
    assert isinstance(ended.error, RunFailed)
    assert "ZeroDivisionError" in ended.error.message
    assert "secret" not in str(ended.error)
    assert "the secret" in ended.log
    assert "in fail" in ended.log


@pytest.mark.parametrize(
    ("name", "words"),
    [("leave", "exit code 7"), ("leave_politely", "SystemExit"), ("crash", "SIGSEGV")],
)
def test_a_task_that_ends_its_process_says_how(pool, name, words):
    ended = outcome(pool, name)
    assert isinstance(ended.error, RunFailed)
    assert words in ended.error.message


def test_a_crash_in_a_library_leaves_the_place_in_the_log(pool):
    assert "in crash" in outcome(pool, "crash").log


def test_a_task_that_the_machine_kills_is_short_of_memory(pool):
    assert isinstance(outcome(pool, "kill_itself").error, ResourceExhausted)


def test_an_unknown_entry_is_an_error_of_the_run(pool):
    assert isinstance(outcome(pool, "no_such_function").error, RunFailed)


def test_what_a_task_prints_is_kept_within_limits(pool):
    log = outcome(pool, "shout").log
    assert log.startswith("the beginning\n")
    assert log.endswith("the end\n")
    assert "bytes not kept" in log
    assert len(log) < 200_000


def test_an_answer_beyond_all_measure_is_refused(pool):
    ended = outcome(pool, "huge")
    assert isinstance(ended.error, ResourceExhausted)
    assert "512 are allowed" in ended.error.message


def test_a_task_inherits_no_secret_and_no_file(pool, monkeypatch, tmp_path):
    monkeypatch.setenv("CHENGMO_DATABASE", "postgresql://user:password@host/name")
    with (tmp_path / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        seen = ast.literal_eval(outcome(pool, "surroundings").result.decode())
    assert "CHENGMO_DATABASE" not in seen["environment"]
    # Nothing, two to the log, the channel; the last is the listing's own.
    assert seen["files"] == [0, 1, 2, 3, 4]
    assert seen["stdin"] == os.devnull
    assert seen["threads"] == "1"


def test_the_order_of_sets_is_the_same_in_every_process(entries):
    seen = set()
    for _ in range(2):
        pool = LocalPool()
        seen.add(ast.literal_eval(outcome(pool, "surroundings").result.decode())["hash"])
        pool.close()
    assert len(seen) == 1


def test_what_a_task_started_ends_with_it(pool):
    pid = int(outcome(pool, "leave_a_process_behind").result)
    wait_until(lambda: not psutil.pid_exists(pid) or is_dead(pid))


def is_dead(pid):
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_the_pool_starts_again_after_its_starter_was_killed(pool):
    handle = start(pool, "sleep")
    wait_until(lambda: handle.progress.stage == "sleeping")
    # Other pools of this process have starters too, but no tasks.
    me = psutil.Process(os.getpid())
    (run,) = [child for child in me.children(recursive=True) if child.ppid() != me.pid]
    starter = run.parent()
    starter.kill()
    ended = handle.wait(PATIENCE_S)
    assert isinstance(ended.error, RunFailed)
    wait_until(lambda: is_dead(run.pid))
    assert outcome(pool, "echo").result == b"[]"


def test_closing_the_pool_ends_every_task(entries):
    before = psutil.Process(os.getpid()).children(recursive=True)
    pool = LocalPool()
    handle = start(pool, "sleep")
    wait_until(lambda: handle.progress.stage == "sleeping")
    pool.close()
    assert handle.wait(PATIENCE_S).result is None
    assert psutil.Process(os.getpid()).children(recursive=True) == before


SERVER = """
import sys, time
from pathlib import Path
from chengmo.compute import LocalPool, Task
pool = LocalPool()
handles = [pool.start(Task("pool_entries:sleep", {}, Path("/nonexistent"))) for _ in range(3)]
while not all(handle.progress.stage for handle in handles):
    time.sleep(0.01)
print("ready", flush=True)
time.sleep(600)
"""


@pytest.mark.slow
def test_a_killed_server_leaves_no_process_behind(entries):
    environment = {**os.environ, "PYTHONPATH": str(entries)}
    with subprocess.Popen(
        [sys.executable, "-c", SERVER], stdout=subprocess.PIPE, env=environment, text=True
    ) as server:
        assert server.stdout.readline() == "ready\n"
        left = psutil.Process(server.pid).children(recursive=True)
        assert len(left) == 4
        server.send_signal(signal.SIGKILL)
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.wait_procs(left, timeout=PATIENCE_S)
    assert all(is_dead(process.pid) for process in left)


def test_a_warm_up_that_fails_is_logged_and_runs_go_on(entries, tmp_path):
    pool = LocalPool(warm_up=("no_such_module:nothing",), log=tmp_path / "pool.log")
    assert outcome(pool, "echo").result == b"[]"
    pool.close()
    assert "no_such_module" in (tmp_path / "pool.log").read_text()
