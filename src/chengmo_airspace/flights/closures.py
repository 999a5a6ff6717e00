"""The constraints of others round a flight: found, read, remembered; and what each means for it.

A constraint says where and when the airspace is restricted. One that is an ED-269 geo zone says
how: what asks for an authorisation or names conditions is told to the operator, what restricts
nothing is passed over. Everything else closes the airspace.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence

from pydantic import Field

from chengmo_airspace.flights.extent import Extent, extent_of
from chengmo_airspace.flights.flight import Flight, SubscriptionState, share_place, volumes_document
from chengmo_airspace.flights.message import BaseUrl, EntityId, Message, Ovn, Volume4D
from chengmo_airspace.flights.neighbours import Rejected, near_volumes, told
from chengmo_airspace.flights.peer import PeerFailed, Peers
from chengmo_airspace.flights.refusal import FlightRefused

PROCESSING = "utm.constraint_processing"
_KEPT = 10_000
_ASKING = frozenset({"REQ_AUTHORISATION", "CONDITIONAL"})


class ConstraintReference(Message):
    """A constraint reference as a discovery service or another USS tells it."""

    id: EntityId
    manager: str
    uss_availability: str = "Unknown"
    version: int
    ovn: Ovn | None = None
    uss_base_url: BaseUrl


class GeoZone(Message):
    """What of an ED-269 zone matters here."""

    restriction: str


class ConstraintDetails(Message):
    """What only the managing USS tells of a constraint."""

    volumes: tuple[Volume4D, ...] = Field(min_length=1)
    geozone: GeoZone | None = None


class KnownConstraint(Message):
    """A constraint with its details."""

    reference: ConstraintReference
    details: ConstraintDetails

    @property
    def closes(self) -> bool:
        """Whether nobody may plan a flight through it."""
        zone = self.details.geozone
        return zone is None or zone.restriction not in {*_ASKING, "NO_RESTRICTION"}

    @property
    def advises(self) -> bool:
        """Whether it asks something of who flies through it."""
        zone = self.details.geozone
        return zone is not None and zone.restriction in _ASKING

    def meets(self, flight: Flight | None) -> bool:
        """Tell whether a flight touches it, exactly."""
        if flight is None:
            return False
        return share_place(extent_of(flight.extents).volumes, _extent(self).volumes)


class ConstraintNotice(Message):
    """What another USS tells when one of its constraints has changed; no constraint: it ended."""

    constraint_id: EntityId
    constraint: KnownConstraint | None = None
    subscriptions: tuple[SubscriptionState, ...] = Field(min_length=1)


class Closures:
    """The constraints that one USS knows of. Threads may share it."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers
        self._known: OrderedDict[str, KnownConstraint] = OrderedDict()
        self._lock = threading.Lock()

    def around(self, flight: Flight) -> list[KnownConstraint]:
        """Return the constraints in and round the area of a flight with their details.

        Raises:
            Rejected: If one that the flight meets cannot be read, its USS being down.
            PeerFailed: If somebody does not answer who should.
        """
        found = self._references(near_volumes(flight))
        read = [self._details(reference, flight) for reference in found.values()]
        return [known for known in read if known is not None]

    def remember(self, constraint: str, known: KnownConstraint | None, *, sender: str) -> None:
        """Take note of what another USS tells of its constraint; None: it has ended.

        Raises:
            FlightRefused: If it is not theirs, cannot be, or is older than what is known.
        """
        if known is not None:
            _extent(known)
            if known.reference.id.lower() != constraint or known.reference.ovn is None:
                raise FlightRefused("the reference is of another constraint, or without OVN")
        with self._lock:
            before = self._known.get(constraint)
            managers = {each.reference.manager for each in (before, known) if each is not None}
            if not managers <= {sender}:
                raise FlightRefused("this constraint is managed by another", reason="foreign")
            if known is None:
                self._known.pop(constraint, None)
                return
            if before is not None and known.reference.version < before.reference.version:
                raise FlightRefused("a newer version was told before", reason="stale")
            self._keep(constraint, known)

    def _references(self, volumes: Sequence[Volume4D]) -> dict[str, ConstraintReference]:
        found: dict[str, ConstraintReference] = {}
        for volume in volumes_document(volumes):
            answer = self._peers.ask_discovery(
                "POST",
                "/constraint_references/query",
                {"area_of_interest": volume},
                scope=PROCESSING,
            )
            for each in answer.get("constraint_references", ()):
                reference = told(ConstraintReference, each)
                found[reference.id] = reference
        return found

    def _details(self, reference: ConstraintReference, flight: Flight) -> KnownConstraint | None:
        with self._lock:
            known = self._known.get(reference.id)
        if known is not None and known.reference.version == reference.version:
            return known
        try:
            answer = self._peers.ask_uss(
                reference.uss_base_url, f"/constraints/{reference.id}", scope=PROCESSING
            )
            known = _possible(told(KnownConstraint, answer.get("constraint")))
        except PeerFailed:
            if reference.uss_availability != "Down":
                raise
            if reference.id not in self._references(flight.extents):
                return None
            raise Rejected(f"constraint {reference.id} cannot be read") from None
        if known.reference.id != reference.id or known.reference.ovn is None:
            raise PeerFailed(f"{reference.manager} tells of another constraint")
        with self._lock:
            self._keep(reference.id, known)
        return known

    def _keep(self, constraint: str, known: KnownConstraint) -> None:
        self._known[constraint] = known
        self._known.move_to_end(constraint)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)


def _extent(known: KnownConstraint) -> Extent:
    return extent_of(known.details.volumes, heights=False)


def _possible(known: KnownConstraint) -> KnownConstraint:
    try:
        _extent(known)
    except FlightRefused as refused:
        raise PeerFailed(f"{known.reference.manager} tells what cannot be: {refused}") from refused
    return known
