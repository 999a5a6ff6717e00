"""What is written down once a day or once a minute, not each time it happens."""

from collections.abc import Hashable

# As many keys as this take some ten megabytes; then everything is written down once more.
_MOST = 100_000


class Seldom:
    """Remembers what was written down in this period. Threads may share it.

    Two threads at once may both find that something is due: then it is written down twice, which
    is not wrong. It is remembered after it was written, so that what failed is tried again.
    """

    def __init__(self) -> None:
        self._last: dict[Hashable, Hashable] = {}

    def is_due(self, key: Hashable, period: Hashable) -> bool:
        """Tell whether `key` was not yet written down in `period`."""
        return self._last.get(key) != period

    def keep(self, key: Hashable, period: Hashable) -> None:
        """Remember that `key` was written down in `period`."""
        if len(self._last) >= _MOST:
            self._last = {}
        self._last[key] = period
