"""What is kept of packages besides the file: their terms, their log, with what they were run."""

import json
from collections.abc import Mapping

import sqlalchemy as sa

from chengmo.contests.package import PackageReport, PackageTerms
from chengmo.contests.store import ContestStore
from chengmo.contests.table import entries, packages
from chengmo.errors import UnknownContest


class PackageStore:
    """Packages in the database. Threads and processes may share it."""

    def __init__(self, store: ContestStore) -> None:
        self._database = store.database

    def terms(self, submission: str) -> PackageTerms:
        """Return what was fixed when a package was accepted.

        Raises:
            UnknownContest: If there is no such package.
        """
        query = sa.select(packages.c.terms).where(packages.c.submission == submission)
        with self._database.read() as transaction:
            found = transaction.execute(query).scalar()
        if found is None:
            raise no_package(submission)
        return PackageTerms.model_validate_json(found)

    def has(self, submission: str) -> bool:
        """Tell whether a submission is a package."""
        query = sa.select(packages.c.submission).where(packages.c.submission == submission)
        with self._database.read() as transaction:
            return transaction.execute(query).first() is not None

    def report(self, submission: str, log: str, environment: Mapping[str, str]) -> None:
        """Keep what a package printed and with what it was run; a later attempt counts."""
        # PostgreSQL takes no NUL, and no terminal an escape.
        shown = "".join(each for each in log if each.isprintable() or each in "\n\t")
        statement = packages.update().where(packages.c.submission == submission)
        with self._database.write() as transaction:
            transaction.execute(
                statement.values(log=shown, environment=json.dumps(dict(environment)))
            )

    def of_entrant(self, contest: str, submission: str, entrant: str) -> PackageReport:
        """Return what an entrant may know of its own package.

        Raises:
            UnknownContest: If it has brought none of this id.
        """
        joined = packages.join(entries, entries.c.id == packages.c.submission)
        query = (
            sa.select(packages, entries.c.sha256)
            .select_from(joined)
            .where(packages.c.submission == submission)
            .where(entries.c.contest == contest, entries.c.entrant == entrant)
        )
        with self._database.read() as transaction:
            row = transaction.execute(query).mappings().one_or_none()
        if row is None:
            raise no_package(submission)
        return PackageReport(
            submission=submission,
            sha256=row["sha256"],
            terms=PackageTerms.model_validate_json(row["terms"]),
            log=row["log"],
            environment=json.loads(row["environment"]),
        )


def no_package(submission: str) -> UnknownContest:
    """Return the error for a package that is not there, or is not the asker's."""
    return UnknownContest(
        f"you have brought no package '{submission[:100]}'",
        hint="see yours: chengmo contest submissions",
    )
