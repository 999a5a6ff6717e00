"""Contests and submissions in the database: what is accepted there is on disk."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from chengmo.contests.board import Scored
from chengmo.contests.contest import Contest, OpenedContest
from chengmo.contests.package import PackageTerms
from chengmo.contests.submission import SEEN, Submission, submission_of
from chengmo.contests.table import (
    PACKAGES_VERSION,
    SCHEMA_VERSION,
    contests,
    entries,
    package_tables,
    packages,
    tables,
)
from chengmo.errors import Conflict, UnknownContest
from chengmo.identity.instant import Clock, text_of, utc_now
from chengmo.ledger import Database, Transaction
from chengmo.sharing.decision import CHINA
from chengmo.sharing.request_id import new_request_id

SECRET_BYTES = 32
# Refused files cost no quota; without end they would keep the scorer from everybody else's.
MOST_FAILED_PER_DAY = 50
# A package takes minutes, and each of its failures is an answer.
MOST_FAILED_PACKAGES_PER_DAY = 10
_WAITING = ("queued", "scoring")


@dataclass(frozen=True)
class Entry:
    """A file on its way in.

    Attributes:
        entrant: Team or account it counts for.
        actor: Who brought it.
        is_ranked: Whether it takes part in the ranking.
        name: Of the file; its ending says what it is.
        terms: Of a package.
    """

    entrant: str
    actor: str
    is_ranked: bool
    name: str
    content: bytes
    terms: PackageTerms | None = None


class ContestStore:
    """What is kept of contests. Threads and processes may share it."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        """Open the tables in `database`, making them if they are not there."""
        self.database = database
        self.clock = clock
        database.ensure("contests", SCHEMA_VERSION, tables.create_all)
        database.ensure("contest-packages", PACKAGES_VERSION, package_tables.create_all)

    def open(self, opened: OpenedContest, secret: bytes) -> None:
        """Keep a contest.

        Raises:
            Conflict: If there is one of this id.
        """
        row = {"id": opened.contest.id, "body": opened.model_dump_json(), "secret": secret}
        with self.database.write() as transaction:
            statement = self.database.insert_new(contests).values(**row).returning(contests.c.id)
            if transaction.execute(statement).first() is None:
                raise Conflict(
                    f"there is a contest '{opened.contest.id}' already", hint="take another id"
                )

    def contest(self, contest: str) -> tuple[OpenedContest, bytes]:
        """Return a contest and the secret of its public rows.

        Raises:
            UnknownContest: If there is none.
        """
        query = sa.select(contests.c.body, contests.c.secret).where(contests.c.id == contest)
        with self.database.read() as transaction:
            found = transaction.execute(query).one_or_none()
        if found is None:
            raise UnknownContest(
                f"there is no contest '{contest[:100]}'", hint="see them: chengmo contest list"
            )
        return OpenedContest.model_validate_json(found.body), bytes(found.secret)

    def contests(self) -> list[OpenedContest]:
        """Return every contest, by id."""
        query = sa.select(contests.c.body).order_by(contests.c.id)
        with self.database.read() as transaction:
            bodies = transaction.execute(query).scalars().all()
        return [OpenedContest.model_validate_json(body) for body in bodies]

    def submit(self, contest: Contest, entry: Entry) -> Submission:
        """Accept a file; when this returns, it survives whatever happens to this process.

        The file that the entrant brought last, brought again, is the same submission: whoever did
        not get the answer may ask again at no cost.

        Raises:
            Conflict: If the contest is not open, or the quota is used up.
        """
        digest = hashlib.sha256(entry.content).hexdigest()
        with self.database.write() as transaction:
            self.database.lock_order(transaction)
            # Only now: however long it waited for its turn, the deadline is the deadline.
            now = self.clock()
            check_open(contest, now)
            latest = _latest(transaction, contest.id, entry.entrant)
            if latest is not None and (latest.sha256, latest.state != "failed") == (digest, True):
                return latest
            day = now.astimezone(CHINA).date().isoformat()
            _check_quota(transaction, contest, entry, day)
            made = _row(contest.id, entry, digest, now) | {
                "day": day,
                "sequence": _next_sequence(transaction, contest.id),
            }
            transaction.execute(entries.insert().values(**made))
            if entry.terms is not None:
                keep_terms(transaction, str(made["id"]), entry.terms)
            return _of_id(transaction, str(made["id"]))

    def submission(self, submission: str) -> Submission:
        """Return one submission.

        Raises:
            UnknownContest: If there is none.
        """
        with self.database.read() as transaction:
            return _of_id(transaction, submission)

    def of_sequence(self, contest: str, sequence: int) -> Submission:
        """Return a submission by its place in the order of acceptance.

        Raises:
            UnknownContest: If there is none.
        """
        query = sa.select(entries.c.id).where(
            entries.c.contest == contest, entries.c.sequence == sequence
        )
        with self.database.read() as transaction:
            return _of_id(transaction, str(transaction.execute(query).scalar()))

    def submissions(self, contest: str, entrant: str, *, private: bool) -> list[Submission]:
        """Return an entrant's submissions, the newest first; private scores only if `private`."""
        query = (
            sa.select(*SEEN, entries.c.private_score)
            .where(entries.c.contest == contest, entries.c.entrant == entrant)
            .order_by(entries.c.sequence.desc())
        )
        with self.database.read() as transaction:
            rows = transaction.execute(query).mappings().all()
        return [submission_of(row, private=private) for row in rows]

    def scored(self, contest: str) -> tuple[list[Scored], int]:
        """Return what counts for the board, and how many submissions have no score yet."""
        columns = ("entrant", "sequence", "submitted_utc", "told_score", "private_score")
        query = sa.select(*(entries.c[name] for name in columns), entries.c.is_ranked)
        of_contest = entries.c.contest == contest
        waiting = sa.select(sa.func.count()).where(of_contest, entries.c.state.in_(_WAITING))
        with self.database.read() as transaction:
            rows = transaction.execute(query.where(of_contest, entries.c.state == "scored")).all()
            return [Scored(*row) for row in rows], transaction.execute(waiting).scalar_one()


def keep_terms(transaction: Transaction, submission: str, terms: PackageTerms) -> None:
    """Keep what was fixed when a package was accepted, in the same transaction."""
    row = {"submission": submission, "terms": terms.model_dump_json()}
    transaction.execute(packages.insert().values(**row, log="", environment="{}"))


def check_open(contest: Contest, at: datetime) -> None:
    """Pass if files are accepted now.

    Raises:
        Conflict: If it is too early or too late.
    """
    phase = contest.phase(at)
    if phase == "announced":
        raise Conflict(
            f"contest '{contest.id}' has not begun", hint=f"it begins {china_time(contest.start)}"
        )
    if phase == "closed":
        raise Conflict(
            f"contest '{contest.id}' is over: it ended {china_time(contest.deadline)}",
            hint="see the final board: chengmo contest board",
        )


def china_time(at: datetime) -> str:
    """Return an instant as people in China read it: `2026-03-01 20:00 (UTC+8)`."""
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M} (UTC+8)"


def _row(contest: str, entry: Entry, digest: str, now: datetime) -> dict[str, object]:
    return {
        "id": f"{new_request_id()}{secrets.token_hex(3)}",
        "contest": contest,
        "entrant": entry.entrant,
        "actor": entry.actor,
        "is_ranked": entry.is_ranked,
        "submitted_utc": text_of(now),
        "name": entry.name,
        "sha256": digest,
        "content": entry.content,
        "state": "queued",
        "attempts": 0,
        "lease": "",
        "lease_until_utc": "",
        "reason": "",
        "scoring_version": "",
        "scored_utc": "",
    }


def _latest(transaction: Transaction, contest: str, entrant: str) -> Submission | None:
    query = (
        sa.select(*SEEN)
        .where(entries.c.contest == contest, entries.c.entrant == entrant)
        .order_by(entries.c.sequence.desc())
        .limit(1)
    )
    row = transaction.execute(query).mappings().one_or_none()
    return None if row is None else submission_of(row)


def _of_id(transaction: Transaction, submission: str) -> Submission:
    query = sa.select(*SEEN).where(entries.c.id == submission)
    row = transaction.execute(query).mappings().one_or_none()
    if row is None:
        raise UnknownContest(
            f"there is no submission '{submission[:100]}'",
            hint="see yours: chengmo contest submissions",
        )
    return submission_of(row)


def _next_sequence(transaction: Transaction, contest: str) -> int:
    query = sa.select(sa.func.max(entries.c.sequence)).where(entries.c.contest == contest)
    return (transaction.execute(query).scalar() or 0) + 1


def _check_quota(transaction: Transaction, contest: Contest, entry: Entry, day: str) -> None:
    def count(*where: sa.ColumnElement[bool]) -> int:
        query = sa.select(sa.func.count()).where(
            entries.c.contest == contest.id, entries.c.entrant == entry.entrant, *where
        )
        return transaction.execute(query).scalar_one()

    # What failed is not counted: so its quota comes back by itself, in the same instant.
    counted, today = entries.c.state != "failed", entries.c.day == day
    if count(counted) >= contest.in_all:
        raise Conflict(
            f"{contest.in_all} submissions have been made: that is all", hint="see the board"
        )
    if count(counted, today) >= contest.per_day:
        raise Conflict(
            f"{contest.per_day} submissions have been made today (UTC+8)", hint="come tomorrow"
        )
    most = MOST_FAILED_PER_DAY if entry.terms is None else MOST_FAILED_PACKAGES_PER_DAY
    if count(sa.not_(counted), today) >= most:
        raise Conflict(
            f"{most} files could not be scored today (UTC+8)",
            hint="look at the sample file, and come tomorrow",
        )


def lease_end(now: datetime, lease_s: float) -> str:
    """Return when a lease that begins now ends, as it is written down."""
    return text_of(now + timedelta(seconds=lease_s))
