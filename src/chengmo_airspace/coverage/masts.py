"""Base stations as columns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chengmo import InvalidRequest
from chengmo_airspace.coverage.loss import Floats

_SIDE_LOBE_DB = 30.0


@dataclass(frozen=True)
class Masts:
    """Base stations, one row an antenna that radiates all round.

    Attributes:
        lon: (n,) degrees east.
        lat: (n,) degrees north.
        antenna_m: (n,) height of the antenna above the ground.
        reference_dbm: (n,) power radiated in one resource element in the direction of the beam, the
            gain included: what RSRP is measured of. 46 dBm in 20 MHz LTE are 15.2, and 15 dBi more.
        frequency_ghz: (n,) of the carrier.
        tilt_deg: (n,) of the beam below the horizon; 0 for none.
        beam_deg: (n,) the beam's vertical width at half power; 0 for one that is alike everywhere.
        synthetic: Whether the masts are made up. Where they are, everything that follows is.
    """

    lon: Floats
    lat: Floats
    antenna_m: Floats
    reference_dbm: Floats
    frequency_ghz: Floats
    tilt_deg: Floats
    beam_deg: Floats
    synthetic: bool

    def __post_init__(self) -> None:
        """Refuse columns that do not fit."""
        columns = (
            self.lon, self.lat, self.antenna_m, self.reference_dbm, self.frequency_ghz,
            self.tilt_deg, self.beam_deg,
        )  # fmt: skip
        if len({len(column) for column in columns}) != 1:
            raise InvalidRequest("the columns of masts differ in length", hint="one row a mast")
        wrong = ~((self.frequency_ghz > 0) & (self.antenna_m > 0) & (self.beam_deg >= 0))
        if wrong.any() or not all(np.isfinite(column).all() for column in columns):
            raise InvalidRequest(
                "a mast has no place, no height, no frequency or no power",
                hint="finite numbers; antenna_m and frequency_ghz above 0",
            )

    @classmethod
    def of(  # noqa: PLR0913 - the columns of one table
        cls,
        lon: object,
        lat: object,
        *,
        synthetic: bool,
        antenna_m: object = 25.0,
        reference_dbm: object = 30.2,
        frequency_ghz: object = 2.6,
        tilt_deg: object = 0.0,
        beam_deg: object = 0.0,
    ) -> "Masts":
        """Return masts of columns or single numbers."""
        given = (lon, lat, antenna_m, reference_dbm, frequency_ghz, tilt_deg, beam_deg)
        columns = np.broadcast_arrays(*(np.atleast_1d(np.asarray(part, float)) for part in given))
        return cls(*columns, synthetic=synthetic)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.lon)

    def beam_loss_db(self, mast: NDArray[np.int64], elevation_deg: Floats) -> Floats:
        """Return what the beam's shape takes towards elevations above the horizon.

        12·((angle off the beam)/width)², 30 dB at most (TR 38.901, table 7.3-1, vertical cut).
        """
        width = self.beam_deg[mast]
        off = elevation_deg + self.tilt_deg[mast]
        shape = 12 * np.divide(off, width, out=np.zeros(off.shape), where=width > 0) ** 2
        return np.minimum(shape, _SIDE_LOBE_DB)
