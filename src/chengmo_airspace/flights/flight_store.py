"""The flights of this USS in the database, and the notices it still owes to others.

A change is written down as pending before the discovery service is asked and as standing after it
has answered, together with the notices it calls for. Whatever stops the process in between, the
discovery service is asked at the next start which of the two holds (`Planner.recover`).
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from chengmo import Database, Transaction
from chengmo_airspace.flights.flight import Flight, volumes_document
from chengmo_airspace.flights.message import read_volume

SCHEMA_VERSION = 1
_tables = sa.MetaData()
_flights = sa.Table(
    "airspace_flights",
    _tables,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("intent", sa.Text, nullable=False, unique=True),
    # As the others may read it; empty before the discovery service has taken it.
    sa.Column("standing", sa.Text),
    # As the discovery service is being asked for; `null` for an end.
    sa.Column("pending", sa.Text),
)
_notices = sa.Table(
    "airspace_outbox",
    _tables,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due_s", sa.Double, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Notice:
    """What somebody is still to be told.

    Attributes:
        number: In the order they arose.
        address: Base URL of the USS.
        body: JSON.
        attempts: How often it was tried.
    """

    number: int
    address: str
    body: str
    attempts: int


class FlightStore:
    """Flights and notices on disk. Threads may share it."""

    def __init__(self, database: Database) -> None:
        """Open the tables in `database`, making them if they are not there."""
        database.ensure("airspace-flights", SCHEMA_VERSION, _tables.create_all)
        self.database = database

    def begin(self, flight: Flight, *, ending: bool = False) -> None:
        """Write down what is about to be asked for."""
        pending = "null" if ending else _written(flight)
        with self.database.write() as transaction:
            row = {"id": flight.id, "intent": flight.intent}
            transaction.execute(self.database.insert_new(_flights).values(**row))
            transaction.execute(
                _flights.update().where(_flights.c.id == flight.id).values(pending=pending)
            )

    def settle(self, flight: Flight, notices: Sequence[tuple[str, str]] = ()) -> None:
        """Write down that what was asked for stands, and whom to tell (address and body)."""
        with self.database.write() as transaction:
            transaction.execute(
                _flights.update()
                .where(_flights.c.id == flight.id)
                .values(standing=_written(flight), pending=None)
            )
            _owe(transaction, notices)

    def end(self, flight: str, notices: Sequence[tuple[str, str]] = ()) -> None:
        """Write down that a flight has ended, and whom to tell."""
        with self.database.write() as transaction:
            transaction.execute(_flights.delete().where(_flights.c.id == flight))
            _owe(transaction, notices)

    def give_up(self, flight: str) -> None:
        """Write down that what was asked for was refused: what stood before stands."""
        with self.database.write() as transaction:
            one = _flights.c.id == flight
            transaction.execute(_flights.update().where(one).values(pending=None))
            transaction.execute(_flights.delete().where(one & _flights.c.standing.is_(None)))

    def flight(self, flight: str) -> Flight | None:
        """Return a flight as it stands."""
        return self._one(_flights.c.id == flight)

    def of_intent(self, intent: str) -> Flight | None:
        """Return the flight of an operational intent as it stands."""
        return self._one(_flights.c.intent == intent)

    def flights(self) -> list[Flight]:
        """Return every flight as it stands."""
        return [read_flight(*row) for row in self.standing()]

    def standing(self) -> list[tuple[str, str, str]]:
        """Return id, intent and text of every flight: who asks often reads what is new alone."""
        query = sa.select(_flights.c.id, _flights.c.intent, _flights.c.standing).where(
            _flights.c.standing.is_not(None)
        )
        with self.database.read() as transaction:
            return [(flight, intent, text) for flight, intent, text in transaction.execute(query)]

    def pending(self, only: str | None = None) -> list[tuple[Flight | None, Flight | None]]:
        """Return what was asked for and never settled: as it stood, and as it was to be.

        The latter is None for an end.

        Args:
            only: The one flight to look at; None for all.
        """
        query = sa.select(_flights).where(_flights.c.pending.is_not(None))
        if only is not None:
            query = query.where(_flights.c.id == only)
        found: list[tuple[Flight | None, Flight | None]] = []
        with self.database.read() as transaction:
            for row in transaction.execute(query):
                stood = read_flight(row.id, row.intent, row.standing) if row.standing else None
                wanted = row.pending != "null"
                found.append(
                    (stood, read_flight(row.id, row.intent, row.pending) if wanted else None)
                )
        return found

    def owed(self, *, until_s: float, most: int = 100) -> list[Notice]:
        """Return the notices whose time has come, oldest first."""
        query = (
            sa.select(_notices)
            .where(_notices.c.due_s <= until_s)
            .order_by(_notices.c.number)
            .limit(most)
        )
        with self.database.read() as transaction:
            return [
                Notice(row.number, row.address, row.body, row.attempts)
                for row in transaction.execute(query)
            ]

    def delivered(self, number: int) -> None:
        """Forget a notice."""
        with self.database.write() as transaction:
            transaction.execute(_notices.delete().where(_notices.c.number == number))

    def postpone(self, number: int, *, due_s: float) -> None:
        """Try a notice again later."""
        with self.database.write() as transaction:
            transaction.execute(
                _notices.update()
                .where(_notices.c.number == number)
                .values(attempts=_notices.c.attempts + 1, due_s=due_s)
            )

    def _one(self, condition: Any) -> Flight | None:
        query = sa.select(_flights.c.id, _flights.c.intent, _flights.c.standing).where(
            condition & _flights.c.standing.is_not(None)
        )
        with self.database.read() as transaction:
            row = transaction.execute(query).one_or_none()
        return None if row is None else read_flight(*row)


def _owe(transaction: Transaction, notices: Sequence[tuple[str, str]]) -> None:
    rows = [
        {"address": address, "body": body, "attempts": 0, "due_s": time.time()}
        for address, body in notices
    ]
    if rows:
        transaction.execute(_notices.insert(), rows)


def _written(flight: Flight) -> str:
    return json.dumps(
        {
            "state": flight.state,
            "volumes": volumes_document(flight.volumes),
            "off_nominal": volumes_document(flight.off_nominal),
            "priority": flight.priority,
            "reference": flight.reference,
        }
    )


def read_flight(flight: str, intent: str, text: str) -> Flight:
    """Return a flight as it was written."""
    members = json.loads(text)
    for name in ("volumes", "off_nominal"):
        members[name] = tuple(read_volume(volume) for volume in members[name])
    return Flight(flight, intent, **members)
