"""A height and what it counts from.

A bare number is no height: who flies at "120" may mean above the ground (真高), above the sea
(海拔) or above the ellipsoid (what a satellite receiver measures). In Wuhan the first two differ by
the ground, the last two by 15 m: each height carries its reference, and a bare number is refused.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import isfinite

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chengmo import InvalidRequest

Floats = NDArray[np.float64]

# The international foot, exact since 1959.
FOOT_M = 0.3048


class Reference(StrEnum):
    """What a height counts from; the values are the codes of ED-269 and ED-318."""

    GROUND = "AGL"
    SEA = "AMSL"
    ELLIPSOID = "WGS84"


@dataclass(frozen=True, slots=True)
class Height:
    """One height.

    Attributes:
        metres: How far above the reference, finite.
        reference: What it counts from.

    Example:
        >>> Height(120, Reference.GROUND).raised(5)
        Height(metres=125.0, reference=<Reference.GROUND: 'AGL'>)
    """

    metres: float
    reference: Reference

    def __post_init__(self) -> None:
        """Refuse what is no number of metres, and a reference that is none."""
        check_reference(self.reference)
        if isinstance(self.metres, bool) or not isfinite(self.metres):
            raise InvalidRequest(
                f"{self.metres!r} is no number of metres", hint="give a finite number"
            )
        object.__setattr__(self, "metres", float(self.metres))

    @classmethod
    def of_feet(cls, feet: float, reference: Reference) -> "Height":
        """Return the height of so many international feet."""
        return cls(feet * FOOT_M, reference)

    def raised(self, by_m: float) -> "Height":
        """Return the height `by_m` metres higher, above the same reference."""
        return Height(self.metres + by_m, self.reference)

    def above(self, other: "Height") -> float:
        """Return how many metres this is above `other`.

        Raises:
            InvalidRequest: If the two count from different references.
        """
        if check_height(other).reference is not self.reference:
            raise InvalidRequest(
                f"a height {self.reference} cannot be compared with one {other.reference}",
                hint="convert one of them first (Altitudes.convert)",
            )
        return self.metres - other.metres


@dataclass(frozen=True, slots=True)
class Heights:
    """A column of heights above one reference; NaN where a height is not known."""

    metres: Floats
    reference: Reference

    @classmethod
    def of(cls, metres: ArrayLike, reference: Reference) -> "Heights":
        """Return the column; the reference is never left out."""
        return cls(np.atleast_1d(np.asarray(metres, np.float64)), check_reference(reference))

    def __len__(self) -> int:
        """Return how many heights there are."""
        return len(self.metres)


def check_reference(reference: object) -> Reference:
    """Return `reference` if it is one.

    Raises:
        InvalidRequest: If it is not: there is no default.
    """
    if not isinstance(reference, Reference):
        raise InvalidRequest(
            f"{reference!r} is no reference of heights",
            hint="Reference.GROUND (AGL), Reference.SEA (AMSL) or Reference.ELLIPSOID (WGS84)",
        )
    return reference


def check_height(height: object) -> Height:
    """Return `height` if it is one.

    Raises:
        InvalidRequest: If it is a bare number or anything else.
    """
    if not isinstance(height, Height):
        raise InvalidRequest(
            f"{height!r} is no height: nobody knows what it counts from",
            hint="write Height(metres, reference)",
        )
    return height


def as_column(height: object) -> Heights:
    """Return one height or a column as a column.

    Raises:
        InvalidRequest: If it is neither.
    """
    if isinstance(height, Heights):
        return height
    single = check_height(height)
    return Heights.of(single.metres, single.reference)
