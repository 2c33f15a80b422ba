"""Read the streams and the duration of a media file, or refuse it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.core.processes.child import Child, Limits
from pipeline.errors import MediaError
from pipeline.i18n import _
from pipeline.media.ffmpeg.binaries import ffprobe_path
from pipeline.media.ffmpeg.errors import implausible_error, open_error, picture_size_error
from pipeline.media.ffmpeg.inputs import MAX_PIXELS, file_url, input_options
from pipeline.media.ffmpeg.sandbox import check_limits
from pipeline.media.ffmpeg.streams import (
    AudioStream,
    VideoStream,
    audio_stream,
    stated_duration_ms,
    to_float,
    video_stream,
)

__all__ = ["Probe", "last_packet_end_ms", "probe"]

_STALL_S = 60.0
_WALL_S = 600.0
_MOST_STREAMS = 100  # a camera writes up to 20, a broadcast of many programmes 60
_LONGEST_MS = 48 * 3_600_000
_MOST_TEXT = 16 << 20  # bytes; five seconds of a hundred streams are 2 MB
_SAMPLE_S = 5  # length of the beginning that is read to detect a variable frame rate


@dataclass(frozen=True)
class Probe:
    """The contents of a media file, without cover pictures. `size` is in bytes."""

    duration_ms: int
    format: str
    size: int
    video: tuple[VideoStream, ...]
    audio: tuple[AudioStream, ...]
    start_timecode: str | None


def probe(path: Path, *, name: str = "", max_pixels: int = MAX_PIXELS) -> Probe:
    """Read the headers of a media file (and its packets, if the headers state no duration).

    `name` is the file's name in errors, if not its own. Raises MediaError.
    """
    name = name or path.name
    _refuse_unread(path, name)
    text, log = _ffprobe(
        path, name, max_pixels,
        "-of", "json", "-show_format", "-show_streams",
        "-read_intervals", f"%+{_SAMPLE_S}", "-show_entries", "packet=stream_index,pts_time",
    )  # fmt: skip
    found = _parse(text)
    if "format" not in found:
        raise open_error(path, name, log)
    streams = found.get("streams", [])
    if len(streams) > _MOST_STREAMS:
        raise implausible_error(path, name, _("{n} streams").format(n=len(streams)))
    moving = [s for s in streams if _is_moving(s)]
    for width, height in ((int(s["width"]), int(s["height"])) for s in moving):
        if width * height > max_pixels:
            raise picture_size_error(path, name, width, height)
    packets = found.get("packets", [])
    video = tuple(video_stream(s, packets) for s in moving)
    audio = tuple(audio_stream(s) for s in streams if s.get("codec_type") == "audio")
    if not video and not audio:
        raise MediaError(
            _("“{name}” contains neither picture nor sound.").format(name=name),
            remedy=_("Bring the file the camera or recorder wrote."),
            path=path,
        )
    durations = [stated_duration_ms(found["format"])]
    durations += [v.duration_ms for v in video] + [a.duration_ms for a in audio]
    duration_ms = max((ms for ms in durations if ms), default=0) or last_packet_end_ms(path, name)
    if duration_ms > _LONGEST_MS:
        raise implausible_error(path, name, _("{n} hours").format(n=duration_ms // 3_600_000))
    return Probe(
        duration_ms=duration_ms,
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


def _ffprobe(
    path: Path, name: str, max_pixels: int, *options: str,
    each: Callable[[bytes], bytes] | None = None,
) -> tuple[bytes, Sequence[str]]:  # fmt: skip
    """Return ffprobe's output and error lines; a file it cannot open gives no output.

    `each` is given the output as it comes and returns what is to be kept of it.
    """
    input_args = [
        part for key, value in input_options(max_pixels).items() for part in (f"-{key}", str(value))
    ]
    command = [str(ffprobe_path()), "-v", "error", *input_args, *options, "-i", file_url(path)]
    limits = Limits(_STALL_S, _WALL_S)
    text = bytearray()
    with Child(command, resources=check_limits()) as child:
        try:
            for chunk in child.chunks(limits):
                text += chunk if each is None else each(chunk)
                if len(text) > _MOST_TEXT:
                    raise implausible_error(path, name, _("more packets than can be listed"))
            child.wait(limits)
        except TimeoutError:
            raise MediaError(
                _("“{name}” cannot be read in a reasonable time.").format(name=name),
                remedy=_("Copy it to a local disk and try again."),
                path=path,
            ) from None
    return bytes(text), child.log


def _parse(text: bytes) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(text)
    except ValueError:  # ffprobe stopped while writing
        return {}
    return found


def last_packet_end_ms(path: Path, name: str) -> int:
    """Return the end of the last packet; reads the whole file without decoding it."""
    options = ("-of", "csv=p=0", "-show_entries", "packet=pts_time,duration_time")
    ends = _LastEnd()
    _text, log = _ffprobe(path, name, MAX_PIXELS, *options, each=ends.read)
    ends.read(b"\n")
    if ends.last_s <= 0:
        raise open_error(path, name, log)
    return round(ends.last_s * 1000)


class _LastEnd:
    """Finds the end of the last packet in a list of millions of them, as it comes."""

    def __init__(self) -> None:
        self.last_s = 0.0
        self._rest = b""

    def read(self, chunk: bytes) -> bytes:
        """Take in a piece of `start,length` lines; nothing of it is to be kept."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            start, _comma, length = line.decode("ascii", "replace").strip().partition(",")
            self.last_s = max(self.last_s, to_float(start) + to_float(length.rstrip(",")))
        return b""


def _is_moving(stream: dict[str, Any]) -> bool:
    """Return whether a stream is video, neither a cover nor a header without a picture."""
    cover = stream.get("disposition", {}).get("attached_pic")
    size = int(stream.get("width", 0)) * int(stream.get("height", 0))
    return stream.get("codec_type") == "video" and not cover and size > 0


def _timecode(*holders: dict[str, Any]) -> str | None:
    tags = (holder.get("tags", {}).get("timecode") for holder in holders)
    return next((str(tag) for tag in tags if tag), None)
