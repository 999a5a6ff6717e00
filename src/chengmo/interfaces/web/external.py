"""Sign in at an OpenID provider: send the browser there, and take it back."""

import hmac
import logging
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from chengmo.errors import ChengmoError, Conflict, SignInRefused
from chengmo.identity import People
from chengmo.identity.journey import PATIENCE
from chengmo.identity.provider_settings import ProviderSettings
from chengmo.interfaces.identification import address_of, give_session, session_token
from chengmo.interfaces.web.provider import Provider

_log = logging.getLogger(__name__)
START = "/session/provider"
BACK = "/session/provider/return"
_NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True)
class Entrance:
    """The two endpoints. Browsers, not programs, open them: they answer with redirections."""

    people: People
    provider: Provider

    async def leave(self, request: Request) -> Response:
        """Send the browser to the provider."""
        journey = await run_in_threadpool(self.people.journeys.begin)
        try:
            address = await run_in_threadpool(
                self.provider.address_for, journey, back=_back(request)
            )
        except ChengmoError as error:
            return _failed(request, error)
        answer = RedirectResponse(address, 303, _NO_STORE)
        # Lax, since the browser comes back by a link of the provider's.
        answer.set_cookie(
            _cookie(request),
            journey.state,
            max_age=int(PATIENCE.total_seconds()),
            path="/",
            secure=request.scope["scheme"] == "https",
            httponly=True,
            samesite="lax",
        )
        return answer

    async def arrive(self, request: Request) -> Response:
        """Take the browser back and begin a session."""
        try:
            token = await run_in_threadpool(self._enter, request)
        except ChengmoError as error:
            return _failed(request, error)
        answer = RedirectResponse(f"{_root(request)}/app/", 303, _NO_STORE)
        give_session(request, answer, token)
        answer.delete_cookie(_cookie(request), path="/", secure=request.scope["scheme"] == "https")
        return answer

    def _enter(self, request: Request) -> str:
        settings, given = self.provider.settings, request.query_params
        state, kept = given.get("state", ""), request.cookies.get(_cookie(request), "")
        # Who began the journey must end it: else an attacker signs others in as himself.
        if not state or not hmac.compare_digest(state.encode(), kept.encode()):
            raise SignInRefused("the browser is not the one that set out", hint="sign in again")
        journey = self.people.journeys.end(state)
        if journey is None:
            raise SignInRefused("the journey took too long or ended before", hint="sign in again")
        if given.get("iss", settings.issuer) != settings.issuer or "code" not in given:
            raise SignInRefused("the provider gave no code", hint="sign in again")
        claims = self.provider.claims_for(given["code"], journey, back=_back(request))
        for own_name in (True, False):
            try:
                return self.people.enter(
                    settings.account_of(claims, own_name=own_name),
                    issuer=settings.issuer,
                    subject=claims["sub"],
                    managed=settings.is_managing,
                    before=session_token(request),
                    address=address_of(request),
                )
            except Conflict:
                if not own_name:
                    raise
        raise AssertionError("one of the two names was tried")  # pragma: no cover


def routes(people: People, settings: ProviderSettings) -> list[BaseRoute]:
    """Return the two endpoints over `people` and the provider of `settings`."""
    entrance = Entrance(people, Provider(settings))
    return [
        Route(START, entrance.leave, methods=["GET"]),
        Route(BACK, entrance.arrive, methods=["GET"]),
    ]


def _failed(request: Request, error: ChengmoError) -> Response:
    _log.warning("signing in at the provider failed: %s", error.message)
    return RedirectResponse(f"{_root(request)}/app/account.html?failed=1", 303, _NO_STORE)


def _root(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _back(request: Request) -> str:
    return f"{_root(request)}{BACK}"


def _cookie(request: Request) -> str:
    prefix = "__Host-" if request.scope["scheme"] == "https" else ""
    return f"{prefix}chengmo-journey"
