"""Put up the kernel's wall around a DuckDB that would do anything, and tell what it could do."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import duckdb

from chengmo.catalog.extension import extension_path
from chengmo.model.jail.landlock import keep_to, landlock_version


def main(folder: Path) -> None:
    """Try to read, write, run and connect."""
    spatial = extension_path("spatial")
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true", "threads": "1"})
    connection.execute(f"LOAD '{spatial}'")
    listener = socket.create_server(("127.0.0.1", 0))
    if not keep_to([folder / "granted.parquet"], []):
        raise SystemExit("no Landlock")
    told = {}
    for name, statement in {
        "granted": f"SELECT count(*) FROM '{folder}/granted.parquet'",
        "read": f"SELECT count(*) FROM '{folder}/secret.parquet'",
        "text": f"SELECT * FROM read_text('{folder}/secret.txt')",
        "environment": "SELECT * FROM read_text('/proc/self/environ')",
        "gdal": f"SELECT * FROM st_read('{folder}/secret.txt')",
        "overwrite": f"COPY (SELECT 1) TO '{folder}/granted.parquet' (use_tmp_file false)",
        "write": f"COPY (SELECT 1) TO '{folder}/new.csv'",
        "database": f"ATTACH '{folder}/new.db'",
    }.items():
        try:
            told[name] = str(connection.execute(statement).fetchall()[0][0])
        except duckdb.Error:
            told[name] = "refused"
    told["run"] = _tried(lambda: subprocess.run(["/bin/true"], check=True))
    told["delete"] = _tried((folder / "secret.txt").unlink)
    if landlock_version() >= 4:
        told["connect"] = _tried(lambda: socket.create_connection(listener.getsockname(), 1))
    sys.stdout.write(json.dumps(told))


def _tried(what) -> str:
    try:
        what()
    except PermissionError:
        return "refused"
    return "done"


main(Path(sys.argv[1]))
