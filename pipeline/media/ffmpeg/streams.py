"""Describe a stream from ffprobe's JSON."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from statistics import median
from typing import Any

__all__ = [
    "AudioStream",
    "VideoStream",
    "audio_stream",
    "stated_duration_ms",
    "to_float",
    "video_stream",
]


@dataclass(frozen=True)
class VideoStream:
    """A video stream. Sizes in pixels: as stored, and as displayed (rotated, with square pixels).

    `index` counts all streams of the file. `rotation` is the rotation at playback, clockwise, in
    degrees. `frames` is the count stated by the container, if any. `frame_rate` is the average if
    `variable_rate`. `start_ms` is the time stamp of the first frame. `transfer`, `matrix` and
    `colour_range` (tv or pc) are ffprobe's names; empty if not stated.
    """

    index: int
    codec: str
    width: int
    height: int
    display_width: int
    display_height: int
    rotation: int
    sample_aspect: Fraction
    frame_rate: Fraction
    variable_rate: bool
    frames: int | None
    duration_ms: int | None
    field_order: str
    pixel_format: str
    start_ms: int
    transfer: str
    matrix: str
    colour_range: str = ""


@dataclass(frozen=True)
class AudioStream:
    """A sound track. `index` counts all streams of the file; `label` is its title or language."""

    index: int
    codec: str
    rate_hz: int
    channels: int
    duration_ms: int | None
    label: str


def video_stream(stream: dict[str, Any], packets: list[dict[str, Any]]) -> VideoStream:
    """Describe a video stream; a variable rate is detected from its first packets."""
    width, height = int(stream.get("width", 0)), int(stream.get("height", 0))
    aspect = _fraction(stream.get("sample_aspect_ratio", ""), ":") or Fraction(1)
    rotation = _rotation(stream)
    display = (max(round(width * aspect), 1), height)
    if rotation % 180:
        display = (display[1], display[0])
    order = str(stream.get("field_order", "unknown"))
    average = _fraction(stream.get("avg_frame_rate", ""), "/")
    nominal = _fraction(stream.get("r_frame_rate", ""), "/") or Fraction(0)
    if average and order not in ("progressive", "unknown") and nominal == 2 * average:
        nominal = average  # some containers count fields
    times = [to_float(p.get("pts_time")) for p in packets if p["stream_index"] == stream["index"]]
    variable = _differ(average, nominal) or _uneven(times)
    return VideoStream(
        index=int(stream["index"]),
        codec=str(stream.get("codec_name", "unknown")),
        width=width,
        height=height,
        display_width=display[0],
        display_height=display[1],
        rotation=rotation,
        sample_aspect=aspect,
        frame_rate=average if variable and average else nominal,
        variable_rate=variable,
        frames=int(stream["nb_frames"]) if str(stream.get("nb_frames", "")).isdigit() else None,
        duration_ms=stated_duration_ms(stream),
        field_order=order,
        pixel_format=str(stream.get("pix_fmt", "unknown")),
        start_ms=round(to_float(stream.get("start_time")) * 1000),
        transfer=str(stream.get("color_transfer", "")),
        matrix=str(stream.get("color_space", "")),
        colour_range=str(stream.get("color_range", "")),
    )


def audio_stream(stream: dict[str, Any]) -> AudioStream:
    """Describe a sound track."""
    tags = stream.get("tags", {})
    language = str(tags.get("language", "und"))
    return AudioStream(
        index=int(stream["index"]),
        codec=str(stream.get("codec_name", "unknown")),
        rate_hz=int(stream.get("sample_rate", 0)),
        channels=int(stream.get("channels", 0)),
        duration_ms=stated_duration_ms(stream),
        label=str(tags.get("title") or ("" if language == "und" else language)),
    )


def _differ(average: Fraction | None, nominal: Fraction) -> bool:
    """Return whether the rates differ by more than a last frame that is held longer explains."""
    return average is not None and abs(average - nominal) > nominal / 50


def _uneven(times: list[float]) -> bool:
    """Return whether frames come at uneven intervals, beyond rounding and a single lost frame."""
    ordered = sorted(times)
    gaps = [b - a for a, b in pairwise(ordered)]
    if len(gaps) < 4:
        return False
    typical = median(gaps)
    uneven = sum(1 for gap in gaps if abs(gap - typical) > 0.3 * typical)
    return uneven > max(1, len(gaps) // 50)


def _rotation(stream: dict[str, Any]) -> int:
    """Return the clockwise rotation in degrees; ffprobe counts counterclockwise."""
    sides = stream.get("side_data_list", [])
    return round(-next((to_float(s["rotation"]) for s in sides if "rotation" in s), 0.0)) % 360


def _fraction(text: str, sign: str) -> Fraction | None:
    above, _sign, below = text.partition(sign)
    if not (above.isdigit() and below.isdigit() and int(above) and int(below)):
        return None
    return Fraction(int(above), int(below))


def to_float(text: Any) -> float:
    """Return the number, or 0.0 for `N/A` and None."""
    try:
        return float(text)
    except (TypeError, ValueError):
        return 0.0


def stated_duration_ms(holder: dict[str, Any]) -> int | None:
    """Return the stated duration of a stream or a file, if any."""
    return round(to_float(holder.get("duration")) * 1000) or None
