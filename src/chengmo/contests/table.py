"""The tables of contests in the database of the operational state."""

import sqlalchemy as sa

SCHEMA_VERSION = 1

tables = sa.MetaData()
contests = sa.Table(
    "contests",
    tables,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("body", sa.Text, nullable=False),
    # By which public rows are drawn; it never leaves.
    sa.Column("secret", sa.LargeBinary, nullable=False),
)
entries = sa.Table(
    "contest_submissions",
    tables,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("contest", sa.Text, sa.ForeignKey("contests.id"), nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("entrant", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("is_ranked", sa.Boolean, nullable=False),
    sa.Column("submitted_utc", sa.Text, nullable=False),
    sa.Column("day", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    # With the row itself: what is accepted is whole, on every machine of a team.
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("lease", sa.Text, nullable=False),
    sa.Column("lease_until_utc", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("public_score", sa.Double),
    sa.Column("private_score", sa.Double),
    sa.Column("told_score", sa.Double),
    sa.Column("scoring_version", sa.Text, nullable=False),
    sa.Column("scored_utc", sa.Text, nullable=False),
    sa.UniqueConstraint("contest", "sequence"),
    sa.Index("contest_submissions_of", "contest", "entrant"),
    sa.Index("contest_submissions_state", "state"),
)
members = sa.Table(
    "contest_members",
    tables,
    sa.Column("contest", sa.Text, sa.ForeignKey("contests.id"), primary_key=True),
    sa.Column("actor", sa.Text, primary_key=True),
    sa.Column("team", sa.Text, nullable=False),
)
teams = sa.Table(
    "contest_teams",
    tables,
    sa.Column("contest", sa.Text, sa.ForeignKey("contests.id"), primary_key=True),
    sa.Column("team", sa.Text, primary_key=True),
    sa.Column("code_sha256", sa.Text, nullable=False),
)


# Added later: tables with a version of their own, so that the ones above stay as they are.
PACKAGES_VERSION = 1

package_tables = sa.MetaData()
packages = sa.Table(
    "contest_packages",
    package_tables,
    sa.Column("submission", sa.Text, primary_key=True),
    sa.Column("terms", sa.Text, nullable=False),
    # What the competitor may read of its printing; and with what it was run.
    sa.Column("log", sa.Text, nullable=False),
    sa.Column("environment", sa.Text, nullable=False),
)
published = sa.Table(
    "contest_models",
    package_tables,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("contest", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("retracted_utc", sa.Text, nullable=False),
)
