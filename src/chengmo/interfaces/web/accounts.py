"""One's own account over the page: sign in and out, password, keys."""

from functools import partial
from typing import get_args

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from chengmo.errors import NotAllowed, NotSignedIn
from chengmo.identity import ANONYMOUS, LOCAL_ADMINISTRATOR, Scope, is_permitted
from chengmo.identity.totp import address_of_secret
from chengmo.interfaces.identification import (
    address_of,
    give_session,
    session_token,
    take_session,
)
from chengmo.interfaces.web.action import Action, Answer, Visit, read_model

_DAYS = 90


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class SignIn(_Body):
    """What the sign-in page sends."""

    user: str = Field(max_length=200)
    password: str = Field(max_length=1000)
    code: str = Field(default="", max_length=100)
    new_password: str = Field(default="", max_length=1000)


class OwnPassword(_Body):
    """One's own password, once more before something that matters."""

    password: str = Field(max_length=1000)


class Code(_Body):
    """What the authenticator shows."""

    code: str = Field(max_length=100)


class NewPassword(_Body):
    """What the page for a new password sends."""

    old: str = Field(max_length=1000)
    new: str = Field(max_length=1000)


class NewKey(_Body):
    """A key to be made."""

    name: str
    scopes: frozenset[Scope]
    days: int = _DAYS


def get_session(visit: Visit, *, external: bool) -> Answer:
    """Say who is signed in, and what they may do."""
    actor = visit.actor
    known = actor not in (ANONYMOUS, LOCAL_ADMINISTRATOR)
    account = visit.people.account(actor.id) if known else None
    return {
        "user": actor.id if known else None,
        "name": account.name if account else None,
        "roles": sorted(actor.roles),
        "organisation": actor.organisation or None,
        "local": actor == LOCAL_ADMINISTRATOR,
        "may": [scope for scope in get_args(Scope) if is_permitted(actor, scope)],
        "external": external,
        "has_password": account.has_password if account else False,
        "has_second_factor": account is not None and account.id in visit.people.second_factors(),
    }


def sign_in(visit: Visit) -> Answer:
    """Begin a session; whatever session the browser had before ends."""
    asked = read_model(SignIn, visit.body, "body")
    people, request = visit.people, visit.request
    account, token = people.sign_in(
        asked.user,
        asked.password,
        address=address_of(request),
        before=session_token(request),
        code=asked.code,
        new_password=asked.new_password,
    )
    answer = JSONResponse({"user": account.id}, headers={"Cache-Control": "no-store"})
    give_session(request, answer, token)
    return answer


def sign_out(visit: Visit) -> Answer:
    """End the session, and take what the browser may have kept of it."""
    token = session_token(visit.request)
    if token is not None:
        visit.people.end_session(token)
    # Whatever the browser cached was seen by somebody who has now gone.
    answer = Response(
        status_code=204, headers={"Cache-Control": "no-store", "Clear-Site-Data": '"cache"'}
    )
    take_session(visit.request, answer)
    return answer


def change_password(visit: Visit) -> Answer:
    """Change one's own password; every other session ends and this one goes on anew."""
    asked = read_model(NewPassword, visit.body, "body")
    token = visit.people.change_password(
        own_account(visit), asked.old, asked.new, address=address_of(visit.request)
    )
    answer = Response(status_code=204, headers={"Cache-Control": "no-store"})
    give_session(visit.request, answer, token)
    return answer


def begin_second_factor(visit: Visit) -> Answer:
    """Return the secret of a new second factor, as text and as an address for an authenticator."""
    account = _proven_account(visit)
    secret = visit.people.begin_second_factor(account)
    return {"secret": secret, "address": address_of_secret(secret, account)}


def confirm_second_factor(visit: Visit) -> Answer:
    """Ask for codes from now on; the answer has the recovery codes, and nothing has after that."""
    asked = read_model(Code, visit.body, "body")
    return {"codes": visit.people.confirm_second_factor(own_account(visit), asked.code)}


def remove_second_factor(visit: Visit) -> Answer:
    """Remove one's own second factor."""
    visit.people.reset_second_factor(_proven_account(visit))
    return None


def _proven_account(visit: Visit) -> str:
    """Return the account of who asks, who has typed the password once more."""
    asked, account = read_model(OwnPassword, visit.body, "body"), own_account(visit)
    visit.people.authenticate(account, asked.password, address=address_of(visit.request))
    return account


def list_keys(visit: Visit) -> Answer:
    """Return one's own keys, without their secrets."""
    return {"keys": visit.people.keys(own_account(visit))}


def make_key(visit: Visit) -> Answer:
    """Make a key for oneself; the answer has it, and nothing has it after that."""
    asked = read_model(NewKey, visit.body, "body")
    return made_key(visit, own_account(visit), asked)


def revoke_key(visit: Visit) -> Answer:
    """Revoke one's own key."""
    visit.people.revoke_key(visit.path["prefix"], account=own_account(visit))
    return None


def made_key(visit: Visit, account: str, asked: NewKey) -> Answer:
    """Make a key for `account` and return it with its secret."""
    key, secret = visit.people.make_key(
        account, name=asked.name, scopes=asked.scopes, days=asked.days
    )
    return {**key.model_dump(), "key": secret}


def own_account(visit: Visit) -> str:
    """Return the account of who asks, in person.

    Raises:
        NotSignedIn: If nobody is signed in.
        NotAllowed: If it is a key that asks, or this machine's user, who has no account.
    """
    if visit.actor == ANONYMOUS:
        raise NotSignedIn("this needs an account", hint="sign in first")
    if visit.actor == LOCAL_ADMINISTRATOR:
        raise NotAllowed(
            "there is no account yet", hint="make the first one: an administrator with a password"
        )
    if visit.actor.scopes is not None:
        # A key that leaked must not be able to make itself another one.
        raise NotAllowed("a key cannot do this", hint="sign in with the password")
    return visit.actor.id


def actions(*, external: bool) -> tuple[Action, ...]:
    """Return the endpoints.

    Args:
        external: Whether there is an OpenID provider to sign in at.
    """
    return (
        Action("GET", "/session", partial(get_session, external=external)),
        Action("POST", "/session", sign_in, hashes=True),
        Action("DELETE", "/session", sign_out),
        Action("POST", "/session/password", change_password, hashes=True),
        Action("POST", "/session/second-factor", begin_second_factor, status=201, hashes=True),
        Action("POST", "/session/second-factor/confirmation", confirm_second_factor),
        Action("POST", "/session/second-factor/removal", remove_second_factor, hashes=True),
        Action("GET", "/session/keys", list_keys),
        Action("POST", "/session/keys", make_key, status=201),
        Action("DELETE", "/session/keys/{prefix}", revoke_key),
    )
