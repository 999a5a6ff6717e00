"""What the tests of several folders share: fresh compiled code, a private PostgreSQL."""

import contextlib
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

import psycopg
import pytest

from chengmo.app import open_platform

# Programs that tests start in processes of their own, and packages that tests install.
collect_ignore_glob = ["**/*_child.py", "**/serve_*.py", "**/packages/**", "**/*_scenarios/**"]

SOURCES = Path(__file__).parents[1] / "src"


def pytest_configure() -> None:
    """Remove what is compiled from older sources: Numba looks at the caller's file only."""
    cached = list(SOURCES.glob("**/__pycache__/*.nb[ic]"))
    for folder in {path.parent.parent for path in cached}:
        newest = max(path.stat().st_mtime for path in folder.glob("*.py"))
        own = [path for path in cached if path.parent.parent == folder]
        if any(path.stat().st_mtime < newest for path in own):
            for path in own:
                path.unlink(missing_ok=True)


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
    folder = Path(tempfile.mkdtemp(prefix="chengmo-postgresql-"))
    as_user = _as_another_user(folder)
    data = str(folder / "data")
    subprocess.run(
        [*as_user, initdb, "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync"],
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
        [*as_user, server, "-D", data, *(part for each in settings for part in ("-c", each))],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
    )  # fmt: skip
    address = f"postgresql://tester@127.0.0.1:{port}"
    try:
        _wait_for(address, process)
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(120)
        shutil.rmtree(folder)


def _program(name: str) -> str | None:
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(installed[-1]) if installed else shutil.which(name)


def _as_another_user(folder: Path) -> list[str]:
    # PostgreSQL refuses to run as root.
    if os.getuid() != 0:
        return []
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    # setpriv replaces itself by the server, so that the process we stop is the server.
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


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
