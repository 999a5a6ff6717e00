"""A space to find ways in: what closes its cells and what a metre costs in each."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

import numpy as np
import shapely
from numpy.typing import NDArray

from chengmo import InvalidRequest, Text
from chengmo_airspace.routes.column_kernel import lowest_prices
from chengmo_airspace.routes.frame import Frame
from chengmo_airspace.routes.moves import PAD, Moves, lay_moves, strides_of

LENGTH = "length"

_MOST_REASONS = 255


@dataclass(frozen=True, eq=False)
class Closure:
    """Cells that are closed for a while.

    Attributes:
        cells: (east, north, up) True where closed; an axis may be 1 and is then meant for all.
        begin: First instant, aware.
        end: Last instant, aware.
        reason: Why, for the explanation of a route.
    """

    cells: NDArray[np.bool_]
    begin: datetime
    end: datetime
    reason: Text


@dataclass(frozen=True)
class Prices:
    """What a search needs to know of a space under given weights.

    Attributes:
        cells: (cells) per metre, flat and padded; inf where closed.
        lowest: (columns) the least of each column, flat and padded.
        cheap_layer: Where columns are cheapest in the mean, in padded numbers; nan if their cells
            do not differ in price.
        least: The least of all that are open.
        strides: (3,) of `cells`.
        moves: The 26 moves.
    """

    cells: NDArray[np.float32]
    lowest: NDArray[np.float32]
    cheap_layer: float
    least: float
    strides: NDArray[np.int64]
    moves: Moves


@dataclass(frozen=True, eq=False)
class Space:
    """Cells above the ground with obstacles and rates.

    Attributes:
        frame: Where the cells lie.
        obstacles: (east, north, up) 0 where open, else the number of a reason, from 1.
        reasons: Why cells are closed.
        rates: For each kind of cost, what a metre costs: not negative, finite, (east, north, up);
            an axis may be 1 and is then meant for all. The length itself is the kind "length".
        closures: What is closed for a while; counts only after `during`.
    """

    frame: Frame
    obstacles: NDArray[np.uint8]
    reasons: tuple[Text, ...] = ()
    rates: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    closures: tuple[Closure, ...] = ()
    _priced: dict[tuple[tuple[str, float], ...], Prices] = field(
        default_factory=dict, init=False, repr=False
    )

    @classmethod
    def open(cls, frame: Frame) -> Self:
        """Return a space in which nothing is closed and only length counts."""
        return cls(frame, np.zeros(frame.shape, np.uint8))

    def close(self, cells: NDArray[np.bool_], reason: Text) -> "Space":
        """Return the space with cells closed; those closed before keep their reason.

        Args:
            cells: (east, north, up) True where closed; an axis may be 1.
            reason: Why.
        """
        reasons = self.reasons if reason in self.reasons else (*self.reasons, reason)
        if len(reasons) > _MOST_REASONS:
            raise InvalidRequest(
                f"{len(reasons)} reasons why cells are closed", hint="at most 255: join some"
            )
        obstacles = self.obstacles.copy()
        number = reasons.index(reason) + 1
        obstacles[np.broadcast_to(cells, self.frame.shape) & (obstacles == 0)] = number
        return replace(self, obstacles=obstacles, reasons=reasons)

    def close_area(
        self,
        area: shapely.Geometry,
        reason: Text,
        *,
        band_m: tuple[float, float] = (-np.inf, np.inf),
    ) -> "Space":
        """Return the space with all cells closed that an area touches between two heights.

        Args:
            area: Degrees (WGS 84), longitude first.
            reason: Why.
            band_m: Metres above the ground. A layer that only touches the band stays open.
        """
        edges = self.frame.layer_bounds()
        layers = (edges[1:] > band_m[0]) & (edges[:-1] < band_m[1])
        return self.close(self.frame.touched_by(area)[:, :, None] & layers, reason)

    def rate(self, kind: str, per_metre: NDArray[np.floating]) -> "Space":
        """Return the space with one more kind of cost.

        Raises:
            InvalidRequest: If a rate is negative, not finite, or of another shape.
        """
        rates = np.asarray(per_metre, np.float32)
        try:
            np.broadcast_to(rates, self.frame.shape)
        except ValueError as error:
            raise InvalidRequest(
                f"rates of '{kind}' of shape {rates.shape}",
                hint=f"{self.frame.shape}, or 1 where an axis does not matter",
            ) from error
        if kind == LENGTH or not (np.isfinite(rates) & (rates >= 0)).all():
            raise InvalidRequest(
                f"rates of '{kind}' are negative or not finite, or stand for the length",
                hint="0 or more per metre; what is closed goes to `close`",
            )
        return replace(self, rates={**self.rates, kind: rates})

    def during(self, begin: datetime, end: datetime) -> "Space":
        """Return the space as it is for a flight between two instants.

        What is closed at any instant of the two is closed all the time: careful, not least cost.
        """
        space = self
        for closure in self.closures:
            if closure.begin <= end and begin <= closure.end:
                space = space.close(closure.cells, closure.reason)
        return space

    def price(self, weights: Mapping[str, float]) -> Prices:
        """Return what a metre costs in each cell: the sum of weight times rate over the kinds.

        Takes seconds for tens of millions of cells; kept for the next time.

        Raises:
            InvalidRequest: If a kind is not known, a weight negative, or a metre somewhere free.
        """
        asked = tuple(sorted((kind, float(weight)) for kind, weight in weights.items()))
        if asked not in self._priced:
            self._priced[asked] = self._lay_prices(dict(asked))
        return self._priced[asked]

    def _lay_prices(self, weights: Mapping[str, float]) -> Prices:
        for kind, weight in weights.items():
            if (kind != LENGTH and kind not in self.rates) or not 0 <= weight < np.inf:
                raise InvalidRequest(
                    f"a weight of {weight} for '{kind}'",
                    hint=f"0 or more, for {', '.join([LENGTH, *self.rates])}",
                )
        shape = self.frame.shape
        padded = np.full([size + 2 * PAD for size in shape], np.inf, np.float32)
        inner = padded[PAD:-PAD, PAD:-PAD, PAD:-PAD]
        inner[:] = weights.get(LENGTH, 0.0)
        for kind, weight in weights.items():
            if kind != LENGTH and weight:
                inner += np.float32(weight) * self.rates[kind]
        inner[self.obstacles != 0] = np.inf
        cells, strides = padded.ravel(), strides_of(shape)
        lowest, cheap_layer = lowest_prices(cells, int(strides[1]))
        least = float(lowest.min())
        if not least > 0:
            raise InvalidRequest(
                "a metre costs nothing somewhere", hint="give 'length' a weight above 0"
            )
        moves = lay_moves(shape, self.frame.sizes_m)
        return Prices(cells, lowest, cheap_layer, least, strides, moves)
