"""What a caller says the data are for: one header for every way in over HTTP."""

import re

from starlette.requests import Request

from chengmo.errors import InvalidQuery
from chengmo.sharing.policy import PURPOSE_PATTERN

HEADER = "Chengmo-Purpose"
# What looking at data is for, where nobody says anything else.
VIEW = "view"


def purpose_of(request: Request, unstated: str = VIEW) -> str:
    """Return the purpose that a request states in its header, else `unstated`.

    Raises:
        InvalidQuery: If it is no word of lower-case letters, digits and hyphens.
    """
    stated = request.headers.get(HEADER, unstated)
    if not re.fullmatch(PURPOSE_PATTERN, stated):
        raise InvalidQuery(
            f"the header {HEADER} states no purpose", hint="give one word, such as flood-planning"
        )
    return stated
