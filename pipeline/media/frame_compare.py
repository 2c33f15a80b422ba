"""Compare single frames, and measure passages, to prove that captions show and redaction hides.

Files are those that this program makes: constant frame rate, first frame at 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ffmpeg

from pipeline.errors import ToolFailed
from pipeline.i18n import _
from pipeline.media.ffmpeg import (
    AudioStream,
    VideoStream,
    capture,
    decoded_frames,
    execute,
    first_picture,
    source,
    stream,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "Still",
    "count_uncovered_frames",
    "luma_difference",
    "peak_dbfs",
    "rate_and_frame_count",
    "still_jpeg",
]

_CARD_BAND = (0.25, 0.5)  # top and height of a card's text, as shares of the picture
_BLACK = 40  # luma of black is 16; encoding leaves a little more beside text


def rate_and_frame_count(path: Path) -> tuple[Fraction, int]:
    """Return the frame rate and the number of frames of a picture.

    Raises MediaError if there is no picture.
    """
    picture = first_picture(path)
    return picture.frame_rate, picture.frames or decoded_frames(path)


@dataclass(frozen=True)
class Still:
    """One frame of a file, counted from 0."""

    path: Path
    video: VideoStream
    frame: int


def luma_difference(one: Still, other: Still, *, top: float, height: float) -> NDArray[np.uint8]:
    """Return the difference in luma of two frames of equal size, row by row, 0 to 255.

    `top` and `height` select a band of the picture, as shares of its height.
    """
    import numpy as np

    rows = max(round(one.video.display_height * height), 1)
    first_row = round(one.video.display_height * top)
    bands = [_band(still, first_row, rows, n) for n, still in enumerate((one, other))]
    blended = ffmpeg.filter(bands, "blend", all_mode="difference")
    raw = {"format": "rawvideo", "frames:v": 1}
    data = capture(ffmpeg.output(blended, "pipe:1", **raw), what=_("looking at a frame"))
    if not data:
        raise ToolFailed(
            _("“{name}” has no frame {frame}.").format(name=one.path.name, frame=one.frame),
            path=one.path,
        )
    return np.frombuffer(data, np.uint8).reshape(rows, -1)


def _band(still: Still, first_row: int, rows: int, number: int) -> Any:
    media = source(still.path, ss=_seek(still.frame, still.video.frame_rate))
    # ffmpeg-python merges equal branches of a graph; the number keeps the two apart.
    band = media[str(still.video.index)].filter("setpts", expr=f"PTS-STARTPTS+0*{number}")
    band = band.filter("crop", w="iw", h=rows, x=0, y=first_row, exact=1)
    return band.filter("format", pix_fmts="gray")


def count_uncovered_frames(path: Path, video: VideoStream, first: int, end: int) -> int:
    """Count the frames from `first` to before `end` that show anything but a black card.

    A card may have text in the middle half; above and below it every pixel must be black.
    """
    shown = source(path, ss=_seek(first, video.frame_rate))[str(video.index)]
    shown = shown.filter("trim", end_frame=end - first).filter("format", pix_fmts="yuv420p")
    top, height = _CARD_BAND
    middle = {"y": f"ih*{top}", "h": f"ih*{height}", "x": 0, "w": "iw"}
    shown = shown.filter("drawbox", **middle, color="black", t="fill").filter("signalstats")
    uncovered = shown.filter(
        "metadata", mode="select", key="lavfi.signalstats.YMAX", value=_BLACK, function="greater"
    )
    output = ffmpeg.output(uncovered, "-", format="null", **{"fps_mode:v": "passthrough"})
    return execute(output, what=_("looking at a withheld passage")).frames


def still_jpeg(path: Path, at_ms: int, *, height: int = 270) -> bytes:
    """Return the frame shown at a time as a JPEG `height` lines high; empty after the end.

    Raises MediaError, ToolFailed.
    """
    video = first_picture(path)
    shown = source(path, ss=f"{at_ms}ms")[str(video.index)].filter("scale", w=-2, h=height)
    options = {
        "format": "image2pipe",
        "c:v": "mjpeg",
        "q:v": 5,
        "frames:v": 1,
        "pix_fmt": "yuvj420p",
    }
    return capture(ffmpeg.output(shown, "pipe:1", **options), what=_("looking at a frame"))


def peak_dbfs(path: Path, audio: AudioStream, start_ms: int, end_ms: int) -> float:
    """Return the highest sample of a passage in dBFS; minus infinity if it is all silent."""
    media = source(path, ss=f"{start_ms}ms", t=f"{end_ms - start_ms}ms")
    peak = max((int(abs(block).max()) for block in _samples(media, audio)), default=0)
    return 20 * math.log10(peak / 32768) if peak else -math.inf


def _samples(media: Any, audio: AudioStream) -> Any:
    """Yield blocks of the 16-bit samples of a track, all channels."""
    import numpy as np

    raw = {"format": "s16le", "c:a": "pcm_s16le"}
    output = ffmpeg.output(media[str(audio.index)], "pipe:1", **raw)
    rest = b""
    for chunk in stream(output, what=_("listening to a passage")):
        data = rest + chunk
        whole = len(data) // 2 * 2
        rest = data[whole:]
        if whole:
            yield np.frombuffer(data[:whole], "<i2").astype(np.int32)


def _seek(frame: int, rate: Fraction) -> str:
    """Return the seek position that makes this frame the first: half a frame before it."""
    return f"{max(float((frame - Fraction(1, 2)) / rate), 0.0):.6f}"
