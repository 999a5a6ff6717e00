"""Reading a table of entries from the first to the last, however large it is."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from chengmo.ledger.database import Transaction


def rows_in_order(
    transaction: Transaction, query: sa.Select[Any], sequence: sa.Column[int], *, page_rows: int
) -> Iterator[sa.Row[Any]]:
    """Yield the rows of `query` by ascending `sequence`, with one page of them in memory.

    Args:
        transaction: One that reads.
        query: Selects `sequence` among its columns, and says nothing of order or limits.
        sequence: The column that numbers the entries.
        page_rows: How many rows are read at a time.
    """
    ordered, last = query.order_by(sequence).limit(page_rows), None
    while True:
        page = ordered if last is None else ordered.where(sequence > last)
        rows: Sequence[sa.Row[Any]] = transaction.execute(page).all()
        yield from rows
        if len(rows) < page_rows:
            return
        last = rows[-1].sequence
