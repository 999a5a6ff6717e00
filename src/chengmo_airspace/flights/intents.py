"""The rules of operational intent references."""

import uuid
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from chengmo_airspace.flights.airspace import Airspace
from chengmo_airspace.flights.answer import (
    check_base_url,
    check_current,
    known,
    new_id,
    new_token,
    owned,
    subscribers,
)
from chengmo_airspace.flights.entity import (
    Caller,
    Intent,
    Subscription,
    constraint_document,
    intent_document,
)
from chengmo_airspace.flights.extent import Extent, join_extents
from chengmo_airspace.flights.instant import SECOND_US
from chengmo_airspace.flights.message import ImplicitSubscription, IntentState, PutIntent
from chengmo_airspace.flights.refusal import FlightRefused

_WHAT = "operational intent"
_SUFFIX_AGE_US = 300 * SECOND_US
# What a state may become; the same again is a change of volumes. Contingent can only end.
_NEXT: MappingProxyType[IntentState, frozenset[IntentState]] = MappingProxyType(
    {
        "Accepted": frozenset({"Accepted", "Activated", "Nonconforming", "Contingent"}),
        "Activated": frozenset({"Activated", "Nonconforming", "Contingent"}),
        "Nonconforming": frozenset({"Activated", "Nonconforming", "Contingent"}),
        "Contingent": frozenset({"Contingent"}),
    }
)
NOMINAL: frozenset[IntentState] = frozenset({"Accepted", "Activated"})


@dataclass(frozen=True, slots=True)
class IntentRequest:
    """An intent to make or change, read and measured before its turn comes.

    Attributes:
        id: In small letters.
        ovn: The version to change; None to make one.
        asked: As it came in.
        extent: Of its volumes.
    """

    id: str
    ovn: str | None
    asked: PutIntent
    extent: Extent


def check_request(request: IntentRequest, caller: Caller, now_us: int) -> None:
    """Pass if a request can be met as far as that shows without the airspace.

    Raises:
        FlightRefused: If it cannot.
    """
    asked = request.asked
    check_base_url(asked.uss_base_url)
    if request.extent.end_us < now_us:
        raise FlightRefused("the end of an operational intent is in the past")
    if asked.state not in NOMINAL and not caller.monitors:
        raise FlightRefused(
            f"{asked.state} needs the scope utm.conformance_monitoring_sa", reason="foreign"
        )
    if asked.state in NOMINAL and not caller.coordinates:
        raise FlightRefused(
            f"{asked.state} needs the scope utm.strategic_coordination", reason="foreign"
        )
    if request.ovn is None and asked.state != "Accepted":
        raise FlightRefused("an operational intent begins as Accepted")
    _check_subscription_asked(asked, caller)
    _check_suffix(asked.requested_ovn_suffix, now_us)


def _check_subscription_asked(asked: PutIntent, caller: Caller) -> None:
    new = asked.new_subscription
    if asked.subscription_id is not None and new is not None:
        raise FlightRefused("both subscription_id and new_subscription", hint="give one of them")
    if asked.state != "Accepted" and asked.subscription_id is None and new is None:
        raise FlightRefused(
            f"an operational intent that is {asked.state} needs a subscription",
            hint="give subscription_id or new_subscription",
        )
    if new is not None:
        check_base_url(new.uss_base_url)
        if new.notify_for_constraints and not caller.reads_constraints:
            raise FlightRefused(
                "notices of constraints need the scope utm.constraint_processing",
                reason="foreign",
            )


def _check_suffix(suffix: str | None, now_us: int) -> None:
    # The first 48 bits of a UUID of version 7 are milliseconds since 1970 (RFC 9562).
    if suffix is None:
        return
    made_us = (uuid.UUID(suffix).int >> 80) * 1000
    if abs(made_us - now_us) > _SUFFIX_AGE_US:
        raise FlightRefused("requested_ovn_suffix was not made just now", hint="make a new one")


def put_intent(airspace: Airspace, request: IntentRequest, caller: Caller) -> dict[str, Any]:
    """Make or change an intent.

    Returns:
        The answer: its reference and whom to notify.

    Raises:
        FlightRefused: If it may not be: among others `missing`, when the key does not hold the OVN
            of everything that it meets.
    """
    old = airspace.intents.get(request.id)
    _check_version(old, request, caller)
    if request.asked.state in NOMINAL:
        _check_not_down(airspace, caller)
    subscription, is_new = _subscription(airspace, request, caller)
    if request.asked.state in NOMINAL:
        _check_key(airspace, request, subscription, caller)
    # From here on nothing is refused any more, and things change.
    if subscription is not None and is_new:
        airspace.put_subscription(subscription)
    intent = Intent(
        id=request.id,
        manager=caller.uss,
        version=1 if old is None else old.version + 1,
        ovn=_ovn(request),
        state=request.asked.state,
        uss_base_url=request.asked.uss_base_url,
        subscription=None if subscription is None else subscription.id,
        extent=request.extent,
    )
    airspace.put_intent(intent)
    if old is not None and old.subscription not in {None, intent.subscription}:
        _drop_unused(airspace, old.subscription)
    changed = request.extent if old is None else join_extents(request.extent, old.extent)
    told = airspace.tell(changed, of="intents")
    return _changed(airspace, intent, told)


def delete_intent(airspace: Airspace, intent: str, ovn: str, caller: Caller) -> dict[str, Any]:
    """End an intent.

    Raises:
        FlightRefused: If it is not there, another's or of another version, or the caller is down.
    """
    old = owned(airspace.intents.get(intent), caller.uss, _WHAT)
    check_current(old.ovn, ovn, _WHAT)
    _check_not_down(airspace, caller)
    told = airspace.tell(old.extent, of="intents")
    answer = _changed(airspace, old, told)
    airspace.drop_intent(intent)
    _drop_unused(airspace, old.subscription)
    return answer


def get_intent(airspace: Airspace, intent: str, caller: Caller) -> dict[str, Any]:
    """Return an intent's reference.

    Raises:
        FlightRefused: If it is not there.
    """
    found = known(airspace.intents.get(intent), _WHAT)
    return {"operational_intent_reference": _seen(airspace, found, caller)}


def query_intents(airspace: Airspace, area: Extent, caller: Caller) -> dict[str, Any]:
    """Return the references of the intents that meet `area`."""
    found = airspace.intents.meeting(area)
    return {"operational_intent_references": [_seen(airspace, i, caller) for i in found]}


def _ovn(request: IntentRequest) -> str:
    suffix = request.asked.requested_ovn_suffix
    return new_token() if suffix is None else f"{request.id}_{suffix}"


def _check_version(old: Intent | None, request: IntentRequest, caller: Caller) -> None:
    if request.ovn is None:
        if old is not None:
            owned(old, caller.uss, _WHAT)
            raise FlightRefused(
                "there is an operational intent of this id already",
                hint="name its OVN to change it",
                reason="stale",
            )
        return
    current = owned(old, caller.uss, _WHAT)
    check_current(current.ovn, request.ovn, _WHAT)
    if request.asked.state not in _NEXT[current.state]:
        raise FlightRefused(
            f"an operational intent that is {current.state} cannot become {request.asked.state}"
        )


def _check_not_down(airspace: Airspace, caller: Caller) -> None:
    if airspace.availability(caller.uss).state == "Down":
        raise FlightRefused(
            "this USS is marked as Down",
            hint="have its availability set to Normal first",
            reason="down",
        )


def _subscription(
    airspace: Airspace, request: IntentRequest, caller: Caller
) -> tuple[Subscription | None, bool]:
    """Return the subscription that the intent will rely on, and whether it must be kept anew."""
    asked = request.asked
    if asked.new_subscription is not None:
        return _implicit(request, asked.new_subscription, caller), True
    if asked.subscription_id is None:
        return None, False
    found = airspace.subscriptions.get(asked.subscription_id.lower())
    if found is None:
        raise FlightRefused("there is no subscription of the id given as subscription_id")
    found = owned(found, caller.uss, "subscription")
    if not found.for_intents:
        raise FlightRefused("the subscription does not notify for operational intents")
    if found.extent.covers(request.extent):
        return found, False
    if not found.is_implicit:
        raise FlightRefused(
            "the subscription does not cover the operational intent",
            hint="extend it first, or ask for a new one",
        )
    # One made for intents grows with them; its own outline is then known by its cells alone.
    grown = join_extents(found.extent, request.extent)
    return replace(found, extent=grown, version=new_token()), True


def _implicit(request: IntentRequest, wanted: ImplicitSubscription, caller: Caller) -> Subscription:
    return Subscription(
        id=new_id(),
        manager=caller.uss,
        version=new_token(),
        uss_base_url=wanted.uss_base_url,
        for_intents=True,
        for_constraints=wanted.notify_for_constraints,
        is_implicit=True,
        extent=request.extent,
    )


def _check_key(
    airspace: Airspace, request: IntentRequest, subscription: Subscription | None, caller: Caller
) -> None:
    key = frozenset(request.asked.key or ())
    missing = [
        intent
        for intent in airspace.intents.meeting(request.extent)
        if intent.id != request.id and intent.ovn not in key and _matters(airspace, intent)
    ]
    heeds = subscription is not None and subscription.for_constraints
    unread = [
        constraint
        for constraint in (airspace.constraints.meeting(request.extent) if heeds else ())
        if constraint.ovn not in key
    ]
    if not (missing or unread):
        return
    raise FlightRefused(
        "the key does not prove knowledge of all operational intents and constraints here",
        hint="read their details from the USSs that manage them",
        reason="missing",
        evidence={
            "missing_operational_intents": [_seen(airspace, i, caller) for i in missing],
            "missing_constraints": [
                constraint_document(c, airspace.availability(c.manager).state, reader=caller.uss)
                for c in unread
            ],
        },
    )


def _matters(airspace: Airspace, intent: Intent) -> bool:
    # What a USS that is down had only planned is not waited for: nobody can read its details.
    return intent.state != "Accepted" or airspace.availability(intent.manager).state != "Down"


def _drop_unused(airspace: Airspace, subscription: str | None) -> None:
    found = None if subscription is None else airspace.subscriptions.get(subscription)
    if found is not None and found.is_implicit and not airspace.dependents(found.id):
        airspace.drop_subscription(found.id)


def _changed(airspace: Airspace, intent: Intent, told: list[Subscription]) -> dict[str, Any]:
    return {
        "subscribers": subscribers(airspace, told),
        "operational_intent_reference": intent_document(
            intent, airspace.availability(intent.manager).state, reader=intent.manager
        ),
    }


def _seen(airspace: Airspace, intent: Intent, caller: Caller) -> dict[str, Any]:
    state = airspace.availability(intent.manager).state
    return intent_document(intent, state, reader=caller.uss)
