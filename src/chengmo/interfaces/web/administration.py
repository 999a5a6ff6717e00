"""Everybody's accounts, organisations and keys over the page: for administrators."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from chengmo.identity import NewAccount, Organisation, Role
from chengmo.interfaces.web.accounts import NewKey, made_key
from chengmo.interfaces.web.action import Action, Answer, Visit, read_model


class AccountWithPassword(NewAccount):
    """An account to be made, with the password to begin with."""

    model_config = ConfigDict(hide_input_in_errors=True)

    password: str | None = Field(default=None, max_length=1000)
    temporary: bool = Field(
        default=False, description="Whether its owner must replace the password at first"
    )


class AccountChange(BaseModel):
    """What is to be different about an account; what is not named stays."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    roles: frozenset[Role] | None = None
    organisation: str | None = None
    state: Literal["active", "suspended"] | None = None


class Password(BaseModel):
    """A password for somebody."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    password: str = Field(max_length=1000)
    temporary: bool = False


def list_accounts(visit: Visit) -> Answer:
    """Return every account."""
    people = visit.people
    return {"accounts": people.accounts(), "second_factors": people.second_factors()}


def add_account(visit: Visit) -> Answer:
    """Add an account."""
    asked = read_model(AccountWithPassword, visit.body, "body")
    new = NewAccount.model_validate(asked.model_dump(exclude={"password", "temporary"}))
    return visit.people.add_account(new, password=asked.password, temporary=asked.temporary)


def change_account(visit: Visit) -> Answer:
    """Change roles, organisation or state; an empty organisation is none."""
    asked, account = read_model(AccountChange, visit.body, "body"), visit.path["id"]
    people = visit.people
    if asked.roles is not None:
        people.set_roles(account, asked.roles)
    if asked.organisation is not None:
        people.set_organisation(account, asked.organisation or None)
    if asked.state is not None:
        (people.suspend if asked.state == "suspended" else people.resume)(account)
    return people.account(account)


def set_password(visit: Visit) -> Answer:
    """Set somebody's password; their sessions end."""
    asked = read_model(Password, visit.body, "body")
    people, account = visit.people, visit.path["id"]
    # One's own is no secret of somebody else.
    temporary = asked.temporary and account != visit.actor.id
    return people.set_password(account, asked.password, temporary=temporary)


def reset_second_factor(visit: Visit) -> Answer:
    """Take the second factor from somebody who lost it."""
    visit.people.reset_second_factor(visit.path["id"])
    return None


def list_account_keys(visit: Visit) -> Answer:
    """Return the keys of an account, without their secrets."""
    account = visit.people.account(visit.path["id"])
    return {"keys": visit.people.keys(account.id)}


def make_account_key(visit: Visit) -> Answer:
    """Make a key for somebody, such as a service; the answer has it, and nothing after that."""
    return made_key(visit, visit.path["id"], read_model(NewKey, visit.body, "body"))


def revoke_account_key(visit: Visit) -> Answer:
    """Revoke somebody's key."""
    visit.people.revoke_key(visit.path["prefix"], account=visit.path["id"])
    return None


def list_organisations(visit: Visit) -> Answer:
    """Return every organisation."""
    return {"organisations": visit.people.organisations()}


def add_organisation(visit: Visit) -> Answer:
    """Add an organisation."""
    asked = read_model(Organisation, visit.body, "body")
    return visit.people.add_organisation(asked)


ACTIONS: tuple[Action, ...] = (
    Action("GET", "/accounts", list_accounts, scope="administer"),
    Action("POST", "/accounts", add_account, status=201, scope="administer", hashes=True),
    Action("PATCH", "/accounts/{id}", change_account, scope="administer"),
    Action("POST", "/accounts/{id}/password", set_password, scope="administer", hashes=True),
    Action("DELETE", "/accounts/{id}/second-factor", reset_second_factor, scope="administer"),
    Action("GET", "/accounts/{id}/keys", list_account_keys, scope="administer"),
    Action("POST", "/accounts/{id}/keys", make_account_key, status=201, scope="administer"),
    Action("DELETE", "/accounts/{id}/keys/{prefix}", revoke_account_key, scope="administer"),
    Action("GET", "/organisations", list_organisations, scope="administer"),
    Action("POST", "/organisations", add_organisation, status=201, scope="administer"),
)
