"""The discovery and synchronization service of F3548-21: one method for each thing it does."""

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from chengmo_airspace.flights.constraints import (
    check_constraint,
    delete_constraint,
    get_constraint,
    put_constraint,
    query_constraints,
)
from chengmo_airspace.flights.entity import Caller
from chengmo_airspace.flights.extent import Extent, extent_of
from chengmo_airspace.flights.instant import SECOND_US, Clock, now_us
from chengmo_airspace.flights.intents import (
    IntentRequest,
    check_request,
    delete_intent,
    get_intent,
    put_intent,
    query_intents,
)
from chengmo_airspace.flights.message import (
    PutConstraint,
    PutIntent,
    PutSubscription,
    SetAvailability,
    Volume4D,
)
from chengmo_airspace.flights.store import AirspaceStore
from chengmo_airspace.flights.subscriptions import (
    check_subscription,
    delete_subscription,
    drop_ended,
    get_availability,
    get_subscription,
    put_subscription,
    query_subscriptions,
    set_availability,
    subscription_extent,
)

Answer = Future[dict[str, Any]]
_SWEEP_US = 60 * SECOND_US


class Dss:
    """Who plans what where and when, and who must be told.

    Each method measures and checks what it can at once, and raises FlightRefused; what depends on
    the airspace is decided in its turn, and the future ends with the answer of F3548-21, or with
    FlightRefused. A change is on disk when its future ends.
    """

    def __init__(self, store: AirspaceStore, clock: Clock = now_us) -> None:
        self.store = store
        self.clock = clock
        self._swept_us = 0

    def put_intent(self, entity: str, ovn: str | None, asked: PutIntent, caller: Caller) -> Answer:
        """Make an operational intent (without OVN) or change one."""
        request = IntentRequest(entity.lower(), ovn, asked, extent_of(asked.extents))
        check_request(request, caller, self.clock())
        return self._change(lambda airspace: put_intent(airspace, request, caller))

    def delete_intent(self, entity: str, ovn: str, caller: Caller) -> Answer:
        """End an operational intent."""
        return self._change(lambda a: delete_intent(a, entity.lower(), ovn, caller))

    def get_intent(self, entity: str, caller: Caller) -> Answer:
        """Return an operational intent's reference."""
        return self.store.ask(lambda a: get_intent(a, entity.lower(), caller))

    def query_intents(self, area: Volume4D, caller: Caller) -> Answer:
        """Return the operational intents in an area."""
        extent = _area([area])
        return self.store.ask(lambda a: query_intents(a, extent, caller))

    def put_constraint(
        self, entity: str, ovn: str | None, asked: PutConstraint, caller: Caller
    ) -> Answer:
        """Make a constraint (without OVN) or change one."""
        extent = extent_of(asked.extents, heights=False)
        check_constraint(asked, extent, self.clock())
        version = (entity.lower(), ovn)
        return self._change(lambda a: put_constraint(a, version, asked, extent, caller))

    def delete_constraint(self, entity: str, ovn: str, caller: Caller) -> Answer:
        """End a constraint."""
        return self._change(lambda a: delete_constraint(a, entity.lower(), ovn, caller))

    def get_constraint(self, entity: str, caller: Caller) -> Answer:
        """Return a constraint's reference."""
        return self.store.ask(lambda a: get_constraint(a, entity.lower(), caller))

    def query_constraints(self, area: Volume4D, caller: Caller) -> Answer:
        """Return the constraints in an area."""
        extent = _area([area])
        return self.store.ask(lambda a: query_constraints(a, extent, caller))

    def put_subscription(
        self, entity: str, version: str | None, asked: PutSubscription, caller: Caller
    ) -> Answer:
        """Make a subscription (without version) or change one."""
        check_subscription(asked, caller)
        # Said now rather than in its turn; the cells stay known, too.
        subscription_extent(asked, None, self.clock())
        named = (entity.lower(), version)
        return self._change(lambda a: put_subscription(a, named, asked, caller, self.clock()))

    def delete_subscription(self, entity: str, version: str, caller: Caller) -> Answer:
        """End a subscription."""
        return self._change(lambda a: delete_subscription(a, entity.lower(), version, caller))

    def get_subscription(self, entity: str, caller: Caller) -> Answer:
        """Return the caller's own subscription."""
        return self.store.ask(lambda a: get_subscription(a, entity.lower(), caller, self.clock()))

    def query_subscriptions(self, area: Volume4D, caller: Caller) -> Answer:
        """Return the caller's own subscriptions in an area."""
        extent = _area([area])
        return self.store.ask(lambda a: query_subscriptions(a, extent, caller, self.clock()))

    def get_availability(self, uss: str) -> Answer:
        """Return what is said of a USS."""
        return self.store.ask(lambda a: get_availability(a, uss))

    def set_availability(self, uss: str, asked: SetAvailability) -> Answer:
        """Say whether a USS is to be counted on."""
        return self._change(lambda a: set_availability(a, uss, asked))

    def _change(self, decide: Any) -> Answer:
        now = self.clock()
        if now - self._swept_us > _SWEEP_US:
            self._swept_us = now
            self.store.change(lambda airspace: drop_ended(airspace, now))
        return self.store.change(decide)


def _area(volumes: Sequence[Volume4D]) -> Extent:
    return extent_of(volumes, times=False, heights=False)
