"""How messages and live aircraft lie in memory and on disk: one record each."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

# Of structured arrays NumPy's types say no more.
Records: TypeAlias = NDArray[Any]
Record: TypeAlias = Any

# How a message stands to the plan of its aircraft.
NO_PLAN, INSIDE, OUTSIDE, UNDECIDED = range(4)
# States of an aircraft; those of operational intents in F3548-21, and none without a plan.
NO_STATE, NOMINAL, NONCONFORMING, CONTINGENT = range(4)
STATES = ("", "Activated", "Nonconforming", "Contingent")
# Marks of a message.
LATE, GROUND, SYNTHETIC = 1, 2, 4
# What became of a message.
FRESH, TOO_LATE, DUPLICATE = range(3)

# One message as it is kept: time in microseconds since 1970 UTC; longitude and latitude in 1e-9
# degrees; `height` in millimetres above `reference` (see `batch.REFERENCES`), `above` above the
# ellipsoid; speeds in metres a second, course in degrees from true north; verdict and state as
# above, as they were decided with it. `track` and `intent` are numbers of names (`names.py`).
MESSAGE = np.dtype(
    [
        ("time", "<i8"),
        ("lon", "<i8"),
        ("lat", "<i8"),
        ("track", "<u4"),
        ("intent", "<u4"),
        ("height", "<i4"),
        ("above", "<i4"),
        ("speed", "<f4"),
        ("course", "<f4"),
        ("climb", "<f4"),
        ("reference", "i1"),
        ("verdict", "i1"),
        ("state", "i1"),
        ("marks", "u1"),
    ]
)
# A live aircraft: its last message, and besides: when it was last heard by this clock; since when
# it has been outside and inside (time of messages, 0 for not) and in its state (this clock); how
# many changes there had been when it last changed, and when its intent did (0 and less: not yet
# counted); the number of its operator's name; which alerts it has had for its intent (bits by
# kind); whether its link is lost; whether the record is in use.
AIRCRAFT = np.dtype(
    [
        *MESSAGE.descr,
        ("heard", "<i8"),
        ("outside", "<i8"),
        ("inside", "<i8"),
        ("since", "<i8"),
        ("change", "<i8"),
        ("renamed", "<i8"),
        ("operator", "<u4"),
        ("told", "<u2"),
        ("is_lost", "u1"),
        ("is_live", "u1"),
    ]
)
# How many of an aircraft's last times are remembered, to know a message that comes twice.
REMEMBERED = 32
