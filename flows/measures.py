"""What a stage has around it in a flow: its turn at the speech model, and a bar to report to."""

from __future__ import annotations

import logging
import platform
import re
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any
from uuid import UUID

from pipeline.progress import listening
from pipeline.stage import AnyStage

__all__ = ["reported", "speech_limit", "speech_slot"]

log = logging.getLogger("chifeng.flows")

_SPEECH = "first_version_subtitles"
_EVERY_S = 2.0


def speech_limit() -> str:
    """Name the concurrency limit of speech recognition on this machine."""
    host = re.sub(r"[^A-Za-z0-9_-]", "-", platform.node()) or "localhost"
    return f"speech-on-{host}"


def speech_slot(stage: AnyStage) -> AbstractContextManager[Any]:
    """Wait for this machine's one turn at recognition, if the stage needs it."""
    if stage.slug != _SPEECH:
        return nullcontext()
    from prefect.concurrency.sync import concurrency

    return concurrency(speech_limit(), occupy=1, strict=True)


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
