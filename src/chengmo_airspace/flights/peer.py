"""Whom this USS talks to: a discovery service and other USSs, however they are reached."""

from typing import Any, Protocol


class PeerFailed(Exception):
    """Somebody did not answer, or not as F3548-21 says.

    Attributes:
        status: Of the answer; 0 if there was none.
        document: What it held, if it was JSON.
    """

    def __init__(self, message: str, *, status: int = 0, document: Any = None) -> None:
        super().__init__(message)
        self.status = status
        self.document = document


class Peers(Protocol):
    """Asks others. Every method raises PeerFailed for whatever is not a good answer."""

    def ask_discovery(self, method: str, path: str, body: Any, *, scope: str) -> Any:
        """Return the JSON that the discovery service answers below `/dss/v1`."""
        ...

    def ask_uss(self, base_url: str, path: str, *, scope: str) -> Any:
        """Return the JSON that another USS answers to a GET below its `/uss/v1`."""
        ...

    def tell_uss(self, base_url: str, path: str, body: str, *, scope: str) -> None:
        """POST to another USS below its `/uss/v1`."""
        ...
