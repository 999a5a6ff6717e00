"""Zones that a test director has this USS load, and what is selected of them.

Both doors for tests of what a map says (`geospatial.py`) keep their zones here: in memory, since
they are of a test. A source is fetched only from a host that is configured.
"""

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from chengmo import InvalidRequest
from chengmo_airspace.flights.peer import PeerFailed
from chengmo_airspace.flights.refusal import FlightRefused
from chengmo_airspace.zones import Selection, Zone, ZoneMap, read_ed269, select

Fetch = Callable[[str], bytes]
SourceState = Literal["Ready", "Deactivated", "Unsupported", "Rejected", "Error"]
Presence = Literal["Present", "Absent", "UnsupportedFilter", "Error"]
_MOST_SOURCES = 100


class UnsupportedFilter(Exception):
    """A filter that nothing here can be asked by; the door answers so."""


@dataclass(frozen=True)
class Source:
    """A source of zones and how it fared.

    Attributes:
        url: Where it is.
        state: As the interface names it.
        message: Why, if it is not ready.
        zones: Its own, so that two sources may use one identifier.
    """

    url: str
    state: SourceState
    message: str = ""
    zones: ZoneMap = field(default_factory=lambda: ZoneMap([]))


class Sources:
    """The sources that are loaded. Threads may share it."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._sources: dict[str, Source] = {}
        self._lock = threading.Lock()

    def load(self, source: str, url: str, form: str | None) -> Source:
        """Load a source, once.

        Raises:
            FlightRefused: If another was loaded by this id, or too many are.
        """
        with self._lock:
            known = self._sources.get(source)
            if known is not None and known.url != url:
                raise FlightRefused("another source was loaded by this id", reason="stale")
            if known is None and len(self._sources) >= _MOST_SOURCES:
                raise FlightRefused("too many sources are loaded", hint="delete some")
        if known is not None:
            return known
        made = self._made(url, form)
        with self._lock:
            return self._sources.setdefault(source, made)

    def get(self, source: str) -> Source:
        """Return a source.

        Raises:
            FlightRefused: If none of this id is loaded.
        """
        with self._lock:
            found = self._sources.get(source)
        if found is None:
            raise FlightRefused("no source of this id is loaded", reason="unknown")
        return found

    def every(self) -> dict[str, Source]:
        """Return all of them by id."""
        with self._lock:
            return dict(self._sources)

    def unload(self, source: str) -> Source:
        """Forget a source, if it is there."""
        with self._lock:
            known = self._sources.pop(source, None)
        return Source("" if known is None else known.url, "Deactivated")

    def find(self, wanted: Sequence[Callable[[], Selection]]) -> tuple[Presence, str]:
        """Say whether a zone is selected by one of several filters, each read when it is its turn.

        Returns:
            The answer and, unless it is plain, why.
        """
        possible: list[Zone] = []
        try:
            for read in wanted:
                selection = read()
                for source in self.every().values():
                    found = select(source.zones, selection)
                    if any(is_sure for _, is_sure in found):
                        return "Present", ""
                    possible += [zone for zone, _ in found]
        except UnsupportedFilter as unsupported:
            return "UnsupportedFilter", str(unsupported)
        except InvalidRequest as error:
            return "Error", str(error)
        if possible:
            names = ", ".join(zone.identifier for zone in possible)
            return "Error", f"heights cannot be compared without a terrain: {names}"
        return "Absent", ""

    def _made(self, url: str, form: str | None) -> Source:
        if form not in {None, "ED-269"}:
            return Source(url, "Unsupported", "only ED-269 is read")
        try:
            document = json.loads(self._fetch(url))
        except (PeerFailed, RecursionError) as failed:
            return Source(url, "Error", str(failed))
        except ValueError:
            return Source(url, "Rejected", "the source is no JSON")
        try:
            return Source(url, "Ready", zones=ZoneMap(read_ed269(document)))
        except InvalidRequest as error:
            return Source(url, "Rejected", str(error))
