"""The parts of an open platform, as every way in gets them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from chengmo.audit import AuditLog
from chengmo.catalog.catalogue import Catalog
from chengmo.contests import Contests
from chengmo.identity.people import People
from chengmo.ledger import Database, Ledger
from chengmo.model import VerticalModel
from chengmo.runs.runs import Runs
from chengmo.sharing import Sharing


@dataclass(frozen=True)
class Platform:
    """A city on this machine.

    Attributes:
        catalog: What is known, as it is; rows leave through `sharing` alone.
        sharing: What is known, as each may see it.
        audit: Who saw what.
        runs: What was and is being decided.
        models: What can be decided, by id.
        ledger: What was written down.
        home: Folder of everything.
        database: The operational state.
        people: Who may ask.
        contests: What is asked of everybody.
    """

    catalog: Catalog
    sharing: Sharing
    audit: AuditLog
    runs: Runs
    models: Mapping[str, VerticalModel]
    ledger: Ledger
    home: Path
    database: Database
    people: People
    contests: Contests

    def close(self) -> None:
        """Stop the workers and close every file."""
        self.runs.close()
        self.contests.close()
        self.audit.close()
        self.catalog.close()
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
