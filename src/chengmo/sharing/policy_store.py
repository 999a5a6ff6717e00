"""Policies in the database: every change is a new row, and nothing is ever overwritten."""

import hashlib
import threading
import time
from dataclasses import dataclass

import sqlalchemy as sa

from chengmo.errors import UnknownPolicy
from chengmo.ledger import Database, Transaction
from chengmo.sharing.clock import now_utc
from chengmo.sharing.policy import Policy

# A request pays no query; another process's change is seen within this time.
LOOK_EVERY_S = 0.5

_tables = sa.MetaData()
_changes = sa.Table(
    "policy_changes",
    _tables,
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("policy", sa.Text, nullable=False, index=True),
    sa.Column("body", sa.Text),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("time_utc", sa.Text, nullable=False),
)
_VERSION = sa.select(sa.func.coalesce(sa.func.max(_changes.c.sequence), 0))


@dataclass(frozen=True)
class PolicySet:
    """Every policy that holds at one moment.

    Attributes:
        version: How many changes led to it.
        digest: SHA-256 in hexadecimal of all of them.
    """

    policies: tuple[Policy, ...] = ()
    version: int = 0
    digest: str = ""


@dataclass(frozen=True)
class PolicyChange:
    """One change: what the policy said from then on; None where it was taken back."""

    sequence: int
    policy: str
    stated: Policy | None
    actor: str
    time_utc: str


class PolicyStore:
    """Keeps policies and every change of them. Threads may share it."""

    def __init__(self, database: Database) -> None:
        """Open the table in `database`, making it if it is not there."""
        self._database = database
        self._lock = threading.Lock()
        self._known = PolicySet()
        self._looked_s = float("-inf")
        database.ensure("policies", 1, _tables.create_all)

    def all(self) -> PolicySet:
        """Return the policies of now."""
        if time.monotonic() - self._looked_s >= LOOK_EVERY_S:
            self.refresh()
        return self._known

    def get(self, policy: str) -> Policy:
        """Return one policy.

        Raises:
            UnknownPolicy: If there is none.
        """
        self.refresh()
        found = next((each for each in self._known.policies if each.id == policy), None)
        if found is None:
            raise no_policy(policy)
        return found

    def put(self, policy: Policy, *, actor: str) -> None:
        """State a policy, anew or instead of the one with its id; on disk when this returns."""
        with self._database.write() as transaction:
            self.append(transaction, policy, actor=actor)
        self.refresh()

    def append(self, transaction: Transaction, policy: Policy, *, actor: str) -> None:
        """State a policy as part of `transaction`; `refresh` after it."""
        _append(transaction, policy.id, policy.model_dump_json(), actor)

    def remove(self, policy: str, *, actor: str) -> None:
        """Take a policy back.

        Raises:
            UnknownPolicy: If there is none.
        """
        self.get(policy)
        with self._database.write() as transaction:
            _append(transaction, policy, None, actor)
        self.refresh()

    def history(self, policy: str | None = None) -> list[PolicyChange]:
        """Return the changes of one policy, or of all, oldest first."""
        query = sa.select(_changes).order_by(_changes.c.sequence)
        if policy is not None:
            query = query.where(_changes.c.policy == policy)
        with self._database.read() as transaction:
            rows = transaction.execute(query).all()
        return [
            PolicyChange(
                row.sequence,
                row.policy,
                None if row.body is None else Policy.model_validate_json(row.body),
                row.actor,
                row.time_utc,
            )
            for row in rows
        ]

    def refresh(self) -> None:
        """Read what changed since the last look."""
        with self._lock:
            with self._database.read() as transaction:
                version = int(transaction.execute(_VERSION).scalar_one())
            if version != self._known.version:
                self._known = self._read()
            self._looked_s = time.monotonic()

    def _read(self) -> PolicySet:
        latest = sa.select(sa.func.max(_changes.c.sequence)).group_by(_changes.c.policy)
        query = sa.select(_changes.c.body).where(
            _changes.c.sequence.in_(latest), _changes.c.body.is_not(None)
        )
        with self._database.read() as transaction:
            version = int(transaction.execute(_VERSION).scalar_one())
            bodies = sorted(transaction.execute(query).scalars())
        digest = hashlib.sha256("\n".join(bodies).encode()).hexdigest()
        return PolicySet(tuple(map(Policy.model_validate_json, bodies)), version, digest)


def no_policy(policy: str) -> UnknownPolicy:
    """Return the error for a policy that is not there, or that nobody is to know of."""
    return UnknownPolicy(
        f"there is no policy '{policy[:100]}'", hint="see what there is: chengmo policy list"
    )


def _append(transaction: Transaction, policy: str, body: str | None, actor: str) -> None:
    transaction.execute(
        _changes.insert().values(policy=policy, body=body, actor=actor, time_utc=now_utc())
    )
