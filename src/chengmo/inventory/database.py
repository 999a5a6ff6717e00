"""A department's database looked through: every table proposed as an entry, nothing copied.

The connection is read only and each question is short. Of a table its columns, the number of its
rows up to a limit and a sample of its first rows are read, looked at and forgotten.
"""

import importlib.util
import warnings
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import SAWarning, SQLAlchemyError

from chengmo.errors import InvalidRequest, LakeUnavailable
from chengmo.inventory.proposal import Proposal, ProposedColumn, suggest_id, with_own_ids
from chengmo.inventory.sensitive import find_sensitive, suggest_grade
from chengmo.inventory.wording import LATITUDE, LONGITUDE

SAMPLE_ROWS = 2_000
MOST_COUNTED = 1_000_000
MOST_TABLES = 10_000
_LONGEST_CELL = 500
_WAIT_MS = 30_000
_SYSTEM_SCHEMAS = {"information_schema", "pg_catalog", "mysql", "performance_schema", "sys"}
_SQLITE_SUFFIXES = {".sqlite", ".sqlite3", ".db"}


def is_database(target: str) -> bool:
    """Tell whether `target` names a database: an address, or a SQLite file by its suffix."""
    return "://" in target or Path(target).suffix.lower() in _SQLITE_SUFFIXES


def shown_target(target: str) -> str:
    """Return how a database or a folder is named in what people read: without its password."""
    try:
        return sa.make_url(target).render_as_string(hide_password=True)
    except SQLAlchemyError:
        return "an address that cannot be read" if "://" in target else target


def scan_database(target: str) -> Iterator[Proposal]:
    """Yield an entry for each table and view of a database.

    Args:
        target: `postgresql://user@host/name`, `mysql://user@host/name`, `sqlite:///path`, or the
            path of a SQLite file.

    Raises:
        InvalidRequest: If the address cannot be read or its driver is not installed.
        LakeUnavailable: If the database does not answer.
    """
    engine, shown = _engine_of(target)
    try:
        with engine.connect() as connection:
            inspector = sa.inspect(connection)
            tables = list(_tables_of(inspector))[:MOST_TABLES]
            yield from with_own_ids(
                _Table(connection, inspector, shown, schema, name).proposal()
                for schema, name in tables
            )
    except SQLAlchemyError as error:
        raise LakeUnavailable(
            f"the database does not answer: {_said(error)}",
            hint="look whether it runs, and whether this account may connect and read",
        ) from error
    finally:
        engine.dispose()


def _engine_of(target: str, *, wait_ms: int = _WAIT_MS) -> tuple[sa.Engine, str]:
    if "://" not in target:
        target = f"sqlite:///{Path(target).absolute()}"
    try:
        url = sa.make_url(target)
    except SQLAlchemyError as error:
        raise InvalidRequest(
            "the database address cannot be read", hint="postgresql://user@host:5432/name"
        ) from error
    kind = url.get_backend_name()
    shown = url.render_as_string(hide_password=True)
    if kind == "sqlite":
        return _sqlite_engine(url), shown
    if kind in {"postgresql", "postgres"}:
        options = f"-c default_transaction_read_only=on -c statement_timeout={wait_ms}"
        arguments: dict[str, Any] = {"options": options, "connect_timeout": 10}
        return sa.create_engine(
            url.set(drivername="postgresql+psycopg"), connect_args=arguments
        ), shown
    if kind in {"mysql", "mariadb"}:
        return _mysql_engine(url, wait_ms), shown
    raise InvalidRequest(
        f"'{kind}' databases cannot be looked through",
        hint="postgresql://…, mysql://… or a SQLite file; else export the tables to a folder",
    )


def _sqlite_engine(url: sa.URL) -> sa.Engine:
    path = Path(url.database or "")
    if not path.is_file():
        raise InvalidRequest(f"there is no file '{path.name}'", hint="check the path")
    address = f"sqlite:///file:{path.absolute().as_posix()}?mode=ro&uri=true"
    return sa.create_engine(address)


def _mysql_engine(url: sa.URL, wait_ms: int) -> sa.Engine:
    if importlib.util.find_spec("pymysql") is None:
        raise InvalidRequest(
            "the driver for MySQL is not installed",
            hint="uv pip install 'chengmo[mysql]', then try again",
        )
    engine = sa.create_engine(
        url.set(drivername="mysql+pymysql"), connect_args={"connect_timeout": 10}
    )

    @event.listens_for(engine, "connect")
    def read_only(connection: Any, _: object) -> None:
        with closing(connection.cursor()) as cursor:
            cursor.execute("SET SESSION TRANSACTION READ ONLY")
            # Seconds of any statement at MariaDB, milliseconds of a SELECT at MySQL.
            cursor.execute("SELECT version()")
            if "MariaDB" in str(cursor.fetchone()):
                cursor.execute(f"SET SESSION max_statement_time = {wait_ms / 1000}")
            else:
                cursor.execute(f"SET SESSION max_execution_time = {wait_ms}")

    return engine


def _tables_of(inspector: sa.Inspector) -> Iterator[tuple[str | None, str]]:
    usual = inspector.default_schema_name
    for schema in inspector.get_schema_names():
        if schema in _SYSTEM_SCHEMAS or schema.startswith("pg_"):
            continue
        named = None if schema == usual else schema
        names = {*inspector.get_table_names(schema), *inspector.get_view_names(schema)}
        yield from ((named, name) for name in sorted(names))


@dataclass(frozen=True)
class _Table:
    """One table or view."""

    connection: sa.Connection
    inspector: sa.Inspector
    shown: str
    schema: str | None
    name: str

    def proposal(self) -> Proposal:
        """Look at it."""
        full = f"{self.schema}.{self.name}" if self.schema else self.name
        entry: dict[str, Any] = {
            "id": suggest_id(full.replace(".", "-")),
            "title": full,
            "source": f"{self.shown}#{full}",
        }
        try:
            with (
                self.connection.begin_nested()
                if self.connection.in_transaction()
                else (self.connection.begin())
            ):
                return Proposal(**entry, **self._looked_at())
        except SQLAlchemyError as error:
            return Proposal(**entry, fault=_said(error))

    def _looked_at(self) -> dict[str, Any]:
        with warnings.catch_warnings():
            # A type SQLAlchemy does not know, such as a geometry, is named and not read.
            warnings.simplefilter("ignore", SAWarning)
            columns = self.inspector.get_columns(self.name, self.schema)
        if self.connection.dialect.name in {"mysql", "mariadb"}:
            # SQLAlchemy reads them from SHOW CREATE TABLE and leaves backticks doubled.
            for each in columns:
                each["name"] = each["name"].replace("``", "`")
        proposed = tuple(
            ProposedColumn(
                name=each["name"], type=str(each["type"]), title=each.get("comment") or ""
            )
            for each in columns
        )
        table = sa.table(self.name, *(sa.column(e["name"]) for e in columns), schema=self.schema)
        count = self._count(table)
        sample = self._sample(table, {each["name"]: each["type"] for each in columns})
        names = [each.name for each in proposed]
        found = find_sensitive(
            sample,
            titles={each.name: each.title for each in proposed},
            has_points=_has_point(names, [each.type for each in proposed]),
        )
        return {
            "columns": proposed,
            "row_count": min(count, MOST_COUNTED),
            "row_count_is_exact": count <= MOST_COUNTED,
            "sensitive": found,
            "suggested_grade": suggest_grade(found),
        }

    def _count(self, table: sa.TableClause) -> int:
        some = sa.select(sa.literal(1)).select_from(table).limit(MOST_COUNTED + 1).subquery()
        return self.connection.execute(sa.select(sa.func.count()).select_from(some)).scalar() or 0

    def _sample(self, table: sa.TableClause, types: dict[str, Any]) -> pa.Table:
        kept = {name: kind for name, kind in types.items() if _can_be_read(kind)}
        if not kept:
            return pa.table({})
        asked = [_short(table.c[name], kind).label(name) for name, kind in kept.items()]
        rows = self.connection.execute(sa.select(*asked).limit(SAMPLE_ROWS)).all()
        values = list(zip(*rows, strict=True)) or [()] * len(kept)
        return pa.table({name: _arrow(column) for name, column in zip(kept, values, strict=True)})


def _can_be_read(kind: Any) -> bool:
    # Binary and unknown types (geometries) are large and tell nothing here.
    return isinstance(
        kind, sa.String | sa.Integer | sa.Numeric | sa.Date | sa.DateTime | sa.Enum | sa.Uuid
    )


def _short(column: sa.ColumnClause[Any], kind: Any) -> sa.ColumnElement[Any]:
    if isinstance(kind, sa.Enum) or not isinstance(kind, sa.String):
        return column
    return sa.func.substr(column, 1, _LONGEST_CELL)


def _arrow(values: tuple[Any, ...]) -> pa.Array:
    # SQLite's columns may hold anything, whatever their type says.
    given = [value for value in values if value is not None]
    if given and all(isinstance(value, int) for value in given):
        fits = all(abs(value) < 2**63 for value in given)
        return pa.array(values, pa.int64()) if fits else pa.array([_text(v) for v in values])
    if given and all(isinstance(value, date | datetime | float) for value in given):
        return pa.nulls(len(values), pa.float64())
    return pa.array([_text(value) for value in values], pa.string())


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, bytes):
        return None
    return str(value)[:_LONGEST_CELL]


def _has_point(names: list[str], types: list[str]) -> bool:
    lon, lat = (any(p.search(name) for name in names) for p in (LONGITUDE, LATITUDE))
    return (lon and lat) or any("POINT" in kind.upper() for kind in types)


def _said(error: SQLAlchemyError) -> str:
    text = str(getattr(error, "orig", None) or error)
    return text.strip().splitlines()[0][:300] if text.strip() else type(error).__name__
