"""Grid codes as Polars expressions; needs `polars`, which Chengmo itself does not.

    coded = places.with_columns(code=encode("lon", "lat", level=8))
    coded.with_columns(box=pl.col("code").bd.decode()).unnest("box")

Importing this module adds the namespace `bd` to expressions. A null gives a null.
"""

from collections.abc import Callable, Sequence
from typing import Any

import polars as pl
import pyarrow as pa

from chengmo.grid.adapters import arrow_column
from chengmo.grid.adapters.arrow_column import BOX, SOLID_BOX
from chengmo.grid.height import Profile

_BOX = pl.Struct({name: pl.Float64() for name in BOX})
_SOLID_BOX = pl.Struct({name: pl.Float64() for name in SOLID_BOX})
Place = str | pl.Expr


def encode(lon: Place, lat: Place, *, level: int) -> pl.Expr:
    """Return the code of each place, in degrees (CGCS2000).

    Args:
        lon: Column of longitudes.
        lat: Column of latitudes.
        level: 1 to 10.
    """
    return _mapped(lambda x, y: arrow_column.encode(x, y, level=level), pl.String(), lon, lat)


def encode_solid(
    lon: Place, lat: Place, height_m: Place, *, level: int, profile: Profile = "standard"
) -> pl.Expr:
    """Return the 3-D code of each place at each ellipsoidal height in metres."""

    def codes(x: pa.Array, y: pa.Array, z: pa.Array) -> pa.Array:
        return arrow_column.encode_solid(x, y, z, level=level, profile=profile)

    return _mapped(codes, pl.String(), lon, lat, height_m)


def encode_key(lon: Place, lat: Place, *, level: int) -> pl.Expr:
    """Return the key of each place at a GeoSOT level (0–32)."""
    return _mapped(lambda x, y: arrow_column.encode_key(x, y, level=level), pl.UInt64(), lon, lat)


@pl.api.register_expr_namespace("bd")
class CodeExpression:
    """What can be asked of a column of codes: `pl.col("code").bd.decode()`."""

    def __init__(self, codes: pl.Expr) -> None:
        self._codes = codes

    def decode(self) -> pl.Expr:
        """Return edges and centre as a struct of west, south, east, north, lon, lat."""
        return _mapped(arrow_column.decode, _BOX, self._codes)

    def decode_solid(self, *, profile: Profile = "standard") -> pl.Expr:
        """Return the same with floor_m and ceiling_m, of 3-D codes."""

        def boxes(codes: pa.Array) -> pa.Array:
            return arrow_column.decode_solid(codes, profile=profile)

        return _mapped(boxes, _SOLID_BOX, self._codes)

    def level(self) -> pl.Expr:
        """Return the level (1–10) of 2-D and 3-D codes."""
        return _mapped(arrow_column.level_of, pl.UInt8(), self._codes)

    def parent(self, level: int) -> pl.Expr:
        """Return the code at a coarser level."""

        def parents(codes: pa.Array) -> pa.Array:
            return arrow_column.parent_code(codes, level=level)

        return _mapped(parents, pl.String(), self._codes)

    def key(self) -> pl.Expr:
        """Return the key of 2-D codes of level 4–10."""
        return _mapped(arrow_column.key_of, pl.UInt64(), self._codes)


def _mapped(work: Callable[..., pa.Array], kind: pl.DataType, *columns: Place) -> pl.Expr:
    def each(series: Sequence[pl.Series]) -> pl.Series:
        longest = max(map(len, series))
        found: Any = pl.from_arrow(work(*(_stretched(one, longest).to_arrow() for one in series)))
        return found.cast(kind)

    given = [pl.col(one) if isinstance(one, str) else one for one in columns]
    return pl.map_batches(given, each, return_dtype=kind)


def _stretched(series: pl.Series, length: int) -> pl.Series:
    """Return a literal, which comes as one value, as long as the other columns."""
    return series if len(series) == length else series.new_from_index(0, length)
