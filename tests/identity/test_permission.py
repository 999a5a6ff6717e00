"""What each role may do, and what a key takes away again."""

from typing import get_args

import pytest

from chengmo.errors import NotAllowed, NotSignedIn
from chengmo.identity import (
    ANONYMOUS,
    LOCAL_ADMINISTRATOR,
    Actor,
    Role,
    Scope,
    check_permission,
    is_permitted,
)

MAY = {
    "administrator": {"read", "run", "import", "sql", "audit", "administer"},
    "steward": {"read", "run", "import", "sql"},
    "analyst": {"read", "run", "sql"},
    "developer": {"read", "run"},
    "operator": {"read", "run"},
    "auditor": {"read", "audit"},
}


def test_each_role_reaches_so_far_and_no_farther():
    assert MAY.keys() == set(get_args(Role))
    for role, reach in MAY.items():
        actor = Actor("x", frozenset({role}))
        assert {scope for scope in get_args(Scope) if is_permitted(actor, scope)} == reach


def test_a_key_reaches_no_farther_than_both_its_scopes_and_the_roles():
    actor = Actor("x", frozenset({"analyst"}), scopes=frozenset({"run", "administer"}))
    assert {scope for scope in get_args(Scope) if is_permitted(actor, scope)} == {"run"}
    with pytest.raises(NotAllowed, match="key"):
        check_permission(actor, "read")
    with pytest.raises(NotAllowed, match="administrator"):
        check_permission(actor, "administer")


def test_who_is_not_signed_in_is_told_to():
    check_permission(ANONYMOUS, "read")
    check_permission(LOCAL_ADMINISTRATOR, "administer")
    with pytest.raises(NotSignedIn):
        check_permission(ANONYMOUS, "run")
