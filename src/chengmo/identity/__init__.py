"""Who asks: people, organisations, keys, sessions."""

from chengmo.identity.account import Account, ApiKey, NewAccount, Organisation
from chengmo.identity.actor import ANONYMOUS, LOCAL_ADMINISTRATOR, Actor, Role, Scope
from chengmo.identity.people import People
from chengmo.identity.permission import check_permission, is_permitted

__all__ = [
    "ANONYMOUS",
    "LOCAL_ADMINISTRATOR",
    "Account",
    "Actor",
    "ApiKey",
    "NewAccount",
    "Organisation",
    "People",
    "Role",
    "Scope",
    "check_permission",
    "is_permitted",
]
