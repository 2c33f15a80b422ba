"""Read (Advanced) SubStation Alpha through pysubs2."""

from __future__ import annotations

import re
import warnings

from pipeline.captions.cues import Cue
from pipeline.errors import SubtitleError
from pipeline.i18n import _

__all__ = ["parse"]


def parse(text: str) -> list[Cue]:
    """Return the dialogue lines as cues; comments and drawings are no text.

    Raises SubtitleError naming the line if pysubs2 would leave a dialogue line out.
    """
    import pysubs2

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # about layers and margins it defaults
            subs = pysubs2.SSAFile.from_string(text, format_="ass")
    except (pysubs2.exceptions.Pysubs2Error, ValueError, IndexError, KeyError) as error:
        raise SubtitleError(
            _("The ASS file cannot be read: {error}.").format(error=str(error).strip("."))
        ) from error
    spoken = [event for event in subs if event.type == "Dialogue"]
    written = [
        number
        for number, line in enumerate(text.split("\n"), 1)
        if re.match(r"\s*Dialogue\s*:", line, re.IGNORECASE)
    ]
    if len(spoken) != len(written):
        raise SubtitleError(
            _("{lost} dialogue lines of the ASS file cannot be read.").format(
                lost=len(written) - len(spoken)
            ),
            line=written[0] if written else None,
        )
    cues = []
    for line, event in zip(written, spoken, strict=True):
        text = "" if event.is_drawing else event.plaintext
        if text.strip() and not 0 <= event.start < event.end:
            raise SubtitleError(
                _("Line {line}: the cue does not end after it starts.").format(line=line),
                remedy=_("Correct its times."),
                line=line,
            )
        cues.append(Cue(event.start, event.end, text, event.name))
    return cues
