"""Datasets as vector tiles (OGC API - Tiles): their tilesets, their tiles, the tile matrix set."""

from typing import Any

from chengmo.catalog.dataset import Dataset
from chengmo.catalog.tiles import FINEST_LEVEL, HALF_M, Tile
from chengmo.interfaces.entity_tag import is_held
from chengmo.interfaces.ogc.access import permitted_dataset
from chengmo.interfaces.ogc.crs import CRS84
from chengmo.interfaces.ogc.document import (
    Link,
    TileLayer,
    TileMatrix,
    TileMatrixSet,
    TileMatrixSets,
    TileSet,
    TileSetItem,
    TileSets,
)
from chengmo.interfaces.ogc.endpoint import MVT, Answer, Call, Endpoint, Query, Reply
from chengmo.interfaces.ogc.item import UNCHANGED
from chengmo.interfaces.ogc.question import VersionQuery
from chengmo.interfaces.ogc.version import platform_version
from chengmo.interfaces.problem import NOT_FOUND, Problem

NAME = "WebMercatorQuad"
MATRIX_SET = f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{NAME}"
_SCALE_SET = "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible"
_MERCATOR = "http://www.opengis.net/def/crs/EPSG/0/3857"
_SCHEME = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
_TILE_PIXELS = 256
# OGC 17-083r4, 6.1: the scale denominator goes by pixels of 0.28 mm.
_PIXEL_M = 0.28e-3
_DIMENSIONS = {"point": 0, "line": 1, "polygon": 2}


def answer_tilesets(call: Call[VersionQuery]) -> Reply | Problem:
    """Return the tilesets of a dataset: one, if its rows have places."""
    dataset = permitted_dataset(call, call.query.dataset_version)
    if dataset.geometry_type == "none":
        return _without_places(dataset)
    return call.reply(TileSets(links=(call.here(),), tilesets=(_item_of(call, dataset),)))


def answer_tileset(call: Call[VersionQuery]) -> Reply | Problem:
    """Return what is in the tiles of a dataset and where they are."""
    dataset = permitted_dataset(call, call.query.dataset_version)
    if dataset.geometry_type == "none":
        return _without_places(dataset)
    item = _item_of(call, dataset)
    box = None
    if dataset.extent is not None:
        west, south, east, north = dataset.extent
        box = {"lowerLeft": [west, south], "upperRight": [east, north], "crs": CRS84}
    tileset = TileSet(
        title=item.title,
        crs=item.crs,
        tileMatrixSetURI=item.tile_matrix_set_uri,
        attribution=dataset.attribution or None,
        bounding_box=box,
        layers=(
            TileLayer(id=dataset.id, geometry_dimension=_DIMENSIONS.get(dataset.geometry_type)),
        ),
        links=(*item.links, _tiles_link(call, dataset)),
    )
    return call.reply(tileset)


def answer_tile(call: Call[VersionQuery]) -> Reply | Problem:
    """Return one tile; 204 where nothing lies."""
    dataset = permitted_dataset(call, call.query.dataset_version)
    numbers = [call.path[name] for name in ("tileMatrix", "tileRow", "tileCol")]
    if not all(
        text.isascii() and text.isdigit() and len(text) <= len("4194303") for text in numbers
    ):
        return Problem(
            NOT_FOUND, f"there is no tile {'/'.join(numbers)[:100]}", "tiles are numbers"
        )
    # An edition is another table of the same version: what one may see is not what all may.
    version = f"{dataset.id}.{dataset.version}.{dataset.snapshot}.{dataset.edition[:16]}"
    tag = f'"{version}.{platform_version()}"'
    headers = {"ETag": tag, **call.keeping}
    if is_held(call.request, tag):
        return Reply(status=304, media_type=MVT, headers=headers)
    tile = Tile(*map(int, numbers))
    content = call.view.tile(dataset.id, tile, dataset.version)
    return Reply(content, 200 if content else 204, MVT, headers)


def answer_matrix_sets(call: Call[Query]) -> Reply:
    """Return the one tile matrix set there is."""
    path = f"/tileMatrixSets/{NAME}"
    listed = {
        "id": NAME,
        "uri": MATRIX_SET,
        "crs": _MERCATOR,
        "links": [call.link(path, "self").model_dump(exclude_none=True)],
    }
    return call.reply(TileMatrixSets(links=(call.here(),), tile_matrix_sets=(listed,)))


def answer_matrix_set(call: Call[Query]) -> Reply:
    """Return the tile matrix set WebMercatorQuad (OGC 17-083r4, annex D.1)."""
    return call.reply(
        TileMatrixSet(
            id=NAME,
            title="Google Maps Compatible for the World",
            uri=MATRIX_SET,
            crs=_MERCATOR,
            ordered_axes=("E", "N"),
            well_known_scale_set=_SCALE_SET,
            tile_matrices=tuple(_matrix(level) for level in range(FINEST_LEVEL + 1)),
        )
    )


def _matrix(level: int) -> TileMatrix:
    count = 1 << level
    cell_m = 2 * HALF_M / count / _TILE_PIXELS
    return TileMatrix(
        id=str(level),
        scale_denominator=cell_m / _PIXEL_M,
        cell_size=cell_m,
        point_of_origin=(-HALF_M, HALF_M),
        tile_width=_TILE_PIXELS,
        tile_height=_TILE_PIXELS,
        matrix_width=count,
        matrix_height=count,
    )


def _item_of(call: Call[VersionQuery], dataset: Dataset) -> TileSetItem:
    path = f"/collections/{dataset.id}/tiles/{NAME}{call.query.pinning}"
    return TileSetItem(
        title=call.say(dataset.title) or dataset.id,
        crs=_MERCATOR,
        tileMatrixSetURI=MATRIX_SET,
        links=(
            call.link(path, "self"),
            call.link(f"/tileMatrixSets/{NAME}", _SCHEME),
            call.link(f"/collections/{dataset.id}{call.query.pinning}", "collection"),
        ),
    )


def _tiles_link(call: Call[VersionQuery], dataset: Dataset) -> Link:
    path = f"/collections/{dataset.id}/tiles/{NAME}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"
    whole = call.link(f"{path}{call.query.pinning}", "item", MVT)
    return whole.model_copy(update={"templated": True})


def _without_places(dataset: Dataset) -> Problem:
    return Problem(
        NOT_FOUND,
        f"the rows of '{dataset.id}' have no places, so it has no tiles",
        f"/collections/{dataset.id}/items has the rows",
    )


_HEADERS = {"ETag": "Of this version"}
_PATH = "/collections/{collectionId}/tiles"

ENDPOINTS: tuple[Endpoint[Any], ...] = (
    Endpoint(
        "GET",
        _PATH,
        "getTileSets",
        "Tiles",
        "The tilesets of a dataset",
        VersionQuery,
        answer_tilesets,
        (Answer(200, "The tilesets", TileSets),),
    ),
    Endpoint(
        "GET",
        f"{_PATH}/{NAME}",
        "getTileSet",
        "Tiles",
        "What is in the tiles of a dataset",
        VersionQuery,
        answer_tileset,
        (Answer(200, "The tileset", TileSet),),
    ),
    Endpoint(
        "GET",
        f"{_PATH}/{NAME}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}",
        "getTile",
        "Tiles",
        "A vector tile of a dataset",
        VersionQuery,
        answer_tile,
        (
            Answer(200, "The tile", {"type": "string", "format": "binary"}, MVT, _HEADERS),
            Answer(204, "Nothing lies there", headers=_HEADERS),
            UNCHANGED,
        ),
    ),
    Endpoint(
        "GET",
        "/tileMatrixSets",
        "getTileMatrixSets",
        "Tiles",
        "The tile matrix sets that tilesets use",
        Query,
        answer_matrix_sets,
        (Answer(200, "The tile matrix sets", TileMatrixSets),),
    ),
    Endpoint(
        "GET",
        f"/tileMatrixSets/{NAME}",
        "getTileMatrixSet",
        "Tiles",
        "The tile matrix set of all tilesets",
        Query,
        answer_matrix_set,
        (Answer(200, "The tile matrix set", TileMatrixSet),),
    ),
)
