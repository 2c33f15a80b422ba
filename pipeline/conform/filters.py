"""Take from a recording exactly the frames of a part, and the sound that lies under them.

The frames of a source are those of an even grid at its rate, laid over its own times: a frame
lost by the camera, or a variable rate, does not shift what comes after it against the sound.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from pipeline.conform.footage import Cut, Footage
from pipeline.conform.frames import Frame
from pipeline.tools.ffmpeg import source

__all__ = ["SAMPLE_BYTES", "SAMPLE_RATE", "streams"]

SAMPLE_RATE = 48_000
SAMPLE_BYTES = 2 * 4  # stereo, 32-bit float
_ENOUGH_S = 2  # longer than cameras leave between two key frames
_ENOUGH_UNINDEXED_S = 12  # transport and program streams are entered anywhere
_MARGIN_S = 1
_UNINDEXED = ("mpegts", "mpeg", "flv", "asf")


def streams(cut: Cut, frame: Frame, wanted: int) -> tuple[Any, Any]:
    """Return picture and sound of a part as ffmpeg-python streams; `wanted` frames come out."""
    before = min(cut.in_frame, round(_preroll_s(cut.footage) * cut.footage.rate))
    media, shift = _open(cut, before)
    return _picture(media, cut, frame, before, shift, wanted), _sound(media, cut, before, shift)


def _preroll_s(footage: Footage) -> int:
    return _ENOUGH_UNINDEXED_S if footage.format in _UNINDEXED else _ENOUGH_S


def _open(cut: Cut, before: int) -> tuple[Any, Fraction]:
    """Open the source `before` frames ahead of the part; return it and the time of that frame.

    ffmpeg counts from where it was told to seek to, rounded to the ticks of the stream, which may
    be as long as a frame: so it is told the time of a frame, not one between two.
    """
    footage = cut.footage
    first = cut.in_frame - before
    start = Fraction(footage.start_ms, 1000) + first / footage.rate
    shift = Fraction(0) if first else start
    options: dict[str, Any] = {"ss": _seconds(start)} if first else {}
    if not cut.to_end:
        options["t"] = _seconds(shift + (before + cut.frames) / footage.rate + _MARGIN_S)
    return source(footage.path, **options), shift


def _picture(media: Any, cut: Cut, frame: Frame, before: int, shift: Fraction, wanted: int) -> Any:
    footage = cut.footage
    stream = media[str(footage.picture.index)].filter("setpts", expr=_earlier(shift))
    if footage.interlaced:
        stream = stream.filter("bwdif", mode="send_frame", deint="interlaced")
    stream = stream.filter("fps", fps=str(footage.rate), start_time=0, round="near")
    if not cut.to_end:
        # The last frame of a recording may be held a little shorter than the others.
        stream = stream.filter("tpad", stop=1, stop_mode="clone")
        stream = stream.filter("trim", start_frame=before, end_frame=before + cut.frames)
    elif before:
        stream = stream.filter("trim", start_frame=before)
    stream = stream.filter("setpts", expr="PTS-STARTPTS")
    if footage.rate != frame.rate:
        stream = stream.filter("fps", fps=str(frame.rate), start_time=0, round="near")
        if not cut.to_end:
            stream = stream.filter("tpad", stop=1, stop_mode="clone").filter(
                "trim", end_frame=wanted
            )
    return _fit(stream, footage, frame)


def _fit(stream: Any, footage: Footage, frame: Frame) -> Any:
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


def _sound(media: Any, cut: Cut, before: int, shift: Fraction) -> Any:
    """Cut the sound from the very beginning of the first frame; gaps become silence."""
    start = shift + before / cut.footage.rate
    length = {} if cut.to_end else {"end": _seconds(cut.frames / cut.footage.rate)}
    stream = media[str(cut.footage.sound.index)].filter("asetpts", expr=_earlier(start))
    stream = stream.filter("atrim", start=0, **length)
    # "async" is a word of Python's own, so the option goes by dictionary.
    return stream.filter("aresample", SAMPLE_RATE, **{"async": 1, "first_pts": 0})


def _earlier(time: Fraction) -> str:
    return f"round(PTS-{_seconds(time)}/TB)"  # of itself it would cut off, not round


def _seconds(time: Fraction) -> str:
    return f"{float(time):.9f}"
