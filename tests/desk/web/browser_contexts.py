"""Browser contexts that tests use one after another.

In a new context Chromium starts a process for the first page and reads and compiles every script
anew: two seconds of a processor for two pages. Here a page stays open in every context, which keeps
that process, and a test gets the context with nothing in it that one before has left.
"""

from __future__ import annotations

import socket
from collections import defaultdict

from playwright.sync_api import Browser, BrowserContext

__all__ = ["ContextPool", "ReservedPort"]

_HOST = "127.0.0.1"


class ReservedPort:
    """A port for one server after another: nobody else is given it in between."""

    def __init__(self) -> None:
        self._held = socket.socket()
        # Bound, but not listened on: whoever asks for this very port may listen there.
        self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._held.bind((_HOST, 0))
        self.number: int = self._held.getsockname()[1]

    def close(self) -> None:
        self._held.close()


class ContextPool:
    """The contexts of one browser, for pages of one address (http://…)."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser = browser
        self._address = address
        self._idle: dict[tuple[int, int], list[BrowserContext]] = defaultdict(list)

    def take(self, width: int, height: int) -> BrowserContext:
        """Return a context whose pages are so large, without cookies or anything stored.

        The desk must answer.
        """
        idle = self._idle[width, height]
        if idle:
            return idle.pop()
        made = self._browser.new_context(
            base_url=self._address, viewport={"width": width, "height": height}, locale="zh-CN"
        )
        made.new_page().goto("/health")
        return made

    def give_back(self, context: BrowserContext, width: int, height: int) -> None:
        """Close all pages but the one that stays, and forget all that pages and server stored."""
        if not context.pages:  # the test has closed it
            return
        kept, *pages = context.pages
        for page in pages:
            page.close()
        context.set_offline(False)
        context.clear_cookies()
        session = context.new_cdp_session(kept)
        everything = {"origin": self._address, "storageTypes": "all"}
        session.send("Storage.clearDataForOrigin", everything)
        session.detach()
        self._idle[width, height].append(context)
