"""Where the catalogue's entries come from: our datasets, and what was harvested."""

from typing import Any

from chengmo.interfaces.exchange.harvest import store_of
from chengmo.interfaces.exchange.record import Record, records_of
from chengmo.interfaces.ogc.endpoint import Call


def records_for(call: Call[Any]) -> list[Record]:
    """Return every entry that the caller may read.

    What another catalogue tells whoever asks without a key is told on to whoever asks here.
    """
    return [*records_of(call.view), *store_of(call.platform.database).records()]
