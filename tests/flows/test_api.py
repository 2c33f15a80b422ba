"""The server answers its own pages, and nobody else's."""

from __future__ import annotations

import asyncio

import pytest

from flows.server.api import _Guarded


async def _app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"yes"})


def ask(kind="http", **headers):
    sent = []

    async def send(message):
        sent.append(message)

    scope = {
        "type": kind,
        "headers": [(key.encode(), value.encode()) for key, value in headers.items()],
    }
    asyncio.run(_Guarded(_app, 4200)(scope, None, send))
    return sent[0]


@pytest.mark.parametrize("host", ["127.0.0.1:4200", "localhost:4200"])
def test_its_own_pages_are_answered_and_may_load_nothing_from_elsewhere(host):
    answer = ask(host=host, origin=f"http://{host}")
    assert answer["status"] == 200
    assert b"default-src 'self'" in dict(answer["headers"])[b"content-security-policy"]


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "127.0.0.1:4200", "origin": "https://example.org"},
        {"host": "127.0.0.1:4200", "origin": "null"},
        {"host": "rebound.example.org:4200"},
        {"host": "127.0.0.1:80"},
        {},
    ],
)
def test_pages_from_elsewhere_are_refused(headers):
    assert ask(**headers)["status"] == 403
    assert ask("websocket", **headers) == {"type": "websocket.close", "code": 1008}
