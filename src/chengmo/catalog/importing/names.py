"""Column names that are safe everywhere, made from whatever a file calls its columns."""

import unicodedata
from collections.abc import Iterable

LONGEST = 63


def safe_names(received: Iterable[str]) -> list[str]:
    """Return one safe name for each name received, in order.

    A safe name has letters of any script, digits and `_`, begins with a letter or digit, has at
    most 63 characters and differs from every other by more than letter case.

    Example:
        >>> safe_names(["名称", "a b", "A_B", "", "_row", "x'; DROP TABLE t; --"])
        ['名称', 'a_b', 'A_B_2', 'column_4', 'row', 'x_DROP_TABLE_t']
    """
    taken: set[str] = set()
    names: list[str] = []
    for position, name in enumerate(received, start=1):
        wanted = _cleaned(name) or f"column_{position}"
        names.append(_free(wanted, taken))
        taken.add(names[-1].casefold())
    return names


def _cleaned(name: str) -> str:
    normal = unicodedata.normalize("NFKC", name)
    kept = "".join(letter if letter.isalnum() else " " for letter in normal.replace("_", " "))
    return "_".join(kept.split())[:LONGEST].rstrip("_")


def _free(wanted: str, taken: set[str]) -> str:
    name, number = wanted, 1
    while name.casefold() in taken:
        number += 1
        ending = f"_{number}"
        name = wanted[: LONGEST - len(ending)] + ending
    return name
