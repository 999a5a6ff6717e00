"""Frames of the picture for many who watch: those who know the same share one."""

import threading
import time
from dataclasses import dataclass

from chengmo_airspace.tracking.centre import DataCentre, now_us
from chengmo_airspace.tracking.picture import see, write_sight

# How old a frame may be that somebody else has asked for: less than the time between two.
_FRESH_S = 0.02
_MOST_KEPT = 64


@dataclass(frozen=True, slots=True)
class Framed:
    """A frame of the picture.

    Attributes:
        frame: Its bytes.
        turn: How many changes there had been.
        made_s: When it was made, by a clock of its own.
    """

    frame: bytes
    turn: int
    made_s: float


class Sights:
    """Makes frames, each once for all who ask at about the same time for the same."""

    def __init__(self, centre: DataCentre) -> None:
        self._centre = centre
        self._lock = threading.Lock()
        self._made: dict[int, Framed] = {}

    def frame(self, since: int) -> Framed:
        """Return what has changed since so many changes; the whole picture for −1."""
        with self._lock:
            known = self._made.get(since)
            present = time.monotonic()
            if known is not None and present - known.made_s < _FRESH_S:
                return known
            sight = self._centre.look(lambda monitor: see(monitor, at_us=now_us(), since=since))
            made = Framed(write_sight(sight), sight.turn, present)
            if len(self._made) >= _MOST_KEPT:
                self._made.clear()
            self._made[since] = made
            return made

    def now_s(self) -> float:
        """Return the present, seconds since 1970."""
        return time.time()
