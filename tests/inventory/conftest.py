"""A private MariaDB, as MySQL's clients meet it."""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from uuid import uuid4

import pymysql
import pytest
from tests.conftest import as_user, folder_of_server

_PLACES = "/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", "")


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[str]:
    """The address, without a database, of a private MariaDB on a free loopback port."""
    server, install = (
        shutil.which(name, path=_PLACES) for name in ("mariadbd", "mariadb-install-db")
    )
    if server is None or install is None:
        pytest.skip("MariaDB's server programs are not installed (apt install mariadb-server)")
    with folder_of_server("mariadb") as folder:
        data = f"--datadir={folder / 'data'}"
        surroundings = {
            "stdout": subprocess.DEVNULL,
            "stderr": subprocess.DEVNULL,
            "cwd": "/",
            "env": {**os.environ, "TMPDIR": str(folder)},
        }
        prefix = as_user("mysql", folder, ends_by="TERM")
        subprocess.run(
            [*prefix, install, "--no-defaults", data, "--skip-test-db",
             "--auth-root-authentication-method=normal"],
            check=True, **surroundings,
        )  # fmt: skip
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        process = subprocess.Popen(
            [*prefix, server, "--no-defaults", data, f"--socket={folder / 's'}", f"--port={port}",
             "--bind-address=127.0.0.1", "--innodb-flush-log-at-trx-commit=0",
             "--character-set-server=utf8mb4", f"--pid-file={folder / 'pid'}"],
            **surroundings,
        )  # fmt: skip
        try:
            _wait_for(port, process)
            yield f"mysql://root@127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(120)


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
