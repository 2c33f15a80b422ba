"""A page that listens hears nothing more once its session is over, however that came about."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

import httpx
import pytest

from desk.web import event_stream
from desk.web.event_stream import EventStream
from desk.web.security import SESSION
from pipeline.errors import BusyError
from pipeline.repository.ledger import now_ms
from pipeline.repository.records import find_person
from pipeline.repository.tables import SessionRow
from pipeline.review.access import accounts
from pipeline.workflow.production import Production
from tests.desk.web.desk_process import Desk

EPISODE = "wang-guilan/01"


def signed_in(production: Production) -> tuple[str, int]:
    with production.ledger.read() as session:
        person = find_person(session, "孙编辑").id
    token = accounts.open_session(production, person_id=person)
    found = accounts.authenticate(production, token)
    assert found is not None
    return token, found.session_id


def sign_out(production: Production, session_id: int) -> None:
    accounts.close_session(production, session_id)


def change_password(production: Production, _session_id: int) -> None:
    accounts.set_password(production, "孙编辑", "another few words", by="赵制片")


def run_out(production: Production, session_id: int) -> None:
    idle_ms = int(production.settings.desk.session_hours * 3_600_000)
    with production.ledger.write() as session:
        session.get_one(SessionRow, session_id).seen_ms = now_ms() - idle_ms - 1


@pytest.mark.parametrize("end", [sign_out, change_password, run_out])
def test_a_session_that_ended_is_not_open(production: Production, end: Callable[..., None]):
    _token, session_id = signed_in(production)
    assert accounts.find_session(production, session_id)
    end(production, session_id)
    assert not accounts.find_session(production, session_id)


def test_a_session_by_a_link_ends_with_the_link(production: Production):
    link = accounts.make_link(production, EPISODE, by="孙编辑")
    token = accounts.enter_by_link(production, link.token, link.code)
    found = accounts.authenticate(production, token)
    assert found is not None and accounts.find_session(production, found.session_id)
    accounts.close_link(production, link.id)
    assert not accounts.find_session(production, found.session_id)


def listen(production: Production, allowed: Callable[[], bool], tell: Callable[..., None]) -> list:
    heard: list[str] = []

    async def run() -> None:
        stream = EventStream(production)
        async for event in stream.changes("room", allowed=allowed):
            heard.append(event)
            tell(stream)

    asyncio.run(asyncio.wait_for(run(), 20))
    return heard


def test_nothing_is_told_after_the_end(production: Production, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(event_stream, "_ASK_S", 0.05)
    over = threading.Event()

    def tell(stream: EventStream) -> None:
        over.set()
        stream.notify("room", draft=7)

    heard = listen(production, lambda: not over.is_set(), tell)
    assert heard == ["retry: 3000\n\n"]


def test_a_ledger_that_is_busy_ends_the_stream(production: Production):
    def busy() -> bool:
        raise BusyError("busy")

    assert listen(production, busy, lambda _stream: None) == ["retry: 3000\n\n"]


def test_a_page_that_listens_is_cut_off_by_the_desk(production: Production):
    token, session_id = signed_in(production)
    served = Desk.of(production)
    try:
        with httpx.stream(
            "GET", f"{served.address}/events", cookies={SESSION: token}, timeout=30
        ) as answer:
            assert answer.status_code == 200
            lines = answer.iter_lines()
            while not next(lines).startswith("data:"):
                pass
            sign_out(production, session_id)
            began = time.monotonic()
            assert not [line for line in lines if line.startswith("data:")]
            assert time.monotonic() - began < 15
    finally:
        served.stop()
