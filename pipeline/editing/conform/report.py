"""The edit report: the source of each part, and what was done to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.core.artefacts.edit_report import (
    EditedPart,
    EditReport,
    MadeFrom,
    OtherSound,
    Picture,
    Remark,
    Sound,
)
from pipeline.editing.conform.loudness import LoudnessChange
from pipeline.editing.conform.output_format import OutputFormat
from pipeline.editing.conform.render import RenderedPart
from pipeline.editing.conform.source import Cut
from pipeline.settings import Editing
from pipeline.stage import Artefact

__all__ = ["edit_report"]


def edit_report(
    made_from: Artefact,
    parts: Sequence[RenderedPart],
    frame: OutputFormat,
    loudness: LoudnessChange,
    editing: Editing,
) -> EditReport:
    """Return the report."""
    frames, entries = 0, []
    remarks: list[Remark] = []
    for part in parts:
        start, frames = frames, frames + part.frames
        entries.append(_part(part, frame, start))
        footage = part.cut.footage
        remarks += part.cut.remarks
        if part.cut.has_picture:
            remarks += [*footage.remarks, *frame.remarks(footage), *part.remarks]
    return EditReport(
        made_from=MadeFrom(kind=made_from.kind, name=made_from.name, sha256=made_from.sha256),
        parts=tuple(entries),
        picture=Picture(
            width=frame.width,
            height=frame.height,
            frame_rate=str(frame.rate),
            frames=frames,
            duration_ms=frame.at_ms(frames),
        ),
        sound=Sound(
            loudness_before_lufs=loudness.before.lufs,
            true_peak_before_dbtp=loudness.before.dbtp,
            gain_db=loudness.gain_db,
            limiter=loudness.limited,
            loudness_lufs=loudness.after.lufs,
            true_peak_dbtp=loudness.after.dbtp,
            target_lufs=editing.loudness_lufs,
        ),
        findings=tuple(dict.fromkeys([*remarks, *loudness.remarks])),
    )


def _part(part: RenderedPart, frame: OutputFormat, start: int) -> EditedPart:
    cut = part.cut
    end = cut.in_frame + round(part.frames / frame.rate * cut.footage.rate)
    start_ms, end_ms = frame.at_ms(start), frame.at_ms(start + part.frames)
    last = end if cut.to_end else cut.out_frame
    entry: dict[str, Any] = {
        "source": cut.footage.name,
        "sha256": cut.footage.sha256,
        "source_frame_rate": str(cut.footage.rate),
        "in_frame": cut.in_frame,
        "out_frame": last,
        "frames_before": cut.in_frame,  # available for a dissolve, or to move the cut
        "frames_after": max(cut.footage.frames - last, 0),
    }
    if not cut.has_picture:
        entry = {"source": None}
    return EditedPart(**entry, **_sound(cut), start_ms=start_ms, end_ms=end_ms)


def _sound(cut: Cut) -> dict[str, Any]:
    """Describe the sound, if it is not from the picture's recording."""
    if cut.sound is None:
        return {}
    other = cut.sound.source
    if other is None:
        return {"sound": None}
    at_ms = round(cut.sound.at_s * 1000)
    return {"sound": OtherSound(source=other.name, sha256=other.sha256, from_ms=at_ms)}
