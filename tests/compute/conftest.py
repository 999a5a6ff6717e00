"""A pool and the entries that the tests give it."""

import sys
from pathlib import Path

import pytest

from chengmo.compute import LocalPool

ENTRIES = """
import ctypes, os, resource, signal, subprocess, sys, time
from pathlib import Path
from chengmo.errors import InvalidRequest, RequestError

class OwnError(RequestError):
    slug = "own"

def echo(arguments, folder, report):
    return repr(sorted(arguments.items())).encode()

def read(arguments, folder, report):
    return (folder / "table.bin").read_bytes()

def progress(arguments, folder, report):
    report("reading", 0.0)
    report("solving", 0.5)
    Path(arguments["told"]).touch()
    while not Path(arguments["go"]).exists():
        time.sleep(0.01)
    for step in range(100_000):
        report("solving", step / 100_000)
    return b"done"

def sleep(arguments, folder, report):
    report("sleeping", 0.1)
    time.sleep(600)

def stubborn(arguments, folder, report):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    report("ignoring", 0.1)
    time.sleep(600)

def allocate(arguments, folder, report):
    blocks = []
    while True:
        blocks.append(bytearray(16 << 20))

def allocate_arrays(arguments, folder, report):
    import numpy
    return numpy.ones(1 << 40)

def fail(arguments, folder, report):
    secret = "the secret"
    raise ZeroDivisionError(secret)

def refuse(arguments, folder, report):
    raise InvalidRequest("too few", hint="ask for more")

def refuse_own(arguments, folder, report):
    raise OwnError("of my own", hint="as it is")

def leave(arguments, folder, report):
    os._exit(7)

def leave_politely(arguments, folder, report):
    sys.exit(0)

def crash(arguments, folder, report):
    ctypes.string_at(0)

def kill_itself(arguments, folder, report):
    os.kill(os.getpid(), signal.SIGKILL)

def shout(arguments, folder, report):
    print("the beginning")
    for _ in range(100_000):
        print("x" * 100)
    print("the end", file=sys.stderr)
    return b""

def surroundings(arguments, folder, report):
    open_files = sorted(int(name) for name in os.listdir("/proc/self/fd"))
    return repr({
        "environment": sorted(os.environ), "files": open_files, "hash": hash("武汉"),
        "threads": os.environ["OMP_NUM_THREADS"], "stdin": os.readlink("/proc/self/fd/0"),
    }).encode()

def leave_a_process_behind(arguments, folder, report):
    child = subprocess.Popen(["sleep", "600"])
    return str(child.pid).encode()

def huge(arguments, folder, report):
    return bytes(600 << 20)

def large(arguments, folder, report):
    return bytes(range(256)) * (40 << 12)

def size(arguments, folder, report):
    return str(len(arguments["text"])).encode()
"""


@pytest.fixture(scope="session")
def entries(tmp_path_factory: pytest.TempPathFactory):
    """Make the module `pool_entries` importable, here and in the runs' processes."""
    folder = tmp_path_factory.mktemp("entries")
    (folder / "pool_entries.py").write_text(ENTRIES, encoding="utf-8")
    sys.path.append(str(folder))
    yield folder
    sys.path.remove(str(folder))


@pytest.fixture
def pool(entries: Path):
    pool = LocalPool()
    yield pool
    pool.close()
