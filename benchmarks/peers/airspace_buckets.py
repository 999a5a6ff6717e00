"""Conflicting pairs by uniform buckets of place and time: measured by `airspace_conflicts`.

Each volume is put into every bucket its bounds reach into, of about the size of a volume; a pair is
tested in the one bucket where the later of their western, southern and first bounds lie.
"""

import numba
import numpy as np

from chengmo_airspace.conflict.cells import rows_of
from chengmo_airspace.conflict.pair_kernel import append, volumes_meet

# East and north in 1e-9 degrees, time in microseconds: about 600 m and 50 s.
SIZES = np.array([6_000_000, 5_500_000, 50_000_000])
SIDES = np.array([0, 2, 6])
BITS = 20


@numba.njit(cache=True)
def bucket_of(box, high, sizes, sides):
    return (
        box[sides[0] + high] // sizes[0],
        box[sides[1] + high] // sizes[1],
        box[sides[2] + high] // sizes[2],
    )


@numba.njit(cache=True)
def key_of(x, y, t):
    mask = (1 << BITS) - 1
    return ((t & mask) << 2 * BITS) | ((x & mask) << BITS) | (y & mask)


@numba.njit(cache=True)
def fill(boxes, sizes, sides):
    count = 0
    for row in range(len(boxes)):
        (a, b, c), (d, e, f) = (
            bucket_of(boxes[row], 0, sizes, sides),
            bucket_of(boxes[row], 1, sizes, sides),
        )
        count += (d - a + 1) * (e - b + 1) * (f - c + 1)
    keys, rows, n = np.empty(count, np.int64), np.empty(count, np.int64), 0
    for row in range(len(boxes)):
        (a, b, c), (d, e, f) = (
            bucket_of(boxes[row], 0, sizes, sides),
            bucket_of(boxes[row], 1, sizes, sides),
        )
        for t in range(c, f + 1):
            for x in range(a, d + 1):
                for y in range(b, e + 1):
                    keys[n], rows[n] = key_of(x, y, t), row
                    n += 1
    return keys, rows


@numba.njit(cache=True)
def join(columns, owner, keys, rows, sizes):
    boxes = columns[0]
    pairs, count, start = np.empty((1024, 2), np.int64), 0, 0
    while start < len(keys):
        stop = start
        while stop < len(keys) and keys[stop] == keys[start]:
            stop += 1
        for m in range(start, stop):
            i = rows[m]
            for n in range(m + 1, stop):
                j = rows[n]
                if owner[i] == owner[j] or boxes[i, 6] > boxes[j, 7] or boxes[j, 6] > boxes[i, 7]:
                    continue
                x = max(boxes[i, 0], boxes[j, 0]) // sizes[0]
                y = max(boxes[i, 2], boxes[j, 2]) // sizes[1]
                t = max(boxes[i, 6], boxes[j, 6]) // sizes[2]
                if key_of(x, y, t) == keys[start] and volumes_meet(columns, i, columns, j, 0):
                    pairs = append(pairs, count, min(i, j), max(i, j))
                    count += 1
        start = stop
    return pairs[:count]


def join_buckets(volumes, owner):
    """Return each pair as one number, ascending."""
    keys, rows = fill(volumes.boxes, SIZES, SIDES)
    order = np.argsort(keys)
    pairs = join(rows_of(volumes), owner, keys[order], rows[order], SIZES)
    found = pairs[:, 0] * len(volumes) + pairs[:, 1]
    found.sort()
    return found
