"""What a stage needs of the machine that performs it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from pipeline.i18n import _

if TYPE_CHECKING:
    from pipeline.stage import AnyStage

__all__ = ["Queue", "queue_of"]


class Queue(StrEnum):
    """A kind of work that a machine may be good for."""

    SPEECH = "speech"
    RENDER = "render"
    LIGHT = "light"

    @property
    def label(self) -> str:
        """Its name in the reader's language."""
        return {
            Queue.SPEECH: _("speech recognition"),
            Queue.RENDER: _("rendering"),
            Queue.LIGHT: _("light work"),
        }[self]


_QUEUES = {
    "recording": Queue.RENDER,
    "video_editing": Queue.RENDER,
    "audio_extraction": Queue.RENDER,
    "first_version_subtitles": Queue.SPEECH,
    "video_subtitling": Queue.RENDER,
    "video_verification": Queue.RENDER,
    "final_revision": Queue.RENDER,
}


def queue_of(stage: AnyStage) -> Queue:
    """Return the queue a stage belongs to."""
    return _QUEUES.get(stage.slug, Queue.LIGHT)
