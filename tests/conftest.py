"""What the tests of several folders share: fresh compiled code, a private PostgreSQL."""

import contextlib
import gc
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psutil
import psycopg
import pytest
from playwright.sync_api import Browser, sync_playwright

from chengmo.app import open_platform

# Programs that tests start in processes of their own, and packages that tests install.
collect_ignore_glob = ["**/*_child.py", "**/serve_*.py", "**/packages/**", "**/*_scenarios/**"]

SOURCES = Path(__file__).parents[1] / "src"
# Servers that have a user of their own cannot look into pytest's folders, which are private.
# Read before this process moves its own temporary files; the workers that it starts inherit it.
SHARED = Path(os.environ.setdefault("CHENGMO_TESTS_SHARED", tempfile.gettempdir()))


def pytest_configure() -> None:
    """Remove what is compiled from older sources: Numba looks at the caller's file only."""
    cached = list(SOURCES.glob("**/__pycache__/*.nb[ic]"))
    for folder in {path.parent.parent for path in cached}:
        newest = max(path.stat().st_mtime for path in folder.glob("*.py"))
        own = [path for path in cached if path.parent.parent == folder]
        if any(path.stat().st_mtime < newest for path in own):
            for path in own:
                path.unlink(missing_ok=True)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Put temporary files among pytest's own: what a killed process leaves goes with them."""
    scratch = session.config._tmp_path_factory.getbasetemp() / "temporary"
    scratch.mkdir(exist_ok=True)
    os.environ["TMPDIR"] = str(scratch)
    tempfile.tempdir = None


def pytest_collection_finish() -> None:
    """Take all that collecting made, which stays to the end, out of every later collection."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def copy_of_home(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Put at a path what the platform makes at its first start, which takes long: made once."""
    made = tmp_path_factory.mktemp("first-start") / "home"
    with open_platform(home=made, work=False):
        pass

    def copy(home: Path) -> Path:
        return shutil.copytree(made, home)

    return copy


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address, without a database, of a private PostgreSQL on a free loopback port."""
    initdb, server = _program("initdb"), _program("postgres")
    if initdb is None or server is None:
        pytest.skip("PostgreSQL's server programs are not installed (apt install postgresql-15)")
    with folder_of_server("postgresql") as folder:
        # As root it refuses to run.
        prefix = as_user("postgres", folder, ends_by="INT")
        data = str(folder / "data")
        subprocess.run(
            [*prefix, initdb, "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync"],
            check=True, capture_output=True, cwd="/",
        )  # fmt: skip
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        settings = [
            "fsync=off",
            f"port={port}",
            "listen_addresses=127.0.0.1",
            f"unix_socket_directories={folder}",
        ]
        process = subprocess.Popen(
            [*prefix, server, "-D", data, *(part for each in settings for part in ("-c", each))],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
        )  # fmt: skip
        address = f"postgresql://tester@127.0.0.1:{port}"
        try:
            _wait_for(address, process)
            yield address
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(120)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, drawing on the processor; one alone, for a thread has one event loop."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("Chromium is not installed (apt install chromium fonts-noto-cjk)")
    arguments = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@contextlib.contextmanager
def folder_of_server(name: str) -> Iterator[Path]:
    """Make a folder outside pytest's own, and remove those of runs that were killed."""
    for left in SHARED.glob(f"chengmo-{name}-*-*"):
        if not psutil.pid_exists(int(left.name.split("-")[2])):
            shutil.rmtree(left, ignore_errors=True)
    prefix = f"chengmo-{name}-{os.getpid()}-"
    with tempfile.TemporaryDirectory(prefix=prefix, dir=SHARED) as folder:
        yield Path(folder)


def _program(name: str) -> str | None:
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(installed[-1]) if installed else shutil.which(name)


def as_user(name: str, folder: Path, *, ends_by: str) -> list[str]:
    """Give a folder to a user where we are root, and say what comes before the user's commands."""
    # Replaced by the server, which is then the process we stop, and which ends if we are killed.
    lasting = ["setpriv", f"--pdeathsig={ends_by}"] if shutil.which("setpriv") else []
    if os.getuid() != 0:
        return lasting
    user = pwd.getpwnam(name)
    os.chown(folder, user.pw_uid, user.pw_gid)
    return [*lasting, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(f"{address}/postgres").close()
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError("PostgreSQL did not start")


@pytest.fixture
def postgresql_database(postgresql_server: str) -> str:
    """The address of a new, empty database."""
    name = f"t_{uuid4().hex}"
    with psycopg.connect(f"{postgresql_server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return f"{postgresql_server}/{name}"
