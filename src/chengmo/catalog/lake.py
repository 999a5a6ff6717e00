"""The lake: one DuckDB instance over one DuckLake, opened offline. Rows are Parquet files."""

import os
import re
import threading
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files as resource_files
from pathlib import Path
from typing import Self

import duckdb

from chengmo.catalog.extension import extension_path
from chengmo.catalog.lock import CommitLock, FolderLock, PostgresLock
from chengmo.catalog.staged import ROW_GROUP_SIZE
from chengmo.errors import LakeUnavailable, ResourceExhausted

METADATA_SCHEMA = "lake"


@dataclass(frozen=True)
class LakeSettings:
    """Where a lake lies and what it may use.

    Attributes:
        home: Folder of the Parquet files (`data`), the SQLite catalogue and temporary files.
        database: `postgresql://…` of the catalogue; None keeps it in `home/lake.sqlite`.
        memory: Upper limit of DuckDB's own memory, as `512MB`; more than this spills to disk.
        threads: DuckDB threads; None is one for each core, at most four.
    """

    home: Path
    database: str | None = None
    memory: str = "512MB"
    threads: int | None = None

    @property
    def data(self) -> Path:
        """Folder of the Parquet files."""
        return self.home / "data"

    @property
    def cache(self) -> Path:
        """Folder of what can be made again: the Arrow tables of past runs."""
        return self.home / "cache"

    @property
    def temporary(self) -> Path:
        """Folder that large sorts spill to."""
        return self.home / "tmp"


@dataclass
class Lake:
    """An open lake. Every call takes a cursor of its own, so threads may share it."""

    settings: LakeSettings
    connection: duckdb.DuckDBPyConnection
    lock: CommitLock
    _loading: threading.Lock = field(default_factory=threading.Lock)
    _loaded: set[str] = field(default_factory=set[str])

    @classmethod
    def open(cls, settings: LakeSettings) -> Self:
        """Open the lake of `settings`, made first if it is not there.

        Raises:
            LakeUnavailable: If the folder or the database cannot be opened.
        """
        try:
            for folder in (settings.data, settings.temporary):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LakeUnavailable(
                f"the folder {settings.home} cannot be used: {error.strerror}",
                hint="name a folder you may write to with --home or CHENGMO_HOME",
            ) from error
        lock = _lock_of(settings)
        with translated(settings.database):
            lake = cls(settings, _connect(settings), lock)
            lake.load("ducklake")
            lake.load("sqlite-scanner" if settings.database is None else "postgres-scanner")
            # From here on DuckDB itself checks the signature of what is loaded.
            lake.connection.execute("SET GLOBAL allow_unsigned_extensions = false")
            with lock.held():
                lake.connection.execute(_attach_statement(settings))
                _prepare(lake.connection)
        return lake

    def load(self, extension: str) -> None:
        """Load a DuckDB extension from its wheel, once."""
        self.once(
            extension,
            lambda connection: connection.execute(
                f"LOAD {literal(str(extension_path(extension)))}"
            ),
        )

    def once(self, name: str, work: Callable[[duckdb.DuckDBPyConnection], object]) -> None:
        """Do `work` with the connection that all cursors come from, if nobody did it before.

        For what every cursor shall know but not every process needs:
        `lake.once("grid", register_functions)` before SQL with `bd_…` is asked.
        """
        with self._loading:
            if name not in self._loaded:
                work(self.connection)
                self._loaded.add(name)

    @contextmanager
    def cursor(self) -> Generator[duckdb.DuckDBPyConnection]:
        """Give a cursor for one call and translate what DuckDB raises inside the block."""
        with translated(self.settings.database), self.connection.cursor() as cursor:
            yield cursor

    @contextmanager
    def transaction(self) -> Generator[duckdb.DuckDBPyConnection]:
        """Give a cursor in a transaction that commits when the block ends, or else rolls back."""
        with self.cursor() as cursor:
            cursor.execute("BEGIN")
            try:
                yield cursor
            except BaseException:
                _roll_back(cursor)
                raise
            cursor.execute("COMMIT")

    def current_snapshot(self) -> int:
        """Return the number of the newest snapshot, also of another process's commit."""
        with self.cursor() as cursor:
            return int(_only(cursor.execute(statement("current_snapshot")).fetchone()))

    def files(self, table: str, snapshot: int) -> tuple[str, ...]:
        """Return the Parquet files of `table` at `snapshot`, in the order they were written."""
        with self.cursor() as cursor:
            rows = cursor.execute(statement("files_of_snapshot"), [table, snapshot]).fetchall()
        if any(deleted for _, deleted in rows):
            raise LakeUnavailable(
                f"somebody deleted rows of the lake table '{table}' behind the catalogue",
                hint="restore an earlier version: chengmo restore",
            )
        return tuple(str(path) for path, _ in rows)

    def delete_orphans(self, older_than_s: float) -> int:
        """Delete Parquet files that no snapshot names and that are old enough; count them."""
        # Without an age this would delete the files of another process's commit in flight.
        with self.lock.held(), self.cursor() as cursor:
            return len(cursor.execute(statement("delete_orphans"), [older_than_s]).fetchall())

    def close(self) -> None:
        """Close the lake; nothing is left to write."""
        self.connection.close()


@cache
def statement(name: str) -> str:
    """Return the SQL of `sql/<name>.sql`."""
    folder = resource_files("chengmo.catalog").joinpath("sql")
    return folder.joinpath(f"{name}.sql").read_text(encoding="utf-8")


def quoted(name: str) -> str:
    """Return `name` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return `text` as an SQL literal, for statements that take no parameters."""
    return "'" + text.replace("'", "''") + "'"


def path_pattern(path: Path | str) -> str:
    """Return `path` so that DuckDB, which reads every path as a glob, finds just this file."""
    return re.sub(r"([\[*?])", r"[\1]", str(path))


def quoted_list(names: Iterable[str]) -> str:
    """Return `names` as quoted identifiers between commas."""
    return ", ".join(quoted(name) for name in names)


def rows_table(dataset: str) -> str:
    """Return the name of the lake table of a dataset id, which has been checked to be a slug."""
    return "d_" + dataset.replace("-", "_")


def quarantine_table(dataset: str) -> str:
    """Return the name of the lake table of the rows that a dataset's import refused."""
    return "q_" + dataset.replace("-", "_")


def sync_files(paths: Iterable[Path], root: Path) -> None:
    """Make `paths` and the folders between them and `root` safe against a loss of power.

    DuckLake writes a Parquet file without fsync and its catalogue with: a crash of the machine
    could keep the row that names a file and lose the file. Syncing before the commit closes that.
    """
    folders = {root}
    for path in paths:
        _sync(path)
        folders.update(parent for parent in path.parents if parent.is_relative_to(root))
    for folder in sorted(folders, reverse=True):
        _sync(folder)


@contextmanager
def translated(database: str | None = None) -> Generator[None]:
    """Turn what DuckDB raises inside the block into the platform's errors."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise ResourceExhausted(
            "the lake needed more memory or temporary disk than it may use",
            hint="narrow the box or the columns, or raise the memory limit",
        ) from error
    except duckdb.Error as error:
        raise LakeUnavailable(
            f"the lake does not answer: {_without_secrets(str(error), database)}",
            hint="check the disk, the files of the home folder and the database, then try again",
        ) from error


def _connect(settings: LakeSettings) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            # Ours are checked by `extension_path`, in a tenth of the time.
            "allow_unsigned_extensions": "true",
            "memory_limit": settings.memory,
            "temp_directory": str(settings.temporary),
            "threads": str(settings.threads or min(4, os.cpu_count() or 1)),
            "preserve_insertion_order": "true",
        },
    )
    connection.execute("SET GLOBAL parquet_metadata_cache = true")
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    return connection


def _lock_of(settings: LakeSettings) -> CommitLock:
    if settings.database is None:
        return FolderLock(settings.home / "lake.lock")
    return PostgresLock(settings.database)


def _attach_statement(settings: LakeSettings) -> str:
    # The data path is stored relative to nothing: overriding it lets a home folder be moved.
    options = [
        f"DATA_PATH {literal(str(settings.data.resolve()) + '/')}",
        "OVERRIDE_DATA_PATH true",
        "DATA_INLINING_ROW_LIMIT 0",
    ]
    if settings.database is None:
        # SQLite's own default, synchronous=FULL, is compiled into the extension.
        options += ["META_JOURNAL_MODE 'WAL'", "META_BUSY_TIMEOUT 10000"]
        source = f"ducklake:sqlite:{(settings.home / 'lake.sqlite').resolve()}"
    else:
        options.append(f"METADATA_SCHEMA {literal(METADATA_SCHEMA)}")
        source = f"ducklake:postgres:{settings.database}"
    return f"ATTACH {literal(source)} AS lake ({', '.join(options)})"


def _prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table of versions and set how rows are written; the last step marks it done."""
    if _count(connection, "has_version_table") and _count(connection, "is_prepared"):
        return
    options = {
        "parquet_compression": "'zstd'",
        # Level 1 instead of 3: a fifth less time to write for a thirtieth more bytes.
        "parquet_compression_level": "1",
        "parquet_row_group_size": str(ROW_GROUP_SIZE),
    }
    for name, value in options.items():
        connection.execute(f"CALL lake.set_option('{name}', {value})")
    connection.execute(statement("create_versions"))
    # A version's description is one row: kept in the catalogue, it costs no file of its own.
    connection.execute(
        "CALL lake.set_option('data_inlining_row_limit', 1000, "
        "table_name => 'chengmo_dataset_version')"
    )
    # DuckLake 1.0 reads inlined rows under the schema in force when the first one was written, but
    # as of the snapshot that made their table, and caches the mixture: tables made in between
    # vanish from it. A first row before any other table leaves nothing in between.
    if not _count(connection, "is_prepared"):
        connection.execute(statement("insert_first_version"))


def _count(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    return _only(connection.execute(statement(name)).fetchone())


def _roll_back(cursor: duckdb.DuckDBPyConnection) -> None:
    try:
        cursor.execute("ROLLBACK")
    except duckdb.Error:
        # The transaction is gone already (a failed COMMIT ends it); the first error says why.
        return


def _only(row: tuple[object, ...] | None) -> int:
    if row is None or not isinstance(row[0], int):
        raise LakeUnavailable("the lake gave no answer", hint="restart the platform")
    return row[0]


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _without_secrets(message: str, database: str | None) -> str:
    if database:
        message = message.replace(database, "the database")
    return re.sub(r"(password=)\S+|(//[^:/@\s]+:)[^@\s]+@", r"\1\2…", message)
