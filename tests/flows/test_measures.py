"""One recognition at a time, and a bar for work that takes longer."""

from __future__ import annotations

import threading

from flows import measures
from flows.measures import reported, speech_turn
from pipeline import progress


def test_recognitions_take_turns_and_other_stages_do_not(production):
    speech, cut = production.stage("6"), production.stage("4")
    order = []

    def second() -> None:
        with speech_turn(production, speech):
            order.append("second")

    waiting = threading.Thread(target=second)
    with speech_turn(production, speech):
        waiting.start()
        with speech_turn(production, cut):
            order.append("cut")
        waiting.join(0.3)
        order.append("first done")
    waiting.join(20)
    assert order == ["cut", "first done", "second"]


def test_a_bar_is_drawn_seldom_and_never_stops_the_work(production, monkeypatch):
    drawn = []

    def draw(self, done, what):
        drawn.append((done, what))

    clock = iter([0.0, 1.0, 2.5, 3.0, 4.6, 5.0])
    monkeypatch.setattr(measures._Bar, "_draw", draw)
    monkeypatch.setattr(measures.time, "monotonic", lambda: next(clock))
    with reported(production.stage("6"), "wang-guilan/01"):
        progress.report(0.1, "a")
        progress.report(0.2, "b")
        progress.report(0.3, "c")
    assert drawn == [(0.2, "b")]


def test_without_a_server_the_bar_is_given_up_and_the_work_goes_on(production, monkeypatch):
    monkeypatch.setattr(measures, "_EVERY_S", 0.0)
    monkeypatch.setattr(
        "prefect.artifacts.create_progress_artifact", lambda *_a, **_k: 1 / 0, raising=True
    )
    with reported(production.stage("6"), "wang-guilan/01"):
        progress.report(0.5)
