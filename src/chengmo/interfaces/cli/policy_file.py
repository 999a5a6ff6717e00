"""Policies in a JSON file: one, or a list of them."""

import json

from pydantic import TypeAdapter

from chengmo.sharing.policy import Policy

_POLICIES = TypeAdapter(list[Policy])


def read_policies(content: bytes) -> list[Policy]:
    """Return the policies that a JSON file states.

    Raises:
        ValueError: If it states none, or one that is not whole.
    """
    stated = json.loads(content)
    return _POLICIES.validate_python(stated if isinstance(stated, list) else [stated])
