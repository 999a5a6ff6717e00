"""How a model says where it stands, without knowing who listens."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[str, float], None]

_listener: ContextVar[Listener | None] = ContextVar("chengmo_progress", default=None)


def report_progress(stage: str, share_0to1: float) -> None:
    """Tell whoever runs this model that `stage` is `share_0to1` done; nothing outside a run."""
    listener = _listener.get()
    if listener is not None:
        listener(stage, min(1.0, max(0.0, share_0to1)))


@contextmanager
def listening(listener: Listener) -> Generator[None]:
    """Send every report made inside the block to `listener`."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
