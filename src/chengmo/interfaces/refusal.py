"""Who was told that a role or a key does not reach so far goes into the audit, at every way in.

Refusals by the rules of sharing are written down where the rules are asked. An act that is refused
is not done, whether or not it can be written down: what fails here is logged and changes nothing.
"""

import logging
import time
from dataclasses import dataclass, field

from starlette.requests import Request

from chengmo.audit import Access, AuditLog, Via
from chengmo.errors import ChengmoError, NotAllowed, NotSignedIn, PlatformError, SignInRefused
from chengmo.identity import Actor
from chengmo.interfaces.identification import actor_of_scope
from chengmo.sharing.seldom import Seldom

_log = logging.getLogger(__name__)
_MINUTE_S = 60.0


@dataclass(frozen=True)
class Refusals:
    """Writes down, at most once a minute each, what was refused to whom."""

    audit: AuditLog
    told: Seldom = field(default_factory=Seldom)

    def note_request(self, request: Request, error: ChengmoError) -> None:
        """Write down a refusal over HTTP, by method and path."""
        what = f"{request.method} {request.scope.get('path', '')}"
        self.note(actor_of_scope(request.scope), "web", what, error)

    def note(self, actor: Actor, via: Via, what: str, error: ChengmoError) -> None:
        """Write down that `actor` was refused `what`, if `error` says so.

        Args:
            actor: Who asked.
            via: The way in.
            what: Such as `POST /accounts`: no query, no body.
            error: What was answered.
        """
        if not isinstance(error, NotAllowed | NotSignedIn) or isinstance(error, SignInRefused):
            # A sign-in that failed has an entry of its own.
            return
        key, minute = (actor.id, via, what[:100]), time.time() // _MINUTE_S
        if not self.told.is_due(key, minute):
            return
        try:
            self.audit.record(
                Access(
                    actor=actor.id,
                    via=via,
                    action="refused",
                    verdict="denied",
                    roles=tuple(sorted(actor.roles)),
                    organisation=actor.organisation,
                    reason=error.slug,
                    detail={"what": what[:500]},
                )
            )
        except PlatformError:
            _log.exception("a refusal could not be written into the audit")
        self.told.keep(key, minute)
