"""An entry precedes its act; if the act then fails, another entry follows and says so.

What is written down within an `undertaking` is remembered until its end. Where the block raises,
each of these entries gets one after it: the same actor and action, the verdict `denied`, the reason
`failed:` and the error's slug, and the id of the entry it is about in `detail.of`.
"""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Protocol

from chengmo.audit.access import Access, Action, new_access_id, now_utc
from chengmo.errors import ChengmoError, PlatformError

_log = logging.getLogger(__name__)
# What changes something. That rows were taken stands, whatever became of the answer.
ACTS: frozenset[Action] = frozenset(
    {"import", "restore", "metadata", "delete", "harvest", "contest", "account", "organisation",
     "key", "policy", "request", "approval"}
)  # fmt: skip
_noted: ContextVar[list[Access] | None] = ContextVar("noted", default=None)


class Recorder(Protocol):
    """What writes accesses down."""

    def record(self, access: Access) -> None:
        """Write one down."""


def remember(access: Access) -> None:
    """Keep an access that was written down, if an undertaking goes on."""
    noted = _noted.get()
    if noted is not None and access.action in ACTS and access.verdict == "allowed":
        noted.append(access)


@contextmanager
def undertaking(recorder: Recorder) -> Generator[None]:
    """Watch a block in which acts are written down and done."""
    noted: list[Access] = []
    token = _noted.set(noted)
    try:
        yield
    except BaseException as error:
        _noted.set(None)
        for access in noted:
            _tell(recorder, access, error)
        raise
    finally:
        _noted.reset(token)


def _tell(recorder: Recorder, access: Access, error: BaseException) -> None:
    why = error.slug if isinstance(error, ChengmoError) else type(error).__name__
    failed = replace(
        access,
        verdict="denied",
        reason=f"failed:{why}",
        rows=None,
        detail={**access.detail, "of": access.id},
        id=new_access_id(),
        time_utc=now_utc(),
    )
    try:
        recorder.record(failed)
    except PlatformError:
        # The act's own error is the one to raise; that it failed is at least in the server's log.
        _log.exception("the act of the entry %s failed, and that could not be written", access.id)
