"""A worker does what is wanted, ready, of its queues, and nobody is at."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
from toys import add_settings, calls

from pipeline.queues import Queue
from pipeline.review.signoff import approve
from pipeline.workflow.scheduling import requests as requesting
from pipeline.workflow.scheduling.pause import pause, resume
from pipeline.workflow.scheduling.requests import request, stop
from pipeline.workflow.scheduling.worker import Worker, jobs
from pipeline.workflow.stage_state import Status

GUILAN, EPISODE = "wang-guilan", "wang-guilan/01"


def worker(production, *queues):
    return Worker(production, queues or tuple(Queue), lambda *_: nullcontext())


def named(production, *queues):
    return [(job.slug, job.stage.number) for job in jobs(production, queues or tuple(Queue))]


def work(production, *queues):
    own = worker(production, *queues)
    while own.once():
        pass


@pytest.fixture
def ready(production, bring):
    """The interviewee asked for and signed, a picture there for the first episode."""
    bring(GUILAN, "contact_record", "王桂兰")
    request(production, GUILAN)
    work(production)
    approve(production, GUILAN, production.stage("1"), "赵制片")
    bring(EPISODE, "finished_cut", "picture")
    calls.clear()
    return production


def test_nothing_that_nobody_asked_for_or_that_was_stopped(production, bring):
    bring(GUILAN, "contact_record", "王桂兰")
    assert named(production) == []
    request(production, GUILAN)
    assert named(production) == [(GUILAN, 1)]
    stop(production, GUILAN)
    assert named(production) == []


def test_each_does_what_its_queue_is_for(ready):
    work(ready, Queue.LIGHT, Queue.SPEECH)
    assert calls == []
    work(ready, Queue.RENDER)
    approve(ready, EPISODE, ready.stage("4"), "钱导演")
    work(ready, Queue.RENDER)
    assert calls == ["video_editing"]
    work(ready, Queue.SPEECH)
    work(ready, Queue.LIGHT)
    assert calls == ["video_editing", "first_version_subtitles", "initial_proofreading"]


def test_what_another_is_at_is_left_until_it_is_free(ready):
    own = worker(ready)
    with ready.locked(EPISODE):
        assert not own.once()
    assert own.once()
    assert calls == ["video_editing"]


@pytest.fixture(params=[0, -86_400_000, 86_400_000], ids=["now", "a day back", "a day on"])
def clock(request, monkeypatch):
    """What the clock is put to after the wish, in milliseconds."""

    def put() -> None:
        real = requesting.now_ms
        monkeypatch.setattr(requesting, "now_ms", lambda: real() + request.param)

    return put


def test_what_failed_rests_until_somebody_asks_whatever_the_clocks_say(ready, bring, clock):
    bring(EPISODE, "finished_cut", "explode")
    own = worker(ready)
    clock()
    assert not own.once()
    assert ready.states(EPISODE)[0].status is Status.FAILED
    assert not own.once()
    assert calls == ["video_editing"]
    clock()
    request(ready, EPISODE)
    assert not own.once()
    assert calls == ["video_editing"] * 2


def test_settings_that_are_changed_are_seen(ready):
    own = worker(ready)
    assert own.once()
    key = ready.states(EPISODE)[0].key
    add_settings(ready, "\n[editing]\ncrf = 30\n")
    assert own.once()
    assert calls == ["video_editing"] * 2
    assert ready.states(EPISODE)[0].key == key, "who opened it before keeps its own"


def test_what_is_due_sooner_comes_first_and_a_pause_leaves_nothing(ready, bring):
    bring("wang-guilan/02", "finished_cut", "another")
    assert named(ready) == [(EPISODE, 4), ("wang-guilan/02", 4)]
    request(ready, GUILAN, due_ms=2000)
    request(ready, "wang-guilan/02", due_ms=1000)
    assert named(ready) == [("wang-guilan/02", 4), (EPISODE, 4)]
    idle = worker(ready)
    pause(ready, by="钱导演")
    assert named(ready) == [] and not idle.once() and calls == []
    resume(ready, by="钱导演")
    assert idle.once() and calls == ["video_editing"]
