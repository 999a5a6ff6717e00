"""What is round a flight, and whether it may be planned there: the rule of priority, constraints.

A flight may not meet one of higher or equal priority, and may be planned over one of lower. It may
not meet a constraint that closes the airspace. Who flies already and met either before may change
and still meet it.
"""

from dataclasses import dataclass

from chengmo_airspace.flights.closures import Closures
from chengmo_airspace.flights.extent import extent_of
from chengmo_airspace.flights.flight import Flight, KnownIntent, extent_of_known, share_place
from chengmo_airspace.flights.neighbours import Neighbours, Rejected
from chengmo_airspace.flights.operator import Operator


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read before a flight was planned.

    Attributes:
        key: OVNs of all that is near.
        conflicts: How many intents the flight meets.
        advisories: How many constraints it meets that ask something of who flies.
    """

    key: tuple[str, ...] = ()
    conflicts: int = 0
    advisories: int = 0


class Surroundings:
    """Whom and what the flights of one USS are among.

    Attributes:
        neighbours: Intents of others.
        closures: Constraints of others; None if this USS does not process them.
        operator: Who is told of conflicts.
    """

    def __init__(
        self, neighbours: Neighbours, closures: Closures | None, operator: Operator
    ) -> None:
        self.neighbours = neighbours
        self.closures = closures
        self.operator = operator

    def read(self, flight: Flight, stands: Flight | None) -> Reading:
        """Return what is near a flight, if it may be planned among that.

        Raises:
            Rejected: If it may not; of conflicts the operator has then been told.
            PeerFailed: If somebody does not answer who should.
        """
        was = stands if stands and stands.state == flight.state == "Activated" else None
        try:
            near = self.neighbours.around(flight)
            closures = [] if self.closures is None else self.closures.around(flight)
        except Rejected:
            self.operator.notice(1)
            raise
        met = [other for other in near if meets(flight, other)]
        for other in met:
            priority = other.details.priority or 0
            if priority < flight.priority or meets(was, other):
                continue
            self.operator.notice(len(met))
            raise Rejected(
                f"it meets operational intent {other.reference.id} of "
                f"{'equal' if priority == flight.priority else 'higher'} priority"
            )
        touched = [closure for closure in closures if closure.meets(flight)]
        for closure in touched:
            if closure.closes and not closure.meets(was):
                raise Rejected(f"it meets constraint {closure.reference.id}")
        ovns = [each.reference.ovn for each in (*near, *closures)]
        return Reading(
            tuple(ovn for ovn in ovns if ovn is not None),
            len(met),
            sum(closure.advises or closure.closes for closure in touched),
        )


def meets(flight: Flight | None, other: KnownIntent) -> bool:
    """Tell whether a flight meets an intent, exactly; None meets nothing."""
    if flight is None:
        return False
    return share_place(extent_of(flight.extents).volumes, extent_of_known(other).volumes)
