"""What an actor may do with data, and the data as that actor may see them."""

from chengmo.sharing.sharing import Sharing
from chengmo.sharing.stewardship import check_steward, is_steward_of, sees_all_runs
from chengmo.sharing.view import View

__all__ = ["Sharing", "View", "check_steward", "is_steward_of", "sees_all_runs"]
