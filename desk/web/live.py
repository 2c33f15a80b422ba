"""Tell open pages when something was recorded: one look a second, however many pages there are."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

from pipeline.errors import ChifengError
from pipeline.home import Production
from pipeline.requests import newest

__all__ = ["Watch", "mark"]

log = logging.getLogger("chifeng.desk")

_LOOK_S = 1.0
_HEARTBEAT_S = 15.0  # proxies close what is silent for longer
_LONGEST_S = 1800.0  # then the browser comes again, and is asked again who it is


def mark(production: Production) -> str:
    """Return a value that changes when anything is recorded."""
    return "-".join(str(n) for n in newest(production))


class Watch:
    """Looks while anybody listens. All of it happens in the loop of the server."""

    def __init__(self, production: Production) -> None:
        self._production = production
        self._mark = ""
        self._news = asyncio.Event()
        self._listeners = 0
        self._looking: asyncio.Task[None] | None = None

    async def changes(self) -> AsyncIterator[str]:
        """Yield server-sent events: the mark at once and whenever it changes, and signs of life."""
        loop = asyncio.get_running_loop()
        end, told = loop.time() + _LONGEST_S, ""
        self._listeners += 1
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        try:
            yield "retry: 3000\n\n"
            while loop.time() < end:
                news = self._news
                if self._mark != told:
                    told = self._mark
                    yield f"data: {told}\n\n"
                try:
                    await asyncio.wait_for(news.wait(), _HEARTBEAT_S)
                except TimeoutError:
                    yield ": still here\n\n"
        finally:
            self._listeners -= 1
            if not self._listeners:
                self._looking.cancel()
                self._looking = None
                self._mark = ""

    async def _look(self) -> None:
        while True:
            try:
                found = await asyncio.to_thread(mark, self._production)
            except ChifengError as error:  # busy, or a disk that is full: it may pass
                log.warning("the ledger could not be looked at: %s", error)
                found = self._mark
            if found != self._mark:
                self._mark = found
                news, self._news = self._news, asyncio.Event()
                news.set()
            await asyncio.sleep(_LOOK_S)
