"""The volumes of all known intents, ready to be asked what a new one would meet.

**Reading and writing.** All that a reader looks at is one immutable `Snapshot`, which a writer
replaces as a whole. So readers take no lock, never see half a change, and see an intent that
is replaced either as it was or as it is; the compiled search lets go of the interpreter lock.
Writers wait for each other.

**How it stays quick.** A snapshot is a few trees of cells, of sizes that at least double from the
newest to the oldest: a new intent becomes a small tree, and trees that have grown alike are made
one (the logarithmic method of Bentley and Saxe, 1980). Removed volumes are marked, and left out
when their tree is next built. A change is thus cheap on average; the dearest ones, which
build the largest tree, take as long as building the whole index.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock
from typing import NamedTuple, Self

import numpy as np

from chengmo import InvalidRequest
from chengmo_airspace.conflict.cells import CellTree
from chengmo_airspace.conflict.pair_kernel import Flags
from chengmo_airspace.volume import Volume, VolumeColumns
from chengmo_airspace.volume.columns import END
from chengmo_airspace.volume.lattice import to_instant
from chengmo_airspace.volume.ring_kernel import Integers

Volumes = Sequence[Volume] | VolumeColumns


class Meeting(NamedTuple):
    """A volume asked about that meets a volume of a known intent.

    Attributes:
        mine: The number of the volume asked about.
        intent: The other intent.
        theirs: The number of the volume of the other intent.
    """

    mine: int
    intent: str
    theirs: int


@dataclass(frozen=True)
class Pack:
    """Some intents' volumes in a tree.

    Attributes:
        tree: The volumes.
        serials: (n,) the intent of each volume, in the order they were put in, ascending.
        places: (n,) where in the tree each lies.
        alive: (n,) false for those removed since, in the tree's order.
        living: How many are alive.
    """

    tree: CellTree
    serials: Integers
    places: Integers
    alive: Flags
    living: int

    @classmethod
    def of(cls, volumes: VolumeColumns, serials: Integers) -> Self:
        """Return a pack of one volume or more."""
        tree = CellTree.over(volumes)
        places = np.empty_like(tree.order)
        places[tree.order] = np.arange(len(places))
        return cls(tree, serials, places, np.ones(len(places), np.bool_), len(places))

    def places_of(self, serial: int) -> Integers:
        """Return where the volumes of an intent lie."""
        first, last = np.searchsorted(self.serials, [serial, serial + 1])
        return self.places[first:last]

    def without(self, serial: int) -> Self:
        """Return the pack with an intent's volumes marked as removed."""
        places = self.places_of(serial)
        if not len(places):
            return self
        alive = self.alive.copy()
        alive[places] = False
        return replace(self, alive=alive, living=self.living - len(places))

    def contents(self) -> tuple[VolumeColumns, Integers]:
        """Return the living volumes in the order they were put in, and their intents."""
        kept = self.alive[self.places]
        return self.tree.volumes.take(self.places[kept]), self.serials[kept]


@dataclass(frozen=True)
class Snapshot:
    """What an index held at one moment; it does not change.

    Attributes:
        packs: From the oldest to the newest.
        names: The intents' ids by their serial numbers; shared with the index, and only those of
            removed intents ever go from it.
    """

    packs: tuple[Pack, ...] = ()
    names: dict[int, str] = field(default_factory=dict[int, str])

    def find_meetings(self, volumes: Volumes, *, besides: str = "") -> list[Meeting]:
        """Return all that some volumes meet, exactly.

        Args:
            volumes: Those of one intent.
            besides: An intent to pass over: the one these volumes would replace.

        Returns:
            Ascending by the volume asked about, then in the order the intents were put in.
        """
        asked = _as_columns(volumes)
        found: list[tuple[int, int, int]] = []
        for pack in self.packs:
            pairs = pack.tree.find(asked, alive=pack.alive)
            if len(pairs):
                rows = pack.tree.order[pairs[:, 1]]
                serials = pack.serials[rows]
                numbers = rows - np.searchsorted(pack.serials, serials)
                found += zip(pairs[:, 0].tolist(), serials.tolist(), numbers.tolist(), strict=True)
        found.sort()
        # An intent removed since this snapshot has no name any more: it is gone.
        named = ((mine, self.names.get(serial), theirs) for mine, serial, theirs in found)
        return [Meeting(m, name, t) for m, name, t in named if name is not None and name != besides]

    def __len__(self) -> int:
        """Return the number of volumes."""
        return sum(pack.living for pack in self.packs)


class ConflictIndex:
    """Known intents by their ids, to be asked what a new one would meet.

    Example:
        >>> from datetime import UTC, datetime
        >>> from chengmo_airspace.volume import Circle
        >>> eight = datetime(2026, 5, 1, 8, tzinfo=UTC)
        >>> pad = Volume(Circle(114.3, 30.5, 100), 40, 160, eight, eight.replace(minute=5))
        >>> index = ConflictIndex()
        >>> index.put("first", [pad])
        >>> index.find_meetings([pad])
        [Meeting(mine=0, intent='first', theirs=0)]
        >>> index.remove("first")
        >>> index.find_meetings([pad])
        []
    """

    def __init__(self) -> None:
        self._writing = Lock()
        self._serials: dict[str, int] = {}
        self._next = 0
        self._state = Snapshot()

    def __contains__(self, intent: str) -> bool:
        return intent in self._serials

    def __len__(self) -> int:
        """Return the number of intents."""
        return len(self._serials)

    def snapshot(self) -> Snapshot:
        """Return what the index holds now, for several questions to the same state."""
        return self._state

    def find_meetings(self, volumes: Volumes, *, besides: str = "") -> list[Meeting]:
        """Return all that some volumes meet now; see `Snapshot.find_meetings`."""
        return self._state.find_meetings(volumes, besides=besides)

    def put(self, intent: str, volumes: Volumes) -> None:
        """Add an intent, or replace all its volumes.

        Raises:
            InvalidRequest: If it has no volume.
        """
        columns = _as_columns(volumes)
        with self._writing:
            self._put([intent], columns, np.array([len(columns)]))

    def put_if_free(self, intent: str, volumes: Volumes) -> list[Meeting]:
        """Put an intent if it meets no other, in one step; return what it meets, if it does.

        Nobody else can put anything in between.
        """
        columns = _as_columns(volumes)
        with self._writing:
            meetings = self._state.find_meetings(columns, besides=intent)
            if not meetings:
                self._put([intent], columns, np.array([len(columns)]))
        return meetings

    def put_all(self, intents: Sequence[str], volumes: VolumeColumns, counts: Integers) -> None:
        """Add or replace many intents at once: intent k has the next `counts[k]` volumes.

        Raises:
            InvalidRequest: If an id comes twice, an intent has no volume, or counts do not fit.
        """
        with self._writing:
            self._put(intents, volumes, counts)

    def remove(self, intent: str) -> None:
        """Forget an intent; one that is not known is forgotten already."""
        with self._writing:
            self._drop([intent])

    def purge(self, before: datetime) -> int:
        """Forget the intents that end before a time, with all their volumes; return how many."""
        with self._writing:
            limit, past = to_instant(before), []
            for pack in self._state.packs:
                ends = pack.tree.volumes.boxes[pack.places, END]
                starts = np.flatnonzero(np.diff(pack.serials, prepend=-1))
                serials = pack.serials[starts[np.maximum.reduceat(ends, starts) < limit]]
                past += [self._state.names.get(serial) for serial in serials.tolist()]
            return self._drop([name for name in past if name is not None])

    def rebuild(self) -> None:
        """Put everything into one tree, without what was removed."""
        with self._writing:
            self._state = replace(self._state, packs=_merge(self._state.packs))

    def _put(self, intents: Sequence[str], volumes: VolumeColumns, counts: Integers) -> None:
        if len(set(intents)) != len(intents) or len(intents) != len(counts):
            raise InvalidRequest("an intent comes twice", hint="give each id once, with a count")
        if len(counts) and (counts.min() < 1 or counts.sum() != len(volumes)):
            raise InvalidRequest("an intent without volumes", hint="give each at least one")
        if not len(counts):
            return
        old = [self._serials[intent] for intent in intents if intent in self._serials]
        serials = range(self._next, self._next + len(intents))
        self._next = serials.stop
        names = self._state.names
        names.update(zip(serials, intents, strict=True))
        self._serials.update(zip(intents, serials, strict=True))
        added = Pack.of(volumes, np.repeat(np.array(serials), counts))
        self._state = Snapshot(_settle((*_without(self._state.packs, old), added)), names)
        for serial in old:
            del names[serial]

    def _drop(self, intents: Iterable[str]) -> int:
        old = [self._serials.pop(intent) for intent in intents if intent in self._serials]
        packs = _settle(_without(self._state.packs, old))
        self._state = replace(self._state, packs=packs)
        for serial in old:
            del self._state.names[serial]
        return len(old)


def _as_columns(volumes: Volumes) -> VolumeColumns:
    return (
        volumes if isinstance(volumes, VolumeColumns) else VolumeColumns.from_volumes(volumes)
    )


def _without(packs: tuple[Pack, ...], serials: Sequence[int]) -> tuple[Pack, ...]:
    for serial in serials:
        packs = tuple(
            pack.without(serial) if pack.serials[0] <= serial <= pack.serials[-1] else pack
            for pack in packs
        )
    return packs


def _settle(packs: tuple[Pack, ...]) -> tuple[Pack, ...]:
    """Return packs of at least doubling sizes, none of them half dead."""
    settled: list[Pack] = []
    for pack in packs:
        thin = 2 * pack.living < len(pack.alive)
        settled += _merge((pack,)) if thin else (pack,)
    while len(settled) > 1 and settled[-2].living < 2 * settled[-1].living:
        settled[-2:] = _merge(settled[-2:])
    return tuple(settled)


def _merge(packs: Sequence[Pack]) -> tuple[Pack, ...]:
    """Return one pack of all that lives in some packs, or none."""
    contents = [pack.contents() for pack in packs if pack.living]
    if not contents:
        return ()
    volumes, serials = zip(*contents, strict=True)
    return (Pack.of(VolumeColumns.join(volumes), np.concatenate(serials)),)
