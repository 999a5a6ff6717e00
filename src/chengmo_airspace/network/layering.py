"""Which corridors fly at which heights: those that come near one another never at the same."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Colouring:
    """A colour for each node, none like that of a neighbour.

    Attributes:
        colours: (n,) from 0; -1 where none was left.
        at_least: Proven: no colouring of all nodes has fewer colours.
    """

    colours: tuple[int, ...]
    at_least: int

    @property
    def count(self) -> int:
        """How many colours are used."""
        return max(self.colours, default=-1) + 1


def colour_apart(neighbours: Sequence[frozenset[int]], *, most: int) -> Colouring:
    """Return a colouring with few colours: the node with the most differing neighbours first.

    DSATUR (Brélaz, New methods to color the vertices of a graph, Communications of the ACM 22,
    1979): a heuristic; a clique found greedily says how many colours there must be at least.

    Args:
        neighbours: (n,) of each node.
        most: How many colours there are; a node that finds none free gets -1.

    Example:
        >>> ring = [frozenset({1, 4}), *(frozenset({n - 1, n + 1}) for n in (1, 2, 3))]
        >>> colour_apart([*ring, frozenset({0, 3})], most=4)
        Colouring(colours=(0, 1, 0, 1, 2), at_least=2)
    """
    colours = [-1] * len(neighbours)
    left = set(range(len(neighbours)))
    while left:
        node = max(
            left, key=lambda n: (_saturation(n, neighbours, colours), len(neighbours[n]), -n)
        )
        left.remove(node)
        taken = {colours[other] for other in neighbours[node]}
        colours[node] = next((colour for colour in range(most) if colour not in taken), -1)
    return Colouring(tuple(colours), max(map(len, _cliques(neighbours)), default=0))


def _saturation(node: int, neighbours: Sequence[frozenset[int]], colours: list[int]) -> int:
    return len({colours[other] for other in neighbours[node]} - {-1})


def _cliques(neighbours: Sequence[frozenset[int]]) -> list[list[int]]:
    """Return a clique grown from each node, its neighbours of many neighbours first."""
    found: list[list[int]] = []
    for node, near in enumerate(neighbours):
        clique = [node]
        for other in sorted(near, key=lambda n: (-len(neighbours[n]), n)):
            if all(other in neighbours[member] for member in clique):
                clique.append(other)
        found.append(clique)
    return found
