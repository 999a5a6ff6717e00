"""The airspace as one process sees it: all of the database in memory, and what has changed of it.

The database is the truth (`store.py`). Whatever is decided is decided on this copy, brought up to
date under the database's lock.
"""

import json
from collections import defaultdict
from typing import Any, Literal

from chengmo_airspace.flights.entity import Availability, Constraint, Intent, Subscription
from chengmo_airspace.flights.extent import Extent, extent_of_document
from chengmo_airspace.flights.shelf import Shelf

Kind = Literal["intent", "constraint", "subscription", "availability"]
Entity = Intent | Constraint | Subscription | Availability


class Airspace:
    """Intents, constraints, subscriptions and availabilities.

    Attributes:
        intents: Operational intent references.
        constraints: Constraint references.
        subscriptions: Who wants to be told.
        touched: What has changed since `touched` was last cleared, in order.
        told: The subscriptions whose count of notices has.
    """

    def __init__(self) -> None:
        self.intents: Shelf[Intent] = Shelf(exact=True)
        self.constraints: Shelf[Constraint] = Shelf(exact=True)
        self.subscriptions: Shelf[Subscription] = Shelf()
        self.touched: dict[tuple[Kind, str], None] = {}
        self.told: dict[str, None] = {}
        self._availabilities: dict[str, Availability] = {}
        self._notices: dict[str, int] = {}
        self._dependents: defaultdict[str, set[str]] = defaultdict(set)

    def put_intent(self, intent: Intent) -> None:
        """Keep an intent in place of its last version."""
        self._untie(intent.id)
        self.intents.put(intent)
        if intent.subscription is not None:
            self._dependents[intent.subscription].add(intent.id)
        self.touched["intent", intent.id] = None

    def drop_intent(self, intent: str) -> None:
        """Forget an intent."""
        self._untie(intent)
        self.intents.drop(intent)
        self.touched["intent", intent] = None

    def put_constraint(self, constraint: Constraint) -> None:
        """Keep a constraint in place of its last version."""
        self.constraints.put(constraint)
        self.touched["constraint", constraint.id] = None

    def drop_constraint(self, constraint: str) -> None:
        """Forget a constraint."""
        self.constraints.drop(constraint)
        self.touched["constraint", constraint] = None

    def put_subscription(self, subscription: Subscription) -> None:
        """Keep a subscription in place of its last version."""
        self.subscriptions.put(subscription)
        self.touched["subscription", subscription.id] = None

    def drop_subscription(self, subscription: str) -> None:
        """Forget a subscription and how often it was told."""
        self.subscriptions.drop(subscription)
        self._notices.pop(subscription, None)
        self.touched["subscription", subscription] = None
        self.told[subscription] = None

    def put_availability(self, availability: Availability) -> None:
        """Keep what is said of a USS."""
        self._availabilities[availability.uss] = availability
        self.touched["availability", availability.uss] = None

    def availability(self, uss: str) -> Availability:
        """Return what is said of a USS; `Unknown` if nothing."""
        return self._availabilities.get(uss) or Availability(uss, "Unknown", "")

    def dependents(self, subscription: str) -> list[Intent]:
        """Return the intents that rely on a subscription, by id."""
        ids = sorted(self._dependents.get(subscription, ()))
        return [intent for entity in ids if (intent := self.intents.get(entity)) is not None]

    def notices(self, subscription: str) -> int:
        """Return how often a subscription was to be told."""
        return self._notices.get(subscription, 0)

    def tell(self, extent: Extent, *, of: Literal["intents", "constraints"]) -> list[Subscription]:
        """Count one more notice for whoever wants to hear of a change, and return them."""
        found = [
            subscription
            for subscription in self.subscriptions.near(extent)
            if (subscription.for_intents if of == "intents" else subscription.for_constraints)
        ]
        for subscription in found:
            self._notices[subscription.id] = self.notices(subscription.id) + 1
            self.told[subscription.id] = None
        return found

    def body(self, kind: Kind, entity: str) -> str | None:
        """Return an entity as the database keeps it; None if it is gone."""
        known: Entity | None
        if kind == "availability":
            known = self._availabilities.get(entity)
        else:
            shelf: Shelf[Any] = getattr(self, f"{kind}s")
            known = shelf.get(entity)
        return None if known is None else _written(known)

    def learn(self, kind: Kind, entity: str, body: str | None) -> None:
        """Take over what the database says of an entity."""
        if kind == "availability":
            if body is not None:
                members = json.loads(body)
                self._availabilities[entity] = Availability(entity, **members)
        elif kind == "intent":
            self._untie(entity)
            self.intents.drop(entity)
            if body is not None:
                self.put_intent(_read(Intent, entity, body))
        elif kind == "constraint":
            self.constraints.drop(entity)
            if body is not None:
                self.constraints.put(_read(Constraint, entity, body))
        else:
            self.subscriptions.drop(entity)
            if body is not None:
                self.subscriptions.put(_read(Subscription, entity, body))
        self.touched.pop((kind, entity), None)

    def learn_notices(self, subscription: str, notices: int) -> None:
        """Take over how often the database says a subscription was told."""
        self._notices[subscription] = notices

    def _untie(self, intent: str) -> None:
        known = self.intents.get(intent)
        if known is None or known.subscription is None:
            return
        here = self._dependents[known.subscription]
        here.discard(intent)
        if not here:
            del self._dependents[known.subscription]


def _written(entity: Entity) -> str:
    if isinstance(entity, Availability):
        return json.dumps({"state": entity.state, "version": entity.version})
    members = {
        name: getattr(entity, name)
        for name in entity.__dataclass_fields__
        if name not in {"id", "extent"}
    }
    # The extent's own text is made once and is by far the longest of all.
    return f'{json.dumps(members)[:-1]},"extent":{entity.extent.text}}}'


def _read(sort: type[Any], entity: str, body: str) -> Any:
    members = json.loads(body)
    extent = extent_of_document(members.pop("extent"))
    return sort(id=entity, extent=extent, **members)
