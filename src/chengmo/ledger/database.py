"""The database of the operational state: SQLite for one machine, PostgreSQL for a team."""

import sqlite3
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from chengmo.errors import InvalidRequest, LakeUnavailable

Transaction = sa.Connection
FILE_NAME = "chengmo.sqlite"
BUSY_TIMEOUT_S = 30
# Any constant that nothing else in the same database uses ("chengmo" in ASCII, and one byte more).
_ADVISORY_LOCK = 0x6368656E676D6F01

_versions = sa.Table(
    "schema_version",
    sa.MetaData(),
    sa.Column("part", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
)


class Database:
    """Transactions on one database; safe to use from many threads."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._reader = engine.execution_options(chengmo_begin="BEGIN")
        self._writer = engine.execution_options(chengmo_begin="BEGIN IMMEDIATE")

    @contextmanager
    def read(self) -> Generator[Transaction]:
        """Open a transaction that sees one state of the database.

        Raises:
            LakeUnavailable: If the database does not answer.
        """
        with _translated(), self._reader.begin() as transaction:
            yield transaction

    @contextmanager
    def write(self) -> Generator[Transaction]:
        """Open a transaction that is on disk when the block ends, or undone if it raises.

        Raises:
            LakeUnavailable: If the database does not answer or is full.
        """
        with _translated(), self._writer.begin() as transaction:
            yield transaction

    def lock_order(self, transaction: Transaction) -> None:
        """Let no other transaction past this point until `transaction` ends.

        SQLite has one writer anyway; PostgreSQL needs an advisory lock.
        """
        if not self.is_sqlite:
            transaction.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))

    def insert_new(self, table: sa.Table) -> Any:
        """Return an INSERT that leaves alone a row that is already there."""
        make = sqlite.insert if self.is_sqlite else postgresql.insert
        return make(table).on_conflict_do_nothing()

    def ensure(self, part: str, version: int, create: Callable[[Transaction], None]) -> None:
        """Create the tables of `part` if they are not there yet.

        Raises:
            LakeUnavailable: If the database holds a schema that this programme cannot read.
        """
        with self.write() as transaction:
            self.lock_order(transaction)
            _versions.create(transaction, checkfirst=True)
            found = transaction.execute(
                sa.select(_versions.c.version).where(_versions.c.part == part)
            ).scalar()
            if found is None:
                create(transaction)
                transaction.execute(_versions.insert().values(part=part, version=version))
            elif found != version:
                raise LakeUnavailable(
                    f"the {part} tables have schema version {found}, not {version}",
                    hint="use the programme version that wrote them, or export and import",
                )

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def open_database(home: Path, url: str | None = None) -> Database:
    """Open `home/chengmo.sqlite`, or the PostgreSQL database at `url`.

    Args:
        home: Folder of the platform; made if it is not there.
        url: `postgresql://user@host/name`; None for SQLite.

    Raises:
        InvalidRequest: If `url` names another kind of database.
        LakeUnavailable: If the database does not answer.
    """
    if url is None:
        _make_folder(home)
        address = sa.URL.create("sqlite", database=str(home / FILE_NAME))
        arguments: dict[str, Any] = {"timeout": BUSY_TIMEOUT_S, "check_same_thread": False}
    else:
        address, arguments = _postgresql_address(url), {"connect_timeout": 10}
    # A busy server has some tens of threads; SQLite serves them one at a time.
    engine = sa.create_engine(address, connect_args=arguments, pool_size=8, max_overflow=56)
    if url is None:
        _use_sqlite_safely(engine)
    database = Database(engine)
    try:
        with database.read() as transaction:
            transaction.execute(sa.select(1))
    except LakeUnavailable:
        engine.dispose()
        raise
    return database


def _make_folder(home: Path) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise LakeUnavailable(
            f"the folder {home} cannot be used: {error.strerror}",
            hint="name a folder you may write to with --home or CHENGMO_HOME",
        ) from error


def _postgresql_address(url: str) -> sa.URL:
    try:
        address = sa.make_url(url)
    except SQLAlchemyError as error:
        raise InvalidRequest(
            "the database address cannot be read", hint="postgresql://user@host:5432/name"
        ) from error
    if address.get_backend_name() not in {"postgresql", "postgres"}:
        raise InvalidRequest(
            f"'{address.get_backend_name()}' databases are not supported",
            hint="postgresql://user@host:5432/name, or nothing for SQLite in the home folder",
        )
    return address.set(drivername="postgresql+psycopg")


def _use_sqlite_safely(engine: sa.Engine) -> None:
    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        # The driver would begin transactions late and never for reads: this module begins them.
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            f"busy_timeout={BUSY_TIMEOUT_S * 1000}",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("chengmo_begin", "BEGIN"))


@contextmanager
def _translated() -> Generator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise LakeUnavailable(
            f"the database does not answer: {getattr(error, 'orig', None) or error}",
            hint="look whether it runs, its folder is writable and its disk has room",
        ) from error
