"""Asking for data: request, approval with an end, use (申请—审批—使用)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal, Self

import sqlalchemy as sa
from pydantic import AwareDatetime, Field

from chengmo.catalog.dataset import DATASET_ID_PATTERN, Dataset
from chengmo.catalog.treatment import Treatment
from chengmo.errors import Conflict, InvalidRequest, UnknownRequest
from chengmo.identity.actor import Actor
from chengmo.ledger import Database, Transaction
from chengmo.model.decision import Frozen, Text
from chengmo.sharing.clock import now_utc
from chengmo.sharing.policy import Policy, Purpose, When, Who
from chengmo.sharing.request_id import new_request_id

State = Literal["requested", "approved", "refused", "withdrawn"]
_MOST_OPEN = 100

_tables = sa.MetaData()
_requests = sa.Table(
    "sharing_requests",
    _tables,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("dataset", sa.Text, nullable=False, index=True),
    sa.Column("actor", sa.Text, nullable=False, index=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)


class Wish(Frozen):
    """What somebody asks for."""

    dataset: str = Field(pattern=DATASET_ID_PATTERN)
    purpose: Purpose = Field(description="One word for the use; the policy will name it")
    reason: str = Field(min_length=1, max_length=2000, description="Why, in full sentences")
    until: AwareDatetime = Field(description="When the use ends")


class SharingRequest(Frozen):
    """A request on its way. Whoever asked and whoever decides see the same."""

    id: str
    wish: Wish
    actor: str
    organisation: str
    submitted_utc: str
    state: State = "requested"
    decided_by: str = ""
    decided_utc: str = ""
    comment: str = Field(default="", max_length=2000)
    policy: str = Field(default="", description="Id of the policy that the approval made")

    def answered(self, state: State, by: str, comment: str = "", policy: str = "") -> Self:
        """Return this request as it is once somebody answered it."""
        return self.model_copy(
            update={
                "state": state,
                "decided_by": by,
                "decided_utc": now_utc(),
                "comment": comment,
                "policy": policy,
            }
        )

    def has_ended(self, at: datetime) -> bool:
        """Tell whether the time asked for is over."""
        return at >= self.wish.until


class RequestStore:
    """Requests and what became of them."""

    def __init__(self, database: Database) -> None:
        """Open the table in `database`, making it if it is not there."""
        self._database = database
        database.ensure("sharing_requests", 1, _tables.create_all)

    def submit(self, wish: Wish, actor: Actor, also: Callable[[str], None]) -> SharingRequest:
        """Write down what `actor` asks for.

        Args:
            wish: What it is.
            actor: Who asks.
            also: What to do with the request's id before it is committed.

        Raises:
            InvalidRequest: If its end is past.
            Conflict: If the actor has too many open requests.
        """
        if wish.until <= datetime.now(UTC):
            raise InvalidRequest("the time asked for is over already", hint="name a later end")
        asked = SharingRequest(
            id=new_request_id(),
            wish=wish,
            actor=actor.id,
            organisation=actor.organisation,
            submitted_utc=now_utc(),
        )
        if sum(each.state == "requested" for each in self.list(actor=actor.id)) >= _MOST_OPEN:
            raise Conflict(
                f"{_MOST_OPEN} requests of yours are open", hint="withdraw one or wait for answers"
            )
        with self._database.write() as transaction:
            transaction.execute(_requests.insert().values(**_row(asked)))
            also(asked.id)
        return asked

    def get(self, request: str) -> SharingRequest:
        """Return one request.

        Raises:
            UnknownRequest: If there is none.
        """
        query = sa.select(_requests.c.body).where(_requests.c.id == request)
        with self._database.read() as transaction:
            body = transaction.execute(query).scalar()
        if body is None:
            raise UnknownRequest(
                f"there is no request '{request[:100]}'", hint="see yours: chengmo request list"
            )
        return SharingRequest.model_validate_json(body)

    def list(self, *, actor: str | None = None, dataset: str | None = None) -> list[SharingRequest]:
        """Return requests, the newest first: of one actor, about one dataset, or all."""
        query = sa.select(_requests.c.body).order_by(_requests.c.id.desc())
        if actor is not None:
            query = query.where(_requests.c.actor == actor)
        if dataset is not None:
            query = query.where(_requests.c.dataset == dataset)
        with self._database.read() as transaction:
            bodies = transaction.execute(query).scalars().all()
        return [SharingRequest.model_validate_json(body) for body in bodies]

    def close(
        self, request: SharingRequest, also: Callable[[Transaction], None] | None = None
    ) -> SharingRequest:
        """Write down what became of an open request.

        Args:
            request: With its new state.
            also: What to do in the same transaction.

        Raises:
            Conflict: If it is not open any more.
        """
        statement = (
            _requests.update()
            .where(_requests.c.id == request.id, _requests.c.state == "requested")
            .values(**_row(request))
        )
        with self._database.write() as transaction:
            if transaction.execute(statement).rowcount != 1:
                raise Conflict(
                    f"request {request.id} has been answered already", hint="look at it again"
                )
            if also is not None:
                also(transaction)
        return request


def policy_of(request: SharingRequest, dataset: Dataset, treatment: Treatment) -> Policy:
    """Return the policy that an approval makes: this organisation, this purpose, until then."""
    who = Who(organisations=(request.organisation,)) if request.organisation else None
    return Policy(
        id=f"request-{request.id}",
        title=Text(
            zh=f"依申请 {request.id} 授权：{dataset.title.zh}",
            en=f"Granted on request {request.id}: {dataset.title.en}",
        ),
        dataset=dataset.id,
        who=who or Who(actors=(request.actor,)),
        purposes=(request.wish.purpose,),
        when=When(end=request.wish.until),
        treatment=treatment,
        basis=request.wish.reason,
    )


def _row(request: SharingRequest) -> dict[str, str]:
    return {
        "id": request.id,
        "dataset": request.wish.dataset,
        "actor": request.actor,
        "state": request.state,
        "body": request.model_dump_json(),
    }
