"""A graph of streets from lines: cut where they cross, joined where they nearly meet."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.spatial import KDTree

from chengmo.grid.plane import Floats, Plane

Ints = NDArray[np.int64]

# Vertices are the same node when they fall on the same centimetre.
PARTS_OF_A_METRE = 100.0
# An end this near to another line was meant to meet it.
SNAP_M = 30.0
# Two pieces of the network this near to each other are joined, once, at their nearest nodes.
STITCH_M = 150.0
# Long segments get nodes in between, so that a place beside them finds one near.
SPACING_M = 100.0
# No street of a city is farther than this from its middle.
FARTHEST_M = 1e6


@dataclass(frozen=True)
class Streets:
    """An undirected graph in a plane.

    Attributes:
        node_xy: (k, 2) metres.
        length: (k, k) symmetric, metres of each edge; never shorter than the straight line.
        part: (k,) connected part each node belongs to.
    """

    node_xy: Floats
    length: csr_array
    part: Ints


@dataclass(frozen=True)
class _Segments:
    """(s,) straight pieces: both ends and the line they belong to."""

    a: Floats
    b: Floats
    line: Ints

    @property
    def shapes(self) -> "np.ndarray[tuple[int], np.dtype[np.object_]]":
        return np.asarray(shapely.linestrings(np.stack([self.a, self.b], axis=1)))


@dataclass(frozen=True)
class _Cuts:
    """(c,) places where a segment gets a node: segment, share of its length, metres."""

    segment: Ints
    at: Floats
    xy: Floats


def find_streets(shapes: "np.ndarray[tuple[int], np.dtype[np.object_]]", plane: Plane) -> Streets:
    """Return the graph of the lines among `shapes` (degrees, EPSG:4490); empty if there are none.

    Args:
        shapes: Geometries of a dataset; what is no line is left out.
        plane: Where lengths are measured.
    """
    parts = shapely.get_parts(shapes)
    lines = parts[shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING]
    place, line = shapely.get_coordinates(lines, return_index=True)
    xy = plane.to_metres(place)
    # A vertex on the other side of the Earth has no place in the plane.
    known = (np.abs(xy) < FARTHEST_M).all(axis=1)
    return lay_streets(xy[known], np.asarray(line[known], dtype=np.int64))


def lay_streets(xy: Floats, line: Ints) -> Streets:
    """Return the graph of lines given as columns of vertices.

    Crossing lines are joined even where one is a bridge: a person finds the stairs.

    Args:
        xy: (v, 2) metres in a plane true to scale, the vertices of a line one after another.
        line: (v,) number of the line of each vertex.
    """
    xy = np.rint(np.asarray(xy, dtype=np.float64) * PARTS_OF_A_METRE) / PARTS_OF_A_METRE
    follows = (line[1:] == line[:-1]) & (xy[1:] != xy[:-1]).any(axis=1)
    segments = _Segments(xy[:-1][follows], xy[1:][follows], line[1:][follows])
    if len(segments.line) == 0:
        none = csr_array((0, 0), dtype=np.float64)
        return Streets(np.zeros((0, 2)), none, np.zeros(0, dtype=np.int64))
    tree = shapely.STRtree(segments.shapes)
    ends = _find_ends(segments)
    feet, joins = _meet_lines(segments, tree, ends)
    cuts = (_cross(segments, tree), feet, _space_out(segments))
    start_xy, end_xy = _chain(segments, cuts)
    node_xy, edge = _number(
        np.concatenate([start_xy, joins[:, :2]]), np.concatenate([end_xy, joins[:, 2:]])
    )
    length = _weigh(node_xy, edge)
    length = _weigh(node_xy, np.concatenate([edge, _stitch(node_xy, length)]))
    return Streets(node_xy, length, _parts(length))


def _cross(segments: _Segments, tree: shapely.STRtree) -> _Cuts:
    """Return the crossings, on both segments with the very same coordinates."""
    first, second = tree.query(segments.shapes, predicate="intersects")
    once = first < second
    first, second = first[once], second[once]
    along, other = (segments.b - segments.a)[first], (segments.b - segments.a)[second]
    gap = segments.a[second] - segments.a[first]
    turn = along[:, 0] * other[:, 1] - along[:, 1] * other[:, 0]
    # Parallel pieces that touch share their vertices; where they overlap the ends meet the other.
    real = turn != 0.0
    turn, gap, first, second = turn[real], gap[real], first[real], second[real]
    along, other = along[real], other[real]
    at_first = np.clip((gap[:, 0] * other[:, 1] - gap[:, 1] * other[:, 0]) / turn, 0.0, 1.0)
    at_second = np.clip((gap[:, 0] * along[:, 1] - gap[:, 1] * along[:, 0]) / turn, 0.0, 1.0)
    xy = segments.a[first] + at_first[:, None] * along
    return _Cuts(
        np.concatenate([first, second]),
        np.concatenate([at_first, at_second]),
        np.concatenate([xy, xy]),
    )


def _find_ends(segments: _Segments) -> tuple[Floats, Ints]:
    """Return the first and last vertex of each line, and the line."""
    starts = np.flatnonzero(np.diff(segments.line, prepend=segments.line[0] - 1))
    stops = np.append(starts[1:], len(segments.line)) - 1
    xy = np.concatenate([segments.a[starts], segments.b[stops]])
    return xy, np.concatenate([segments.line[starts], segments.line[stops]])


def _meet_lines(
    segments: _Segments, tree: shapely.STRtree, ends: tuple[Floats, Ints]
) -> tuple[_Cuts, Floats]:
    """Return where ends nearly meet another line, and (ends, 4) the short ways between."""
    xy, line = ends
    end, segment = tree.query(shapely.points(xy), predicate="dwithin", distance=SNAP_M)
    others = line[end] != segments.line[segment]
    end, segment = end[others], segment[others]
    along = (segments.b - segments.a)[segment]
    offset = xy[end] - segments.a[segment]
    at = np.clip((offset * along).sum(axis=1) / (along**2).sum(axis=1), 0.0, 1.0)
    foot = segments.a[segment] + at[:, None] * along
    away = np.hypot(*(xy[end] - foot).T)
    order = np.lexsort((segment, away, end))
    nearest = order[np.unique(end[order], return_index=True)[1]]
    cuts = _Cuts(segment[nearest], at[nearest], foot[nearest])
    return cuts, np.column_stack([xy[end[nearest]], foot[nearest]])


def _space_out(segments: _Segments) -> _Cuts:
    along = segments.b - segments.a
    pieces = np.ceil(np.hypot(*along.T) / SPACING_M).astype(np.int64)
    segment = np.repeat(np.arange(len(pieces)), pieces - 1)
    first = np.repeat(np.cumsum(pieces - 1) - (pieces - 1), pieces - 1)
    at = (np.arange(len(segment)) - first + 1) / pieces[segment]
    return _Cuts(segment, at, segments.a[segment] + at[:, None] * along[segment])


def _chain(segments: _Segments, cuts: tuple[_Cuts, ...]) -> tuple[Floats, Floats]:
    """Return both ends of the pieces that the cuts make of the segments."""
    count = len(segments.line)
    whole = np.arange(count)
    segment = np.concatenate([whole, *(cut.segment for cut in cuts), whole])
    at = np.concatenate([np.full(count, -1.0), *(cut.at for cut in cuts), np.full(count, 2.0)])
    xy = np.concatenate([segments.a, *(cut.xy for cut in cuts), segments.b])
    order = np.lexsort((at, segment))
    segment, xy = segment[order], xy[order]
    same = segment[1:] == segment[:-1]
    return xy[:-1][same], xy[1:][same]


def _number(start_xy: Floats, end_xy: Floats) -> tuple[Floats, Ints]:
    """Return the nodes, and (edges, 2) the nodes that each edge joins."""
    whole = np.rint(np.concatenate([start_xy, end_xy]) * PARTS_OF_A_METRE).astype(np.int64)
    # One integer a node: plane coordinates in centimetres fit into 32 bits each.
    _, first, node = np.unique(
        whole[:, 0] * 2**32 + whole[:, 1], return_index=True, return_inverse=True
    )
    edge = node.reshape(2, -1).T
    return whole[first] / PARTS_OF_A_METRE, edge[edge[:, 0] != edge[:, 1]]


def _weigh(node_xy: Floats, edge: Ints) -> csr_array:
    # Each pair once: a sparse matrix adds up what is given twice.
    low, high = edge.min(axis=1, initial=len(node_xy)), edge.max(axis=1, initial=-1)
    pair = np.unique(low * len(node_xy) + high)
    low, high = pair // len(node_xy), pair % len(node_xy)
    metres = np.hypot(*(node_xy[low] - node_xy[high]).T)
    both = (np.concatenate([low, high]), np.concatenate([high, low]))
    size = (len(node_xy), len(node_xy))
    return csr_array(coo_array((np.concatenate([metres, metres]), both), shape=size))


def _parts(length: csr_array) -> Ints:
    _, part = connected_components(length, directed=False)
    return part.astype(np.int64)


def _stitch(node_xy: Floats, length: csr_array) -> Ints:
    """Return the (joins, 2) edges of the shortest forest that joins parts near each other."""
    part = _parts(length)
    near = KDTree(node_xy).query_pairs(STITCH_M, output_type="ndarray").astype(np.int64)
    near = near[part[near[:, 0]] != part[near[:, 1]]]
    if len(near) == 0:
        return near
    metres = np.hypot(*(node_xy[near[:, 0]] - node_xy[near[:, 1]]).T)
    low = part[near].min(axis=1)
    high = part[near].max(axis=1)
    order = np.lexsort((near[:, 1], near[:, 0], metres, high, low))
    count = int(part.max()) + 1
    _, first = np.unique((low * count + high)[order], return_index=True)
    best = order[first]
    between = coo_array((metres[best], (low[best], high[best])), shape=(count, count))
    forest = minimum_spanning_tree(csr_array(between)).tocoo()
    kept = np.isin(low[best] * count + high[best], forest.row.astype(np.int64) * count + forest.col)
    return near[best[kept]]
