"""What the airspace does not do for somebody, and why: one error for the whole of F3548-21."""

from collections.abc import Mapping
from typing import Any, Literal

from chengmo import InvalidRequest

Reason = Literal[
    "invalid",
    "foreign",
    "unknown",
    "stale",
    "missing",
    "down",
    "too-large",
    "too-many",
    "state",
]


class FlightRefused(InvalidRequest):
    """A request about flights that is refused.

    Attributes:
        reason: `invalid` what it says cannot be; `foreign` it is about what another manages, or
            needs another role; `unknown` there is nothing of this id; `stale` it names a version
            that is not the current one; `missing` its key does not prove knowledge of all that
            matters; `down` who asks is marked as down; `too-large` its area is; `too-many` of them
            are there already; `state` what it asks for is not to be had in the present state.
        evidence: More that the answer says, as JSON.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        reason: Reason = "invalid",
        evidence: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.reason: Reason = reason
        self.evidence: Mapping[str, Any] = evidence or {}
