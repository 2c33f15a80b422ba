"""The server answers its own pages, and nobody else's."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext

import pytest
from prefect.server.database.configurations import AioSqliteConfiguration
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from flows.server.api import _Guarded, _write_in_turn


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


@pytest.mark.parametrize("in_turn", [False, True])
def test_prefect_by_itself_fails_where_two_write_and_waits_its_turn_here(
    tmp_path, monkeypatch, in_turn
):
    """Once the first case fails, Prefect waits by itself and `_write_in_turn` can go."""
    begin = AioSqliteConfiguration.begin_transaction
    monkeypatch.setattr(AioSqliteConfiguration, "begin_transaction", begin)  # as before, after it
    if in_turn:
        _write_in_turn()
    database = AioSqliteConfiguration(f"sqlite+aiosqlite:///{tmp_path / 'prefect.db'}", timeout=5)

    async def count(reads: asyncio.Barrier) -> None:
        async with (
            await database.session(await database.engine()) as session,
            database.begin_transaction(session),
        ):
            await session.execute(text("SELECT n FROM counter"))
            if not in_turn:
                await reads.wait()  # both have read before either writes
            await session.execute(text("UPDATE counter SET n = n + 1"))

    async def both() -> int | None:
        async with (await database.engine()).begin() as connection:
            await connection.execute(text("CREATE TABLE counter (n INTEGER)"))
            await connection.execute(text("INSERT INTO counter VALUES (0)"))
        reads = asyncio.Barrier(2)
        await asyncio.gather(count(reads), count(reads))
        async with (await database.engine()).connect() as connection:
            return await connection.scalar(text("SELECT n FROM counter"))

    locked = pytest.raises(OperationalError, match="database is locked")
    with nullcontext() if in_turn else locked:
        assert asyncio.run(both()) == 2
