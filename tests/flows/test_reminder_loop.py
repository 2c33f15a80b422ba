"""Reminders go out while a production is up, and hold nothing up."""

from __future__ import annotations

import time
from dataclasses import replace

from posting import opened

from flows.sync import reminder_loop
from flows.sync.reminder_loop import Reminding
from pipeline.settings import Reminders
from pipeline.workflow.production import Production

HOURS = {"from_hour": 0, "to_hour": 24, "retry_minutes": 30}


def with_address(production: Production, *urls: str) -> Production:
    rule = Reminders(urls=urls, **HOURS)
    changed = production.settings.model_copy(update={"reminders": rule})
    return replace(production, settings=changed)


def finished(reminder: Reminding) -> None:
    if reminder._thread is not None:
        reminder._thread.join(30)


def test_it_reminds_and_then_rests_for_minutes(production):
    with opened() as post:
        opened_production = with_address(production, post.url)
        reminder = Reminding()
        for _n in range(3):
            reminder.tick(opened_production)
            finished(reminder)
        assert len(post.messages) == 1


def test_it_holds_nothing_up_and_survives_what_goes_wrong(production, monkeypatch, caplog):
    def failing(_production: Production) -> int:
        time.sleep(0.3)
        raise RuntimeError("the mail server is on fire")

    monkeypatch.setattr(reminder_loop, "remind", failing)
    reminder = Reminding()
    start = time.monotonic()
    reminder.tick(with_address(production, "json://127.0.0.1:9/"))
    assert time.monotonic() - start < 0.25
    finished(reminder)
    assert "on fire" in caplog.text


def test_without_addresses_it_does_nothing(production):
    reminder = Reminding()
    reminder.tick(with_address(production))
    assert reminder._thread is None
