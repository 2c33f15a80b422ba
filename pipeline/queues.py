"""What a stage may need of the machine that performs it."""

from __future__ import annotations

from enum import StrEnum

from pipeline.i18n import _

__all__ = ["Queue"]


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
