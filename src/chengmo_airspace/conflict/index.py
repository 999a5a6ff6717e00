"""The volumes of all known intents, ready to be asked what a new one would meet.

**Reading and writing.** All that a reader looks at is one immutable `Snapshot`, which a writer
replaces as a whole. So readers take no lock, never see half a change, and see an intent that
is replaced either as it was or as it is; the compiled search lets go of the interpreter lock.
Writers wait for each other.

**How it stays quick.** A snapshot is a few trees of cells, of sizes that grow at least fourfold
from the newest to the oldest: a new intent becomes a small tree, and trees that have grown alike
are made one (the logarithmic method of Bentley and Saxe, 1980). Removed volumes
are marked, and left out when their tree is next built. A change is thus cheap on average; the
dearest ones, which build the largest tree, take as long as building the whole index.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import NamedTuple, Self

import numpy as np

from chengmo import InvalidRequest
from chengmo_airspace.conflict.cells import CellTree, rows_of
from chengmo_airspace.conflict.pair_kernel import Flags, Rows
from chengmo_airspace.volume import Volume, VolumeColumns
from chengmo_airspace.volume.columns import END
from chengmo_airspace.volume.lattice import to_instant
from chengmo_airspace.volume.ring_kernel import Integers

Volumes = Sequence[Volume] | VolumeColumns
# An intent to pass over, or several.
Besides = str | Collection[str]

# Each tree costs a question about 20 µs, whatever its size; a smaller ratio makes writing cheaper.
_RATIO = 4


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
        names: The intents' ids by their serial numbers.
    """

    tree: CellTree
    serials: Integers
    places: Integers
    alive: Flags
    living: int
    names: Mapping[int, str]

    @classmethod
    def of(cls, volumes: VolumeColumns, serials: Integers, names: Mapping[int, str]) -> Self:
        """Return a pack of one volume or more."""
        tree = CellTree.over(volumes)
        places = np.empty_like(tree.order)
        places[tree.order] = np.arange(len(places))
        return cls(tree, serials, places, np.ones(len(places), np.bool_), len(places), names)

    def without(self, serials: Sequence[int]) -> Self:
        """Return the pack with the volumes of some intents marked as removed."""
        own = [serial for serial in serials if self.serials[0] <= serial <= self.serials[-1]]
        if not own:
            return self
        alive, gone = self.alive.copy(), np.array(own)
        firsts, lasts = (np.searchsorted(self.serials, gone + step) for step in (0, 1))
        for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True):
            alive[self.places[first:last]] = False
        return replace(self, alive=alive, living=int(np.count_nonzero(alive)))

    def contents(self) -> tuple[VolumeColumns, Integers]:
        """Return the living volumes in the order they were put in, and their intents."""
        kept = self.alive[self.places]
        return self.tree.volumes.take(self.places[kept]), self.serials[kept]

    def find_meetings(
        self, asked: Rows, besides: Collection[str]
    ) -> list[tuple[int, int, Meeting]]:
        """Return the meetings, each after what they are put in order by."""
        pairs = self.tree.find(asked, alive=self.alive)
        if not len(pairs):
            return []
        rows = self.tree.order[pairs[:, 1]]
        serials = self.serials[rows]
        numbers = rows - np.searchsorted(self.serials, serials)
        found = zip(pairs[:, 0].tolist(), serials.tolist(), numbers.tolist(), strict=True)
        return [
            (mine, serial, Meeting(mine, name, theirs))
            for mine, serial, theirs in found
            if (name := self.names[serial]) not in besides
        ]

    def find_neighbours(
        self, asked: Rows, besides: Collection[str]
    ) -> tuple[Integers, Integers, tuple[str, ...]]:
        """Return what is asked about and meets something, the bounds of that, and its intent."""
        pairs = self.tree.find(asked, alive=self.alive)
        serials = self.serials[self.tree.order[pairs[:, 1]]].tolist()
        names = [self.names[serial] for serial in serials]
        kept = np.array([name not in besides for name in names], np.bool_)
        boxes = self.tree.volumes.boxes[pairs[kept, 1]]
        return pairs[kept, 0], boxes, tuple(name for name in names if name not in besides)

    def past_intents(self, limit: int) -> list[int]:
        """Return the intents all of whose volumes end before an instant."""
        starts = np.flatnonzero(np.diff(self.serials, prepend=-1))
        ends = np.maximum.reduceat(self.tree.volumes.boxes[self.places, END], starts)
        lives = self.alive[self.places[starts]]
        return self.serials[starts[lives & (ends < limit)]].tolist()


@dataclass(frozen=True)
class Snapshot:
    """What an index held at one moment; it does not change.

    Attributes:
        packs: From the oldest to the newest.
    """

    packs: tuple[Pack, ...] = ()

    def find_meetings(self, volumes: Volumes, *, besides: Besides = "") -> list[Meeting]:
        """Return all that some volumes meet, exactly.

        Args:
            volumes: Those of one intent.
            besides: An intent to pass over, the one these volumes would replace; or several.

        Returns:
            Ascending by the volume asked about, then in the order the intents were put in.
        """
        asked = rows_of(as_columns(volumes))
        passed = _names_of(besides)
        found = [at for pack in self.packs for at in pack.find_meetings(asked, passed)]
        return [meeting for _, _, meeting in sorted(found)]

    def find_neighbours(
        self, asked: VolumeColumns, *, besides: Besides = ""
    ) -> tuple[Integers, Integers, tuple[str, ...]]:
        """Return (m,) rows asked about, the (m, 8) bounds of what they meet, and its m intents.

        In no set order.
        """
        rows, passed = rows_of(asked), _names_of(besides)
        found = [pack.find_neighbours(rows, passed) for pack in self.packs]
        mine, boxes, names = zip(*found, strict=True) if found else ((), (), ())
        return (
            np.concatenate([np.empty(0, np.int64), *mine]),
            np.concatenate([np.empty((0, 8), np.int64), *boxes]),
            tuple(name for part in names for name in part),
        )

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

    def __init__(self, *, like: "ConflictIndex | None" = None) -> None:
        """Make an empty index, or one that begins with all another holds and goes its own way."""
        self._writing = Lock()
        if like is None:
            self._serials, self._next, self._state = dict[str, int](), 0, Snapshot()
        else:
            self._serials, self._next, self._state = like.contents()

    def __contains__(self, intent: str) -> bool:
        return intent in self._serials

    def __len__(self) -> int:
        """Return the number of intents."""
        return len(self._serials)

    def contents(self) -> tuple[dict[str, int], int, Snapshot]:
        """Return the intents' serial numbers, the next of these, and the state they belong to."""
        with self._writing:
            return dict(self._serials), self._next, self._state

    def snapshot(self) -> Snapshot:
        """Return what the index holds now, for several questions to the same state."""
        return self._state

    def find_meetings(self, volumes: Volumes, *, besides: Besides = "") -> list[Meeting]:
        """Return all that some volumes meet now; see `Snapshot.find_meetings`."""
        return self._state.find_meetings(volumes, besides=besides)

    def put(self, intent: str, volumes: Volumes) -> None:
        """Add an intent, or replace all its volumes.

        Raises:
            InvalidRequest: If it has no volume.
        """
        columns = as_columns(volumes)
        with self._writing:
            self._put([intent], columns, np.array([len(columns)]))

    def put_if_free(self, intent: str, volumes: Volumes) -> list[Meeting]:
        """Put an intent if it meets no other, in one step; return what it meets, if it does.

        Nobody else can put anything in between.
        """
        columns = as_columns(volumes)
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
            limit, packs = to_instant(before), self._state.packs
            past = [(pack, serial) for pack in packs for serial in pack.past_intents(limit)]
            return self._drop([pack.names[serial] for pack, serial in past])

    def rebuild(self) -> None:
        """Put everything into one tree, without what was removed."""
        with self._writing:
            self._state = Snapshot(_merge(self._state.packs))

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
        self._serials.update(zip(intents, serials, strict=True))
        names = dict(zip(serials, intents, strict=True))
        added = Pack.of(volumes, np.repeat(np.array(serials), counts), names)
        self._state = Snapshot(_settle((*(pack.without(old) for pack in self._state.packs), added)))

    def _drop(self, intents: Iterable[str]) -> int:
        old = [self._serials.pop(intent) for intent in intents if intent in self._serials]
        self._state = Snapshot(_settle([pack.without(old) for pack in self._state.packs]))
        return len(old)


def as_columns(volumes: Volumes) -> VolumeColumns:
    """Return volumes as columns, if they are not yet."""
    return volumes if isinstance(volumes, VolumeColumns) else VolumeColumns.from_volumes(volumes)


def _names_of(besides: Besides) -> Collection[str]:
    return (besides,) if isinstance(besides, str) else besides


def _settle(packs: Sequence[Pack]) -> tuple[Pack, ...]:
    """Return packs each at least `_RATIO` times the next, none of them half dead."""
    settled: list[Pack] = []
    for pack in packs:
        thin = 2 * pack.living < len(pack.alive)
        settled += _merge((pack,)) if thin else (pack,)
    while len(settled) > 1 and settled[-2].living < _RATIO * settled[-1].living:
        settled[-2:] = _merge(settled[-2:])
    return tuple(settled)


def _merge(packs: Sequence[Pack]) -> tuple[Pack, ...]:
    """Return one pack of all that lives in some packs, or none."""
    contents = [pack.contents() for pack in packs if pack.living]
    if not contents:
        return ()
    volumes, serials = zip(*contents, strict=True)
    known = {serial: name for pack in packs for serial, name in pack.names.items()}
    joined = np.concatenate(serials)
    names = {serial: known[serial] for serial in np.unique(joined).tolist()}
    return (Pack.of(VolumeColumns.join(volumes), joined, names),)
