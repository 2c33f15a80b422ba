"""The transcript: what is said in an episode, to read, with times and, where known, speakers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from pipeline.captions.cues import Cue, clock, in_order, one_line
from pipeline.captions.words import Word
from pipeline.core.markdown import plain
from pipeline.i18n import _

__all__ = ["Mark", "transcript", "with_speakers"]

# A paragraph ends at a pause of this length, at the next speaker, or after so many characters.
_PAUSE_MS = 2000
_LONG = 150

Mark = tuple[int, int, str]
"""A passage without words, and what is said of it. Times in milliseconds."""


def with_speakers(cues: Iterable[Cue], words: Sequence[Word]) -> list[Cue]:
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


def transcript(heading: str, cues: Sequence[Cue], marks: Iterable[Mark] = ()) -> str:
    """Return the transcript as Markdown: a heading, then a paragraph for each run of cues."""
    signs = [Cue(start, end, text) for start, end, text in marks]
    told = [(part[0].start_ms, _paragraph(part)) for part in _paragraphs(cues, signs)]
    told += [(sign.start_ms, f"**{_time(sign)}** *{plain(sign.text)}*") for sign in signs]
    lines = [f"# {plain(heading)}", _("The times are those of the film as released.")]
    return "\n\n".join([*lines, *(text for _ms, text in sorted(told))]) + "\n"


def _paragraphs(cues: Sequence[Cue], signs: Sequence[Cue]) -> Iterator[list[Cue]]:
    part: list[Cue] = []
    for cue in in_order(cues):
        if part and _breaks(part, cue, signs):
            yield part
            part = []
        part.append(cue)
    if part:
        yield part


def _breaks(part: Sequence[Cue], cue: Cue, signs: Sequence[Cue]) -> bool:
    last = part[-1]
    return (
        cue.start_ms - last.end_ms >= _PAUSE_MS
        or cue.speaker != last.speaker
        or sum(len(held.text) for held in part) >= _LONG
        or any(last.start_ms < sign.start_ms <= cue.start_ms for sign in signs)
    )


def _paragraph(part: Sequence[Cue]) -> str:
    said = plain(" ".join(one_line(cue.text) for cue in part))
    speaker = part[0].speaker
    return (
        f"**{_time(part[0])}** "
        + (_("{speaker}: ").format(speaker=plain(speaker)) if speaker else "")
        + said
    )


def _time(cue: Cue) -> str:
    return clock(cue.start_ms)[:-4]
