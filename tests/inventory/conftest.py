"""A private MariaDB, as MySQL's clients meet it."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pymysql
import pytest

_PLACES = "/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", "")


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[str]:
    """The address, without a database, of a private MariaDB on a free loopback port."""
    server, install = (
        shutil.which(name, path=_PLACES) for name in ("mariadbd", "mariadb-install-db")
    )
    if server is None or install is None:
        pytest.skip("MariaDB's server programs are not installed (apt install mariadb-server)")
    folder = Path(tempfile.mkdtemp(prefix="chengmo-mariadb-"))
    user = _user_of(folder)
    data = folder / "data"
    subprocess.run(
        [install, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal",
         "--skip-test-db", *user],
        check=True, capture_output=True, cwd="/",
    )  # fmt: skip
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [server, "--no-defaults", f"--datadir={data}", f"--socket={folder / 's'}", f"--port={port}",
         "--bind-address=127.0.0.1", "--innodb-flush-log-at-trx-commit=0",
         "--character-set-server=utf8mb4", f"--pid-file={folder / 'pid'}", *user],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
    )  # fmt: skip
    try:
        _wait_for(port, process)
        yield f"mysql://root@127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(120)
        shutil.rmtree(folder)


@pytest.fixture
def mariadb_database(mariadb_server: str) -> Iterator[str]:
    """The address of a new, empty database."""
    name = f"t_{uuid4().hex}"
    with connect(mariadb_server) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
    yield f"{mariadb_server}/{name}"
    with connect(mariadb_server) as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE `{name}`")


@contextlib.contextmanager
def connect(address: str) -> Iterator["pymysql.connections.Connection"]:
    """Connect as the one who may do all; what is done holds at once."""
    place, _, database = address.removeprefix("mysql://root@127.0.0.1:").partition("/")
    connection = pymysql.connect(
        host="127.0.0.1", port=int(place), user="root", database=database or None, autocommit=True
    )
    try:
        yield connection
    finally:
        connection.close()


def _user_of(folder: Path) -> list[str]:
    # As root the server asks for a name to become.
    if os.getuid() != 0:
        return []
    user = pwd.getpwnam("mysql")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return ["--user=mysql"]


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with (
            contextlib.suppress(pymysql.err.OperationalError),
            connect(f"mysql://root@127.0.0.1:{port}"),
        ):
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError("MariaDB did not start")


@pytest.fixture(scope="session")
def mariadb_connection():
    """What connects to a database by its address, to prepare it."""
    return connect
