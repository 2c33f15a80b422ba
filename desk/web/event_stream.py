"""Server-sent events for open pages: one poll of the ledger a second, however many pages there are.

A page with an episode's subtitles also names its room and gets every save and move of others in it
at once; saves of other processes come with the next poll.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

from pipeline.errors import ChifengError
from pipeline.review import drafts
from pipeline.workflow.production import Production
from pipeline.workflow.scheduling.requests import ledger_version

__all__ = ["EventStream", "ledger_mark", "room_name"]

log = logging.getLogger("chifeng.desk")

_POLL_S = 1.0
_HEARTBEAT_S = 15.0  # proxies close what is silent for longer
_ASK_S = 3.0  # how long somebody who was signed out may still listen
_MAX_STREAM_S = 1800.0  # then the browser comes again, and is asked again who it is


def ledger_mark(production: Production) -> str:
    """Return a value that changes when anything is recorded, drafts aside."""
    return "-".join(str(n) for n in ledger_version(production))


def room_name(slug: str, kind: str) -> str:
    """Name the room of those who make this kind of correction for an episode."""
    return f"{slug} {kind}"


@dataclass(frozen=True)
class _Room:
    """`draft` is the last change saved, `people` grows when somebody comes or moves."""

    draft: int = 0
    people: int = 0


class EventStream:
    """Looks while anybody listens. All of it happens in the loop of the server."""

    def __init__(self, production: Production) -> None:
        self._production = production
        self._mark = ""
        self._draft: int | None = None
        self._rooms: dict[str, _Room] = {}
        self._changed = asyncio.Event()
        self._listeners = 0
        self._poller: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def changes(
        self, room: str = "", *, allowed: Callable[[], bool] = lambda: True
    ) -> AsyncIterator[str]:
        """Yield server-sent events: the mark at once and whenever it changes, the state of the
        room, and signs of life.

        `allowed` tells whether whoever listens still may; it is asked every few seconds in another
        thread, and before anything is told. The stream ends where it says no.
        """
        self._loop = loop = asyncio.get_running_loop()
        end, sent, before = loop.time() + _MAX_STREAM_S, "", _Room()
        heard = loop.time()
        self._listeners += 1
        if self._poller is None:
            self._poller = asyncio.create_task(self._poll())
        try:
            yield "retry: 3000\n\n"
            while loop.time() < end and await _asked(allowed):
                news, now = self._changed, self._rooms.get(room, _Room())
                if self._mark != sent:
                    sent, heard = self._mark, loop.time()
                    yield f"data: {sent}\n\n"
                if room and now != before:
                    before, heard = now, loop.time()
                    yield f"event: room\ndata: {json.dumps(vars(now))}\n\n"
                try:
                    await asyncio.wait_for(news.wait(), _ASK_S)
                except TimeoutError:
                    if loop.time() - heard >= _HEARTBEAT_S:
                        heard = loop.time()
                        yield ": still here\n\n"
        finally:
            self._listeners -= 1
            if not self._listeners:
                self._poller.cancel()
                self._poller = self._loop = self._draft = None
                self._mark = ""
                self._rooms.clear()

    def notify(self, room: str, draft: int = 0) -> None:
        """Tell a room that a change was saved, or else that people came or moved; from any
        thread."""
        if (loop := self._loop) is not None:
            loop.call_soon_threadsafe(self._publish, {room: draft})

    def _publish(self, rooms: dict[str, int]) -> None:
        for room, draft in rooms.items():
            known = self._rooms.get(room, _Room())
            moved = known.people if draft else known.people + 1
            self._rooms[room] = replace(known, draft=max(known.draft, draft), people=moved)
        news, self._changed = self._changed, asyncio.Event()
        news.set()

    async def _poll(self) -> None:
        while True:
            try:
                found = await asyncio.to_thread(ledger_mark, self._production)
                saved = await asyncio.to_thread(
                    drafts.latest_changes, self._production, self._draft
                )
            except ChifengError as error:  # busy, or a disk that is full: it may pass
                log.warning("the ledger could not be looked at: %s", error)
                await asyncio.sleep(_POLL_S)
                continue
            self._draft = max(saved.values(), default=self._draft or 0)
            if found != self._mark or saved:
                self._mark = found
                self._publish({room_name(*place): n for place, n in saved.items()})
            await asyncio.sleep(_POLL_S)


async def _asked(allowed: Callable[[], bool]) -> bool:
    try:
        return await asyncio.to_thread(allowed)
    except ChifengError as error:  # the ledger is busy; the browser comes again, and is asked
        log.warning("a listener's session could not be looked at: %s", error)
        return False
