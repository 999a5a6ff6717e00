"""The table of runs on their way and those that ended."""

import sqlalchemy as sa

from chengmo.ledger import Transaction

SCHEMA_VERSION = 1
_tables = sa.MetaData()

jobs = sa.Table(
    "jobs",
    _tables,
    sa.Column("run", sa.Text, primary_key=True),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("model_version", sa.Text, nullable=False),
    sa.Column("request", sa.Text, nullable=False),
    sa.Column("request_digest", sa.Text, nullable=False),
    sa.Column("datasets", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("idempotency_key", sa.Text),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False, default=0),
    sa.Column("owner", sa.Text),
    sa.Column("lease_until", sa.Float),
    sa.Column("is_cancel_requested", sa.Boolean, nullable=False, default=False),
    sa.Column("stage", sa.Text, nullable=False, default=""),
    sa.Column("progress", sa.Float, nullable=False, default=0.0),
    sa.Column("message", sa.Text, nullable=False, default=""),
    sa.Column("outcome", sa.Text),
    sa.Column("digest", sa.Text),
    sa.Column("submitted_utc", sa.Text, nullable=False),
    sa.Column("started_utc", sa.Text),
    sa.Column("ended_utc", sa.Text),
    sa.Column("duration_s", sa.Float),
    sa.Index("jobs_by_key", "actor_id", "idempotency_key", unique=True),
    sa.Index("jobs_by_status", "status", "run"),
    sa.Index("jobs_by_model", "model", "run"),
    sa.CheckConstraint("status IN ('accepted','running','successful','failed','dismissed')"),
    sa.CheckConstraint("(status = 'running') = (owner IS NOT NULL)"),
)


def create_tables(transaction: Transaction) -> None:
    """Create the table and its indexes."""
    _tables.create_all(transaction)
