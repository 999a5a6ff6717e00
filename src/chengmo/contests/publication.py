"""Winners' models that were published: what they are, and where they are kept."""

import hashlib
from typing import Any

import sqlalchemy as sa
from pydantic import Field

from chengmo.contests.contest import Contest
from chengmo.contests.package import PackageTerms
from chengmo.contests.store import ContestStore
from chengmo.contests.table import entries, published
from chengmo.errors import UnknownModel
from chengmo.identity.instant import text_of
from chengmo.model.text import Frozen

_SHORT_DIGEST = 8


class Publication(Frozen):
    """One published model, as it was when the contest ended.

    Attributes:
        contest: With its keys, features and target.
        entrant: Who made it: a team or an account.
        rank: On the final board.
        score: Of the private rows.
        terms: Its licence, and what it learned from then.
        submission: Whose file is its code.
        sha256: Fingerprint of that file.
    """

    id: str
    contest: Contest
    entrant: str
    rank: int
    score: float
    terms: PackageTerms
    submission: str
    sha256: str
    scoring_version: str
    published_utc: str
    published_by: str = Field(description="Account of the organiser")

    def public(self) -> dict[str, Any]:
        """Return what everybody may know of it: not the hidden dataset, nor who published it."""
        return {
            "id": self.id,
            "contest": self.contest.id,
            "entrant": self.entrant,
            "rank": self.rank,
            "score": self.score,
            "metric": self.contest.metric,
            "licence": self.terms.licence,
            "sha256": self.sha256,
            "published_utc": self.published_utc,
        }


def model_id(contest: str, entrant: str, sha256: str) -> str:
    """Return the id of a published model: of its contest, its entrant and its code."""
    digest = hashlib.sha256(f"{entrant}\0{sha256}".encode()).hexdigest()
    # A model's id has at most eighty characters.
    return f"{contest[: 79 - _SHORT_DIGEST]}-{digest[:_SHORT_DIGEST]}"


class PublicationStore:
    """Published models in the database. Threads and processes may share it."""

    def __init__(self, store: ContestStore) -> None:
        self._database = store.database
        self._clock = store.clock

    def put(self, publication: Publication) -> Publication:
        """Publish a model, for the first time or again; one that is public stays as it is."""
        kept = self.find(publication.id)
        if kept is not None:
            return kept
        row = {"contest": publication.contest.id, "body": publication.model_dump_json()}
        with self._database.write() as transaction:
            transaction.execute(published.delete().where(published.c.id == publication.id))
            transaction.execute(
                published.insert().values(id=publication.id, retracted_utc="", **row)
            )
        return publication

    def retract(self, model: str) -> None:
        """Take a model back: nobody can run it any more.

        Raises:
            UnknownModel: If there is none.
        """
        now = text_of(self._clock())
        statement = (
            published.update()
            .where(published.c.id == model, published.c.retracted_utc == "")
            .values(retracted_utc=now)
        )
        with self._database.write() as transaction:
            if transaction.execute(statement.returning(published.c.id)).first() is None:
                raise no_model(model)

    def find(self, model: str) -> Publication | None:
        """Return a published model, or None."""
        query = sa.select(published.c.body).where(
            published.c.id == model, published.c.retracted_utc == ""
        )
        with self._database.read() as transaction:
            body = transaction.execute(query).scalar()
        return None if body is None else Publication.model_validate_json(body)

    def ids(self) -> list[str]:
        """Return the ids of all published models, sorted."""
        query = sa.select(published.c.id).where(published.c.retracted_utc == "")
        with self._database.read() as transaction:
            return list(transaction.execute(query.order_by(published.c.id)).scalars())

    def of_contest(self, contest: str) -> list[Publication]:
        """Return the published models of one contest."""
        query = sa.select(published.c.body).where(
            published.c.contest == contest, published.c.retracted_utc == ""
        )
        with self._database.read() as transaction:
            bodies = transaction.execute(query.order_by(published.c.id)).scalars().all()
        return [Publication.model_validate_json(body) for body in bodies]

    def code(self, submission: str) -> bytes:
        """Return the file of a submission.

        Raises:
            UnknownModel: If it is gone.
        """
        query = sa.select(entries.c.content).where(entries.c.id == submission)
        with self._database.read() as transaction:
            found = transaction.execute(query).scalar()
        if found is None:
            raise no_model(submission)
        return bytes(found)


def no_model(model: str) -> UnknownModel:
    """Return the error for a model that is not published."""
    return UnknownModel(
        f"no model '{model[:100]}' is published", hint="see what there is: chengmo models"
    )
