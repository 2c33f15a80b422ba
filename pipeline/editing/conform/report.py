"""The edit report: where each part of the picture comes from, and what was done to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from pipeline.editing.conform.loudness import LoudnessChange
from pipeline.editing.conform.output_format import OutputFormat
from pipeline.editing.conform.remarks import Remark
from pipeline.editing.conform.render import RenderedPart
from pipeline.editing.conform.source import Cut
from pipeline.settings import Editing
from pipeline.stage import Artefact

__all__ = ["edit_report"]


def edit_report(
    made_from: Artefact,
    parts: Sequence[RenderedPart],
    frame: OutputFormat,
    levels: LoudnessChange,
    editing: Editing,
) -> dict[str, Any]:
    """Return the report as JSON values: frames from 0, times in ms, LUFS, dBTP, dB."""
    frames, described = 0, []
    remarks: list[Remark] = []
    for part in parts:
        start, frames = frames, frames + part.frames
        described.append(_part(part, frame, start))
        footage = part.cut.footage
        remarks += part.cut.remarks
        if not part.cut.shown:
            continue
        remarks += [*footage.remarks, *frame.remarks(footage), *part.remarks]
    return {
        "made_from": {"kind": made_from.kind, "name": made_from.name, "sha256": made_from.sha256},
        "parts": described,
        "picture": {
            "width": frame.width,
            "height": frame.height,
            "frame_rate": str(frame.rate),
            "frames": frames,
            "duration_ms": frame.at_ms(frames),
        },
        "sound": {
            "loudness_before_lufs": levels.before.lufs,
            "true_peak_before_dbtp": levels.before.dbtp,
            "gain_db": levels.gain_db,
            "limiter": levels.limited,
            "loudness_lufs": levels.after.lufs,
            "true_peak_dbtp": levels.after.dbtp,
            "target_lufs": editing.loudness_lufs,
        },
        "findings": [asdict(one) for one in dict.fromkeys([*remarks, *levels.remarks])],
    }


def _part(part: RenderedPart, frame: OutputFormat, start: int) -> dict[str, Any]:
    cut = part.cut
    there = cut.in_frame + round(part.frames / frame.rate * cut.footage.rate)
    place = {"start_ms": frame.at_ms(start), "end_ms": frame.at_ms(start + part.frames)}
    last = there if cut.to_end else cut.out_frame
    seen: dict[str, Any] = {
        "source": cut.footage.name,
        "sha256": cut.footage.sha256,
        "source_frame_rate": str(cut.footage.rate),
        "in_frame": cut.in_frame,
        "out_frame": last,
        "frames_before": cut.in_frame,  # what there is for a dissolve, or to move the cut
        "frames_after": max(cut.footage.frames - last, 0),
    }
    return (seen if cut.shown else {"source": None}) | _heard(cut) | place


def _heard(cut: Cut) -> dict[str, Any]:
    """Say where the sound comes from, if not from the picture's recording."""
    if cut.heard is None:
        return {}
    other = cut.heard.sound
    if other is None:
        return {"sound": None}
    at_ms = round(cut.heard.at_s * 1000)
    return {"sound": {"source": other.name, "sha256": other.sha256, "from_ms": at_ms}}
