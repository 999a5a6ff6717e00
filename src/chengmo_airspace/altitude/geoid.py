"""The geoid EGM96: how high the mean sea lies above the WGS 84 ellipsoid, worldwide.

`egm96.xz` holds the 15-minute grid of the United States' National Geospatial-Intelligence Agency
(WW15MGH.DAC; see README.md): heights in whole centimetres. Between the samples a bicubic spline is
laid, as the agency's own program does; it meets that program's published test values within 5 mm.
EGM96 itself is good for half a metre to a metre.
"""

import lzma
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from chengmo import Surface
from chengmo_airspace.altitude.height import Floats

_ROWS, _COLUMNS, _A_DEGREE = 721, 1440, 4
# So many samples beyond each edge, that the spline does not feel it.
_MARGIN = 12


@cache
def egm96() -> Surface:
    """Return the geoid EGM96 above the WGS 84 ellipsoid, known everywhere.

    Example:
        >>> egm96().heights(np.array([114.305]), np.array([30.593])).round(2).tolist()
        [-14.66]
    """
    return Surface("EGM96", _heights, "EPSG:4326", "ellipsoid")


def _heights(lon: Floats, lat: Floats) -> Floats:
    column = np.mod(lon, 360.0) * _A_DEGREE + _MARGIN
    row = (90.0 - lat) * _A_DEGREE + _MARGIN
    inside = (np.abs(lat) <= 90.0) & np.isfinite(lon)  # noqa: PLR2004 - the poles
    at = np.stack([np.where(inside, row, 0.0), np.where(inside, column, 0.0)])
    # 0.0 in NaN's place: the spline's reader has no answer for it.
    found = ndimage.map_coordinates(_spline(), at, order=3, prefilter=False)
    return np.where(inside, found, np.nan)


@cache
def _spline() -> Floats:
    """Return the coefficients of the bicubic spline, metres, with margins all round."""
    metres = read_samples().astype(np.float64) / 100.0
    across = np.roll(metres, _COLUMNS // 2, axis=1)
    # Beyond a pole the same meridian goes on half a turn away.
    tall = np.vstack([across[_MARGIN:0:-1], metres, across[-2 : -_MARGIN - 2 : -1]])
    wide = np.hstack([tall[:, -_MARGIN:], tall, tall[:, : _MARGIN + 1]])
    return np.asarray(ndimage.spline_filter(wide, order=3), np.float64)


def read_samples() -> NDArray[np.int16]:
    """Return the grid as published: (721, 1440) centimetres.

    Rows run from 90° N to 90° S, columns from 0° east to 359.75°.
    """
    packed = (files("chengmo_airspace.altitude") / "egm96.xz").read_bytes()
    planes = np.frombuffer(lzma.decompress(packed), np.uint8).reshape(2, _ROWS, _COLUMNS)
    # Kept as differences of differences, low bytes first, which pack to a third.
    steps = (planes[0].astype(np.uint16) | (planes[1].astype(np.uint16) << 8)).view(np.int16)
    return np.cumsum(np.cumsum(steps, axis=0, dtype=np.int16), axis=1, dtype=np.int16)
