"""What the rules of intents, constraints and subscriptions share."""

import secrets
import uuid
from collections.abc import Iterable
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

from chengmo_airspace.flights.airspace import Airspace
from chengmo_airspace.flights.entity import Subscription
from chengmo_airspace.flights.refusal import FlightRefused

_OVN_BYTES = 24
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Managed(Protocol):
    """What somebody manages."""

    @property
    def manager(self) -> str:
        """Who."""
        ...


M = TypeVar("M", bound=Managed)


def new_token() -> str:
    """Return an opaque number that nobody can guess: an OVN or a version."""
    return secrets.token_urlsafe(_OVN_BYTES)


def new_id() -> str:
    """Return a new id of an entity."""
    return str(uuid.uuid4())


def known(entity: M | None, what: str) -> M:
    """Return an entity that must be there.

    Raises:
        FlightRefused: If it is not.
    """
    if entity is None:
        raise FlightRefused(f"there is no {what} of this id", reason="unknown")
    return entity


def owned(entity: M | None, caller: str, what: str) -> M:
    """Return an entity that must be there and the caller's own.

    Raises:
        FlightRefused: If it is not.
    """
    found = known(entity, what)
    if found.manager != caller:
        raise FlightRefused(f"this {what} is managed by another", reason="foreign")
    return found


def check_current(current: str, given: str, what: str) -> None:
    """Pass if what was given is the current version.

    Raises:
        FlightRefused: If it is not.
    """
    if not secrets.compare_digest(current.encode(), given.encode()):
        raise FlightRefused(
            f"this is not the current version of the {what}",
            hint="read it again",
            reason="stale",
        )


def check_base_url(address: str) -> None:
    """Pass if `address` may be handed to others to call: https, or this machine for tests.

    A query is let pass, as by the reference service: nobody here calls such an address.

    Raises:
        FlightRefused: If not, or if it ends in a slash.
    """
    try:
        parts = urlsplit(address)
        host = parts.hostname
        is_possible = parts.port != 0
    except ValueError:
        host, is_possible = None, False
        parts = urlsplit("")
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    is_plain = not (parts.fragment or parts.username)
    if not (host and is_possible and is_safe and is_plain) or address.endswith("/"):
        raise FlightRefused(
            "a uss_base_url that others may not call",
            hint="https, no trailing slash",
        )


def subscribers(airspace: Airspace, told: Iterable[Subscription]) -> list[dict[str, Any]]:
    """Return whom the caller must notify: one entry for each address."""
    of_address: dict[str, list[dict[str, Any]]] = {}
    for subscription in told:
        of_address.setdefault(subscription.uss_base_url, []).append(
            {
                "subscription_id": subscription.id,
                "notification_index": airspace.notices(subscription.id),
            }
        )
    return [
        {"subscriptions": states, "uss_base_url": address}
        for address, states in sorted(of_address.items())
    ]
