"""The service provider: tells display providers who flies in a view, and who that is."""

from collections.abc import Sequence
from typing import Any

from chengmo_airspace.flights.instant import SECOND_US, Clock, now_us, time_document
from chengmo_airspace.flights.refusal import FlightRefused
from chengmo_airspace.remote_identification.limits import RECENT_US
from chengmo_airspace.remote_identification.sighting import Flown, Sightings, seen_in
from chengmo_airspace.remote_identification.view import View


class ServiceProvider:
    """Tells of the flights of some sources."""

    def __init__(self, sources: Sequence[Sightings], clock: Clock = now_us) -> None:
        self.sources = tuple(sources)
        self._clock = clock

    def add(self, source: Sightings) -> None:
        """Tell of the flights of one more source."""
        self.sources = (*self.sources, source)

    def flights(self, view: View, recent_s: float = 0.0) -> dict[str, Any]:
        """Return the `GetFlightsResponse`: all that were in a view within the last minute.

        Args:
            view: What is looked at.
            recent_s: For how long, in seconds, earlier positions are told too; a minute at most.
        """
        now = self._clock()
        told: list[dict[str, Any]] = []
        for source in self.sources:
            for flown in source.within(view, now - RECENT_US, now):
                document = _document(flown, view, now - int(recent_s * SECOND_US), recent_s > 0)
                if document is not None:
                    told.append(document)
        return {"timestamp": time_document(now), "flights": told, "no_isas_present": False}

    def details(self, flight: str) -> dict[str, Any]:
        """Return the `GetFlightDetailsResponse`.

        Raises:
            FlightRefused: If there is no such flight now, and was none within the last minute.
        """
        now = self._clock()
        for source in self.sources:
            found = source.details(flight, now)
            if found is not None:
                return {"details": {**found, "id": flight}}
        raise FlightRefused("there is no flight of this id", reason="unknown")


def _document(
    flown: Flown,
    view: View,
    since_us: int,
    with_positions: bool,  # noqa: FBT001 - private
) -> dict[str, Any] | None:
    seen = seen_in(view, flown.sightings)
    if not seen:
        return None
    document: dict[str, Any] = {
        "id": flown.id,
        "aircraft_type": flown.aircraft_type,
        "current_state": seen[-1].state(),
        "simulated": flown.is_simulated,
    }
    if with_positions:
        document["recent_positions"] = [
            {"time": time_document(each.at_us), "position": each.position()}
            for each in seen
            if each.at_us >= since_us
        ]
    return document
