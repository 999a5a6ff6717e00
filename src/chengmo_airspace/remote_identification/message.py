"""The messages of F3411-22a that come in, read strictly."""

from typing import Annotated, Any, Literal

from pydantic import Field

from chengmo_airspace.flights.flight import SubscriptionState
from chengmo_airspace.flights.message import BaseUrl, EntityId, Message, Time, Volume4D

FlightId = Annotated[str, Field(min_length=1, max_length=255)]


class PutArea(Message):
    """A service area or a subscription to make or change."""

    extents: Volume4D
    uss_base_url: BaseUrl


class AreaReference(Message):
    """A service area as a discovery service or another USS tells it."""

    id: EntityId
    owner: str
    version: str
    uss_base_url: BaseUrl
    time_start: Time
    time_end: Time


class AreaNotice(Message):
    """What another USS tells when one of its service areas has changed; no area: it has ended."""

    service_area: AreaReference | None = None
    subscriptions: tuple[SubscriptionState, ...] = Field(min_length=1)
    extents: Volume4D | None = None


class Subscriber(Message):
    """Whom to notify."""

    subscriptions: tuple[SubscriptionState, ...] = Field(min_length=1)
    url: BaseUrl


class ChangedArea(Message):
    """What a discovery service answers to a change."""

    subscribers: tuple[Subscriber, ...] = ()
    service_area: AreaReference


class FoundAreas(Message):
    """What a discovery service answers to a search."""

    service_areas: tuple[AreaReference, ...] = ()


Degrees = Annotated[float, Field(allow_inf_nan=False)]
Number = Annotated[float, Field(allow_inf_nan=False)]


class Height(Message):
    """A height above where it took off, or above the ground."""

    distance: Number = 0.0
    reference: Literal["TakeoffLocation", "GroundLevel"]


class Position(Message):
    """Where an aircraft was; 0, 0 and −1000 m are what the standard writes for unknown."""

    lat: Annotated[Degrees, Field(ge=-90, le=90)] = 0.0
    lng: Annotated[Degrees, Field(ge=-180, le=180)] = 0.0
    alt: Number = -1000.0
    accuracy_h: str | None = None
    accuracy_v: str | None = None
    extrapolated: bool | None = None
    pressure_altitude: Number | None = None
    height: Height | None = None


class ToldState(Message):
    """The state of an aircraft as another USS tells it."""

    timestamp: Time
    timestamp_accuracy: Annotated[Number, Field(ge=0)] = 0.0
    operational_status: str | None = None
    position: Position
    track: Annotated[Number, Field(ge=0, le=361)] | None = None
    speed: Annotated[Number, Field(ge=0)] | None = None
    speed_accuracy: str | None = None
    vertical_speed: Number | None = None


class ToldPosition(Message):
    """A recent position."""

    time: Time
    position: Position


class ToldFlight(Message):
    """A flight as another USS tells it."""

    id: FlightId
    aircraft_type: str = "NotDeclared"
    current_state: ToldState | None = None
    simulated: bool | None = None
    recent_positions: tuple[ToldPosition, ...] | None = Field(default=None, max_length=10_000)


class ToldFlights(Message):
    """What another USS answers when asked who flies in a view."""

    timestamp: Time
    flights: tuple[ToldFlight, ...] | None = Field(default=None, max_length=100_000)


class ToldDetails(Message):
    """What another USS answers when asked about a flight."""

    details: dict[str, Any]
