"""Join rendered parts: copy the pictures, concatenate the sound by samples."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ffmpeg

from pipeline.core.timebase import timescale
from pipeline.editing.conform.filters import SAMPLE_BYTES, SAMPLE_RATE
from pipeline.editing.conform.output_format import OutputFormat
from pipeline.editing.conform.render import RenderedPart
from pipeline.errors import ToolFailed
from pipeline.i18n import _
from pipeline.media.ffmpeg import BITEXACT, execute, probe, source

__all__ = ["join_parts", "join_sound"]

_CHUNK = 1 << 20


def join_sound(parts: Sequence[RenderedPart], frame: OutputFormat, path: Path) -> Path:
    """Write the samples of the parts one after the other, each as long as its frames, and delete
    them.

    Starts are counted from the beginning of the episode, so that rounding does not add up: at every
    cut, sound and picture are within half a sample.
    """
    end = 0
    with path.open("wb") as whole:
        for part in parts:
            start, end = end, end + part.frames
            length = _samples(end, frame) - _samples(start, frame)
            _copy(part.sound, whole, length * SAMPLE_BYTES)
            part.sound.unlink()
    return path


def join_parts(
    parts: Sequence[RenderedPart], frame: OutputFormat, sound: Path, path: Path, folder: Path
) -> Path:
    """Write the episode from the parts' pictures and the finished `sound`, without encoding.

    Raises ToolFailed if frames are missing.
    """
    listing = folder / "parts.ffconcat"
    lines = ["ffconcat version 1.0", *(f"file {part.picture.name}" for part in parts)]
    listing.write_text("\n".join(lines) + "\n", "ascii")
    pictures = source(listing, format="concat", format_whitelist="concat,mov,mp4")
    total = sum(part.frames for part in parts)
    output = ffmpeg.output(
        pictures["v:0"], source(sound)["a:0"], str(path), **_copy_options(frame), **BITEXACT
    )
    execute(output, duration_ms=frame.at_ms(total), what=_("joining the parts"))
    found = probe(path).video[0].frames
    if found != total:
        raise ToolFailed(
            _("The joined picture has {found} frames in place of {total}.").format(
                found=found, total=total
            ),
            remedy=_("Run it again; if it happens again, report it with the edit list."),
        )
    return path


def _copy_options(frame: OutputFormat) -> dict[str, Any]:
    # ffmpeg joins the list in microseconds; this rounds each time stamp to its frame.
    rate, duration = f"{frame.rate}", f"{1 / frame.rate}"
    snap = ":".join(f"{t}=round({t.upper()}*TB*{rate})*{duration}/TB" for t in ("pts", "dts"))
    return {
        "c": "copy",
        "bsf:v": f"setts={snap}",
        "video_track_timescale": timescale(frame.rate),
        "movflags": "+faststart",
    }


def _samples(frames: int, frame: OutputFormat) -> int:
    return round(frames * SAMPLE_RATE / frame.rate)


def _copy(path: Path, whole: Any, size: int) -> None:
    """Copy `size` bytes of a part's samples; fill what is missing with silence."""
    with path.open("rb") as part:
        while size:
            chunk = part.read(min(_CHUNK, size)) or bytes(min(_CHUNK, size))
            whole.write(chunk)
            size -= len(chunk)
