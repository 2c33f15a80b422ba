"""What a stage has around it in a flow: its turn at the speech model, and a bar to report to."""

from __future__ import annotations

import logging
import platform
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from filelock import FileLock, Timeout

from pipeline.home import Production
from pipeline.i18n import _
from pipeline.progress import listening
from pipeline.stage import AnyStage

__all__ = ["reported", "speech_turn"]

log = logging.getLogger("chifeng.flows")

_SPEECH = "first_version_subtitles"
_EVERY_S = 2.0


@contextmanager
def speech_turn(production: Production, stage: AnyStage) -> Iterator[None]:
    """Wait for this machine's one turn at recognition, if the stage needs it.

    A file lock, and not one of Prefect's limits: it is free the moment its holder ends, however
    that was, while those who wait for a limit sleep up to half a minute after it was set free.
    """
    if stage.slug != _SPEECH:
        yield
        return
    host = re.sub(r"[^A-Za-z0-9_-]", "-", platform.node()) or "localhost"
    lock = FileLock(production.folder / "locks" / f"speech-on-{host}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        log.info("%s", _("another recognition is under way on this machine; this one waits"))
        lock.acquire(poll_interval=_EVERY_S / 4)
    try:
        yield
    finally:
        lock.release()


@contextmanager
def reported(stage: AnyStage, slug: str) -> Iterator[None]:
    """Show what the stage reports as a progress bar on its task, at most every two seconds."""
    bar = _Bar(f"{slug} {stage.task_name}")
    with listening(bar.report):
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
