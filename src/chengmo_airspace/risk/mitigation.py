"""What lowers a ground risk class: the mitigations of SORA 2.5, annex B.

M1(A) shelter, M1(B) restrictions of the operation, M1(C) observation of the ground, M2 a softer
impact. The emergency response plan (M3 of SORA 2.0) is none any more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike

from chengmo import InvalidRequest
from chengmo_airspace.risk.sora import BEYOND, Aircraft, Classes, lowest_grc


class Robustness(IntEnum):
    """How well a mitigation does, and how well that is shown: the lower of the two."""

    NONE = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3


_NONE, _LOW, _MEDIUM, _HIGH = Robustness
# Table 5 of the main body: what each takes off. What is missing cannot be claimed.
CREDITS: Mapping[str, Mapping[Robustness, int]] = {
    "shelter": {_NONE: 0, _LOW: 1, _MEDIUM: 2},
    "restriction": {_NONE: 0, _MEDIUM: 1, _HIGH: 2},
    "observation": {_NONE: 0, _LOW: 1},
    "impact": {_NONE: 0, _MEDIUM: 1, _HIGH: 2},
}


@dataclass(frozen=True, slots=True)
class Mitigations:
    """The mitigations of one operation.

    Attributes:
        shelter: M1(A): people below are within buildings. Low or medium.
        restriction: M1(B): fewer people by where and when it flies. Medium or high; not beside a
            medium M1(A).
        observation: M1(C): somebody watches that nobody is below. Low.
        impact: M2: a parachute, a frangible frame. Medium or high.
    """

    shelter: Robustness = Robustness.NONE
    restriction: Robustness = Robustness.NONE
    observation: Robustness = Robustness.NONE
    impact: Robustness = Robustness.NONE

    def __post_init__(self) -> None:
        """Refuse what SORA does not offer."""
        for name, credits_of in CREDITS.items():
            value = getattr(self, name)
            if value not in credits_of:
                offered = ", ".join(level.name for level in credits_of)
                raise InvalidRequest(
                    f"the mitigation '{name}' has no robustness {value!r}", hint=f"one of {offered}"
                )
        if self.shelter is _MEDIUM and self.restriction is not _NONE:
            raise InvalidRequest(
                "a medium shelter (M1(A)) and restrictions (M1(B)) do not go together",
                hint="claim a low shelter beside the restriction, or one of the two",
            )

    @property
    def credit(self) -> int:
        """By how much all of them lower a class, before the floor."""
        return sum(credits_of[getattr(self, name)] for name, credits_of in CREDITS.items())


def final_grc(
    intrinsic: ArrayLike, aircraft: Aircraft, mitigations: Mitigations | None = None
) -> Classes:
    """Return the final ground risk class: lowered, but not below a controlled ground area's.

    Args:
        intrinsic: Classes of `intrinsic_grc`.
        aircraft: What flies.
        mitigations: What is claimed and shown; none by default.

    Returns:
        Classes of the same shape; `BEYOND` stays what it is: what has no class has no final one.

    Example:
        >>> parachute = Mitigations(impact=Robustness.MEDIUM, shelter=Robustness.LOW)
        >>> final_grc([5, 2, BEYOND], Aircraft(0.8, 20, 4), parachute).tolist()
        [3, 1, 11]
    """
    classes = np.atleast_1d(np.asarray(intrinsic, np.int8))
    credit = (mitigations or Mitigations()).credit
    lowered = np.maximum(classes - credit, lowest_grc(aircraft))
    # Never above what it was: of the lightest aircraft the class lies at the floor already.
    return np.where(classes >= BEYOND, BEYOND, np.minimum(lowered, classes)).astype(np.int8)
