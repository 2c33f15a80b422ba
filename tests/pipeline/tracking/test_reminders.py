"""Reminders go out once, then daily when late, and again when they could not be sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from posting import Post, opened
from sqlalchemy import select

from pipeline.core.clock import CHINA_TIME
from pipeline.preservation.audit import audit, read_head
from pipeline.repository.tables import ReminderRow
from pipeline.review.signoff import approve, send_back
from pipeline.settings import Reminders
from pipeline.tracking import pending_actions, reminders
from pipeline.tracking.reminders import remind
from pipeline.workflow.executor import advance
from pipeline.workflow.production import Production

DAY_MS = 86_400_000


@pytest.fixture
def post() -> Iterator[Post]:
    """A place messages are sent to."""
    with opened() as post:
        yield post


@pytest.fixture
def reminded(production: Production, bring, post: Post) -> Production:
    """The toy production, its addresses set, with the first stage at its gate."""
    rule = Reminders(urls=(post.url,), from_hour=0, to_hour=24, retry_minutes=30)
    bring("wang-guilan", "contact_record", "王桂兰")
    advance(production, "wang-guilan")
    return with_rule(production, rule)


def with_rule(production: Production, rule: Reminders) -> Production:
    settings = production.settings.model_copy(update={"reminders": rule})
    return replace(production, settings=settings)


@pytest.fixture
def wait(monkeypatch):
    """Let time pass, in milliseconds."""
    passed = 0
    now_ms = reminders.now_ms

    def more(ms: int) -> None:
        nonlocal passed
        passed += ms

    for module in (reminders, pending_actions):
        monkeypatch.setattr(module, "now_ms", lambda: now_ms() + passed)
    return more


def test_without_addresses_nothing_is_sent_or_noted(production):
    assert remind(production) == 0
    with production.ledger.read() as session:
        assert session.scalars(select(ReminderRow)).all() == []


def test_what_newly_waits_is_told_once_in_chinese(reminded, post):
    assert remind(reminded) == 1
    (message,) = post.messages
    assert message["title"] == "赤峰记忆：1 项待办，其中 0 项超期"
    due = datetime.fromtimestamp(
        pending_actions.pending_actions(reminded)[0].due_ms / 1000, CHINA_TIME
    )
    line, head = message["message"].split("\n")
    assert line == f"【{due:%m-%d} 前】王桂兰：01 前期沟通待签字（赵制片）"
    known = [read_head(head.removeprefix("账本日志末条："))]
    assert audit(reminded, files=False, known=known).faults == ()
    assert remind(reminded) == 0


def test_what_is_late_is_told_every_day(reminded, post, wait):
    remind(reminded)
    wait(2 * DAY_MS)
    assert remind(reminded) == 0, "it is not late yet"
    wait(6 * DAY_MS)
    post.taken()
    assert remind(reminded) == 1
    ((line, _head),) = post.taken()
    assert line == "【超期 1 天】王桂兰：01 前期沟通待签字（赵制片）"
    assert remind(reminded) == 0
    wait(DAY_MS)
    assert remind(reminded) == 1


def test_what_waits_anew_is_told_the_next_day(reminded, post, wait):
    remind(reminded)
    stage = reminded.stage("1")
    approve(reminded, "wang-guilan", stage, "赵制片")
    send_back(reminded, "wang-guilan", stage, stage, "赵制片", "again")
    advance(reminded, "wang-guilan")
    assert remind(reminded) == 0, "once a day of each gate"
    wait(DAY_MS)
    assert remind(reminded) == 1


def test_what_could_not_be_sent_is_tried_again_later(reminded, post, wait, caplog):
    post.status = 503
    assert remind(reminded) == 0
    assert "could not be sent" in caplog.text
    assert "127.0.0.1" not in "".join(
        r.getMessage() for r in caplog.records if r.name == "chifeng.messaging"
    )
    post.status = 200
    assert remind(reminded) == 0
    wait(31 * 60_000)
    assert remind(reminded) == 1
    assert remind(reminded) == 0


def test_one_address_that_fails_does_not_repeat_the_message_at_another(reminded, post, wait):
    rule = reminded.settings.reminders
    dead = "json://127.0.0.1:9/"
    both = with_rule(reminded, rule.model_copy(update={"urls": (dead, "nonsense", post.url)}))
    assert remind(both) == 1
    wait(31 * 60_000)
    assert remind(both) == 0
    assert len(post.messages) == 1


def test_killed_while_sending_it_is_not_sent_twice(reminded, post, monkeypatch):
    class Killed(BaseException):
        """Stands for the process being killed."""

    def dying(*message: str) -> bool:
        send(*message)
        raise Killed

    send = reminders.send
    monkeypatch.setattr(reminders, "send", dying)
    with pytest.raises(Killed):
        remind(reminded)
    monkeypatch.setattr(reminders, "send", send)
    assert remind(reminded) == 0
    assert len(post.messages) == 1


def test_nothing_is_sent_at_night(reminded, post, wait):
    rule = reminded.settings.reminders.model_copy(update={"from_hour": 8, "to_hour": 20})
    careful = with_rule(reminded, rule)
    now = datetime.now(CHINA_TIME)
    night = now.replace(hour=3, minute=0) + timedelta(days=1)
    wait(int((night - now).total_seconds() * 1000))
    assert remind(careful) == 0
    wait(8 * 3_600_000)
    assert remind(careful) == 1


def test_a_long_list_says_how_many_more(reminded, post, monkeypatch):
    monkeypatch.setattr(reminders, "_LINES", 0)
    remind(reminded)
    ((line, _head),) = post.taken()
    assert line == "……另有 1 项，用“chifeng waiting”查看全部。"
