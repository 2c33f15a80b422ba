r"""Read (Advanced) SubStation Alpha: the times through pysubs2, the text here.

pysubs2 (1.8) joins all override blocks before each one to learn whether a line is a drawing, and
searches the closing brace of every opening one: both take time and memory in the square of a line's
length. So it is given the fields before the text alone; the text is read here in one pass.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipeline.captions.cues import Cue
from pipeline.captions.formats.limits import refuse_many_cues
from pipeline.errors import SubtitleError
from pipeline.i18n import _

if TYPE_CHECKING:
    import pysubs2

__all__ = ["parse", "split_overrides"]

_DIALOGUE = re.compile(r"\s*Dialogue\s*:", re.IGNORECASE)
_FIELDS = 9  # before the text, whatever the line of formats says, as pysubs2 has it
_MAX_HEAD = 2_000  # characters of those fields
_DRAWING = re.compile(r"\\p([0-9])")


def parse(text: str) -> list[Cue]:
    """Return the dialogue lines as cues; comments and drawings are no text.

    Takes time and memory in proportion to the text. Raises SubtitleError naming the line.
    """
    written = [(n, line) for n, line in enumerate(text.split("\n"), 1) if _DIALOGUE.match(line)]
    refuse_many_cues(len(written))
    heads, texts = [], []
    for number, line in written:
        head, body = _split_fields(line.strip(), number)
        heads.append(head)
        texts.append(body)
    cues = []
    for (number, _line), event, body in zip(written, _events(heads, written), texts, strict=True):
        shown, drawn = split_overrides(body)
        words = "" if drawn else _breaks(shown)
        if words.strip() and not 0 <= event.start < event.end:
            raise SubtitleError(
                _("Line {line}: the cue does not end after it starts.").format(line=number),
                remedy=_("Correct its times."),
                line=number,
            )
        cues.append(Cue(event.start, event.end, words, event.name))
    return cues


def split_overrides(text: str) -> tuple[str, bool]:
    r"""Return the text without its override blocks, and whether one of them starts a drawing.

    A block is from a brace to the next closing one, as in `{\pos(1,2)}`; `\p1` in it starts a
    drawing. A brace that is not closed is text. One pass.
    """
    kept, drawn = [], False
    for block, piece in _blocks(text):
        drawn = drawn or any(mark != "0" for mark in _DRAWING.findall(block))
        kept.append(piece)
    return "".join(kept), drawn


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """Yield each override block (empty before the first) with the text after it."""
    block, at = "", 0
    while True:
        start = text.find("{", at)
        end = text.find("}", start) if start >= 0 else -1
        if end < 0:  # nor is there one for any later brace
            yield block, text[at:]
            return
        yield block, text[at:start]
        block, at = text[start : end + 1], end + 1


def _breaks(text: str) -> str:
    return text.replace(r"\h", " ").replace(r"\n", "\n").replace(r"\N", "\n")


def _split_fields(line: str, number: int) -> tuple[str, str]:
    """Return a dialogue line up to the comma before its text, and the text."""
    fields = line.split(",", _FIELDS)
    head = ",".join(fields[:_FIELDS])
    if len(head) > _MAX_HEAD:
        raise SubtitleError(
            _("Line {line}: the fields before the text are too long.").format(line=number),
            remedy=_("Save the subtitles again in the subtitle program."),
            line=number,
        )
    return head, fields[_FIELDS] if len(fields) > _FIELDS else ""


def _events(heads: list[str], written: list[tuple[int, str]]) -> list[pysubs2.SSAEvent]:
    import pysubs2  # the terminal's other commands start sooner without it

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # about layers and margins it defaults
            whole = "[Events]\n" + "".join(f"{head},\n" for head in heads)
            events = list(pysubs2.SSAFile.from_string(whole, format_="ass"))
    except (pysubs2.exceptions.Pysubs2Error, ValueError, IndexError, KeyError) as error:
        raise SubtitleError(
            _("The ASS file cannot be read: {error}.").format(error=str(error)[:200].strip("."))
        ) from error
    if len(events) != len(written):
        raise SubtitleError(
            _("{lost} dialogue lines of the ASS file cannot be read.").format(
                lost=len(written) - len(events)
            ),
            line=written[0][0] if written else None,
        )
    return events
