"""Where the catalogue's entries come from: the datasets that the caller may know of."""

from typing import Any

from chengmo.interfaces.exchange.record import Record, records_of
from chengmo.interfaces.ogc.endpoint import Call


def records_for(call: Call[Any]) -> list[Record]:
    """Return every entry that the caller may read."""
    return records_of(call.view)
