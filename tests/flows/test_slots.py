"""One recognition at a time, and a bar for work that takes longer."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

from flows import slots
from flows.slots import kind_of, reported, slot
from pipeline.core import progress


def test_what_needs_a_turn_waits_for_one_and_other_stages_do_not(production):
    speech, cut = kind_of(production.stage("6")), kind_of(production.stage("4"))
    assert (speech, cut, kind_of(production.stage("7"))) == ("speech", "render", "")
    order = []

    def third() -> None:
        with slot(production, cut):
            order.append("third film")

    waiting = threading.Thread(target=third)
    with slot(production, cut):
        with slot(production, cut), slot(production, speech), slot(production, ""):
            waiting.start()
            waiting.join(0.7)
            order.append("the first two are made")
        waiting.join(20)
    assert order == ["the first two are made", "third film"]


def test_recognitions_take_turns(production):
    order = []

    def second() -> None:
        with slot(production, "speech"):
            order.append("second")

    waiting = threading.Thread(target=second)
    with slot(production, "speech"):
        waiting.start()
        waiting.join(0.3)
        order.append("first done")
    waiting.join(20)
    assert order == ["first done", "second"]


def test_a_turn_is_free_when_its_process_is_killed(production):
    place = production.folder / "locks"
    code = (
        "import pathlib, sys, time; from filelock import FileLock\n"
        "locks = [FileLock(pathlib.Path(p)) for p in sys.argv[1:]]\n"
        "[lock.acquire() for lock in locks]; print('held', flush=True); time.sleep(60)"
    )
    with slot(production, "render"), slot(production, "render"):
        places = sorted(place.glob("render-*.lock"))
    assert len(places) == production.settings.flows.renders_at_once == 2
    holder = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, places)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout.readline() == "held\n"
    holder.kill()
    holder.wait(10)
    holder.stdout.close()
    begin = time.monotonic()
    with slot(production, "render"), slot(production, "render"):
        assert time.monotonic() - begin < 2


def test_a_bar_is_drawn_seldom_and_never_stops_the_work(production, monkeypatch):
    drawn = []

    def draw(self, done, what):
        drawn.append((done, what))

    clock = iter([0.0, 1.0, 2.5, 3.0, 4.6, 5.0])
    monkeypatch.setattr(slots._Bar, "_draw", draw)
    monkeypatch.setattr(slots.time, "monotonic", lambda: next(clock))
    with reported(production.stage("6"), "wang-guilan/01"):
        progress.report(0.1, "a")
        progress.report(0.2, "b")
        progress.report(0.3, "c")
    assert drawn == [(0.2, "b")]


def test_without_a_server_the_bar_is_given_up_and_the_work_goes_on(production, monkeypatch):
    monkeypatch.setattr(slots, "_EVERY_S", 0.0)
    monkeypatch.setattr(
        "prefect.artifacts.create_progress_artifact", lambda *_a, **_k: 1 / 0, raising=True
    )
    with reported(production.stage("6"), "wang-guilan/01"):
        progress.report(0.5)
