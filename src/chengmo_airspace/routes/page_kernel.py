"""Compiled pages: what a search remembers of cells, in memory only where it has been.

A city has tens of millions of cells, and a search meets some thousands of them. Cells are taken in
pages of eight, one above the other; a table (open addressing, at most half full) says where a page
lies in the memory. So a short search touches little memory, and none has to be cleared for it.
"""

# pyright: reportReturnType=false
# (compiled, Python's and NumPy's scalars are one type; pyright sees two)

import numba
import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.int32]

PAGE_BITS = 3
PAGE = 1 << PAGE_BITS
FIRST_PAGES = 512
# A cell and its 26 neighbours lie in nine rows, each in two pages at most.
MOST_NEW_PAGES = 18
# Spread the pages of a grid's rows over the table: the golden ratio of 2³² (Knuth 1973), and an odd
# factor of an even number of bits (Appleby's MurmurHash3, whose last step this follows).
_GOLDEN = 0x9E3779B1
_WORD = 0xFFFFFFFF
_MIXER = 0x85EBCA6B


@numba.njit(cache=True, nogil=True)
def lay_table(pages: int) -> Table:
    """Return a table with room for so many pages, a power of two, in rows (page, place).

    Its last row counts the pages in use.
    """
    table = np.full((2 * pages + 1, 2), -1, np.int32)
    table[2 * pages, 0] = 0
    return table


@numba.njit(cache=True, nogil=True, forceinline=True)
def place_of(table: Table, page: int) -> int:
    """Return the row of the table that holds a page, or that it would be put in."""
    last = len(table) - 2
    mixed = (page * _GOLDEN) & _WORD
    mixed = ((mixed ^ (mixed >> 15)) * _MIXER) & _WORD
    row = (mixed ^ (mixed >> 13)) & last
    while table[row, 0] != page and table[row, 0] >= 0:
        row = (row + 1) & last
    return row


@numba.njit(cache=True, nogil=True, forceinline=True)
def slot_of(table: Table, cell: int) -> int:
    """Return where a cell lies in the memory, whose page is laid if there is none."""
    page = cell >> PAGE_BITS
    row = place_of(table, page)
    if table[row, 0] < 0:
        used = len(table) - 1
        table[row, 0], table[row, 1] = page, table[used, 0]
        table[used, 0] += 1
    return (np.int64(table[row, 1]) << PAGE_BITS) | (cell & (PAGE - 1))


@numba.njit(cache=True, nogil=True)
def widened(table: Table) -> Table:
    """Return a table with the same pages at the same places and twice the room."""
    wide = lay_table(len(table) - 1)
    for row in range(len(table) - 1):
        if table[row, 0] >= 0:
            to = place_of(wide, table[row, 0])
            wide[to, 0], wide[to, 1] = table[row, 0], table[row, 1]
    wide[len(wide) - 1, 0] = table[len(table) - 1, 0]
    return wide
