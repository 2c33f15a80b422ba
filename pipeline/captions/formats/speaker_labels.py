"""Who speaks, where SubRip has to carry it: `采访者：…` or `受访者：…` at the head of a cue.

SubRip knows no speakers, and between the stages subtitles are SubRip. What an editor marks is
written so and read so again; the film and the released subtitles never show it.
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.captions.cues import Cue

__all__ = ["LABELS", "add_label", "split_label"]

LABELS = ("采访者", "受访者")
"""The interviewer and the interviewee, as files name them whoever runs the program."""

_COLON = "："


def add_label(cue: Cue) -> Cue:
    """Return the cue with its speaker at the head of the text; others than LABELS are left out."""
    return replace(cue, text=cue.speaker + _COLON + cue.text) if cue.speaker in LABELS else cue


def split_label(cue: Cue) -> Cue:
    """Return the cue with the speaker its text begins with taken out of it."""
    head, colon, text = cue.text.partition(_COLON)
    if head not in LABELS or not colon or not text.strip():
        return cue
    return replace(cue, text=text.lstrip(), speaker=head)
