"""The rules of subscriptions, and of what is said of a USS's availability."""

from typing import Any

from chengmo_airspace.flights.airspace import Airspace
from chengmo_airspace.flights.answer import check_base_url, check_current, new_token, owned
from chengmo_airspace.flights.entity import (
    Availability,
    Caller,
    Subscription,
    constraint_document,
    intent_document,
    subscription_document,
)
from chengmo_airspace.flights.extent import Extent, extent_of
from chengmo_airspace.flights.instant import SECOND_US
from chengmo_airspace.flights.message import PutSubscription, SetAvailability
from chengmo_airspace.flights.refusal import FlightRefused

# DSSMaxSubscriptionDuration.
LONGEST_US = 24 * 3600 * SECOND_US
_WHAT = "subscription"


def check_subscription(asked: PutSubscription, caller: Caller) -> None:
    """Pass if a subscription can be kept as far as that shows without the airspace.

    Raises:
        FlightRefused: If it cannot.
    """
    check_base_url(asked.uss_base_url)
    if not (asked.notify_for_operational_intents or asked.notify_for_constraints):
        raise FlightRefused(
            "a subscription to nothing",
            hint="set notify_for_operational_intents or notify_for_constraints",
        )
    if asked.notify_for_operational_intents and not caller.coordinates:
        raise FlightRefused(
            "notices of operational intents need the scope utm.strategic_coordination",
            reason="foreign",
        )
    if asked.notify_for_constraints and not caller.reads_constraints:
        raise FlightRefused(
            "notices of constraints need the scope utm.constraint_processing", reason="foreign"
        )


def subscription_extent(asked: PutSubscription, old: Subscription | None, now_us: int) -> Extent:
    """Return where and when a subscription is: from now and for a day unless it says otherwise.

    Raises:
        FlightRefused: If it is too large, longer than a day, or over.
    """
    given = asked.extents
    start_us = now_us if old is None else old.extent.start_us
    measured = extent_of([given], times=False, heights=False, start_us=start_us)
    if given.time_end is None:
        end_us = old.extent.end_us if old is not None else measured.start_us + LONGEST_US
        measured = extent_of([given], times=False, heights=False, start_us=start_us, end_us=end_us)
    if measured.end_us < now_us:
        raise FlightRefused("the end of a subscription is in the past")
    if measured.end_us - measured.start_us > LONGEST_US:
        raise FlightRefused("a subscription longer than 24 hours", hint="renew it in time")
    return measured


def put_subscription(
    airspace: Airspace,
    version: tuple[str, str | None],
    asked: PutSubscription,
    caller: Caller,
    now_us: int,
) -> dict[str, Any]:
    """Make or change a subscription.

    Args:
        airspace: What is known.
        version: Its id in small letters, and the version to change; None to make one.
        asked: As it came in.
        caller: Who asks.
        now_us: The present.

    Raises:
        FlightRefused: If it may not be: among others if intents rely on what would go.
    """
    subscription_id, token = version
    old = airspace.subscriptions.get(subscription_id)
    if old is not None and _has_ended(airspace, old, now_us):
        old = None
    if token is not None:
        check_current(owned(old, caller.uss, _WHAT).version, token, _WHAT)
    elif old is not None:
        owned(old, caller.uss, _WHAT)
        raise FlightRefused(
            "there is a subscription of this id already",
            hint="name its version to change it",
            reason="stale",
        )
    made = Subscription(
        id=subscription_id,
        manager=caller.uss,
        version=new_token(),
        uss_base_url=asked.uss_base_url,
        for_intents=asked.notify_for_operational_intents,
        for_constraints=asked.notify_for_constraints,
        is_implicit=False if old is None else old.is_implicit,
        extent=subscription_extent(asked, old, now_us),
    )
    _check_dependents(airspace, made)
    airspace.put_subscription(made)
    return {"subscription": _seen(airspace, made), **_inside(airspace, made)}


def delete_subscription(
    airspace: Airspace, subscription: str, version: str, caller: Caller
) -> dict[str, Any]:
    """End a subscription.

    Raises:
        FlightRefused: If it is not there, another's, of another version, or relied on.
    """
    old = owned(airspace.subscriptions.get(subscription), caller.uss, _WHAT)
    check_current(old.version, version, _WHAT)
    if airspace.dependents(subscription):
        raise FlightRefused(
            "operational intents rely on this subscription", hint="end them or change theirs first"
        )
    answer = {"subscription": _seen(airspace, old)}
    airspace.drop_subscription(subscription)
    return answer


def get_subscription(
    airspace: Airspace, subscription: str, caller: Caller, now_us: int
) -> dict[str, Any]:
    """Return the caller's own subscription.

    Raises:
        FlightRefused: If it is not there, over, or another's.
    """
    found = airspace.subscriptions.get(subscription)
    if found is not None and _has_ended(airspace, found, now_us):
        found = None
    return {"subscription": _seen(airspace, owned(found, caller.uss, _WHAT))}


def query_subscriptions(
    airspace: Airspace, area: Extent, caller: Caller, now_us: int
) -> dict[str, Any]:
    """Return the caller's own subscriptions in cells of `area`."""
    found = [
        _seen(airspace, subscription)
        for subscription in airspace.subscriptions.near(area)
        if subscription.manager == caller.uss and subscription.extent.end_us >= now_us
    ]
    return {"subscriptions": found}


def drop_ended(airspace: Airspace, now_us: int) -> None:
    """Forget the subscriptions that are over, but not those that an intent still names."""
    for subscription in list(airspace.subscriptions):
        if _has_ended(airspace, subscription, now_us):
            airspace.drop_subscription(subscription.id)


def get_availability(airspace: Airspace, uss: str) -> dict[str, Any]:
    """Return what is said of a USS."""
    return airspace.availability(uss).document()


def set_availability(airspace: Airspace, uss: str, asked: SetAvailability) -> dict[str, Any]:
    """Say whether a USS is to be counted on.

    Raises:
        FlightRefused: If something else has been said since `old_version`.
    """
    check_current(airspace.availability(uss).version, asked.old_version, "availability")
    said = Availability(uss, asked.availability, new_token())
    airspace.put_availability(said)
    return said.document()


def _has_ended(airspace: Airspace, subscription: Subscription, now_us: int) -> bool:
    return subscription.extent.end_us < now_us and not airspace.dependents(subscription.id)


def _check_dependents(airspace: Airspace, subscription: Subscription) -> None:
    for intent in airspace.dependents(subscription.id):
        # Its beginning may be past, which a renewed subscription need not cover any more.
        if not (
            subscription.for_intents
            and subscription.extent.end_us >= intent.extent.end_us
            and subscription.extent.lower_m <= intent.extent.lower_m
            and subscription.extent.upper_m >= intent.extent.upper_m
            and intent.extent.cells <= subscription.extent.cells
        ):
            raise FlightRefused(
                "an operational intent relies on this subscription and would not be covered",
                hint="change the intent first",
            )


def _inside(airspace: Airspace, subscription: Subscription) -> dict[str, Any]:
    reader = subscription.manager
    intents = airspace.intents.near(subscription.extent) if subscription.for_intents else []
    constraints = (
        airspace.constraints.near(subscription.extent) if subscription.for_constraints else []
    )
    return {
        "operational_intent_references": [
            intent_document(i, airspace.availability(i.manager).state, reader=reader)
            for i in intents
        ],
        "constraint_references": [
            constraint_document(c, airspace.availability(c.manager).state, reader=reader)
            for c in constraints
        ],
    }


def _seen(airspace: Airspace, subscription: Subscription) -> dict[str, Any]:
    return subscription_document(
        subscription,
        airspace.notices(subscription.id),
        [intent.id for intent in airspace.dependents(subscription.id)],
    )
