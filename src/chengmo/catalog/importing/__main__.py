"""The process that loads the reader's libraries once and forks a copy of itself for each file.

Started by `starter`, never by hand. It never reads a file itself: what a file does to its reader
ends with that copy.
"""

import socket
import sys
from importlib.abc import MetaPathFinder


class _NotNeeded(MetaPathFinder):
    """Keep out what others load only if it is there, half a second for nothing.

    Arrow would load pandas for its type checks, Numba coverage for its own tests.
    """

    def find_spec(self, fullname: str, *_: object) -> None:
        if fullname in {"pandas", "coverage"}:
            raise ModuleNotFoundError(fullname)


sys.meta_path.insert(0, _NotNeeded())

from chengmo.catalog.importing.answer import answer  # noqa: E402 - imported without the above
from chengmo.catalog.importing.nursery import Nursery  # noqa: E402 - imported without the above

if __name__ == "__main__":
    Nursery(socket.socket(fileno=0), answer).serve()
