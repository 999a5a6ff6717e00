"""Which flights are in which cell when: entries and occupancy counts.

Terms as in air traffic flow management: the *entry count* of a sector and hour is the number of
flights that enter it in that hour, the *occupancy count* the number within it at one time. A flight
that is in a cell when it takes off enters it then; one that comes back enters again.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chengmo_scenarios.flight_day.method.path import Floats, Legs

Integers = NDArray[np.int64]
CELLS_PER_DEGREE = 60
HOUR_S = 3600


class Visits(NamedTuple):
    """Stays of flights in cells of one minute of arc.

    Attributes:
        cell: (n, 2) the cell's south-west corner, minutes of arc.
        from_s: (n,) when it is entered, seconds.
        to_s: (n,) when it is left.
    """

    cell: Integers
    from_s: Floats
    to_s: Floats


class Load(NamedTuple):
    """The load of cells by hour.

    Attributes:
        cell: (m, 2) the cell's south-west corner, minutes of arc.
        hour: (m,) hours since the epoch of the seconds given.
        entries: (m,) flights that enter it in that hour.
        peak: (m,) most flights in it at one time of that hour.
    """

    cell: Integers
    hour: Integers
    entries: Integers
    peak: Integers


def visits_of(legs: Legs) -> Visits:
    """Return the cells that a flight goes through, in order; a stay over several legs is one."""
    cells: list[Integers] = []
    begins: list[Floats] = []
    ends: list[Floats] = []
    for begin, end, from_s, to_s in zip(*legs, strict=True):
        share = _crossings(begin, end)
        middle = begin + ((share[1:] + share[:-1]) / 2)[:, None] * (end - begin)
        cells.append(np.floor(middle * CELLS_PER_DEGREE).astype(np.int64))
        times = from_s + share * (to_s - from_s)
        begins.append(times[:-1])
        ends.append(times[1:])
    cell, begin_s, end_s = np.concatenate(cells), np.concatenate(begins), np.concatenate(ends)
    new = np.concatenate([[True], (np.diff(cell, axis=0) != 0).any(axis=1)])
    last = np.concatenate([new[1:], [True]])
    return Visits(cell[new], begin_s[new], end_s[last])


def load_of(visits: Visits) -> Load:
    """Return entries and the most at one time, by cell and hour, of all flights' stays."""
    first = np.floor(visits.from_s / HOUR_S).astype(np.int64)
    hours = np.maximum(1, np.ceil(visits.to_s / HOUR_S).astype(np.int64) - first)
    stay = np.repeat(np.arange(len(first)), hours)
    hour = first[stay] + np.arange(len(stay)) - np.repeat(np.cumsum(hours) - hours, hours)
    keys, group = np.unique(np.column_stack([visits.cell[stay], hour]), axis=0, return_inverse=True)
    group = group.ravel()
    entries = np.bincount(group[hour == first[stay]], minlength=len(keys))
    begin = np.maximum(visits.from_s[stay], hour * HOUR_S)
    end = np.minimum(visits.to_s[stay], (hour + 1) * HOUR_S)
    return Load(keys[:, :2], keys[:, 2], entries, _peaks(group, begin, end, len(keys)))


def _crossings(begin: Floats, end: Floats) -> Floats:
    """Return where on a leg, from 0 to 1, it passes from one cell to the next, ends included."""
    found = [np.array([0.0, 1.0])]
    for low, high in zip(begin * CELLS_PER_DEGREE, end * CELLS_PER_DEGREE, strict=True):
        lines = np.arange(np.floor(min(low, high)) + 1, np.ceil(max(low, high)))
        if len(lines):
            found.append((lines - low) / (high - low))
    return np.unique(np.concatenate(found))


def _peaks(group: Integers, begin: Floats, end: Floats, groups: int) -> Integers:
    """Return for each group the most intervals that hold at one instant; ends do not count."""
    number = np.concatenate([group, group])
    time = np.concatenate([begin, end])
    change = np.repeat([1, -1], len(group))
    order = np.lexsort((change, time, number))
    number, running = number[order], np.cumsum(change[order])
    peaks = np.zeros(groups, np.int64)
    np.maximum.at(peaks, number, running)
    return peaks
