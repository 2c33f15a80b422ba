"""What work has around it in a flow: its turn at the machine, and a bar to report to."""

from __future__ import annotations

import logging
import platform
import re
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from uuid import UUID

from filelock import FileLock, Timeout

from pipeline.core.progress import report_to
from pipeline.i18n import _
from pipeline.queues import Queue
from pipeline.stage import AnyStage
from pipeline.workflow.production import Production

__all__ = ["kind_of", "reported", "shown_progress", "slot", "stage_slot"]

log = logging.getLogger("chifeng.flows")

_WAITING = {
    "speech": lambda: _("another recognition is under way on this machine; this one waits"),
    "render": lambda: _("as many films are being made on this machine as may be; this one waits"),
}
_EVERY_S = 2.0


@contextmanager
def slot(production: Production, kind: str) -> Iterator[None]:
    """Wait for one of this machine's turns at work of a kind: `speech` (one) or `render` (the
    setting renders_at_once); with an empty kind, for nothing.

    File locks, and not Prefect's limits: they are free the moment their holder ends, however that
    was, while those who wait for a limit sleep up to half a minute after it was set free.
    """
    if not kind:
        yield
        return
    lock = _turn(production, kind)
    try:
        yield
    finally:
        lock.release()


def stage_slot(production: Production, stage: AnyStage) -> AbstractContextManager[None]:
    """Wait for this machine's turn at a stage, if it needs one."""
    return slot(production, kind_of(stage))


def kind_of(stage: AnyStage) -> str:
    """Return which kind of turn a stage needs, if any."""
    queue = stage.queue
    return "" if queue is Queue.LIGHT else queue.value


def _turn(production: Production, kind: str) -> FileLock:
    host = re.sub(r"[^A-Za-z0-9_-]", "-", platform.node()) or "localhost"
    at_once = production.settings.flows.renders_at_once if kind == "render" else 1
    places = [production.folder / "locks" / f"{kind}-{n}-on-{host}.lock" for n in range(at_once)]
    told = False
    while True:
        for place in places:
            lock = FileLock(place)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                continue
            return lock
        if not told:
            told = True
            log.info("%s", _WAITING[kind]())
        time.sleep(_EVERY_S / 4)


@contextmanager
def reported(stage: AnyStage, slug: str) -> Iterator[None]:
    """Show what the stage reports as a progress bar on its task, at most every two seconds."""
    with shown_progress(f"{slug} {stage.task_name}"):
        yield


@contextmanager
def shown_progress(what: str) -> Iterator[None]:
    """Show what work reports as a progress bar of that name."""
    bar = _Bar(what)
    with report_to(bar.report):
        yield
    bar.finish()


class _Bar:
    def __init__(self, what: str) -> None:
        self._what = what
        self._id: UUID | None = None
        self._next = time.monotonic() + _EVERY_S  # quick work needs no bar

    def report(self, done: float, what: str) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _EVERY_S
        self._draw(done, what)

    def finish(self) -> None:
        if self._id is not None:
            self._draw(1.0, "")

    def _draw(self, done: float, what: str) -> None:
        from prefect.artifacts import create_progress_artifact, update_progress_artifact

        percent = round(done * 100, 1)
        description = f"{self._what} {what}".strip()
        try:
            if self._id is None:
                made: Any = create_progress_artifact(percent, description=description)
                self._id = made
            else:
                update_progress_artifact(self._id, percent, description=description)
        except Exception as error:  # whatever happens to the bar, the work goes on
            log.warning("progress could not be shown: %s", error)
