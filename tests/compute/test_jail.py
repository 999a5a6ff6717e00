"""Packages in a jail: each attack works without the walls, and not behind them."""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from chengmo.compute.jail import JailedCall, JailLimits, check_walls, run_jailed
from chengmo.errors import PlatformError
from chengmo.ledger import open_database
from chengmo.model.jail.landlock import landlock_version
from chengmo.model.jail.walls import missing_walls

pytestmark = pytest.mark.skipif(bool(missing_walls()), reason="this machine has no walls")
HERE = Path(__file__).parent
SMALL = JailLimits(memory_mb=1024, wall_s=20, cpu_s=20, answer_bytes=1 << 20)
# Refused by one wall only where the kernel is older: named so that none is forgotten.
NAMES = [
    line.removeprefix("def ").removesuffix("():\n")
    for line in (HERE / "attacking_child.py").read_text("utf-8").splitlines(keepends=True)
    if line.startswith("def ") and line.endswith("():\n")
]
ATTACKS = [name for name in NAMES if name not in {"tried", "struct_bpf_map"}]
# What needs an administrator, or a kernel that is built so, may not work outside either.
MAY_FAIL_OUTSIDE = {
    "trace_a_process", "read_the_memory_of_another", "enter_a_namespace", "load_a_kernel_program",
    "keep_a_key",
}  # fmt: skip

FLOOD = """
import os
def fit(train, seed):
    for number in range(3, 60):
        try:
            while True:
                os.write(number, b"R" * 65536)
        except OSError:
            pass
"""
THREADS = """
import threading, time
def fit(train, seed):
    threading.stack_size(65536)
    while True:
        threading.Thread(target=time.sleep, args=(60,)).start()
"""

FORGED = """
import os
def fit(train, seed):
    for number in range(3, 60):
        try:
            os.write(number, b"E" + b"[" * 4000)
        except OSError:
            pass
    os._exit(0)
"""


def write_arrow(path, table):
    path.parent.mkdir(parents=True, exist_ok=True)
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)


def jailed(folder, code, *, limits=SMALL, stage="fit", state=None, rows=None):
    package, inputs = folder / "package", folder / "inputs"
    package.mkdir(exist_ok=True)
    (package / "model.py").write_text(code, "utf-8")
    write_arrow(inputs / "train" / "a.arrow", pa.table({"x": [1.0, 2.0]}))
    if state is not None:
        (inputs / "state.bin").write_bytes(state)
    if rows is not None:
        write_arrow(inputs / "rows.arrow", rows)
    return run_jailed(JailedCall(package, inputs, stage, "y", limits=limits))


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What the attacks did without the walls, and behind them."""
    return {
        "outside": attacked(tmp_path_factory.mktemp("outside"), outside),
        "inside": attacked(tmp_path_factory.mktemp("inside"), inside),
    }


def attacked(folder, how):
    package = folder / "package"
    package.mkdir()
    shutil.copy(HERE / "attacking_child.py", package / "model.py")
    (folder / "hidden.csv").write_text("id,target\n1,5\n", "utf-8")
    (folder / "other").mkdir()
    (folder / "other" / "model.py").write_text("def fit(train, seed): ...\n", "utf-8")
    (package / "link").symlink_to(folder / "hidden.csv")
    write_arrow(folder / "inputs" / "train" / "a.arrow", pa.table({"x": [1.0]}))
    (folder / "inputs" / "spare").touch()
    open_database(folder / "home").close()
    secret = os.open(folder / "secret", os.O_RDWR | os.O_CREAT)
    os.pwrite(secret, b"target", 0)
    os.set_inheritable(secret, True)
    victims = [subprocess.Popen(["sleep", "60"]) for _ in range(2)]
    name = f"chengmo-{os.getpid()}-{folder.name}"
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_UNIX) as unix,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        threading.Thread(target=greet, args=(tcp,), daemon=True).start()
        os.chdir(folder)  # A socket's path is short.
        unix.bind("socket")
        unix.listen()
        abstract.bind(f"\0{name}")
        abstract.listen()
        facts = {
            "tcp": tcp.getsockname(), "unix": str(folder / "socket"), "abstract": name,
            "home": str(folder / "home"), "hidden": str(folder / "hidden.csv"),
            "other": str(folder / "other"), "inputs": str(folder / "inputs"),
            "outside": str(folder / "written"), "code": os.environ.get("PYTHONPATH", ""),
            "killed": victims[0].pid, "traced": victims[1].pid, "descriptor": secret,
        }  # fmt: skip
        (package / "facts.json").write_text(json.dumps(facts), "utf-8")
        try:
            found = how(folder)
        finally:
            for victim in victims:
                victim.kill()
                victim.wait()
            os.close(secret)
    return found


def greet(server):
    try:
        while True:
            with server.accept()[0] as found:
                found.sendall(b"hello")
    except OSError:
        return  # The test is over.


def outside(folder):
    done = subprocess.run(
        [sys.executable, str(folder / "package" / "model.py")],
        env={**os.environ, "SECRET": "hunter2"}, close_fds=False, capture_output=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def inside(folder):
    os.environ["SECRET"] = "hunter2"
    try:
        found = run_jailed(JailedCall(folder / "package", folder / "inputs", "fit", limits=SMALL))
    finally:
        del os.environ["SECRET"]
    assert found.fault is None, found
    assert not (folder / "written").exists()
    return json.loads(found.log)


@pytest.mark.slow
@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_that_works_outside_does_not_work_inside(told, attack):
    if attack not in MAY_FAIL_OUTSIDE:
        assert told["outside"][attack] == "done"
    assert told["inside"][attack] != "done"


BREAKING = {
    "a loop": ("def fit(t, s):\n while True: pass", "time"),
    "a sleep": ("import time\ndef fit(t, s): time.sleep(60)", "time"),
    "one large thing": ("def fit(t, s): return bytearray(4 << 30)", "memory"),
    "many things": ("def fit(t, s):\n x = []\n while True: x.append(bytes(1 << 20))", "memory"),
    "a large answer": ("def fit(t, s): return bytes(8 << 20)", "size"),
    "an answer of its own making": (FLOOD, "size"),
    "threads": (THREADS, "threads"),
    "an exit": ("import os\ndef fit(t, s): os._exit(3)", "died"),
    "a crash": ("import ctypes\ndef fit(t, s): ctypes.string_at(0)", "died"),
    "an error": ("def fit(t, s): return 1 / 0", "error"),
    "an exit by an error": ("def fit(t, s): raise SystemExit", "error"),
    "no function": ("fit = 3", "error"),
    "a word of its own making": (FORGED, "died"),
    "no Python": ("def fit(t, s", "error"),
}


@pytest.mark.slow
@pytest.mark.parametrize(("code", "what"), BREAKING.values(), ids=BREAKING)
def test_whoever_uses_too_much_or_breaks_ends_with_the_reason(tmp_path, code, what):
    limits = JailLimits(memory_mb=1024, wall_s=4, cpu_s=2, answer_bytes=1 << 20)
    found = jailed(tmp_path, code, limits=limits)
    assert (found.answer, found.fault and found.fault.what) == (b"", what), found


@pytest.mark.slow
def test_a_flood_of_words_is_kept_short_and_names_no_folder_of_the_server(tmp_path):
    code = "def fit(t, s):\n for n in range(300_000): print('x' * 50)\n raise ValueError(__file__)"
    found = jailed(tmp_path, code)
    assert len(found.log) < 20_000
    assert "not kept" in found.log
    assert "ValueError: package/model.py" in found.log
    for place in (tmp_path, HERE.parents[1] / "src", Path(np.__file__).parents[1]):
        assert str(place) not in found.log
    assert (found.fault.kind, found.fault.place) == ("ValueError", "model.py:3")


@pytest.mark.slow
def test_what_was_fitted_predicts_the_same_twice(tmp_path):
    code = (
        "import numpy, random\n"
        "def fit(train, seed):\n"
        " return {'mean': train['a']['x'].to_numpy().mean(), 'noise': numpy.random.rand(),"
        " 'order': list({'a', 'b', 'c'}), 'python': random.random()}\n"
        "def predict(state, rows): return [state['mean']] * rows.num_rows\n"
    )
    first, second = (jailed(tmp_path, code) for _ in range(2))
    assert first.fault is None, first
    assert first.answer == second.answer
    rows = pa.table({"id": ["a", "b"]})
    found = jailed(tmp_path, code, stage="predict", state=first.answer, rows=rows)
    assert np.frombuffer(found.answer, "<f8").tolist() == [1.5, 1.5]


@pytest.mark.slow
def test_a_state_that_runs_code_when_it_is_opened_runs_it_in_the_jail(tmp_path):
    proof = tmp_path / "proof"
    code = (
        "import os\n"
        "class Bomb:\n"
        f" def __reduce__(self): return (os.system, ('touch {proof}',))\n"
        "def fit(t, s): return Bomb()\n"
        "def predict(state, rows): return [float(state)] * rows.num_rows\n"
    )
    found = jailed(tmp_path, code)
    assert found.fault is None
    rows = pa.table({"id": [1]})
    jailed(tmp_path, code, stage="predict", state=found.answer, rows=rows)
    assert not proof.exists()


@pytest.mark.slow
def test_a_jailed_process_ends_with_who_started_it(tmp_path):
    package, inputs = tmp_path / "package", tmp_path / "inputs"
    package.mkdir()
    (inputs / "train").mkdir(parents=True)
    (package / "model.py").write_text(
        "import os, time\ndef fit(t, s):\n print('pid', os.getpid(), flush=True)\n time.sleep(60)",
        "utf-8",
    )
    program = (
        "import sys, chengmo.compute.jail as jail\nfrom pathlib import Path\n"
        "feed = jail.Capture.feed\n"
        "def told(self, data):\n sys.stdout.write(data.decode()); sys.stdout.flush()\n"
        " feed(self, data)\n"
        "jail.Capture.feed = told\n"
        f"jail.run_jailed(jail.JailedCall(Path({str(package)!r}), Path({str(inputs)!r}), 'fit'))"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:
        inmate = int(parent.stdout.readline().split()[1])
        assert Path(f"/proc/{inmate}").exists()
        parent.kill()
    for _ in range(200):
        if not Path(f"/proc/{inmate}/task").exists() or is_dead(inmate):
            return
        time.sleep(0.05)
    raise AssertionError("it goes on")


def is_dead(process):
    try:
        return Path(f"/proc/{process}/stat").read_text("utf-8").rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def test_where_a_wall_is_missing_nothing_is_run(tmp_path, monkeypatch):
    assert landlock_version() > 0
    monkeypatch.setattr("chengmo.model.jail.walls.can_filter", lambda: False)
    with pytest.raises(PlatformError, match="no seccomp"):
        check_walls()
    with pytest.raises(PlatformError, match="no seccomp"):
        jailed(tmp_path, "def fit(t, s): pass")
