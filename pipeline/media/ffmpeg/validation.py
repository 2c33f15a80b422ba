"""Check a media file before ingest, and count the frames that decode."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ffmpeg

from pipeline.errors import MediaError, ToolFailed
from pipeline.i18n import _
from pipeline.media.ffmpeg.errors import implausible_error, truncated_error
from pipeline.media.ffmpeg.inputs import MAX_PIXELS, source
from pipeline.media.ffmpeg.probe import Probe, last_packet_end_ms, probe
from pipeline.media.ffmpeg.run import OverLimitError, execute
from pipeline.media.ffmpeg.sandbox import CHECK_THREADS, check_limits
from pipeline.media.ffmpeg.streams import VideoStream

__all__ = ["check_media", "decoded_frames", "ends_early", "first_picture"]

_SAMPLE_MS = 2000
_STALL_S = 60.0  # a decoder that gets no memory may stop without an error and without an end
_SLACK_MS = 1000  # streams of one file may end this far apart


def check_media(
    path: Path,
    *,
    name: str = "",
    max_pixels: int = MAX_PIXELS,
    picture: bool = False,
    sound: bool = False,
) -> Probe:
    """Check the headers, the first seconds and the last of a media file, and return its probe.

    `picture` and `sound` require one. `name` is the file's name in errors. Raises MediaError.
    """
    name = name or path.name
    found = probe(path, name=name, max_pixels=max_pixels)
    if picture and not found.video:
        raise MediaError(
            _("“{name}” has no picture.").format(name=name),
            remedy=_("Bring a file with picture."),
            path=path,
        )
    if sound and not found.audio:
        raise MediaError(
            _("“{name}” has no sound.").format(name=name),
            remedy=_("Bring a file with sound, or add its sound track in the editing program."),
            path=path,
        )
    if not _decodes(path, name, found, 0):
        raise truncated_error(path, name)
    last_ms = found.duration_ms - min(_SAMPLE_MS, found.duration_ms // 4)
    if not _decodes(path, name, found, last_ms) and ends_early(path, found, 0):
        raise truncated_error(path, name)
    return found


def first_picture(path: Path) -> VideoStream:
    """Return the first video stream of a file. Raises MediaError if there is none."""
    found = probe(path)
    if not found.video:
        raise MediaError(_("“{name}” has no picture.").format(name=path.name), path=path)
    return found.video[0]


def decoded_frames(path: Path) -> int:
    """Return how many frames of the first video stream decode.

    A truncated file decodes without an error: compare the count with the expected one. Raises
    MediaError if there is no picture.
    """
    picture = first_picture(path)
    frames = source(path)[str(picture.index)]
    output = ffmpeg.output(frames, "-", format="null", **{"fps_mode:v": "passthrough"})
    return execute(output, duration_ms=picture.duration_ms, strict=False).frames


def ends_early(path: Path, found: Probe, reached_ms: int) -> bool:
    """Return whether a file that decoded up to `reached_ms` ends before its stated end."""
    expected_ms = found.duration_ms - max(_SLACK_MS, found.duration_ms // 100)
    # Decoding may end before the last packet: the last frame is held, or is a subtitle.
    return reached_ms < expected_ms and last_packet_end_ms(path, path.name) < expected_ms


def _decodes(path: Path, name: str, found: Probe, start_ms: int) -> bool:
    """Return whether anything decodes within a few seconds from `start_ms`."""
    options: dict[str, Any] = {"ss": f"{start_ms}ms"} if start_ms else {}
    media = source(path, t=f"{_SAMPLE_MS}ms", threads=CHECK_THREADS, **options)
    indexes = [v.index for v in found.video[:1]] + [a.index for a in found.audio[:1]]
    output = ffmpeg.output(*(media[str(index)] for index in indexes), "-", format="null")
    try:
        outcome = execute(
            output, strict=False, stall_s=_STALL_S, wall_s=300, resources=check_limits()
        )
    except OverLimitError as error:
        raise implausible_error(path, name, _("pictures that take too much memory")) from error
    except ToolFailed:
        return False
    return outcome.frames > 0 or outcome.duration_ms > 0
