"""Who may use a service's paths for people: decided here, so that no service decides for itself."""

from dataclasses import dataclass

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from chengmo.audit import Access, AuditLog
from chengmo.errors import NotAllowed, NotSignedIn
from chengmo.identity import ANONYMOUS
from chengmo.identity.actor import Role
from chengmo.interfaces.identification import actor_of_scope

# Who runs the city's services, and who looks over their shoulder.
ADMITTED: tuple[Role, ...] = ("administrator", "operator", "auditor")


@dataclass(frozen=True)
class Admission:
    """ASGI application around another; stands inside, where errors become answers.

    Attributes:
        app: What it admits to.
        audit: Where each request that is admitted is written before it is answered; refusals are
            written by who answers them.
    """

    app: ASGIApp
    audit: AuditLog

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admit a request, or raise.

        Raises:
            NotSignedIn: If nobody asks.
            NotAllowed: If it is somebody whose role or key does not reach so far.
        """
        actor = actor_of_scope(scope)
        if actor == ANONYMOUS:
            raise NotSignedIn("this is not open to the public", hint="sign in, or send a key")
        if not actor.is_a(*ADMITTED) or not actor.has_scope("read"):
            raise NotAllowed(
                "this is open to operators, auditors and administrators",
                hint="ask an administrator for the role",
            )
        request = HTTPConnection(scope)
        self.audit.record(
            Access(
                actor=actor.id,
                via="web",
                action="service",
                verdict="allowed",
                roles=tuple(sorted(actor.roles)),
                organisation=actor.organisation,
                detail={"what": f"{scope['method']} {request.url.path}"[:500]},
            )
        )
        await self.app(scope, receive, send)
