"""The plans that aircraft are held to: the volumes of accepted operational intents, as columns."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from chengmo_airspace.volume import Volume, VolumeColumns
from chengmo_airspace.volume.columns import BEGIN, END
from chengmo_airspace.volume.ring_kernel import Integers

ACCEPTED, ACTIVATED, NONCONFORMING, CONTINGENT = range(4)
STATES = ("Accepted", "Activated", "Nonconforming", "Contingent")


@dataclass(frozen=True)
class Plan:
    """One operational intent.

    Attributes:
        intent: UUID, in small letters.
        manager: Who may fly it.
        version: Of it; two with the same id and version are the same.
        state: One of `STATES`.
        volumes: Where and when it may be: any of them will do.
    """

    intent: str
    manager: str
    version: int
    state: str
    volumes: tuple[Volume, ...]

    @property
    def span_us(self) -> tuple[int, int]:
        """From when until when it may fly, microseconds since 1970; 0, 0 without a volume."""
        boxes = self.columns.boxes
        return (int(boxes[:, BEGIN].min()), int(boxes[:, END].max())) if len(boxes) else (0, 0)

    @cached_property
    def columns(self) -> VolumeColumns:
        """The volumes as columns; made once, for a new book is made of mostly the same plans."""
        return VolumeColumns.from_volumes(self.volumes)


def write_plans(plans: Iterable[Plan]) -> bytes:
    """Return what the log keeps of plans: who, in which state, from when until when."""
    rows = [[plan.intent, plan.manager, plan.state, *plan.span_us] for plan in plans]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True)
class PlanBook:
    """All plans, never changed: a new book takes the place of the old.

    Attributes:
        rows: Row of each intent.
        plans: In the order of the rows.
        volumes: Of all of them, one after the other.
        firsts: (n + 1,) where the volumes of each begin, and the end.
    """

    rows: Mapping[str, int]
    plans: tuple[Plan, ...]
    volumes: VolumeColumns
    firsts: Integers

    @classmethod
    def of(cls, plans: Iterable[Plan]) -> "PlanBook":
        """Return the book of some plans, each intent once.

        Example:
            >>> PlanBook.of([]).firsts.tolist()
            [0]
        """
        listed = tuple(plans)
        firsts = np.zeros(len(listed) + 1, np.int64)
        np.cumsum([len(plan.volumes) for plan in listed], out=firsts[1:])
        volumes = VolumeColumns.join([plan.columns for plan in listed])
        return cls({plan.intent: row for row, plan in enumerate(listed)}, listed, volumes, firsts)

    def get(self, intent: str) -> Plan | None:
        """Return a plan."""
        row = self.rows.get(intent)
        return None if row is None else self.plans[row]
