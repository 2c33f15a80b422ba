"""Limits on what anybody may send: how much, how slowly, and how often something wrong.

A server without them is filled by whoever sends without end, before anybody has asked who it is:
forms are read, and files in them written to disk, before a route runs.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.errors import ChifengError
from pipeline.i18n import _

__all__ = [
    "BODY_TIMEOUT_S", "LARGE_BODIES", "MAX_ANONYMOUS_BYTES", "MAX_BODY_BYTES", "MAX_FORM_BYTES",
    "Attempt", "AttemptLimiter", "BodyLimitMiddleware", "RateLimitError",
]  # fmt: skip

MAX_BODY_BYTES = 1_000_000
"""The most bytes the body of a request may have, but for the addresses in LARGE_BODIES."""

MAX_ANONYMOUS_BYTES = 65_536
"""The most bytes of a body that are read from somebody who has not signed in: a form for that."""

LARGE_BODIES = (
    ("/mine/", 20_000_000),
    ("/episode/", 32_000_000),
    ("/interviewee/", 32_000_000),
    ("/deposit/", 32_000_000),
    ("/uploads/", 10**13),
)
"""Addresses to which files are sent and how large these may be. What is uploaded in pieces is
counted by its own page, which asks who it is before it reads."""

MAX_FORM_BYTES = 32_000_000
"""The largest form: none is read that does not say beforehand how large it is."""

BODY_TIMEOUT_S = 60.0
"""How long the desk waits for the next piece of a body."""

_WINDOW_S = 900.0
_MOST_KEYS = 20_000


class RateLimitError(ChifengError):
    """Too many wrong tries in a short time."""


class BodyLimitMiddleware:
    """Refuses bodies that are too large (413) and gives up on those that come too slowly (408).

    `has_session` tells whether a request belongs to somebody who has signed in; it is asked, in a
    thread, for bodies of more than MAX_ANONYMOUS_BYTES alone.
    """

    def __init__(self, app: ASGIApp, has_session: Callable[[HTTPConnection], bool]) -> None:
        self.app = app
        self._has_session = has_session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = next(
            (most for start, most in LARGE_BODIES if scope["path"].startswith(start)),
            MAX_BODY_BYTES,
        )
        connection = HTTPConnection(scope)

        async def known() -> bool:
            return await run_in_threadpool(self._has_session, connection)

        await self.app(scope, _Body(receive, limit, connection.headers, known).receive, send)


class _Body:
    """The body of one request, counted and timed as it comes."""

    def __init__(
        self, receive: Receive, limit: int, headers: Headers, known: Callable[[], Awaitable[bool]]
    ) -> None:
        self._receive = receive
        self._known = known
        self._asked = False
        self._read = 0
        self._whole = False
        self._left = limit
        declared = headers.get("content-length", "0")
        self._declared = int(declared) if declared.isdecimal() and len(declared) < 18 else limit + 1

    async def receive(self) -> Message:
        """Return the next piece; once all of it has come there is nothing to hurry for.

        Raises HTTPException 413 and 408, which whoever reads the body passes on.
        """
        if self._whole:
            return await self._receive()
        if self._declared > self._left:
            raise _refusal(413, _("That is too large."))
        await self._require_session()
        try:
            message = await asyncio.wait_for(self._receive(), BODY_TIMEOUT_S)
        except TimeoutError as error:
            raise _refusal(408, _("That came too slowly.")) from error
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            self._read += len(message.get("body", b""))
            self._declared = 0
            self._whole = not message.get("more_body", False)
            if self._left < 0:
                raise _refusal(413, _("That is too large."))
            await self._require_session()
        return message

    async def _require_session(self) -> None:
        """Ask once, before more is read than a form for signing in has."""
        if self._asked or max(self._declared, self._read) <= MAX_ANONYMOUS_BYTES:
            return
        self._asked = True
        if not await self._known():
            raise _refusal(413, _("That is too large."))


def _refusal(status: int, what: str) -> HTTPException:
    # The rest of the body is not read: the connection cannot be used for another request.
    return HTTPException(status, what, headers={"connection": "close"})


@dataclass
class Attempt:
    """A try that was counted. It stays counted unless it is found `right`; `wrong` says that it
    was judged, for where an error ends it after that."""

    right: bool = False
    wrong: bool = False


class AttemptLimiter:
    """Counts wrong tries per key (a name, an address) in the last quarter of an hour."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._at: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def check(self, *keys: str, times: int = 1) -> None:
        """Raise RateLimitError where a key has had `times` as many tries as the limit."""
        with self._lock:
            self._check(dict.fromkeys(keys, times), time.monotonic())

    def count(self, *keys: str) -> None:
        """Count a wrong try."""
        with self._lock:
            self._count(keys, time.monotonic())

    @contextmanager
    def attempt(self, times: Mapping[str, int]) -> Iterator[Attempt]:
        """Count a try for each key of `times` as wrong before the secret is looked at.

        Whoever sends many guesses at once is counted as often as whoever sends one after the other.
        A try that is found right (`Attempt.right`), or that nobody judged because an error ended
        it, is taken back. Raises RateLimitError where a key has had that many times the limit.
        """
        now = time.monotonic()
        with self._lock:
            self._check(times, now)
            self._count(times, now)
        tried = Attempt()
        judged = False
        try:
            yield tried
            judged = True
        finally:
            if tried.right or not (judged or tried.wrong):
                self._take_back(times, now)

    def _check(self, times: Mapping[str, int], now: float) -> None:
        for key, most in times.items():
            if len(_recent(self._at.get(key, deque()), now)) >= self._limit * most:
                raise RateLimitError(
                    _("Too many wrong tries."), remedy=_("Wait a quarter of an hour.")
                )

    def _count(self, keys: Iterable[str], now: float) -> None:
        if len(self._at) > _MOST_KEYS:  # somebody tries names without end
            self._at = {k: v for k, v in self._at.items() if _recent(v, now)}
        if len(self._at) > _MOST_KEYS:
            busiest = sorted(self._at, key=lambda key: len(self._at[key]))
            self._at = {key: self._at[key] for key in busiest[_MOST_KEYS // 2 :]}
        for key in keys:
            self._at.setdefault(key, deque()).append(now)

    def _take_back(self, keys: Iterable[str], at: float) -> None:
        with self._lock:
            for key in keys:
                with suppress(ValueError):  # it was too long ago, and is forgotten
                    self._at.get(key, deque()).remove(at)


def _recent(at: deque[float], now: float) -> deque[float]:
    """Forget what was too long ago, and return the rest."""
    while at and now - at[0] > _WINDOW_S:
        at.popleft()
    return at
