"""Harvesting: another catalogue's entries are kept here, renewed, and marked when they vanish."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import sqlalchemy as sa

from chengmo.audit import Access, AuditLog
from chengmo.audit.access import now_utc
from chengmo.identity import Actor, check_permission
from chengmo.interfaces.exchange.fetch import Fetcher
from chengmo.interfaces.exchange.harvested import HarvestedEntry, Kind, read_catalogue
from chengmo.interfaces.exchange.record import Record
from chengmo.ledger import Database

_tables = sa.MetaData()
_entries = sa.Table(
    "harvested_entries",
    _tables,
    sa.Column("catalogue", sa.Text, primary_key=True),
    sa.Column("remote_id", sa.Text, primary_key=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("harvested_utc", sa.Text, nullable=False),
    sa.Column("gone_utc", sa.Text),
)
_harvests = sa.Table(
    "harvests",
    _tables,
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("catalogue", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("time_utc", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
)
_LAST = sa.select(sa.func.coalesce(sa.func.max(_harvests.c.sequence), 0))


@dataclass(frozen=True)
class Harvest:
    """What became of one harvest: ids in the other catalogue."""

    catalogue: str
    kind: Kind
    new: tuple[str, ...]
    changed: tuple[str, ...]
    same: tuple[str, ...]
    gone: tuple[str, ...]


class HarvestStore:
    """Keeps harvested entries in the platform's database. Threads may share it."""

    def __init__(self, database: Database) -> None:
        """Open the tables in `database`, making them if they are not there."""
        self._database = database
        self._lock = threading.Lock()
        self._known: tuple[int, tuple[Record, ...]] = (-1, ())
        database.ensure("harvests", 1, _tables.create_all)

    def records(self) -> Sequence[Record]:
        """Return every entry, those that vanished too."""
        with self._database.read() as transaction:
            last = int(transaction.execute(_LAST).scalar_one())
        with self._lock:
            if last != self._known[0]:
                self._known = (last, self._read())
            return self._known[1]

    def _read(self) -> tuple[Record, ...]:
        with self._database.read() as transaction:
            rows = transaction.execute(sa.select(_entries)).all()
        return tuple(
            HarvestedEntry.model_validate_json(row.body).record(
                row.catalogue, row.harvested_utc, row.gone_utc
            )
            for row in rows
        )

    def compare(self, catalogue: str, kind: Kind, entries: Sequence[HarvestedEntry]) -> Harvest:
        """Return what keeping `entries` would change."""
        query = sa.select(_entries).where(_entries.c.catalogue == catalogue)
        with self._database.read() as transaction:
            rows = {row.remote_id: row for row in transaction.execute(query)}
        bodies = {entry.remote_id: entry.model_dump_json() for entry in entries}
        there = {name for name in bodies if name in rows and rows[name].gone_utc is None}
        same = {name for name in there if rows[name].body == bodies[name]}
        vanished = {name for name, row in rows.items() if row.gone_utc is None} - bodies.keys()
        return Harvest(
            catalogue=catalogue,
            kind=kind,
            new=tuple(sorted(bodies.keys() - there)),
            changed=tuple(sorted(there - same)),
            same=tuple(sorted(same)),
            gone=tuple(sorted(vanished)),
        )

    def keep(self, harvest: Harvest, entries: Sequence[HarvestedEntry], actor: str) -> None:
        """Keep what a harvest found, all of it or nothing."""
        when, catalogue = now_utc(), harvest.catalogue
        of_catalogue = _entries.c.catalogue == catalogue
        with self._database.write() as transaction:
            found = [entry.remote_id for entry in entries]
            transaction.execute(
                sa.update(_entries)
                .where(of_catalogue, _entries.c.gone_utc.is_(None))
                .values(gone_utc=when)
            )
            for name in found:
                transaction.execute(
                    sa.delete(_entries).where(of_catalogue, _entries.c.remote_id == name)
                )
            if entries:
                rows = [
                    {
                        "catalogue": catalogue,
                        "remote_id": entry.remote_id,
                        "body": entry.model_dump_json(),
                        "harvested_utc": when,
                        "gone_utc": None,
                    }
                    for entry in entries
                ]
                transaction.execute(_entries.insert(), rows)
            transaction.execute(
                _harvests.insert().values(
                    catalogue=catalogue, kind=harvest.kind, time_utc=when, actor=actor
                )
            )


# Making the tables is a transaction: it is done once for each database, not at each request.
@lru_cache(maxsize=8)
def store_of(database: Database) -> HarvestStore:
    """Return the store in `database`."""
    return HarvestStore(database)


def harvest(
    store: HarvestStore,
    fetcher: Fetcher,
    kind: Kind | None,
    *,
    actor: Actor,
    audit: AuditLog,
    dry_run: bool = False,
) -> Harvest:
    """Take another catalogue's entries in: metadata only, no rows.

    Args:
        store: Where they are kept.
        fetcher: Reads the other catalogue.
        kind: What it is; None to find out.
        actor: Who asked.
        audit: Where it is written down.
        dry_run: Only say what would change.

    Raises:
        SharingDenied: If the actor may not import.
        HarvestFailed: If the other catalogue cannot be read to its end; then nothing changes.
    """
    check_permission(actor, "import")
    catalogue = fetcher.address.rstrip("/")
    audit.record(
        Access(
            actor=actor.id,
            via="cli",
            action="harvest",
            verdict="allowed",
            roles=tuple(sorted(actor.roles)),
            organisation=actor.organisation,
            detail={"what": catalogue[:500]},
        )
    )
    found, entries = read_catalogue(fetcher, kind)
    compared = store.compare(catalogue, found, entries)
    if not dry_run:
        store.keep(compared, entries, actor.id)
    return compared
