"""What a stage needs of the machine that performs it."""

from __future__ import annotations

from enum import StrEnum

from pipeline.i18n import _

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


def queue_of(stage: str) -> Queue:
    """Return the queue that the stage of that slug belongs to."""
    return _QUEUES.get(stage, Queue.LIGHT)
