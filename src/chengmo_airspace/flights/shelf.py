"""Entities by place: found coarsely by cell, then told apart exactly."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

from chengmo_airspace.conflict import ConflictIndex
from chengmo_airspace.flights.extent import Extent


class Placed(Protocol):
    """Whatever has an id and an extent."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def extent(self) -> Extent:
        """Where and when it is."""
        ...


T = TypeVar("T", bound=Placed)


class Shelf(Generic[T]):
    """Entities of one sort, by id and by cell; and exactly, where that is asked for."""

    def __init__(self, *, exact: bool = False) -> None:
        """Keep an exact index besides if `exact`: without it, `meeting` cannot be asked."""
        self._index = ConflictIndex() if exact else None
        self._entities: dict[str, T] = {}
        self._of_cell: defaultdict[int, set[str]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self._entities)

    def __iter__(self) -> Iterator[T]:
        return iter(self._entities.values())

    def get(self, entity: str) -> T | None:
        """Return an entity, or None."""
        return self._entities.get(entity)

    def put(self, entity: T) -> None:
        """Keep an entity in place of what had its id."""
        self.drop(entity.id)
        self._entities[entity.id] = entity
        for cell in entity.extent.cells:
            self._of_cell[cell].add(entity.id)
        if self._index is not None:
            self._index.put(entity.id, entity.extent.volumes)

    def drop(self, entity: str) -> None:
        """Forget an entity, if it is there."""
        known = self._entities.pop(entity, None)
        if known is None:
            return
        if self._index is not None:
            self._index.remove(entity)
        for cell in known.extent.cells:
            here = self._of_cell[cell]
            here.discard(entity)
            if not here:
                del self._of_cell[cell]

    def near(self, extent: Extent) -> list[T]:
        """Return the entities whose bounds meet those of `extent`, by id."""
        found: set[str] = set()
        for cell in extent.cells:
            found |= self._of_cell.get(cell, _NOTHING)
        entities = [self._entities[entity] for entity in sorted(found)]
        return [entity for entity in entities if _bounds_meet(entity.extent, extent)]

    def meeting(self, extent: Extent) -> list[T]:
        """Return the entities of which a volume meets one of `extent`, exactly; by id."""
        if self._index is None:
            raise RuntimeError("these entities are kept by cell alone")
        found = {meeting.intent for meeting in self._index.find_meetings(extent.volumes)}
        return [self._entities[entity] for entity in sorted(found)]


_NOTHING: frozenset[str] = frozenset()


def _bounds_meet(one: Extent, other: Extent) -> bool:
    return (
        one.start_us <= other.end_us
        and other.start_us <= one.end_us
        and one.lower_m <= other.upper_m
        and other.lower_m <= one.upper_m
    )
