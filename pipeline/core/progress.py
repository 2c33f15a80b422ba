"""Let long work say how far it is, without knowing who listens.

A stage calls `report(0.4)`; the command line draws a bar, a flow updates an artifact, a test
collects. Nobody listening costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar

__all__ = ["Listener", "part", "report", "report_to", "share"]

Listener = Callable[[float, str], None]
"""Called with the share done (0.0 to 1.0) and what is being done."""

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


def report(done: float, what: str = "") -> None:
    """Report the share of the work at hand that is done, 0.0 to 1.0."""
    listener = _listener.get()
    if listener is not None:
        listener(min(max(done, 0.0), 1.0), what)


@contextmanager
def report_to(listener: Listener) -> Iterator[None]:
    """Send every report made inside the block to `listener`."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def part(index: int, count: int) -> AbstractContextManager[None]:
    """Have reports made inside the block count as part `index` (from 0) of `count` equal ones."""
    return share(index / count, (index + 1) / count)


@contextmanager
def share(start: float, end: float) -> Iterator[None]:
    """Have reports made inside the block count as the work from `start` to `end`."""
    whole = _listener.get()
    if whole is None:
        yield
        return
    with report_to(lambda done, what: whole(start + done * (end - start), what)):
        yield
