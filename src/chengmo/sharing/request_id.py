"""Ids of requests: sortable by the time of submission."""

import secrets
from datetime import UTC, datetime


def new_request_id() -> str:
    """Return an id such as `20250131t080000123-a1b2c3`."""
    at = datetime.now(UTC).strftime("%Y%m%dt%H%M%S%f")[:-3]
    return f"{at}-{secrets.token_hex(3)}"
