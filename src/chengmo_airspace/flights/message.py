"""The messages of F3548-21 that come in, read strictly: JSON in, frozen objects out.

What the interface does not name is ignored, and null is the same as nothing, as it demands; a
value of the wrong type, unit or range is refused.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from chengmo_airspace.flights.instant import parse_instant

MOST_VOLUMES = 1000
MOST_VERTICES = 1000
MOST_KEYS = 20_000

ENTITY_PATTERN = (
    "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$"
)
EntityId = Annotated[str, StringConstraints(pattern=ENTITY_PATTERN)]
Ovn = Annotated[str, StringConstraints(min_length=16, max_length=128)]
# UUID, version 7: it begins with the time.
OvnSuffix = Annotated[
    str,
    StringConstraints(
        pattern="^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
    ),
]
BaseUrl = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
IntentState = Literal["Accepted", "Activated", "Nonconforming", "Contingent"]
AvailabilityState = Literal["Unknown", "Normal", "Down"]
Finite = Annotated[float, Field(allow_inf_nan=False)]


def _false_if_none(value: Any) -> Any:
    return False if value is None else value


Flag = Annotated[bool, BeforeValidator(_false_if_none)]


class Message(BaseModel):
    """Whatever F3548-21 sends."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class Time(Message):
    """An instant."""

    value: str
    format: Literal["RFC3339"]

    @model_validator(mode="after")
    def _is_instant(self) -> Self:
        parse_instant(self.value)
        return self


class Radius(Message):
    """Of a circle."""

    value: Annotated[Finite, Field(gt=0)]
    units: Literal["M"]


class Altitude(Message):
    """Metres above the WGS 84 ellipsoid, and nothing else."""

    value: Annotated[Finite, Field(ge=-8000, le=100_000)]
    reference: Literal["W84"]
    units: Literal["M"]


class LatLng(Message):
    """A place, degrees in WGS 84."""

    lat: Annotated[Finite, Field(ge=-90, le=90)]
    lng: Annotated[Finite, Field(ge=-180, le=180)]


class Polygon(Message):
    """An outline by its vertices."""

    vertices: Annotated[tuple[LatLng, ...], Field(min_length=3, max_length=MOST_VERTICES)]


class Circle(Message):
    """An outline by centre and radius."""

    center: LatLng
    radius: Radius


class Volume3D(Message):
    """An outline between two altitudes."""

    outline_circle: Circle | None = None
    outline_polygon: Polygon | None = None
    altitude_lower: Altitude | None = None
    altitude_upper: Altitude | None = None

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if (self.outline_circle is None) == (self.outline_polygon is None):
            raise ValueError("exactly one of outline_circle and outline_polygon must be given")
        lower, upper = self.altitude_lower, self.altitude_upper
        if lower is not None and upper is not None and lower.value >= upper.value:
            raise ValueError("altitude_lower must be less than altitude_upper")
        return self


class Volume4D(Message):
    """A piece of airspace for a while."""

    volume: Volume3D
    time_start: Time | None = None
    time_end: Time | None = None

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if self.time_start is not None and self.time_end is not None:
            start, end = parse_instant(self.time_start.value), parse_instant(self.time_end.value)
            if start >= end:
                raise ValueError("time_start must be before time_end")
        return self


def read_volume(document: Any) -> Volume4D:
    """Return a volume of JSON that was read already."""
    # Strict in all but this: JSON knows no tuples.
    return Volume4D.model_validate(document, strict=False)


Volumes = Annotated[tuple[Volume4D, ...], Field(min_length=1, max_length=MOST_VOLUMES)]


class ImplicitSubscription(Message):
    """What is wanted of a subscription made for one intent."""

    uss_base_url: BaseUrl
    notify_for_constraints: Flag = False


class PutIntent(Message):
    """An operational intent reference to make or change.

    `requested_ovn_suffix` is an extension of InterUSS: the OVN shall end in it.
    """

    extents: Volumes
    state: IntentState
    uss_base_url: BaseUrl
    key: Annotated[tuple[Ovn, ...], Field(max_length=MOST_KEYS)] | None = None
    subscription_id: EntityId | None = None
    new_subscription: ImplicitSubscription | None = None
    requested_ovn_suffix: OvnSuffix | None = None


class PutConstraint(Message):
    """A constraint reference to make or change."""

    extents: Volumes
    uss_base_url: BaseUrl


class PutSubscription(Message):
    """A subscription to make or change."""

    extents: Volume4D
    uss_base_url: BaseUrl
    notify_for_operational_intents: Flag = False
    notify_for_constraints: Flag = False


class AreaQuery(Message):
    """Where and when to look."""

    area_of_interest: Volume4D


class SetAvailability(Message):
    """Whether a USS is to be counted on."""

    old_version: str
    availability: AvailabilityState
