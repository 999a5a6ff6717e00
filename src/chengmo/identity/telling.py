"""What a witness was told of a change, so that it hears, too, if the change did not come to be."""

import logging
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace

from chengmo.errors import ChengmoError
from chengmo.identity.deed import Deed, Doer, Witness

_log = logging.getLogger(__name__)


class Telling:
    """Tells one witness. Threads may share it: each has its own change under way."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness
        self._under_way = threading.local()

    def tell(self, doer: Doer, deed: Deed) -> None:
        """Tell of a deed before it holds; what the witness raises undoes it."""
        self._witness(doer, deed)
        told: list[Deed] | None = getattr(self._under_way, "told", None)
        if told is not None:
            told.append(deed)

    @contextmanager
    def watching(self, doer: Doer) -> Generator[None]:
        """Watch a change, its commit included: if it fails, tell so of each deed."""
        told: list[Deed] = []
        self._under_way.told = told
        try:
            yield
        except BaseException as error:
            for deed in told:
                self._tell_failure(doer, deed, error)
            raise
        finally:
            self._under_way.told = None

    def _tell_failure(self, doer: Doer, deed: Deed, error: BaseException) -> None:
        why = error.slug if isinstance(error, ChengmoError) else type(error).__name__
        try:
            self._witness(doer, replace(deed, failed=why))
        except ChengmoError:
            # The change's own error is the one to raise.
            _log.exception("%s of %s failed, and that could not be told", deed.how, deed.about)
