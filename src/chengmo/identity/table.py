"""The tables of people, keys and sessions. No secret lies in them as it is, only its hash."""

import sqlalchemy as sa

from chengmo.ledger import Transaction

SCHEMA_VERSION = 1
_tables = sa.MetaData()

organisations = sa.Table(
    "organisations",
    _tables,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name_zh", sa.Text, nullable=False),
    sa.Column("name_en", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("district", sa.Text, nullable=False),
    sa.Column("created_utc", sa.Text, nullable=False),
)
# `issuer` and `subject` name the person at an OpenID provider; both empty for a local account.
accounts = sa.Table(
    "accounts",
    _tables,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("roles", sa.Text, nullable=False),
    sa.Column("organisation", sa.Text, sa.ForeignKey("organisations.id")),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("password_hash", sa.Text),
    sa.Column("issuer", sa.Text),
    sa.Column("subject", sa.Text),
    sa.Column("created_utc", sa.Text, nullable=False),
    sa.UniqueConstraint("issuer", "subject"),
)
api_keys = sa.Table(
    "api_keys",
    _tables,
    sa.Column("prefix", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("account", sa.Text, sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("created_utc", sa.Text, nullable=False),
    sa.Column("expires_utc", sa.Text, nullable=False),
    sa.Column("used_utc", sa.Text),
    sa.Column("revoked_utc", sa.Text),
    sa.Index("api_keys_by_account", "account"),
)
sessions = sa.Table(
    "sessions",
    _tables,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("account", sa.Text, sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("created_utc", sa.Text, nullable=False),
    sa.Column("seen_utc", sa.Text, nullable=False),
    sa.Index("sessions_by_account", "account"),
)
attempts = sa.Table(
    "sign_in_attempts",
    _tables,
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("last_utc", sa.Text, nullable=False),
    sa.Column("until_utc", sa.Text, nullable=False),
    sa.Index("sign_in_attempts_by_time", "last_utc"),
)
# A sign-in that somebody has begun at an OpenID provider and not yet ended.
journeys = sa.Table(
    "sign_in_journeys",
    _tables,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("nonce", sa.Text, nullable=False),
    sa.Column("verifier", sa.Text, nullable=False),
    sa.Column("expires_utc", sa.Text, nullable=False),
)


def create_tables(transaction: Transaction) -> None:
    """Make the tables."""
    _tables.create_all(transaction, checkfirst=False)
