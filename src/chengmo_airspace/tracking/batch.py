"""A batch of one operator's messages as NumPy columns, checked."""

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from chengmo_airspace.altitude import Altitudes, Heights, Reference
from chengmo_airspace.tracking.limits import SECOND_US, Limits
from chengmo_airspace.volume.lattice import PER_DEGREE, PER_METRE
from chengmo_airspace.volume.ring_kernel import Integers

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Codes = NDArray[np.int8]

NAME_LETTERS = 64
MAX_SPEED_MPS = 1000.0
LOWEST_M, HIGHEST_M = -8000.0, 100_000.0
REFERENCES = (Reference.ELLIPSOID, Reference.SEA, Reference.GROUND)
# A height that is not known, in millimetres.
NO_HEIGHT = -(2**31)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_UNNAMED, _TIMELESS, _AHEAD, _OLD, _PLACE, _HEIGHT, _MOTION, _INTENT = range(1, 9)
_REASONS = {
    _UNNAMED: f"the aircraft has no name of 1 to {NAME_LETTERS} printable letters",
    _TIMELESS: "there is no time",
    _AHEAD: "its time lies ahead of this clock",
    _OLD: "it is too old",
    _PLACE: "the place is not on the Earth, or beyond 85° of latitude",
    _HEIGHT: "a height needs a reference (AGL, AMSL, WGS84) and lies within −8 and 100 km",
    _MOTION: "a speed, course or climb that cannot be",
    _INTENT: "the intent is no UUID",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message that is not taken.

    Attributes:
        row: Its number in the batch, from 0.
        reason: Why, for people.
    """

    row: int
    reason: str


@dataclass(frozen=True)
class Batch:
    """The messages of one operator that can be taken: columns of n.

    Attributes:
        operator: Whose aircraft they are.
        aircraft: Names of aircraft, each once.
        aircraft_of: Which of them a message is of.
        intents: Ids of operational intents, in small letters, each once.
        intent_of: Which of them a message names; −1 for none.
        times: Microseconds since 1970.
        places: (n, 2) longitude and latitude on the lattice of volumes.
        heights: Millimetres above their reference; `NO_HEIGHT` where not told.
        references: Index into `REFERENCES`.
        above: Millimetres above the ellipsoid; `NO_HEIGHT` where that is not known.
        motion: (n, 3) speed, course, climb; NaN where not told.
        on_ground: Whether it has landed.
        synthetic: Whether nobody flies it.
        refused: What was left out.
    """

    operator: str
    aircraft: list[str]
    aircraft_of: Integers
    intents: list[str]
    intent_of: Integers
    times: Integers
    places: Integers
    heights: Integers
    references: Codes
    above: Integers
    motion: NDArray[np.float32]
    on_ground: Flags
    synthetic: Flags
    refused: tuple[Refusal, ...]

    def __len__(self) -> int:
        """Return how many messages can be taken."""
        return len(self.times)


def read_batch(
    table: pa.Table, operator: str, *, altitudes: Altitudes, limits: Limits, now_us: int
) -> Batch:
    """Return the messages of a table, what cannot be taken left out and said.

    Args:
        table: As `telemetry.shaped` returns it.
        operator: Whose aircraft they are.
        altitudes: Surfaces by which heights become heights above the ellipsoid.
        limits: How old or early a message may be.
        now_us: The present, microseconds since 1970.
    """
    table = table.combine_chunks()
    aircraft_of, aircraft = _words(table["aircraft"])
    intent_of, intents = _words(table["intent"])
    intents = [intent.lower() for intent in intents]
    times, is_timeless = _times(table["time"])
    lon, lat, height, *motion = (
        _numbers(table[name])
        for name in ("longitude", "latitude", "height", "speed", "course", "climb")
    )
    references = _references(table["reference"])
    code = np.zeros(len(table), np.int8)
    for fault, where in (
        (_INTENT, _named(intent_of, [not _UUID.fullmatch(intent) for intent in intents])),
        (_MOTION, _wrong_motion(*motion)),
        (_HEIGHT, _wrong_height(height, references)),
        (_PLACE, ~((np.abs(lon) <= 180) & (np.abs(lat) <= 85))),  # noqa: PLR2004 - degrees
        (_OLD, times < now_us - int(limits.late_s * SECOND_US)),
        (_AHEAD, times > now_us + int(limits.ahead_s * SECOND_US)),
        (_TIMELESS, is_timeless),
        (_UNNAMED, (aircraft_of < 0) | _named(aircraft_of, [not _is_name(a) for a in aircraft])),
    ):
        code[where] = fault
    kept = np.flatnonzero(code == 0)
    lon, lat, height, references = lon[kept], lat[kept], height[kept], references[kept]
    return Batch(
        operator,
        aircraft,
        aircraft_of[kept],
        intents,
        intent_of[kept],
        times[kept],
        np.rint(np.column_stack([lon, lat]) * PER_DEGREE).astype(np.int64),
        _millimetres(height),
        references,
        _millimetres(_above_ellipsoid(height, references, lon, lat, altitudes)),
        np.column_stack([column[kept] for column in motion]).astype(np.float32),
        _flags(table["on_ground"])[kept],
        _flags(table["synthetic"])[kept],
        tuple(Refusal(int(row), _REASONS[int(code[row])]) for row in np.flatnonzero(code)),
    )


def _words(column: pa.ChunkedArray) -> tuple[Integers, list[str]]:
    encoded = column.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    indices = pc.fill_null(encoded.indices, -1)
    return indices.to_numpy(zero_copy_only=False).astype(np.int64), encoded.dictionary.to_pylist()


def _named(rows: Integers, is_wrong: list[bool]) -> Flags:
    # One more at the end for the rows that name nothing, −1.
    return np.array([*is_wrong, False], np.bool_)[rows]


@lru_cache(maxsize=65_536)
def _is_name(name: str) -> bool:
    return 0 < len(name) <= NAME_LETTERS and name.isprintable() and name == name.strip()


def _times(column: pa.ChunkedArray) -> tuple[Integers, Flags]:
    missing = column.is_null().to_numpy()
    return pc.fill_null(column.cast(pa.int64()), 0).to_numpy(), missing


def _numbers(column: pa.ChunkedArray) -> Floats:
    return pc.fill_null(column, np.nan).to_numpy()


def _flags(column: pa.ChunkedArray) -> Flags:
    return pc.fill_null(column, False).to_numpy()  # noqa: FBT003 - the value, not a switch


def _references(column: pa.ChunkedArray) -> Codes:
    indices, words = _words(column)
    known = [str(reference) for reference in REFERENCES]
    codes = [known.index(word) if word in known else -1 for word in words]
    return np.array([*codes, -1], np.int8)[indices]


def _wrong_height(height: Floats, references: Codes) -> Flags:
    within = (height >= LOWEST_M) & (height <= HIGHEST_M) & (references >= 0)
    return ~(within | np.isnan(height))


def _wrong_motion(speed: Floats, course: Floats, climb: Floats) -> Flags:
    wrong = ~((speed >= 0) & (speed <= MAX_SPEED_MPS) | np.isnan(speed))
    wrong |= ~((course >= 0) & (course <= 360) | np.isnan(course))  # noqa: PLR2004 - degrees
    return wrong | ~((np.abs(climb) <= MAX_SPEED_MPS) | np.isnan(climb))


def _above_ellipsoid(
    height: Floats, references: Codes, lon: Floats, lat: Floats, altitudes: Altitudes
) -> Floats:
    above = np.where(references == 0, height, np.nan)
    for number, reference in enumerate(REFERENCES[1:], 1):
        rows = np.flatnonzero((references == number) & ~np.isnan(height))
        if rows.size:
            given = Heights(height[rows], reference)
            known = altitudes.convert_known(given, lon[rows], lat[rows], to=Reference.ELLIPSOID)
            above[rows] = known.metres
    return above


def _millimetres(metres: Floats) -> Integers:
    known = ~np.isnan(metres)
    return np.where(known, np.rint(np.where(known, metres, 0) * PER_METRE), NO_HEIGHT).astype(
        np.int64
    )
