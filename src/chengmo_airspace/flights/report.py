"""Reports of what went wrong between two servers: kept as they came, for people to read."""

import time
import uuid
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from pydantic import Field

from chengmo import Database
from chengmo_airspace.flights.message import Message, Time

SCHEMA_VERSION = 1
_LONG = 4_000_000

_tables = sa.MetaData()
_reports = sa.Table(
    "airspace_reports",
    _tables,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("reporter", sa.Text, nullable=False),
    sa.Column("received_s", sa.Integer, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)

Text = Annotated[str, Field(max_length=_LONG)]


class Exchange(Message):
    """A request and its answer."""

    url: Text
    method: Text
    headers: tuple[Text, ...] | None = None
    recorder_role: Literal["Client", "Server"]
    request_time: Time
    # Demanded by the interface, which does not say what it is: whoever reports, if they do not say.
    request_source: Text | None = None
    request_body: Text | None = None
    response_time: Time | None = None
    response_body: Text | None = None
    response_code: int | None = None
    problem: Text | None = None


class ErrorReport(Message):
    """A report of an exchange that went wrong."""

    exchange: Exchange


class ReportArchive:
    """Keeps reports in the database."""

    def __init__(self, database: Database) -> None:
        """Open the table, making it if it is not there."""
        database.ensure("airspace-reports", SCHEMA_VERSION, _tables.create_all)
        self.database = database

    def keep(self, report: ErrorReport, *, reporter: str) -> dict[str, Any]:
        """Keep a report and return it with the id it now has."""
        document: dict[str, Any] = report.model_dump(mode="json", exclude_none=True)
        document["exchange"].setdefault("request_source", reporter)
        document["report_id"] = str(uuid.uuid4())
        with self.database.write() as transaction:
            transaction.execute(
                _reports.insert().values(
                    id=document["report_id"],
                    reporter=reporter,
                    received_s=int(time.time()),
                    body=report.model_dump_json(exclude_none=True),
                )
            )
        return document

    def count(self) -> int:
        """Return how many there are."""
        with self.database.read() as transaction:
            return transaction.execute(
                sa.select(sa.func.count()).select_from(_reports)
            ).scalar_one()
