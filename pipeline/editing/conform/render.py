"""Render one part of a cut: its frames as H.264, and the sound under them as samples."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg

from pipeline.core.timebase import timescale
from pipeline.editing.conform.filters import COPY_TIMES, SAMPLE_BYTES, SAMPLE_RATE, part_streams
from pipeline.editing.conform.output_format import OutputFormat
from pipeline.editing.conform.source import Cut
from pipeline.editing.remarks import Remark, remark
from pipeline.errors import MediaError
from pipeline.i18n import _
from pipeline.media.ffmpeg import BITEXACT, execute, truncated_error
from pipeline.settings import Editing

__all__ = ["RenderedPart", "render_part"]

_MAX_MISSING_MS = 1000
_MAX_MISSING_SOUND_MS = 100
# The output of x264 depends on the number of threads, so the number is fixed.
_X264 = "keyint=250:open-gop=0:stitchable=1:threads=4:lookahead-threads=1"


@dataclass(frozen=True)
class RenderedPart:
    """A part: H.264 in `picture`, raw samples (float, stereo, 48 kHz) in `sound`."""

    cut: Cut
    picture: Path
    sound: Path
    frames: int
    remarks: tuple[Remark, ...]


def render_part(
    cut: Cut, frame: OutputFormat, settings: Editing, folder: Path, number: int
) -> RenderedPart:
    """Render a part into `folder`.

    Raises MediaError if the recording does not hold the frames that it states.
    """
    footage = cut.footage
    wanted = max(round(cut.frames / footage.rate * frame.rate), 1)
    picture_stream, sound_stream = part_streams(cut, frame, wanted)
    picture, sound = folder / f"{number:05d}.mp4", folder / f"{number:05d}.f32"
    outputs = (
        ffmpeg.output(picture_stream, str(picture), **_h264(frame, settings), **COPY_TIMES),
        ffmpeg.output(sound_stream, str(sound), format="f32le", ac=2, ar=SAMPLE_RATE, **BITEXACT),
    )
    outcome = execute(
        *outputs,
        duration_ms=frame.at_ms(wanted),
        what=_("cutting “{name}”").format(name=footage.name),
        strict=False,
    )
    sound_ms = sound.stat().st_size * 1000 // (SAMPLE_RATE * SAMPLE_BYTES)
    _refuse_short(cut, frame, wanted, outcome.frames, sound_ms)
    remarks = _remarks(cut, frame, wanted, outcome.frames, sound_ms, len(outcome.errors))
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
        "video_track_timescale": timescale(frame.rate),
        **BITEXACT,
    }


def _refuse_short(cut: Cut, frame: OutputFormat, wanted: int, got: int, sound_ms: int) -> None:
    """Refuse a part without all of its frames. At the end of a recording the picture may be short,
    because many containers state one length for picture and sound."""
    name = cut.footage.name
    if cut.to_end and got:
        if frame.at_ms(wanted) - max(frame.at_ms(got), sound_ms) > _MAX_MISSING_MS:
            raise truncated_error(cut.footage.path, name)
    elif got != wanted:
        what = _("“{name}” ends early: of {wanted} frames from {first} on, {got} can be read.")
        raise MediaError(
            what.format(name=name, got=got, wanted=wanted, first=cut.in_frame),
            remedy=_("Copy it from the camera card again, or end the part earlier."),
        )


def _remarks(
    cut: Cut, frame: OutputFormat, wanted: int, got: int, sound_ms: int, errors: int
) -> list[Remark]:
    name, picture_ms = cut.footage.name, frame.at_ms(got)
    remarks = []
    # After a seek, decoders report errors that are none.
    if errors and cut.has_picture and cut.in_frame == 0:
        remarks.append(remark("damaged", source=name, count=errors))
    if got < wanted - 1:
        remarks.append(remark("ends_early", source=name, missing_ms=frame.at_ms(wanted - got)))
    if picture_ms - sound_ms > _MAX_MISSING_SOUND_MS:
        source = cut.sound.source.name if cut.sound and cut.sound.source else name
        remarks.append(remark("sound_short", source=source, missing_ms=picture_ms - sound_ms))
    return remarks
