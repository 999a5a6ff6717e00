"""What a discovery service knows: intents, constraints, subscriptions, availability.

Of intents and constraints only the references: details stay with the USS that manages them.
"""

from dataclasses import dataclass
from typing import Any

from chengmo_airspace.flights.extent import Extent
from chengmo_airspace.flights.instant import time_document
from chengmo_airspace.flights.message import AvailabilityState, IntentState

# What stands where an intent has no subscription: the interface demands an id.
NO_SUBSCRIPTION = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Attributes:
        uss: Their `sub`.
        coordinates: Whether their token has the role of strategic coordination.
        monitors: Whether that of conformance monitoring for situational awareness.
        reads_constraints: Whether that of constraint processing.
    """

    uss: str
    coordinates: bool = False
    monitors: bool = False
    reads_constraints: bool = False


@dataclass(frozen=True, slots=True)
class Intent:
    """An operational intent reference.

    Attributes:
        id: UUID, version 4, in small letters.
        manager: Who made it: the `sub` of their token.
        version: Counts its changes from 1.
        ovn: Opaque version number, new with each change; who knows it has read the details.
        uss_base_url: Where the details are.
        subscription: What keeps its manager informed; None for none.
        extent: Where and when.
    """

    id: str
    manager: str
    version: int
    ovn: str
    state: IntentState
    uss_base_url: str
    subscription: str | None
    extent: Extent


@dataclass(frozen=True, slots=True)
class Constraint:
    """A constraint reference; attributes as of an intent."""

    id: str
    manager: str
    version: int
    ovn: str
    uss_base_url: str
    extent: Extent


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who wants to hear of changes where and when.

    Attributes:
        version: Opaque, new with each change by its manager.
        uss_base_url: Where to tell it.
        for_intents: Whether changes of intents are told.
        for_constraints: Whether changes of constraints are told.
        is_implicit: Whether it was made for an intent, and goes with it.
    """

    id: str
    manager: str
    version: str
    uss_base_url: str
    for_intents: bool
    for_constraints: bool
    is_implicit: bool
    extent: Extent


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a USS is to be counted on.

    Attributes:
        version: Opaque; empty as long as nobody has said anything.
    """

    uss: str
    state: AvailabilityState
    version: str

    def document(self) -> dict[str, Any]:
        """Return the answer about it."""
        return {
            "version": self.version,
            "status": {"uss": self.uss, "availability": self.state},
        }


def intent_document(intent: Intent, availability: str, *, reader: str) -> dict[str, Any]:
    """Return an intent's reference as `reader` may see it: the OVN is its manager's alone."""
    members = _reference(intent, availability, reader)
    members["state"] = intent.state
    members["subscription_id"] = intent.subscription or NO_SUBSCRIPTION
    return members


def constraint_document(
    constraint: Constraint, availability: str, *, reader: str
) -> dict[str, Any]:
    """Return a constraint's reference as `reader` may see it."""
    return _reference(constraint, availability, reader)


def subscription_document(
    subscription: Subscription, notices: int, dependents: list[str]
) -> dict[str, Any]:
    """Return a subscription as its manager sees it.

    Args:
        subscription: The subscription.
        notices: How often it was to be told so far.
        dependents: Ids of the intents that rely on it.
    """
    return {
        "id": subscription.id,
        "version": subscription.version,
        "notification_index": notices,
        "time_start": time_document(subscription.extent.start_us),
        "time_end": time_document(subscription.extent.end_us),
        "uss_base_url": subscription.uss_base_url,
        "notify_for_operational_intents": subscription.for_intents,
        "notify_for_constraints": subscription.for_constraints,
        "implicit_subscription": subscription.is_implicit,
        "dependent_operational_intents": dependents,
    }


def _reference(entity: Intent | Constraint, availability: str, reader: str) -> dict[str, Any]:
    members: dict[str, Any] = {
        "id": entity.id,
        "manager": entity.manager,
        "uss_availability": availability,
        "version": entity.version,
        "time_start": time_document(entity.extent.start_us),
        "time_end": time_document(entity.extent.end_us),
        "uss_base_url": entity.uss_base_url,
    }
    if entity.manager == reader:
        members["ovn"] = entity.ovn
    return members
