"""A route: the corners of a way, what it costs of each kind, and why it goes where it goes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chengmo import Text
from chengmo_airspace.routes.frame import Frame

_PER_CENT = 100


@dataclass(frozen=True, eq=False)
class StraightLine:
    """The straight line between the ends of a route, to compare it with.

    Attributes:
        length_m: Its length.
        blocked_by: What closes it, in the order met; none if it is open.
        cost: What it would cost; None if it is closed.
    """

    length_m: float
    blocked_by: tuple[Text, ...]
    cost: float | None


@dataclass(frozen=True, eq=False)
class Route:
    """A way that touches no closed cell.

    Attributes:
        frame: The frame of the space it was found in.
        cells: (n, 3) the cells of its corners.
        spots: (n, 3) its corners, the middles of these: longitude, latitude, metres above ground.
        length_m: Length, in the plane and above the ground.
        cost: The sum of weight times amount over the kinds.
        amounts: Of each kind, the integral of its rate along the way; "length" among them.
        bound: No way by 26 moves costs less than this; one at any angle may.
        looked_at: How many cells the search took up.
        straight: The straight line.
    """

    frame: Frame
    cells: NDArray[np.int64]
    spots: NDArray[np.float64]
    length_m: float
    cost: float
    amounts: Mapping[str, float]
    bound: float
    looked_at: int
    straight: StraightLine

    @property
    def explained(self) -> Text:
        """Why it is no straight line, in a sentence."""
        longer = (
            _PER_CENT * (self.length_m / self.straight.length_m - 1) if len(self.cells) > 1 else 0
        )
        zh = f"全长{self.length_m:.0f}米,比直线长{longer:.1f}%"
        en = f"{self.length_m:.0f} m, {longer:.1f} % longer than the straight line"
        if self.straight.blocked_by:
            names_zh = "、".join(reason.zh for reason in self.straight.blocked_by)
            names_en = ", ".join(reason.en for reason in self.straight.blocked_by)
            return Text(
                zh=f"{zh};直线被阻:{names_zh}。", en=f"{en}, which is closed by {names_en}."
            )
        if self.straight.cost is None or self.straight.cost <= self.cost * (1 + 1e-9):
            return Text(zh=f"{zh}。", en=f"{en}.")
        times = self.straight.cost / self.cost
        return Text(
            zh=f"{zh};直线可飞,但代价为此航路的{times:.2f}倍。",
            en=f"{en}, which is open but costs {times:.2f} times as much.",
        )


@dataclass(frozen=True)
class NoRoute:
    """Why there is no way.

    Attributes:
        why: In a sentence.
        blocked_by: What closes the start or the end, or the straight line between them.
    """

    why: Text
    blocked_by: tuple[Text, ...]
