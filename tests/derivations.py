"""Which subjects' states are derived, as the logs of status.py and board/cache.py say."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["derivations"]


class _Slugs(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.slugs: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.slugs.append(record.getMessage().removeprefix("derived "))


@contextmanager
def derivations(log_name: str = "chifeng.status") -> Iterator[list[str]]:
    """Yield a list to which the slug of every subject is added whose states are derived.

    With the log “chifeng.board”, those derived for the board alone.
    """
    log = logging.getLogger(log_name)
    handler = _Slugs()
    level = log.level
    log.setLevel(logging.DEBUG)
    log.addHandler(handler)
    try:
        yield handler.slugs
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
