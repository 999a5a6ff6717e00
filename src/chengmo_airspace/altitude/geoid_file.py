"""A city's own geoid, such as EGM2008 or a national one: a GTX file, or a dataset of its samples.

EGM96 is on board; another model is given by its file and keeps its name. Nothing falls back: past
the edge of its samples a height is unknown, not EGM96's, so two geoids never mix.

GTX is NOAA's binary grid of vertical shifts (vdatum.noaa.gov, "GTX format"): 40 bytes of header,
big-endian: latitude and longitude of the south-western sample, steps in both, all float64 degrees,
rows and columns as int32; then float32 metres, rows from the south. -88.8888 means: none.
"""

import struct
from collections.abc import Iterator

import numpy as np

from chengmo import City, InvalidRequest, Surface, Text, sampled_surface
from chengmo_airspace.altitude.geoid import egm96
from chengmo_airspace.altitude.height import Floats
from chengmo_airspace.altitude.number_column import number_column

_HEADER = struct.Struct(">4d2i")
_NONE_M, _NEAR_NONE = -88.8888, 1e-3
# No geoid of the Earth is further from the ellipsoid than some 107 m.
_FURTHEST_M = 150.0
_WHOLE_TURN, _LEAST = 360.0, 2
Box = tuple[float, float, float, float]


def read_gtx(data: bytes, name: str) -> Surface:
    """Return the geoid of a GTX file, bilinear between its samples, above the WGS 84 ellipsoid.

    Args:
        data: The file.
        name: Which model it is, for messages and caveats: EGM2008.

    Raises:
        InvalidRequest: If it is no GTX file, or its values are no geoid's.
    """
    metres, box = _read_grid(data, name)
    west, south, east, north = box
    across = metres.shape[1]
    if abs(east - west + (east - west) / (across - 1) - _WHOLE_TURN) < 1e-6:  # noqa: PLR2004 - degrees
        # All round the Earth: the first column again, so that nothing is missing before ±180°.
        metres, east = np.hstack([metres, metres[:, :1]]), west + _WHOLE_TURN
    plain = sampled_surface(
        name, metres, box=(west, south, east, north), crs="EPSG:4326", datum="ellipsoid"
    )

    def heights(lon: Floats, lat: Floats) -> Floats:
        return plain.heights(west + np.mod(np.asarray(lon, np.float64) - west, _WHOLE_TURN), lat)

    return Surface(name, heights, "EPSG:4326", "ellipsoid")


def samples_within(data: bytes, name: str, box: Box) -> Iterator[tuple[float, float, float]]:
    """Yield longitude, latitude and metres of a GTX file's samples around a box, row by row.

    One sample beyond each edge is among them, so that all of the box lies between samples.

    Raises:
        InvalidRequest: As `read_gtx`; if the box has no samples.
    """
    metres, (west, south, east, north) = _read_grid(data, name)
    lat = np.linspace(north, south, metres.shape[0])
    lon = np.linspace(west, east, metres.shape[1])
    step_lon, step_lat = lon[1] - lon[0], lat[0] - lat[1]
    turn = round(((box[0] + box[2]) / 2 - (west + east) / 2) / _WHOLE_TURN) * _WHOLE_TURN
    lon = lon + turn
    columns = np.flatnonzero((lon > box[0] - step_lon) & (lon < box[2] + step_lon))
    rows = np.flatnonzero((lat > box[1] - step_lat) & (lat < box[3] + step_lat))
    if len(columns) < _LEAST or len(rows) < _LEAST:
        raise InvalidRequest(f"'{name}' has no samples in {box}", hint="west, south, east, north")
    for row in rows:
        for column in columns:
            yield float(lon[column]), float(lat[row]), float(metres[row, column])


def geoid_of_dataset(city: City, dataset: str | None, *, column: str = "geoid_m") -> Surface:
    """Return the geoid whose samples are the rows of a dataset, named as it; EGM96 without one.

    Args:
        city: Whose dataset it is.
        dataset: One row a sample of a regular lattice, at its place; None: EGM96.
        column: Its column with metres above the WGS 84 ellipsoid.

    Raises:
        InvalidRequest: If the places make no regular lattice, or a value is no geoid's.
    """
    if dataset is None:
        return egm96()
    metres = number_column(city, dataset, column)
    place = np.round(np.column_stack(city.places(dataset)), 9)
    known = np.isfinite(place).all(axis=1) & np.isfinite(metres)
    lon, across = np.unique(place[known, 0], return_inverse=True)
    lat, up = np.unique(place[known, 1], return_inverse=True)
    if min(len(lon), len(lat)) < _LEAST or not (_is_even(lon) and _is_even(lat)):
        raise InvalidRequest(
            f"the places of geoid '{dataset}' are no lattice of even steps",
            hint="one row a sample, two at least each way; python -m chengmo_airspace.altitude",
        )
    samples = np.full((len(lat), len(lon)), np.nan)
    samples[len(lat) - 1 - up, across] = _checked(metres[known], dataset)
    box = (float(lon[0]), float(lat[0]), float(lon[-1]), float(lat[-1]))
    return sampled_surface(dataset, samples, box=box, crs="EPSG:4326", datum="ellipsoid")


def name_geoid(dataset: str | None) -> Text:
    """Return how a geoid is called, and how good it is where that is known."""
    if dataset is None:
        return Text(zh=" EGM96 大地水准面（误差约1米）", en="EGM96 (good to about 1 m)")
    return Text(zh=f"大地水准面数据集 {dataset} ", en=f"the geoid '{dataset}'")


def _read_grid(data: bytes, name: str) -> tuple[Floats, Box]:
    """Return samples, the first row northernmost, and the box of the outermost ones."""
    if len(data) < _HEADER.size:
        raise InvalidRequest(f"'{name}' is no GTX file: it is too short", hint="give a .gtx")
    south, west, step_lat, step_lon, rows, columns = _HEADER.unpack_from(data)
    size = _HEADER.size + 4 * max(rows, 0) * max(columns, 0)
    if min(rows, columns) < _LEAST or len(data) != size or not (step_lat > 0 and step_lon > 0):
        raise InvalidRequest(
            f"'{name}' is no GTX file: {rows} rows, {columns} columns, {len(data)} bytes",
            hint="gdal_translate -of GTX makes one of a GeoTIFF",
        )
    raw = np.frombuffer(data, ">f4", offset=_HEADER.size).astype(np.float64)
    raw = np.where(np.abs(raw - _NONE_M) < _NEAR_NONE, np.nan, raw)
    grid = _checked(raw, name).reshape(rows, columns)[::-1]
    return grid, (west, south, west + step_lon * (columns - 1), south + step_lat * (rows - 1))


def _checked(metres: Floats, name: str) -> Floats:
    if np.nanmax(np.abs(metres), initial=0.0) > _FURTHEST_M:
        raise InvalidRequest(
            f"'{name}' has values beyond {_FURTHEST_M:g} m: it is no geoid",
            hint="heights of the sea above the WGS 84 ellipsoid, metres; no terrain",
        )
    return metres


def _is_even(values: Floats) -> bool:
    steps = np.diff(values)
    return bool(np.allclose(steps, steps.mean(), rtol=1e-3, atol=1e-8))
