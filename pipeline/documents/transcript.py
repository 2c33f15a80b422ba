"""The transcript: what is said in an episode, to read, with times and, where known, speakers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from pipeline.captions.cues import Cue, clock, one_line, sort_cues
from pipeline.captions.words import Word
from pipeline.core.markdown import plain
from pipeline.i18n import _

__all__ = ["Mark", "add_speakers", "transcript_markdown"]

# A paragraph ends at a pause of this length, at the next speaker, or after so many characters.
_PAUSE_MS = 2000
_MAX_CHARS = 150

Mark = tuple[int, int, str]
"""A masked passage: start and end in milliseconds, and the text in its place."""


def add_speakers(cues: Iterable[Cue], words: Sequence[Word]) -> list[Cue]:
    """Return the cues with the speaker a person has marked, or else who says most of each, where
    the words tell; what is mostly unclear stays open."""
    if not any(word.speaker for word in words):
        return list(cues)
    return [replace(cue, speaker=cue.speaker or _speaker(cue, words)) for cue in cues]


def _speaker(cue: Cue, words: Sequence[Word]) -> str:
    times: Counter[str] = Counter()
    for word in words:
        shared = min(cue.end_ms, word.end_ms) - max(cue.start_ms, word.start_ms)
        if shared > 0:
            times[word.speaker] += shared
    return times.most_common(1)[0][0] if times else ""


def transcript_markdown(heading: str, cues: Sequence[Cue], marks: Iterable[Mark] = ()) -> str:
    """Return the transcript as Markdown: a heading, then a paragraph for each run of cues."""
    notices = [Cue(start, end, text) for start, end, text in marks]
    blocks = [(part[0].start_ms, _paragraph(part)) for part in _paragraphs(cues, notices)]
    blocks += [
        (notice.start_ms, f"**{_time(notice)}** *{plain(notice.text)}*") for notice in notices
    ]
    lines = [f"# {plain(heading)}", _("The times are those of the film as released.")]
    return "\n\n".join([*lines, *(text for _ms, text in sorted(blocks))]) + "\n"


def _paragraphs(cues: Sequence[Cue], notices: Sequence[Cue]) -> Iterator[list[Cue]]:
    part: list[Cue] = []
    for cue in sort_cues(cues):
        if part and _starts_paragraph(part, cue, notices):
            yield part
            part = []
        part.append(cue)
    if part:
        yield part


def _starts_paragraph(part: Sequence[Cue], cue: Cue, notices: Sequence[Cue]) -> bool:
    last = part[-1]
    return (
        cue.start_ms - last.end_ms >= _PAUSE_MS
        or cue.speaker != last.speaker
        or sum(len(each.text) for each in part) >= _MAX_CHARS
        or any(last.start_ms < notice.start_ms <= cue.start_ms for notice in notices)
    )


def _paragraph(part: Sequence[Cue]) -> str:
    text = plain(" ".join(one_line(cue.text) for cue in part))
    speaker = part[0].speaker
    return (
        f"**{_time(part[0])}** "
        + (_("{speaker}: ").format(speaker=plain(speaker)) if speaker else "")
        + text
    )


def _time(cue: Cue) -> str:
    return clock(cue.start_ms)[:-4]
