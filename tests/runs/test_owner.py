"""Who works on a run, and whether it is still there."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from chengmo.errors import PlatformError
from chengmo.runs.owner import Owner

OTHER = """
import sys, time
from pathlib import Path
from chengmo.runs.owner import Owner
owner = Owner(Path(sys.argv[1]))
(owner.folder / "table.arrow").touch()
print(owner.id, flush=True)
time.sleep(600)
"""


@pytest.fixture
def other(tmp_path: Path):
    with subprocess.Popen(
        [sys.executable, "-c", OTHER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


def test_an_owner_is_dead_when_its_process_is(tmp_path, other):
    owner = Owner(tmp_path)
    name = other.stdout.readline().strip()
    assert not owner.is_dead(name)
    other.send_signal(signal.SIGKILL)
    other.wait()
    assert owner.is_dead(name)
    owner.close()


def test_what_a_dead_owner_left_is_removed_and_the_living_keep_theirs(tmp_path, other):
    name = other.stdout.readline().strip()
    first = Owner(tmp_path)
    assert (tmp_path / name / "table.arrow").exists()
    other.send_signal(signal.SIGKILL)
    other.wait()
    second = Owner(tmp_path)
    assert not (tmp_path / name).exists()
    assert first.folder.exists()
    first.close()
    second.close()
    assert not first.folder.exists()


def test_an_owner_on_another_machine_is_not_known_to_be_dead(tmp_path):
    owner = Owner(tmp_path)
    assert not owner.is_dead("ffffffff.0123456789abcdef")
    assert not owner.is_dead(owner.id)
    owner.close()


def test_an_owner_that_left_is_dead(tmp_path):
    first, second = Owner(tmp_path), Owner(tmp_path)
    first.close()
    assert second.is_dead(first.id)
    second.close()


def test_a_folder_that_cannot_be_used_is_named_as_such(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(PlatformError):
        Owner(tmp_path / "file")
