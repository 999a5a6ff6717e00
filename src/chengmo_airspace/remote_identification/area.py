"""Identification service areas and who wants to hear of them, as a discovery service knows them."""

import json
from dataclasses import dataclass
from typing import Any, Literal

from chengmo_airspace.flights.extent import Extent, extent_of_document
from chengmo_airspace.flights.instant import time_document
from chengmo_airspace.flights.shelf import Shelf

Kind = Literal["area", "subscription"]


@dataclass(frozen=True, slots=True)
class Entity:
    """What both have.

    Attributes:
        id: UUID, version 4, in small letters.
        manager: Whose it is: the `sub` of their token.
        version: Opaque, new with each change.
        uss_base_url: Where its flights are asked for, or its notices told.
        extent: Where and when.
    """

    id: str
    manager: str
    version: str
    uss_base_url: str
    extent: Extent

    def document(self) -> dict[str, Any]:
        """Return it as F3411 writes it."""
        return {
            "id": self.id,
            "owner": self.manager,
            "version": self.version,
            "uss_base_url": self.uss_base_url,
            "time_start": time_document(self.extent.start_us),
            "time_end": time_document(self.extent.end_us),
        }


class ServiceArea(Entity):
    """Where somebody provides remote identification."""


class AreaSubscription(Entity):
    """Who wants to hear of changes of service areas where and when."""


class ServiceAreas:
    """All of them: the state of a store of turns.

    Attributes:
        areas: Service areas.
        subscriptions: Who wants to be told.
        touched: What has changed since `touched` was last cleared, in order.
        told: The subscriptions whose count of notices has.
    """

    def __init__(self) -> None:
        self.areas: Shelf[ServiceArea] = Shelf()
        self.subscriptions: Shelf[AreaSubscription] = Shelf()
        self.touched: dict[tuple[Kind, str], None] = {}
        self.told: dict[str, None] = {}
        self._notices: dict[str, int] = {}

    def put(self, entity: ServiceArea | AreaSubscription) -> None:
        """Keep one in place of its last version."""
        if isinstance(entity, ServiceArea):
            self.areas.put(entity)
            self.touched["area", entity.id] = None
        else:
            self.subscriptions.put(entity)
            self.touched["subscription", entity.id] = None

    def drop(self, entity: ServiceArea | AreaSubscription) -> None:
        """Forget one."""
        if isinstance(entity, ServiceArea):
            self.areas.drop(entity.id)
            self.touched["area", entity.id] = None
        else:
            self.subscriptions.drop(entity.id)
            self._notices.pop(entity.id, None)
            self.touched["subscription", entity.id] = None
            self.told[entity.id] = None

    def tell(self, extent: Extent, now_us: int) -> list[AreaSubscription]:
        """Count one more notice for whoever wants to hear of a change, and return them."""
        found = [s for s in self.subscriptions.near(extent) if s.extent.end_us >= now_us]
        for subscription in found:
            self._notices[subscription.id] = self.notices(subscription.id) + 1
            self.told[subscription.id] = None
        return found

    def notices(self, subscription: str) -> int:
        """Return how often a subscription was to be told."""
        return self._notices.get(subscription, 0)

    def body(self, kind: Kind, entity: str) -> str | None:
        """Return one as the database keeps it; None if it is gone."""
        known = self.areas.get(entity) if kind == "area" else self.subscriptions.get(entity)
        if known is None:
            return None
        members = {name: getattr(known, name) for name in ("manager", "version", "uss_base_url")}
        return f'{json.dumps(members)[:-1]},"extent":{known.extent.text}}}'

    def learn(self, kind: Kind, entity: str, body: str | None) -> None:
        """Take over what the database says of one."""
        shelf: Shelf[Any] = self.areas if kind == "area" else self.subscriptions
        shelf.drop(entity)
        if body is not None:
            members = json.loads(body)
            extent = extent_of_document(members.pop("extent"))
            sort = ServiceArea if kind == "area" else AreaSubscription
            shelf.put(sort(id=entity, extent=extent, **members))
        self.touched.pop((kind, entity), None)

    def learn_notices(self, subscription: str, notices: int) -> None:
        """Take over how often the database says a subscription was told."""
        self._notices[subscription] = notices
