"""Say what a media file holds, or why it cannot be used."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from pipeline.errors import MediaError
from pipeline.i18n import _
from pipeline.tools.ffmpeg.binaries import ffprobe_path
from pipeline.tools.ffmpeg.inputs import MAX_PIXELS, guards, location
from pipeline.tools.ffmpeg.process import Child, Limits
from pipeline.tools.ffmpeg.refusals import refusal, too_large

__all__ = ["AudioStream", "Probe", "VideoStream", "packets_end_ms", "probe"]

_STALL_S = 60.0
_WALL_S = 600.0
_SAMPLE_S = 5  # how much of the beginning is read to see whether frames come evenly


@dataclass(frozen=True)
class VideoStream:
    """A moving picture. Sizes in pixels: as stored, and as shown (turned, pixels made square).

    `index` counts all streams of the file. `rotation` is how far players turn it, clockwise, in
    degrees. `frames` is what the container says, if it does. `frame_rate` is the average where
    `variable_rate` is true.
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


@dataclass(frozen=True)
class AudioStream:
    """A sound track. `index` counts all streams of the file."""

    index: int
    codec: str
    rate_hz: int
    channels: int
    duration_ms: int | None


@dataclass(frozen=True)
class Probe:
    """What a media file holds; cover pictures are left out. `size` is in bytes."""

    duration_ms: int
    format: str
    size: int
    video: tuple[VideoStream, ...]
    audio: tuple[AudioStream, ...]
    start_timecode: str | None


def probe(path: Path, *, name: str = "", max_pixels: int = MAX_PIXELS) -> Probe:
    """Read the headers of a media file (and its packets, where they do not tell the length).

    `name` is what people call the file, for errors; without it, its own. Raises MediaError.
    """
    name = name or path.name
    _refuse_unread(path, name)
    text, log = _ffprobe(
        path, name, max_pixels,
        "-of", "json", "-show_format", "-show_streams",
        "-read_intervals", f"%+{_SAMPLE_S}", "-show_entries", "packet=stream_index,pts_time",
    )  # fmt: skip
    found = _parsed(text)
    if "format" not in found:
        raise refusal(path, name, log)
    streams = found.get("streams", [])
    moving = [s for s in streams if s.get("codec_type") == "video" and not _is_cover(s)]
    for width, height in ((int(s.get("width", 0)), int(s.get("height", 0))) for s in moving):
        if width * height > max_pixels:
            raise too_large(path, name, width, height)
    packets = found.get("packets", [])
    video = tuple(_video(s, packets) for s in moving)
    audio = tuple(_audio(s) for s in streams if s.get("codec_type") == "audio")
    if not video and not audio:
        raise MediaError(
            _("“{name}” contains neither picture nor sound.").format(name=name),
            remedy=_("Bring the file the camera or recorder wrote."),
            path=path,
        )
    lengths = [_ms(found["format"])]
    lengths += [v.duration_ms for v in video] + [a.duration_ms for a in audio]
    return Probe(
        duration_ms=max((ms for ms in lengths if ms), default=0) or packets_end_ms(path, name),
        format=str(found["format"].get("format_name", "")),
        size=path.stat().st_size,
        video=video,
        audio=audio,
        start_timecode=_timecode(found["format"], *streams),
    )


def _refuse_unread(path: Path, name: str) -> None:
    if not path.is_file():
        raise MediaError(
            _("There is no file “{name}”.").format(name=name),
            remedy=_("Check the name and that the disk is connected."),
            path=path,
        )
    if path.stat().st_size == 0:
        raise MediaError(
            _("“{name}” is empty (0 bytes).").format(name=name),
            remedy=_("Copy it from the camera card again."),
            path=path,
        )


def _ffprobe(path: Path, name: str, max_pixels: int, *options: str) -> tuple[bytes, Sequence[str]]:
    """Return ffprobe's output and its error lines; what it cannot open gives no output."""
    before = [part for key, value in guards(max_pixels).items() for part in (f"-{key}", str(value))]
    command = [str(ffprobe_path()), "-v", "error", *before, *options, "-i", location(path)]
    limits = Limits(_STALL_S, _WALL_S)
    with Child(command) as child:
        try:
            text = b"".join(child.chunks(limits))
            child.wait(limits)
        except TimeoutError:
            raise MediaError(
                _("“{name}” cannot be read in a reasonable time.").format(name=name),
                remedy=_("Copy it to a local disk and try again."),
                path=path,
            ) from None
    return text, child.log


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(text)
    except ValueError:  # it gave up in the middle of writing
        return {}
    return found


def packets_end_ms(path: Path, name: str) -> int:
    """Return when the last packet ends; reads the whole file, but decodes nothing of it."""
    options = ("-of", "csv=p=0", "-show_entries", "packet=pts_time,duration_time")
    text, log = _ffprobe(path, name, MAX_PIXELS, *options)
    last = 0.0
    for line in text.decode("ascii", "replace").splitlines():
        start, _comma, length = line.partition(",")
        last = max(last, _number(start) + _number(length.rstrip(",")))
    if last <= 0:
        raise refusal(path, name, log)
    return round(last * 1000)


def _video(stream: dict[str, Any], packets: list[dict[str, Any]]) -> VideoStream:
    width, height = int(stream.get("width", 0)), int(stream.get("height", 0))
    aspect = _fraction(stream.get("sample_aspect_ratio", ""), ":") or Fraction(1)
    rotation = _rotation(stream)
    shown = (max(round(width * aspect), 1), height)
    if rotation % 180:
        shown = (shown[1], shown[0])
    order = str(stream.get("field_order", "unknown"))
    average = _fraction(stream.get("avg_frame_rate", ""), "/")
    nominal = _fraction(stream.get("r_frame_rate", ""), "/") or Fraction(0)
    if average and order not in ("progressive", "unknown") and nominal == 2 * average:
        nominal = average  # some containers count fields
    times = [_number(p.get("pts_time")) for p in packets if p["stream_index"] == stream["index"]]
    variable = _differ(average, nominal) or _uneven(times)
    return VideoStream(
        index=int(stream["index"]),
        codec=str(stream.get("codec_name", "unknown")),
        width=width,
        height=height,
        display_width=shown[0],
        display_height=shown[1],
        rotation=rotation,
        sample_aspect=aspect,
        frame_rate=average if variable and average else nominal,
        variable_rate=variable,
        frames=int(stream["nb_frames"]) if str(stream.get("nb_frames", "")).isdigit() else None,
        duration_ms=_ms(stream),
        field_order=order,
        pixel_format=str(stream.get("pix_fmt", "unknown")),
    )


def _audio(stream: dict[str, Any]) -> AudioStream:
    return AudioStream(
        index=int(stream["index"]),
        codec=str(stream.get("codec_name", "unknown")),
        rate_hz=int(stream.get("sample_rate", 0)),
        channels=int(stream.get("channels", 0)),
        duration_ms=_ms(stream),
    )


def _differ(average: Fraction | None, nominal: Fraction) -> bool:
    """Tell a rate that varies from a last frame that is held a little longer."""
    return average is not None and abs(average - nominal) > nominal / 50


def _uneven(times: list[float]) -> bool:
    """Tell whether frames come at uneven intervals, beyond rounding and a single lost frame."""
    ordered = sorted(times)
    gaps = [b - a for a, b in pairwise(ordered)]
    if len(gaps) < 4:
        return False
    usual = median(gaps)
    odd = sum(1 for gap in gaps if abs(gap - usual) > 0.3 * usual)
    return odd > max(1, len(gaps) // 50)


def _is_cover(stream: dict[str, Any]) -> bool:
    return bool(stream.get("disposition", {}).get("attached_pic"))


def _rotation(stream: dict[str, Any]) -> int:
    """Return how far the picture is turned clockwise; ffprobe counts the other way."""
    sides = stream.get("side_data_list", [])
    return round(-next((_number(s["rotation"]) for s in sides if "rotation" in s), 0.0)) % 360


def _timecode(*holders: dict[str, Any]) -> str | None:
    tags = (holder.get("tags", {}).get("timecode") for holder in holders)
    return next((str(tag) for tag in tags if tag), None)


def _fraction(text: str, sign: str) -> Fraction | None:
    above, _sign, below = text.partition(sign)
    if not (above.isdigit() and below.isdigit() and int(above) and int(below)):
        return None
    return Fraction(int(above), int(below))


def _number(text: Any) -> float:
    try:
        return float(text)
    except (TypeError, ValueError):
        return 0.0


def _ms(holder: dict[str, Any]) -> int | None:
    return round(_number(holder.get("duration")) * 1000) or None
