"""Take from a recording exactly the frames of a part, and the sound that lies under them.

The frames of a source are those of an even grid at its rate, laid over its own times: a frame
lost by the camera, or a variable rate, does not shift what comes after it against the sound.
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
"""Output option: keep the time stamps of the file. What ffmpeg would count from otherwise, and to
which tick it rounds that, differs between releases and containers."""

SAMPLE_RATE = 48_000
SAMPLE_BYTES = 2 * 4  # stereo, 32-bit float
_ENOUGH_S = 2  # longer than cameras leave between two key frames
_ENOUGH_UNINDEXED_S = 12  # transport and program streams are entered anywhere
_SURPLUS_S = 5
_UNINDEXED = ("mpegts", "mpeg", "flv", "asf")


def part_streams(cut: Cut, frame: OutputFormat, wanted: int) -> tuple[Any, Any]:
    """Return picture and sound of a part as ffmpeg-python streams; `wanted` frames come out.

    The outputs they go to need COPY_TIMES.
    """
    first_s = cut.in_frame / cut.footage.rate
    own = cut.footage
    held = _opened(own.path, own.format, own.start_ms, first_s)
    picture = _picture(held, cut, frame, first_s, wanted) if cut.shown else _black(frame, wanted)
    length_s = None if cut.to_end else cut.frames / cut.footage.rate
    if cut.heard is None:
        assert own.sound is not None, "who wants it heard has looked for it"
        return picture, _sound(held[str(own.sound.index)], own.start_ms, first_s, length_s)
    if cut.heard.sound is None:
        return picture, _silence(wanted / frame.rate)
    return picture, sound_stream(cut.heard.sound, cut.heard.at_s, length_s)


def sound_stream(sound: SoundSource, from_s: Fraction, length_s: Fraction | None) -> Any:
    """Return the sound of a recording from a place on its clock on, as an ffmpeg-python stream."""
    media = _opened(sound.path, sound.format, sound.start_ms, from_s)
    return _sound(media[str(sound.stream.index)], sound.start_ms, from_s, length_s)


def _opened(path: Path, container: str, start_ms: int, from_s: Fraction) -> Any:
    """Open a recording a little ahead of a place, given in seconds from its first picture."""
    enough_s = _ENOUGH_UNINDEXED_S if container in _UNINDEXED else _ENOUGH_S
    ahead_s = Fraction(start_ms, 1000) + from_s - enough_s
    sought: dict[str, Any] = {}
    if from_s > 0 and ahead_s > 0:
        sought = {"ss": _seconds(ahead_s), "noaccurate_seek": None, "seek_timestamp": 1}
    return source(path, **sought)


def _black(frame: OutputFormat, wanted: int) -> Any:
    size, rate = f"{frame.width}x{frame.height}", frame.rate
    black = ffmpeg.input(f"color=c=black:s={size}:r={rate}", format="lavfi")["v:0"]
    return black.filter("trim", end_frame=wanted).filter("format", pix_fmts="yuv420p")


def _silence(length_s: Fraction) -> Any:
    nothing = ffmpeg.input(f"anullsrc=r={SAMPLE_RATE}:cl=stereo", format="lavfi")["a:0"]
    return nothing.filter("atrim", end=_seconds(length_s))


def _picture(media: Any, cut: Cut, frame: OutputFormat, first_s: Fraction, wanted: int) -> Any:
    footage = cut.footage
    stream = media[str(footage.picture.index)].filter(
        "setpts", expr=_counted_from(footage.start_ms, first_s)
    )
    if footage.interlaced:
        stream = stream.filter("bwdif", mode="send_frame", deint="interlaced")
    stream = stream.filter("fps", fps=str(footage.rate), start_time=0, round="near")
    if not cut.to_end:
        # The last frame of a recording may be held a little shorter than the others.
        stream = stream.filter("tpad", stop=1, stop_mode="clone")
    stream = stream.filter("trim", end_frame=cut.frames + _may_follow(cut))
    if footage.rate != frame.rate:
        stream = stream.filter("fps", fps=str(frame.rate), start_time=0, round="near")
        if not cut.to_end:
            stream = stream.filter("tpad", stop=1, stop_mode="clone")
            stream = stream.filter("trim", end_frame=wanted)
    return _fit(stream, footage, frame)


def _may_follow(cut: Cut) -> int:
    """Return how many more frames than announced a recording may have before it is cut off: time
    stamps that jump by hours must not make hours of one picture."""
    return round(_SURPLUS_S * cut.footage.rate) if cut.to_end else 0


def _fit(stream: Any, footage: Footage, frame: OutputFormat) -> Any:
    """Bring the picture to size without distorting it, black where it does not fill the frame."""
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
    """Cut the sound from the very beginning of the first frame; gaps become silence."""
    length = {} if length_s is None else {"end": _seconds(length_s)}
    stream = stream.filter("asetpts", expr=_counted_from(start_ms, first_s))
    stream = stream.filter("atrim", start=0, **length)
    # "async" is a word of Python's own, so the option goes by dictionary.
    return stream.filter("aresample", SAMPLE_RATE, **{"async": 1, "first_pts": 0})


def _counted_from(start_ms: int, time_s: Fraction) -> str:
    stamp_s = Fraction(start_ms, 1000) + time_s
    # of itself it would cut off, not round
    return f"round(PTS-({_seconds(stamp_s)})/TB)"


def _seconds(time: Fraction) -> str:
    return f"{float(time):.9f}"
