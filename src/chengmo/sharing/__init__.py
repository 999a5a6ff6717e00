"""What an actor may do with data, and the data as that actor may see them."""

from chengmo.sharing.permission import Action, check_may, check_steward, may
from chengmo.sharing.sharing import Sharing
from chengmo.sharing.view import View

__all__ = ["Action", "Sharing", "View", "check_may", "check_steward", "may"]
