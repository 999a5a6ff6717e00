"""The memory: what was run, on what, by which code, and what came out."""

from chengmo.ledger.database import Database, Transaction, open_database
from chengmo.ledger.digest import canonical_bytes, digest_of, digest_of_bytes, parse_canonical
from chengmo.ledger.record import DatasetVersion, RunActor, RunError, RunRecord
from chengmo.ledger.store import Ledger

__all__ = [
    "Database",
    "DatasetVersion",
    "Ledger",
    "RunActor",
    "RunError",
    "RunRecord",
    "Transaction",
    "canonical_bytes",
    "digest_of",
    "digest_of_bytes",
    "open_database",
    "parse_canonical",
]
