"""Readers are forked from one process, and none outlives whoever waits for it."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from chengmo.catalog.importing.sandbox import inspect_file
from chengmo.catalog.importing.starter import the_starter
from chengmo.errors import ResourceExhausted

PATIENCE_S = 30
PARENT = """
import sys, tempfile, time
from pathlib import Path
from chengmo.catalog.importing.starter import Starter

starter = Starter()
with tempfile.TemporaryFile() as complaints:
    readers = [starter.start(Path.cwd(), complaints.fileno()) for _ in range(2)]
print("ready", flush=True)
time.sleep(600)
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("name,lon,lat\na,114.3,30.5\n", encoding="utf-8")
    return path


def starting_process() -> psutil.Process:
    """Return the process that this one's readers are forked from."""
    the_starter().prepare()
    (found,) = [
        each
        for each in psutil.Process().children()
        if "chengmo.catalog.importing" in " ".join(each.cmdline())
    ]
    return found


def wait_for_readers(process: psutil.Process, count: int) -> list[psutil.Process]:
    deadline = time.monotonic() + PATIENCE_S
    while len(readers := process.children()) != count:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return readers


@pytest.fixture
def reader(tmp_path):
    """A reader that waits for its request."""
    with tempfile.TemporaryFile() as complaints:
        started = the_starter().start(tmp_path, complaints.fileno())
        yield started
        started.close()


@pytest.mark.slow
def test_each_of_many_readers_at_once_answers_its_own_file(tmp_path):
    paths = [tmp_path / f"{i}.csv" for i in range(8)]
    for i, path in enumerate(paths):
        path.write_text(f"name{i},lon,lat\na,114.3,30.5\n", encoding="utf-8")
    with ThreadPoolExecutor(4) as threads:
        found = [shown.columns[0].name for shown in threads.map(inspect_file, paths)]
    assert found == [f"name{i}" for i in range(8)]


def test_a_reader_ends_with_its_leash(reader):
    (child,) = wait_for_readers(starting_process(), 1)
    reader.leash.shutdown(socket.SHUT_WR)
    assert reader.status() == -signal.SIGKILL
    assert not child.is_running()


def test_the_status_of_a_reader_says_how_it_ended(reader):
    (child,) = wait_for_readers(starting_process(), 1)
    child.send_signal(signal.SIGXCPU)
    assert reader.status() == -signal.SIGXCPU


@pytest.mark.slow
def test_a_reader_ends_with_the_process_it_was_forked_from_and_the_next_has_a_new_one(reader, file):
    process = starting_process()
    children = wait_for_readers(process, 1)
    process.kill()
    gone, _ = psutil.wait_procs(children, PATIENCE_S)
    assert gone == children
    assert reader.status() == -signal.SIGKILL
    assert inspect_file(file).row_estimate == 1


def kill_the_starter(_progress):
    starting_process().kill()


def inspect_until_stopped(file):
    # The first progress may come too late for so small a file.
    for _ in range(100):
        inspect_file(file, on_progress=kill_the_starter)


@pytest.mark.slow
def test_a_killed_starter_is_an_error_only_for_the_file_being_read(file):
    with pytest.raises(ResourceExhausted) as caught:
        inspect_until_stopped(file)
    assert caught.value.hint
    assert inspect_file(file).row_estimate == 1


@pytest.mark.slow
def test_a_killed_parent_leaves_no_process_behind(tmp_path):
    command = [sys.executable, "-c", PARENT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as parent:
        assert parent.stdout.readline() == "ready\n"
        (process,) = psutil.Process(parent.pid).children()
        left = [process, *wait_for_readers(process, 2)]
        parent.kill()
    gone, _ = psutil.wait_procs(left, PATIENCE_S)
    assert {each.pid for each in gone} == {each.pid for each in left}


@pytest.mark.slow
def test_a_reader_knows_nothing_of_the_environment_it_does_not_need(file, monkeypatch):
    monkeypatch.setenv("CHENGMO_DATABASE", "postgresql://secret")
    the_starter().close()
    inspect_file(file)
    known = starting_process().environ()
    assert "CHENGMO_DATABASE" not in known
    assert known["PATH"] == os.environ["PATH"]
