"""The discovery service of F3411-22a: service areas and subscriptions to them, one after the other.

It stands on the same store as the one of F3548-21: every decision has its turn, whatever runs at
once, and is on disk before anybody is answered.
"""

import re
import secrets
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from chengmo import Database
from chengmo_airspace.flights.answer import check_base_url, check_current, known, owned
from chengmo_airspace.flights.extent import Extent, extent_of, join_extents
from chengmo_airspace.flights.instant import SECOND_US, Clock, now_us, write_instant
from chengmo_airspace.flights.message import Time, Volume4D
from chengmo_airspace.flights.refusal import FlightRefused
from chengmo_airspace.flights.store import TurnStore
from chengmo_airspace.remote_identification.area import AreaSubscription, ServiceArea, ServiceAreas
from chengmo_airspace.remote_identification.limits import (
    LATEST_START_US,
    LONGEST_SUBSCRIPTION_US,
    MOST_SUBSCRIPTIONS,
    REMEMBERED_US,
)
from chengmo_airspace.remote_identification.message import PutArea

Answer = Future[dict[str, Any]]
_SWEEP_US = 60 * SECOND_US
# The qualification suite of the field wants versions of small letters and digits.
_VERSION_BYTES = 16
_VERSION = re.compile(r"[0-9a-f]{32}")
_AREA, _SUBSCRIPTION = "identification service area", "subscription"


class AreaStore(TurnStore[ServiceAreas]):
    """The service areas that a database holds."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "identification", ServiceAreas)


class AreaRegister:
    """Who provides remote identification where, and who must be told.

    What can be measured at once is, and raises FlightRefused; the rest is decided in its turn, and
    the future ends with the answer of F3411, or with FlightRefused.
    """

    def __init__(self, store: AreaStore, clock: Clock = now_us) -> None:
        self.store = store
        self._clock = clock
        self._swept_us = 0

    def put_area(self, entity: str, version: str | None, asked: PutArea, caller: str) -> Answer:
        """Make a service area (without version) or change one."""
        now = self._clock()
        check_base_url(asked.uss_base_url)
        _extent(asked.extents, now)
        if asked.extents.time_end is None:
            raise FlightRefused("a service area has no time_end", hint="give it")

        def put(areas: ServiceAreas) -> dict[str, Any]:
            old = areas.areas.get(entity.lower())
            _check_version(old, version, caller, _AREA)
            # Who says no beginning leaves it as it was.
            extent = _extent(asked.extents, now if old is None else old.extent.start_us, now=now)
            begins = extent.start_us
            if begins < now - LATEST_START_US and (old is None or begins != old.extent.start_us):
                raise FlightRefused("a service area begins in the past", hint="begin it now")
            made = ServiceArea(
                entity.lower(),
                caller,
                secrets.token_hex(_VERSION_BYTES),
                asked.uss_base_url,
                extent,
            )
            areas.put(made)
            changed = extent if old is None else join_extents(extent, old.extent)
            return _changed(areas, made, changed, now)

        return self._change(put)

    def delete_area(self, entity: str, version: str, caller: str) -> Answer:
        """End a service area."""
        now = self._clock()

        def delete(areas: ServiceAreas) -> dict[str, Any]:
            old = owned(areas.areas.get(entity.lower()), caller, _AREA)
            check_current(old.version, version, _AREA)
            areas.drop(old)
            return _changed(areas, old, old.extent, now)

        return self._change(delete)

    def get_area(self, entity: str) -> Answer:
        """Return a service area, for a day also when it is over."""
        return self.store.ask(
            lambda a: {"service_area": known(a.areas.get(entity.lower()), _AREA).document()}
        )

    def search_areas(self, area: Extent) -> Answer:
        """Return the service areas in the cells and times of an area that are not over."""
        now = self._clock()
        return self.store.ask(
            lambda a: {
                "service_areas": [
                    found.document() for found in a.areas.near(area) if found.extent.end_us >= now
                ]
            }
        )

    def put_subscription(
        self, entity: str, version: str | None, asked: PutArea, caller: str
    ) -> Answer:
        """Make a subscription (without version) or change one."""
        now = self._clock()
        _check_form(version)
        check_base_url(asked.uss_base_url)
        extent = _extent(asked.extents, now, longest_us=LONGEST_SUBSCRIPTION_US)

        def put(areas: ServiceAreas) -> dict[str, Any]:
            old = areas.subscriptions.get(entity.lower())
            if old is not None and old.extent.end_us < now:
                old = None
            _check_version(old, version, caller, _SUBSCRIPTION)
            _check_count(areas, extent, entity.lower(), caller, now)
            made = AreaSubscription(
                entity.lower(),
                caller,
                secrets.token_hex(_VERSION_BYTES),
                asked.uss_base_url,
                extent,
            )
            areas.put(made)
            inside = [f.document() for f in areas.areas.near(extent) if f.extent.end_us >= now]
            return {"subscription": _seen(areas, made), "service_areas": inside}

        return self._change(put)

    def delete_subscription(self, entity: str, version: str, caller: str) -> Answer:
        """End a subscription."""
        _check_form(version)

        def delete(areas: ServiceAreas) -> dict[str, Any]:
            old = owned(areas.subscriptions.get(entity.lower()), caller, _SUBSCRIPTION)
            check_current(old.version, version, _SUBSCRIPTION)
            answer = {"subscription": _seen(areas, old)}
            areas.drop(old)
            return answer

        return self._change(delete)

    def get_subscription(self, entity: str, caller: str) -> Answer:
        """Return the caller's own subscription."""
        now = self._clock()

        def get(areas: ServiceAreas) -> dict[str, Any]:
            found = areas.subscriptions.get(entity.lower())
            if found is not None and found.extent.end_us < now:
                found = None
            return {"subscription": _seen(areas, owned(found, caller, _SUBSCRIPTION))}

        return self.store.ask(get)

    def search_subscriptions(self, area: Extent, caller: str) -> Answer:
        """Return the caller's own subscriptions in cells of an area."""
        now = self._clock()
        return self.store.ask(
            lambda a: {
                "subscriptions": [
                    _seen(a, s)
                    for s in a.subscriptions.near(area)
                    if s.manager == caller and s.extent.end_us >= now
                ]
            }
        )

    def _change(self, decide: Callable[[ServiceAreas], dict[str, Any]]) -> Answer:
        now = self._clock()
        if now - self._swept_us > _SWEEP_US:
            self._swept_us = now
            self.store.change(lambda areas: _drop_ended(areas, now))
        return self.store.change(decide)


def _extent(
    given: Volume4D, start_us: int, *, now: int | None = None, longest_us: int | None = None
) -> Extent:
    """Return where and when something is: from `start_us` unless it says otherwise.

    Raises:
        FlightRefused: If it is too large, too long, or over (`now`; None: over at its beginning).
    """
    end = given.time_end
    if end is None and longest_us is not None:
        begins = extent_of([given], times=False, heights=False, start_us=start_us).start_us
        end = Time(value=write_instant(begins + longest_us), format="RFC3339")
    asked = given.model_copy(update={"time_end": end})
    try:
        extent = extent_of([asked], times=False, heights=False, start_us=start_us)
    except FlightRefused as refused:
        if refused.reason != "too-large":
            raise
        # The qualification suite of the field takes nothing but 400 here.
        raise FlightRefused(refused.message, hint=refused.hint) from refused
    if extent.end_us < (start_us if now is None else now):
        raise FlightRefused("the end is in the past")
    if longest_us is not None and extent.end_us - extent.start_us > longest_us:
        raise FlightRefused("a subscription longer than 24 hours", hint="renew it in time")
    return extent


def _check_form(version: str | None) -> None:
    """Refuse what never was a version: of subscriptions the suite tells that (400) from an old one.

    Raises:
        FlightRefused: If it cannot be one.
    """
    if version is not None and _VERSION.fullmatch(version) is None:
        raise FlightRefused("the path holds no version", hint="read the present one first")


def _check_version(
    old: ServiceArea | AreaSubscription | None, version: str | None, caller: str, what: str
) -> None:
    if version is not None:
        check_current(owned(old, caller, what).version, version, what)
    elif old is not None:
        raise FlightRefused(
            f"there is a {what} of this id already", hint="name its version", reason="stale"
        )


def _check_count(areas: ServiceAreas, extent: Extent, entity: str, caller: str, now: int) -> None:
    own = [
        s.extent.cells
        for s in areas.subscriptions.near(extent)
        if s.manager == caller and s.id != entity and s.extent.end_us >= now
    ]
    fullest = max((sum(cell in cells for cells in own) for cell in extent.cells), default=0)
    if fullest >= MOST_SUBSCRIPTIONS:
        raise FlightRefused(
            f"{MOST_SUBSCRIPTIONS} subscriptions are here already",
            hint="end one, or extend one",
            reason="too-many",
        )


def _changed(areas: ServiceAreas, area: ServiceArea, where: Extent, now: int) -> dict[str, Any]:
    of_address: dict[str, list[dict[str, Any]]] = {}
    for told in areas.tell(where, now):
        state = {"subscription_id": told.id, "notification_index": areas.notices(told.id)}
        of_address.setdefault(told.uss_base_url, []).append(state)
    return {
        "service_area": area.document(),
        "subscribers": [
            {"url": address, "subscriptions": states}
            for address, states in sorted(of_address.items())
        ],
    }


def _seen(areas: ServiceAreas, subscription: AreaSubscription) -> dict[str, Any]:
    return subscription.document() | {"notification_index": areas.notices(subscription.id)}


def _drop_ended(areas: ServiceAreas, now: int) -> None:
    for subscription in list(areas.subscriptions):
        if subscription.extent.end_us < now:
            areas.drop(subscription)
    # An area that is over is found by nobody, but read by who knows its id.
    for area in list(areas.areas):
        if area.extent.end_us < now - REMEMBERED_US:
            areas.drop(area)
