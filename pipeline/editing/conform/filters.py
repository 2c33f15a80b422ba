"""Filter a recording to exactly the frames of a part, and the sound under them.

The frames of a source lie on an even grid at its rate, by its own time stamps: a frame lost by the
camera, or a variable rate, does not shift later frames against the sound.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg

from pipeline.editing.conform.output_format import OutputFormat
from pipeline.editing.conform.source import Cut, Footage, SoundSource
from pipeline.media.ffmpeg import source

__all__ = ["COPY_TIMES", "SAMPLE_BYTES", "SAMPLE_RATE", "part_streams", "sound_stream"]

COPY_TIMES: dict[str, Any] = {"copyts": None}
"""Output option: keep the time stamps of the file. Otherwise their origin and rounding differ
between releases of ffmpeg and containers."""

SAMPLE_RATE = 48_000
SAMPLE_BYTES = 2 * 4  # stereo, 32-bit float
_SEEK_AHEAD_S = 2  # longer than the key frame distance of cameras
_SEEK_AHEAD_UNINDEXED_S = 12  # a seek in transport and program streams is imprecise
_SURPLUS_S = 5
_UNINDEXED = ("mpegts", "mpeg", "flv", "asf")


def part_streams(cut: Cut, frame: OutputFormat, wanted: int) -> tuple[Any, Any]:
    """Return picture (`wanted` frames) and sound of a part as ffmpeg-python streams.

    Their outputs need COPY_TIMES.
    """
    first_s = cut.in_frame / cut.footage.rate
    footage = cut.footage
    media = _open(footage.path, footage.format, footage.start_ms, first_s)
    picture = (
        _picture(media, cut, frame, first_s, wanted) if cut.has_picture else _black(frame, wanted)
    )
    length_s = None if cut.to_end else cut.frames / cut.footage.rate
    if cut.sound is None:
        assert footage.sound is not None, "opened with its sound"
        return picture, _sound(media[str(footage.sound.index)], footage.start_ms, first_s, length_s)
    if cut.sound.source is None:
        return picture, _silence(wanted / frame.rate)
    return picture, sound_stream(cut.sound.source, cut.sound.at_s, length_s)


def sound_stream(sound: SoundSource, from_s: Fraction, length_s: Fraction | None) -> Any:
    """Return the sound of a recording from a time on, as an ffmpeg-python stream."""
    media = _open(sound.path, sound.format, sound.start_ms, from_s)
    return _sound(media[str(sound.stream.index)], sound.start_ms, from_s, length_s)


def _open(path: Path, container: str, start_ms: int, from_s: Fraction) -> Any:
    """Open a recording a little ahead of a time, in seconds from its first picture."""
    ahead_s = _SEEK_AHEAD_UNINDEXED_S if container in _UNINDEXED else _SEEK_AHEAD_S
    seek_s = Fraction(start_ms, 1000) + from_s - ahead_s
    options: dict[str, Any] = {}
    if from_s > 0 and seek_s > 0:
        options = {"ss": _seconds(seek_s), "noaccurate_seek": None, "seek_timestamp": 1}
    return source(path, **options)


def _black(frame: OutputFormat, wanted: int) -> Any:
    size, rate = f"{frame.width}x{frame.height}", frame.rate
    black = ffmpeg.input(f"color=c=black:s={size}:r={rate}", format="lavfi")["v:0"]
    return black.filter("trim", end_frame=wanted).filter("format", pix_fmts="yuv420p")


def _silence(length_s: Fraction) -> Any:
    silence = ffmpeg.input(f"anullsrc=r={SAMPLE_RATE}:cl=stereo", format="lavfi")["a:0"]
    return silence.filter("atrim", end=_seconds(length_s))


def _picture(media: Any, cut: Cut, frame: OutputFormat, first_s: Fraction, wanted: int) -> Any:
    footage = cut.footage
    stream = media[str(footage.picture.index)].filter(
        "setpts", expr=_time_from(footage.start_ms, first_s)
    )
    if footage.interlaced:
        stream = stream.filter("bwdif", mode="send_frame", deint="interlaced")
    stream = stream.filter("fps", fps=str(footage.rate), start_time=0, round="near")
    if not cut.to_end:
        # The last frame of a recording may be held a little shorter than the others.
        stream = stream.filter("tpad", stop=1, stop_mode="clone")
    stream = stream.filter("trim", end_frame=cut.frames + _surplus_frames(cut))
    if footage.rate != frame.rate:
        stream = stream.filter("fps", fps=str(frame.rate), start_time=0, round="near")
        if not cut.to_end:
            stream = stream.filter("tpad", stop=1, stop_mode="clone")
            stream = stream.filter("trim", end_frame=wanted)
    return _fit(stream, footage, frame)


def _surplus_frames(cut: Cut) -> int:
    """Return how many frames beyond the stated number a recording may have: time stamps that jump
    by hours must not make hours of one picture."""
    return round(_SURPLUS_S * cut.footage.rate) if cut.to_end else 0


def _fit(stream: Any, footage: Footage, frame: OutputFormat) -> Any:
    """Scale the picture into the frame without distortion, with black bars."""
    if footage.high_range:
        stream = (
            stream.filter("zscale", transfer="linear", npl=100)
            .filter("format", pix_fmts="gbrpf32le")
            .filter("zscale", primaries="bt709")
            .filter("tonemap", tonemap="hable", desat=0)
            .filter("zscale", transfer="bt709", matrix="bt709", range="tv")
        )
    ratio = min(Fraction(frame.width, footage.width), Fraction(frame.height, footage.height))
    width = min(max(round(footage.width * ratio / 2) * 2, 2), frame.width)
    height = min(max(round(footage.height * ratio / 2) * 2, 2), frame.height)
    colours = {} if footage.high_range or footage.matrix == frame.matrix else {
        "in_color_matrix": footage.matrix, "out_color_matrix": frame.matrix,
    }  # fmt: skip
    stream = stream.filter(
        "scale", w=width, h=height, out_range="tv", flags="bicubic+accurate_rnd+bitexact", **colours
    )
    if (width, height) != (frame.width, frame.height):
        stream = stream.filter("pad", w=frame.width, h=frame.height, x="(ow-iw)/2", y="(oh-ih)/2")
    return stream.filter("setsar", sar="1").filter("format", pix_fmts="yuv420p")


def _sound(stream: Any, start_ms: int, first_s: Fraction, length_s: Fraction | None) -> Any:
    """Cut the sound from the beginning of the first frame; gaps become silence."""
    length = {} if length_s is None else {"end": _seconds(length_s)}
    stream = stream.filter("asetpts", expr=_time_from(start_ms, first_s))
    stream = stream.filter("atrim", start=0, **length)
    # "async" is a Python keyword, so the option is given in a dictionary.
    return stream.filter("aresample", SAMPLE_RATE, **{"async": 1, "first_pts": 0})


def _time_from(start_ms: int, time_s: Fraction) -> str:
    stamp_s = Fraction(start_ms, 1000) + time_s
    # without round() it would truncate
    return f"round(PTS-({_seconds(stamp_s)})/TB)"


def _seconds(time: Fraction) -> str:
    return f"{float(time):.9f}"
