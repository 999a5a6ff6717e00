"""The memory: what was run, on what, by which code, and what came out."""

from chengmo.ledger.database import Database, Transaction, open_database
from chengmo.ledger.digest import canonical_bytes, digest_of
from chengmo.ledger.record import DatasetVersion, RunRecord
from chengmo.ledger.store import Ledger, Verification

__all__ = [
    "Database",
    "DatasetVersion",
    "Ledger",
    "RunRecord",
    "Transaction",
    "Verification",
    "canonical_bytes",
    "digest_of",
    "open_database",
]
