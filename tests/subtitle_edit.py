"""Subtitle Edit's profile for Simplified Chinese, counted by pysubs2 from the written file.

Independent of pipeline/captions/rules.py on purpose: two people counting alike is the proof.
"""

from __future__ import annotations

from collections.abc import Sequence

import pysubs2

from pipeline.captions.cues import Cue
from pipeline.captions.formats.writer import srt_text

__all__ = ["violations"]


def violations(
    cues: Sequence[Cue], *, lines: int = 2, chars: int = 16, cps: float = 9
) -> list[str]:
    """Return what the profile objects to: 2 lines of 16 characters, spaces and punctuation
    included, 9 characters a second, 833 to 7007 ms, 83 ms between cues."""
    found, before_ms = [], None
    for event in (
        pysubs2.SSAFile.from_string(srt_text(cues, labels=False), format_="srt") if cues else ()
    ):
        shown = event.plaintext.split("\n")
        speed = sum(map(len, shown)) * 1000 / event.duration
        if len(shown) > lines:
            found.append(f"{event.start}: {len(shown)} lines")
        found += [f"{event.start}: long line {line}" for line in shown if len(line) > chars]
        if speed > cps:
            found.append(f"{event.start}: {speed:.2f} cps")
        if not 833 <= event.duration <= 7007:
            found.append(f"{event.start}: {event.duration} ms")
        if before_ms is not None and event.start - before_ms < 83:
            found.append(f"{event.start}: gap {event.start - before_ms} ms")
        before_ms = event.end
    return found
