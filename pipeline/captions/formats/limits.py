"""How much a subtitle file may hold. Ten hours of speech are one megabyte and 15,000 cues."""

from __future__ import annotations

from pipeline.errors import SubtitleError
from pipeline.i18n import _

__all__ = ["MAX_BYTES", "MAX_CUES", "MAX_LINES", "refuse_many_cues"]

MAX_BYTES = 8 * 1024 * 1024
MAX_CUES = 50_000
MAX_LINES = 20 * MAX_CUES


def refuse_many_cues(n: int) -> None:
    """Raise SubtitleError for more than MAX_CUES. Ask before cues are made of what was counted."""
    if n > MAX_CUES:
        raise SubtitleError(
            _("The file has more than {limit} cues.").format(limit=MAX_CUES),
            remedy=_("Bring the subtitles of one episode."),
        )
