"""Render one part of the cut: exactly its frames as H.264, and the sound under them as samples."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg

from pipeline.editing.conform.filters import COPY_TIMES, SAMPLE_BYTES, SAMPLE_RATE, part_streams
from pipeline.editing.conform.output_format import OutputFormat
from pipeline.editing.conform.remarks import Remark, remark
from pipeline.editing.conform.source import Cut
from pipeline.errors import MediaError
from pipeline.i18n import _
from pipeline.media.ffmpeg import BITEXACT, execute, truncated_error
from pipeline.settings import Editing

__all__ = ["RenderedPart", "render_part"]

_MAY_LACK_MS = 1000
_MAY_LACK_SOUND_MS = 100
# The output of x264 depends on how many threads it has: fixed, so that it is the same everywhere.
_X264 = "keyint=250:open-gop=0:stitchable=1:threads=4:lookahead-threads=1"


@dataclass(frozen=True)
class RenderedPart:
    """A part: H.264 in `picture`, and in `sound` bare samples (float, stereo, 48 kHz)."""

    cut: Cut
    picture: Path
    sound: Path
    frames: int
    remarks: tuple[Remark, ...]


def render_part(
    cut: Cut, frame: OutputFormat, settings: Editing, folder: Path, number: int
) -> RenderedPart:
    """Render a part into `folder`.

    Raises MediaError when the recording does not hold the frames it says it does.
    """
    footage = cut.footage
    wanted = max(round(cut.frames / footage.rate * frame.rate), 1)
    shown, heard = part_streams(cut, frame, wanted)
    picture, sound = folder / f"{number:05d}.mp4", folder / f"{number:05d}.f32"
    outputs = (
        ffmpeg.output(shown, str(picture), **_h264(frame, settings), **COPY_TIMES),
        ffmpeg.output(heard, str(sound), format="f32le", ac=2, ar=SAMPLE_RATE, **BITEXACT),
    )
    outcome = execute(
        *outputs,
        duration_ms=frame.at_ms(wanted),
        what=_("cutting “{name}”").format(name=footage.name),
        strict=False,
    )
    heard_ms = sound.stat().st_size * 1000 // (SAMPLE_RATE * SAMPLE_BYTES)
    _refuse_short(cut, frame, wanted, outcome.frames, heard_ms)
    remarks = _remarks(cut, frame, wanted, outcome.frames, heard_ms, len(outcome.errors))
    return RenderedPart(cut, picture, sound, outcome.frames, tuple(remarks))


def _h264(frame: OutputFormat, settings: Editing) -> dict[str, Any]:
    colours = {"bt709": "bt709", "bt601": "smpte170m"}[frame.matrix]
    return {
        "c:v": "libx264",
        "preset": settings.preset,
        "crf": settings.crf,
        "x264-params": _X264,
        "colorspace": colours,
        "color_primaries": colours,
        "color_trc": colours,
        "color_range": "tv",
        "fps_mode": "passthrough",
        "video_track_timescale": frame.timescale,
        **BITEXACT,
    }


def _refuse_short(cut: Cut, frame: OutputFormat, wanted: int, got: int, heard_ms: int) -> None:
    """A part must have its frames. The end of a recording may come early for the picture alone:
    many containers tell one length for picture and sound."""
    name = cut.footage.name
    if cut.to_end and got:
        if frame.at_ms(wanted) - max(frame.at_ms(got), heard_ms) > _MAY_LACK_MS:
            raise truncated_error(cut.footage.path, name)
    elif got != wanted:
        what = _("“{name}” ends early: of {wanted} frames from {first} on, {got} can be read.")
        raise MediaError(
            what.format(name=name, got=got, wanted=wanted, first=cut.in_frame),
            remedy=_("Copy it from the camera card again, or end the part earlier."),
        )


def _remarks(
    cut: Cut, frame: OutputFormat, wanted: int, got: int, heard_ms: int, errors: int
) -> list[Remark]:
    name, shown_ms = cut.footage.name, frame.at_ms(got)
    remarks = []
    if (
        errors and cut.shown and cut.in_frame == 0
    ):  # entered anywhere else, decoders complain about nothing
        remarks.append(remark("damaged", source=name, count=errors))
    if got < wanted - 1:
        remarks.append(remark("ends_early", source=name, missing_ms=frame.at_ms(wanted - got)))
    if shown_ms - heard_ms > _MAY_LACK_SOUND_MS:
        heard = cut.heard.sound.name if cut.heard and cut.heard.sound else name
        remarks.append(remark("sound_short", source=heard, missing_ms=shown_ms - heard_ms))
    return remarks
