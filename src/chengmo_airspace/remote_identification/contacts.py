"""Whom a provider of remote identification talks to, however they are reached."""

from typing import Any, Protocol


class Contacts(Protocol):
    """Asks others. Every method raises PeerFailed for whatever is not a good answer."""

    def ask_register(self, method: str, path: str, body: Any, *, scope: str) -> Any:
        """Return the JSON that the discovery service answers below `/rid/v2/dss`."""
        ...

    def ask_provider(self, base_url: str, path: str, *, scope: str) -> Any:
        """Return the JSON that another service provider answers to a GET below its base URL."""
        ...

    def tell_display(self, base_url: str, path: str, body: str, *, scope: str) -> None:
        """POST to another display provider below its base URL."""
        ...
