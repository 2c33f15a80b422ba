"""The Prefect server, as one machine without an administrator needs it.

`python -m flows.server.api PORT` serves API and UI on the loopback interface alone. What differs
from `prefect server start`: no write fails because another one is under way, nobody outside is told
or asked anything, and a web page from elsewhere cannot press our buttons.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import FastAPI
    from sqlalchemy.ext.asyncio import AsyncSession

__all__ = ["HOST", "create_app", "main"]

HOST = "127.0.0.1"

# The UI's own scripts and styles, and nothing from anywhere else: its second version would
# otherwise tell an analytics service about every page, whatever the settings say.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self' ws://127.0.0.1:* ws://localhost:*; worker-src 'self' blob:; "
    "frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
)

App = Callable[[Any, Any, Any], Awaitable[None]]


def create_app(port: int) -> FastAPI:
    """Return Prefect's application: it answers this machine's own pages only."""
    _write_in_turn()
    from prefect.server.api.server import create_app as prefect_app

    app = prefect_app()
    app.add_middleware(_Guarded, port=port)
    return app


def _write_in_turn() -> None:
    """Let every transaction that may write wait for its turn instead of failing.

    Prefect opens some transactions as readers that later write; under SQLite these fail at once
    when another writer was quicker, and the API answers 503. Measured with 40 resumes at once: 126
    such answers, 144 s, one resume lost; with this none, and 3.5 s. Prefect has no setting for it,
    so this is the one place where something of a dependency is replaced
    (tests/flows/test_api.py fails once it is not needed any more).
    """
    import prefect
    from prefect.server.database.configurations import SQLITE_BEGIN_MODE, AioSqliteConfiguration

    assert prefect.__version__.startswith("3.8."), "look whether this release still needs it"
    original = AioSqliteConfiguration.begin_transaction

    @asynccontextmanager
    async def begin_transaction(
        self: AioSqliteConfiguration, session: AsyncSession, with_for_update: bool = False
    ) -> AsyncIterator[Any]:
        del with_for_update
        async with original(self, session, with_for_update=True) as transaction:
            await session.connection()  # begins now, so that the mode is for this session alone:
            SQLITE_BEGIN_MODE.set("DEFERRED")  # others within it read, and would wait for ever
            yield transaction

    AioSqliteConfiguration.begin_transaction = begin_transaction  # type: ignore[method-assign]  # no setting for it


class _Guarded:
    """Answers only what is asked of this address, by pages of this address."""

    def __init__(self, app: App, port: int) -> None:
        self._app = app
        self._hosts = {f"{name}:{port}".encode() for name in (HOST, "localhost")}
        self._origins = {b"http://" + host for host in self._hosts}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        origin = headers.get(b"origin")
        if headers.get(b"host") not in self._hosts or (origin and origin not in self._origins):
            await _refuse(scope, send)
            return

        async def send_with_policy(message: Any) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", [])
                message["headers"] = [
                    *message["headers"],
                    (b"content-security-policy", _POLICY.encode()),
                    (b"x-content-type-options", b"nosniff"),
                    (b"referrer-policy", b"no-referrer"),
                ]
            await send(message)

        await self._app(scope, receive, send_with_policy)


async def _refuse(scope: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    await send({"type": "http.response.start", "status": 403, "headers": []})
    await send({"type": "http.response.body", "body": b"not from here\n"})


def main() -> None:
    """Serve until told to stop."""
    import uvicorn

    from pipeline.core.permissions import keep_private
    from pipeline.core.processes.parent_death import die_with_parent

    die_with_parent()
    keep_private()
    port = int(sys.argv[1])
    uvicorn.run(
        create_app(port), host=HOST, port=port, log_level="warning", access_log=False,
        timeout_graceful_shutdown=2, timeout_keep_alive=60,
    )  # fmt: skip


if __name__ == "__main__":
    main()
