"""What the operator of a flight is told, and what the aircraft tells: kept in memory."""

import threading
from collections import deque
from typing import Any

from chengmo_airspace.flights.instant import Clock, now_us, time_document

_KEPT = 10_000


class Operator:
    """The people and aircraft behind the flights of one USS."""

    def __init__(self, clock: Clock = now_us) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._notices: deque[tuple[int, str]] = deque(maxlen=_KEPT)
        self._telemetry: dict[str, dict[str, Any]] = {}

    def notice(self, conflicts: int) -> None:
        """Tell the operator that another's intent meets this many of the flights here."""
        if conflicts:
            self._tell("Single" if conflicts == 1 else "Multiple")

    def notice_constraint(self) -> None:
        """Tell the operator that a constraint has come over one of the flights here."""
        self._tell("Unknown")

    def notices(self, after_us: int, before_us: int) -> list[dict[str, Any]]:
        """Return what the operator was told between two instants."""
        with self._lock:
            told = list(self._notices)
        return [
            {
                "observed_at": time_document(at),
                "conflicts": conflicts,
            }
            for at, conflicts in told
            if after_us <= at <= before_us
        ]

    def _tell(self, conflicts: str) -> None:
        with self._lock:
            self._notices.append((self._clock(), conflicts))

    def report(self, flight: str, telemetry: dict[str, Any]) -> None:
        """Take note of where an aircraft is, as `VehicleTelemetry` of F3548-21."""
        with self._lock:
            self._telemetry[flight] = telemetry

    def telemetry(self, flight: str) -> dict[str, Any] | None:
        """Return where the aircraft of a flight was last."""
        with self._lock:
            return self._telemetry.get(flight)
