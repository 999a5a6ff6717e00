"""The aircraft in the sky now: records in arrays that grow, and which name has which of them."""

import struct
from collections import deque

import numpy as np
from numpy.typing import NDArray

from chengmo import PlatformError
from chengmo_airspace.tracking.names import Names
from chengmo_airspace.tracking.record import AIRCRAFT, REMEMBERED, Records
from chengmo_airspace.volume.ring_kernel import Integers

_ROOM = 1024
_COUNTS = struct.Struct("<QQ")
# How many that have left are remembered for those who follow the picture.
_GONE = 100_000


class LiveTracks:
    """Aircraft, their last times, and where each is.

    Attributes:
        crafts: (room,) `AIRCRAFT` records, in use where `is_live`.
        times: (room, REMEMBERED) the last times of each.
        places: (room,) where in them the next goes.
        gone: Who has left: the round, the track's number.
    """

    def __init__(self) -> None:
        self._make_room(_ROOM)
        self.gone: deque[tuple[int, int]] = deque(maxlen=_GONE)

    @property
    def sky(self) -> tuple[Records, Integers, Integers]:
        """What the compiled loops work on."""
        return self.crafts, self.times, self.places

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._slots)

    def slots_of(self, aircraft: list[str], operator: str, names: Names) -> Integers:
        """Return the slots of some aircraft of one operator, new ones made."""
        slots = np.empty(len(aircraft), np.int64)
        for n, name in enumerate(aircraft):
            track = names.number("aircraft", operator, name)
            slot = self._slots.get(track)
            slots[n] = (
                self._add(track, names.number("operator", operator)) if slot is None else slot
            )
        return slots

    def slots_of_tracks(self, tracks: NDArray[np.uint32], names: Names) -> Integers:
        """Return the slots of tracks by their numbers, new ones made."""
        known, rows = np.unique(tracks, return_inverse=True)
        slots = np.empty(len(known), np.int64)
        for n, track in enumerate(known.tolist()):
            slot = self._slots.get(track)
            if slot is None:
                slot = self._add(track, names.number("operator", names.name(track)[1]))
            slots[n] = slot
        return slots[rows]

    def slot(self, track: int) -> int | None:
        """Return the slot of a track."""
        return self._slots.get(track)

    def forget(self, *, heard_before: int, turn: int) -> None:
        """Let those leave who have not been heard since an instant."""
        crafts = self.crafts
        for slot in np.flatnonzero((crafts["is_live"] == 1) & (crafts["heard"] < heard_before)):
            track = int(crafts["track"][slot])
            del self._slots[track]
            crafts[slot] = np.zeros((), AIRCRAFT)
            self.times[slot], self.places[slot] = 0, 0
            self._free.append(int(slot))
            self.gone.append((turn, track))

    def living(self) -> Records:
        """Return a copy of the records in use."""
        return self.crafts[self.crafts["is_live"] == 1]

    def written(self) -> bytes:
        """Return all there is as the payload of a frame."""
        rows = np.flatnonzero(self.crafts["is_live"])
        parts = (self.crafts[rows], self.times[rows], self.places[rows])
        head = _COUNTS.pack(len(rows), AIRCRAFT.itemsize)
        return b"".join([head, *(part.tobytes() for part in parts)])

    def learn(self, payload: bytes) -> None:
        """Take over what `written` wrote, in place of all there is.

        Raises:
            PlatformError: If another version wrote it.
        """
        count, size = _COUNTS.unpack_from(payload)
        if size != AIRCRAFT.itemsize or len(payload) != _COUNTS.size + count * (
            size + REMEMBERED * 8 + 8
        ):
            raise PlatformError("the picture in the log is of another version", hint="restore it")
        self._make_room(max(_ROOM, 2 * count))
        start = _COUNTS.size
        self.crafts[:count] = np.frombuffer(payload, AIRCRAFT, count, start)
        start += count * size
        times = np.frombuffer(payload, np.int64, count * REMEMBERED, start)
        self.times[:count] = times.reshape(count, REMEMBERED)
        self.places[:count] = np.frombuffer(payload, np.int64, count, len(payload) - 8 * count)
        self._slots = {int(track): slot for slot, track in enumerate(self.crafts["track"][:count])}
        self._free = list(range(len(self.crafts) - 1, count - 1, -1))

    def _make_room(self, room: int) -> None:
        self.crafts: Records = np.zeros(room, AIRCRAFT)
        self.times: Integers = np.zeros((room, REMEMBERED), np.int64)
        self.places: Integers = np.zeros(room, np.int64)
        self._slots: dict[int, int] = {}
        self._free = list(range(room - 1, -1, -1))

    def _add(self, track: int, operator: int) -> int:
        if not self._free:
            room = len(self.crafts)
            self.crafts = np.concatenate([self.crafts, np.zeros(room, AIRCRAFT)])
            self.times = np.concatenate([self.times, np.zeros_like(self.times)])
            self.places = np.concatenate([self.places, np.zeros_like(self.places)])
            self._free = list(range(2 * room - 1, room - 1, -1))
        slot = self._free.pop()
        craft = self.crafts[slot]
        craft["track"], craft["operator"], craft["is_live"] = track, operator, 1
        self._slots[track] = slot
        return slot
