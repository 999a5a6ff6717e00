"""By what an aircraft is judged: every limit by its name, with where it is from.

Limits named F3548-21 are parameters of that standard, with the values that
interuss/uas_standards (Apache-2.0) lists for it; the text of the standard itself was not at hand.
All others are this centre's own, for a city to set.
"""

from dataclasses import dataclass, fields
from math import isfinite

from chengmo import InvalidRequest

SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What is too long, too far or too near; seconds and metres.

    Attributes:
        ahead_s: How far a message's time may lie ahead of this clock
            (F3548-21 TimeSyncMaxDifferentialSeconds).
        late_s: How old a message may be; what is older is refused.
        nonconforming_after_s: For how long an aircraft may be outside its volumes before it is
            nonconforming; 0: the first message outside makes it so (F3548-21 gives 5 s to tell it,
            OiMaxUpdateTimeNonconfSeconds).
        contingent_after_s: For how long it may be nonconforming before it no longer counts as
            recoverable (F3548-21 MaxRecoverableTimeInNonconformingStateSeconds).
        restored_after_s: For how long it must be inside again before it conforms (F3548-21 gives
            5 s to tell it, OiMaxUpdateRestoreConfSeconds).
        lost_link_s: After how long without a message the link of an airborne aircraft counts as
            lost.
        forget_s: After how long without a message an aircraft leaves the picture.
        near_m: Horizontal distance at which two airborne aircraft are too near.
        near_vertical_m: Vertical distance; both must be fallen short of.
        parted_ratio: How many times these distances part them again.
        predict_s: How far at most positions are carried on along speed and course, so that two
            that were told at different times are compared at one.

    Raises:
        InvalidRequest: If a limit is negative or no number.

    Example:
        >>> Limits(lost_link_s=5).lost_link_s
        5
    """

    ahead_s: float = 5.0
    late_s: float = 600.0
    nonconforming_after_s: float = 0.0
    contingent_after_s: float = 60.0
    restored_after_s: float = 3.0
    lost_link_s: float = 10.0
    forget_s: float = 600.0
    near_m: float = 50.0
    near_vertical_m: float = 15.0
    parted_ratio: float = 1.25
    predict_s: float = 3.0

    def __post_init__(self) -> None:
        """Refuse what is no limit."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not (isfinite(value) and value >= 0):
                raise InvalidRequest(
                    f"{field.name} is {value!r}", hint="give a number, not negative"
                )
        if self.parted_ratio < 1 or not self.near_m:
            raise InvalidRequest(
                "aircraft would part before they are near", hint="near_m > 0, parted_ratio ≥ 1"
            )
