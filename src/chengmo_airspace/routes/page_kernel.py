"""Compiled pages: what a search remembers of cells, in memory only where it has been.

A city has tens of millions of cells, and a search meets some thousands of them. Cells are taken in
pages of 1024; a table says where a page lies in the memory, -1 if nowhere yet.
"""

# pyright: reportReturnType=false
# (compiled, Python's and NumPy's scalars are one type; pyright sees two)

import numba
import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.int32]

PAGE_BITS = 8
PAGE = 1 << PAGE_BITS
FIRST_PAGES = 256
# A cell and its 26 neighbours lie in nine rows, each in two pages at most.
MOST_NEW_PAGES = 18


@numba.njit(cache=True, nogil=True)
def lay_table(cells: int) -> Table:
    """Return the table of a memory that holds nothing; its last entry counts the pages in use."""
    table = np.full((cells >> PAGE_BITS) + 2, -1, np.int32)
    table[-1] = 0
    return table


@numba.njit(cache=True, nogil=True, forceinline=True)
def slot_of(table: Table, cell: int) -> int:
    """Return where a cell lies in the memory, whose page is laid if there is none."""
    page = table[cell >> PAGE_BITS]
    if page < 0:
        page = table[-1]
        table[cell >> PAGE_BITS] = page
        table[-1] += 1
    return (np.int64(page) << PAGE_BITS) | (cell & (PAGE - 1))
