"""A flight that this USS manages: what its operator wants, and what the others are told of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from pydantic import Field

from chengmo_airspace.flights.extent import Extent, extent_of
from chengmo_airspace.flights.message import (
    BaseUrl,
    EntityId,
    IntentState,
    Message,
    Ovn,
    Time,
    Volume4D,
)
from chengmo_airspace.flights.refusal import FlightRefused
from chengmo_airspace.volume import Volume, meet

Usage = Literal["Planned", "InUse", "Closed"]
Health = Literal["Nominal", "OffNominal", "Contingent", "NotSpecified"]


class Reference(Message):
    """An operational intent reference as a discovery service or another USS tells it."""

    id: EntityId
    manager: str
    uss_availability: str = "Unknown"
    version: int
    state: IntentState
    ovn: Ovn | None = None
    time_start: Time
    time_end: Time
    uss_base_url: BaseUrl
    subscription_id: EntityId | None = None


class Details(Message):
    """What only the managing USS tells of an operational intent."""

    volumes: tuple[Volume4D, ...] | None = None
    off_nominal_volumes: tuple[Volume4D, ...] | None = None
    priority: int | None = None


class KnownIntent(Message):
    """An operational intent with its details."""

    reference: Reference
    details: Details


class SubscriptionState(Message):
    """Which subscription a notice is for."""

    subscription_id: EntityId
    notification_index: int


class Subscriber(Message):
    """Whom to notify."""

    subscriptions: tuple[SubscriptionState, ...] = Field(min_length=1)
    uss_base_url: BaseUrl


class ChangedIntent(Message):
    """What a discovery service answers to a change."""

    subscribers: tuple[Subscriber, ...] = ()
    operational_intent_reference: Reference


class IntentNotice(Message):
    """What another USS tells when one of its intents has changed; no intent: it has ended."""

    operational_intent_id: EntityId
    operational_intent: KnownIntent | None = None
    subscriptions: tuple[SubscriptionState, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Wish:
    """What an operator wants of a flight.

    Attributes:
        usage: Whether it is planned or being flown.
        health: Whether the aircraft keeps to it.
        area: Where it will be.
        priority: Higher goes before lower.
    """

    usage: Usage
    health: Health
    area: tuple[Volume4D, ...]
    priority: int = 0

    @property
    def state(self) -> IntentState:
        """The state its intent is to have."""
        if self.health == "OffNominal":
            return "Nonconforming"
        if self.health == "Contingent":
            return "Contingent"
        return "Accepted" if self.usage == "Planned" else "Activated"


@dataclass(frozen=True, slots=True)
class Flight:
    """A flight in the one or other version.

    Attributes:
        id: As its operator calls it.
        intent: Id of its operational intent.
        state: Of its intent.
        volumes: Nominal.
        off_nominal: Where it may be while it does not keep to them.
        priority: Higher goes before lower.
        reference: As the discovery service gave it, OVN and all; None before it did.
    """

    id: str
    intent: str
    state: IntentState
    volumes: tuple[Volume4D, ...]
    off_nominal: tuple[Volume4D, ...]
    priority: int
    reference: dict[str, Any] | None = None

    @property
    def extents(self) -> tuple[Volume4D, ...]:
        """All its volumes."""
        return (*self.volumes, *self.off_nominal)

    def document(self) -> dict[str, Any]:
        """Return the `OperationalIntent` that others may read."""
        return {
            "reference": self.reference,
            "details": {
                "volumes": volumes_document(self.volumes),
                "off_nominal_volumes": volumes_document(self.off_nominal),
                "priority": self.priority,
            },
        }

    def changed(self, wish: Wish) -> "Flight":
        """Return the flight as the operator now wants it."""
        if wish.state in {"Accepted", "Activated"}:
            return replace(
                self, state=wish.state, volumes=wish.area, off_nominal=(), priority=wish.priority
            )
        # Who is contingent has given up its nominal volumes.
        nominal = () if wish.state == "Contingent" else self.volumes
        return replace(
            self,
            state=wish.state,
            volumes=nominal,
            off_nominal=wish.area,
            priority=wish.priority,
        )


def volumes_document(volumes: Sequence[Volume4D]) -> list[dict[str, Any]]:
    """Return volumes as they came in."""
    return [volume.model_dump(mode="json", exclude_none=True) for volume in volumes]


def extent_of_known(known: KnownIntent) -> Extent:
    """Return where another's intent is.

    Raises:
        FlightRefused: If what it says cannot be: among others without the volumes of its state.
    """
    nominal, off = known.details.volumes or (), known.details.off_nominal_volumes or ()
    state = known.reference.state
    if bool(nominal) == (state == "Contingent"):
        raise FlightRefused(f"an operational intent that is {state} with {len(nominal)} volumes")
    if bool(off) == (state in {"Accepted", "Activated"}):
        raise FlightRefused(f"one that is {state} with {len(off)} off-nominal volumes")
    return extent_of((*nominal, *off))


def share_place(one: Sequence[Volume], other: Sequence[Volume]) -> bool:
    """Tell whether a volume of the one meets a volume of the other, exactly."""
    return any(meet(a, b) for a in one for b in other)
