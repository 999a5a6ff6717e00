"""Masts and beacons as datasets: one row an antenna, plain columns, the place as its geometry."""

import numpy as np

from chengmo import City
from chengmo_airspace.altitude import number_column
from chengmo_airspace.coverage.masts import Masts

_NEEDED = ("antenna_m", "reference_dbm", "frequency_ghz")
_SHAPE = ("tilt_deg", "beam_deg")


def masts_of_dataset(city: City, dataset: str) -> Masts:
    """Return the base stations of one of the city's datasets.

    Columns `antenna_m`, `reference_dbm`, `frequency_ghz`; `tilt_deg` and `beam_deg` if known. They
    are made up where the dataset says so.

    Raises:
        InvalidRequest: If a column is missing, or a mast has no place or height.
    """
    lon, lat = city.places(dataset)
    given = {name: number_column(city, dataset, name) for name in _NEEDED}
    shape = {
        name: np.nan_to_num(number_column(city, dataset, name))
        for name in _SHAPE
        if name in city.table(dataset).column_names
    }
    return Masts.of(lon, lat, synthetic=city.about(dataset).synthetic, **given, **shape)
