"""Write cues as SubRip (through pysrt) and as WebVTT. Equal cues give equal bytes."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pysrt

from pipeline.captions.cues import Cue, clock, sort_cues, validate
from pipeline.captions.formats.markup import clean, without_tags
from pipeline.captions.formats.speaker_labels import add_label
from pipeline.captions.formats.srt_vtt import looks_like_times
from pipeline.errors import SubtitleError
from pipeline.i18n import _

__all__ = ["srt_text", "vtt_text", "write_srt", "write_vtt"]


def write_srt(cues: Sequence[Cue], path: Path, *, labels: bool = True) -> Path:
    """Write SubRip: UTF-8 without mark, LF, in order of time, numbered from 1.

    With `labels`, the speaker stands before the text (speaker_labels.py); releases have none.
    Raises SubtitleError if a cue cannot be written so that it reads back the same.
    """
    path.write_bytes(srt_text(cues, labels=labels).encode("utf-8"))
    return path


def write_vtt(cues: Sequence[Cue], path: Path) -> Path:
    """Write WebVTT with `&`, `<` and `>` escaped; a speaker becomes a voice tag."""
    path.write_bytes(vtt_text(cues).encode("utf-8"))
    return path


def srt_text(cues: Sequence[Cue], *, labels: bool = True) -> str:
    """Return the cues as SubRip; see `write_srt`."""
    file = pysrt.SubRipFile(eol="\n")
    for number, cue in enumerate(_prepare(cues), 1):
        times = [pysrt.SubRipTime.from_ordinal(ms) for ms in (cue.start_ms, cue.end_ms)]
        text = add_label(cue).text if labels else cue.text
        file.append(pysrt.SubRipItem(number, *times, text))
    return "".join(f"{item}\n" for item in file)


def vtt_text(cues: Sequence[Cue]) -> str:
    """Return the cues as WebVTT; see `write_vtt`."""
    parts = ["WEBVTT\n"]
    for cue in _prepare(cues):
        text = html.escape(cue.text, quote=False)
        if cue.speaker:
            text = f"<v {html.escape(cue.speaker, quote=False)}>{text}"
        parts.append(f"\n{_vtt_time(cue.start_ms)} --> {_vtt_time(cue.end_ms)}\n{text}\n")
    return "".join(parts)


def _prepare(cues: Sequence[Cue]) -> list[Cue]:
    cleaned = sort_cues(replace(cue, text=clean(without_tags(cue.text))) for cue in cues)
    validate(cleaned)
    for cue in cleaned:
        if any(looks_like_times(line) for line in cue.lines):
            raise SubtitleError(
                _("The text of the cue at {time} would be taken for times.").format(
                    time=clock(cue.start_ms)
                ),
                remedy=_("Write it in words."),
            )
    return cleaned


def _vtt_time(ms: int) -> str:
    return str(pysrt.SubRipTime.from_ordinal(ms)).replace(",", ".")
