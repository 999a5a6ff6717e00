"""Grid codes as a pandas accessor; needs `pandas`, which Chengmo itself does not.

    places["code"] = places.bd.encode(level=8)
    places.join(places["code"].bd.decode())

Importing this module adds the accessor `bd` to data frames and series. What is missing stays so.
"""

import pandas as pd
import pyarrow as pa

from chengmo.grid.adapters import arrow_column
from chengmo.grid.height import Profile


@pd.api.extensions.register_dataframe_accessor("bd")
class PlaceFrame:
    """What can be asked of a frame of places: `frame.bd.encode(level=8)`."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    def encode(self, *, level: int, lon: str = "lon", lat: str = "lat") -> pd.Series:
        """Return the code of each row's place, in degrees (CGCS2000)."""
        codes = arrow_column.encode(self._column(lon), self._column(lat), level=level)
        return self._series(codes, "code")

    def encode_solid(
        self,
        *,
        level: int,
        lon: str = "lon",
        lat: str = "lat",
        height_m: str = "height_m",
        profile: Profile = "standard",
    ) -> pd.Series:
        """Return the 3-D code of each row's place and ellipsoidal height in metres."""
        columns = (self._column(name) for name in (lon, lat, height_m))
        codes = arrow_column.encode_solid(*columns, level=level, profile=profile)
        return self._series(codes, "code")

    def encode_key(self, *, level: int, lon: str = "lon", lat: str = "lat") -> pd.Series:
        """Return the key of each row's place at a GeoSOT level (0–32)."""
        keys = arrow_column.encode_key(self._column(lon), self._column(lat), level=level)
        return self._series(keys, "key")

    def _column(self, name: str) -> pa.Array:
        return _arrow(pd.Series(self._frame[name], dtype="float64"))

    def _series(self, column: pa.Array, name: str) -> pd.Series:
        return _series(column, self._frame.index, name)


@pd.api.extensions.register_series_accessor("bd")
class CodeSeries:
    """What can be asked of a series of codes: `series.bd.decode()`."""

    def __init__(self, codes: pd.Series) -> None:
        self._codes = codes

    def decode(self) -> pd.DataFrame:
        """Return edges and centre: columns west, south, east, north, lon, lat."""
        return self._frame(arrow_column.decode(self._texts()))

    def decode_solid(self, *, profile: Profile = "standard") -> pd.DataFrame:
        """Return the same with floor_m and ceiling_m, of 3-D codes."""
        return self._frame(arrow_column.decode_solid(self._texts(), profile=profile))

    def level(self) -> pd.Series:
        """Return the level (1–10) of 2-D and 3-D codes."""
        return _series(arrow_column.level_of(self._texts()), self._codes.index, "level")

    def parent(self, level: int) -> pd.Series:
        """Return the code at a coarser level."""
        codes = arrow_column.parent_code(self._texts(), level=level)
        return _series(codes, self._codes.index, "code")

    def key(self) -> pd.Series:
        """Return the key of 2-D codes of level 4–10."""
        return _series(arrow_column.key_of(self._texts()), self._codes.index, "key")

    def _texts(self) -> pa.Array:
        return _arrow(self._codes).cast(pa.string())

    def _frame(self, boxes: pa.StructArray) -> pd.DataFrame:
        columns = dict(zip(boxes.type.names, boxes.flatten(), strict=True))
        return pa.table(columns).to_pandas().set_index(self._codes.index)


def _arrow(series: pd.Series) -> pa.Array:
    column = pa.Array.from_pandas(series)
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _series(column: pa.Array, index: pd.Index, name: str) -> pd.Series:
    # Whole numbers stay whole where some are missing: 64-bit keys do not fit a float.
    kinds = {pa.uint64(): pd.UInt64Dtype(), pa.uint8(): pd.UInt8Dtype()}
    return column.to_pandas(types_mapper=kinds.get).set_axis(index).rename(name)
