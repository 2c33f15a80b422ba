"""Write the script that libass burns: what people typed is text in it, never a command.

Field meanings and the escapes are those of libass (its ass_parse.c and the Aegisub manual): a
backslash is a command only before N, n, h and a brace, and inside braces; so a word joiner (U+2060,
which leaves no mark) after each backslash and a backslash before each brace make all of it plain.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from pipeline.captions.rules import NEVER_STARTS
from pipeline.core.timebase import frame_at
from pipeline.media.fonts import Font, text_width
from pipeline.settings import SubtitleStyle

__all__ = ["Canvas", "Overlay", "build_script", "cue_top", "escape", "wrap_line"]

_PIECES = re.compile(r"[^\W\u2e80-\uffff]{1,24}|\s+|.", re.DOTALL)  # a Latin word, or one sign
_NO_SIGN = frozenset({"Cc", "Zl", "Zp"})  # Unicode categories: controls and separators

_HEAD = """[Script Info]
ScriptType: v4.00+
PlayResX: {width}
PlayResY: {height}
WrapStyle: 2
ScaledBorderAndShadow: yes
YCbCr Matrix: None

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, \
Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, \
Alignment, MarginL, MarginR, MarginV, Encoding
Style: Cue,{look},2,0,0,{margin},1
Style: Card,{look},5,0,0,0,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""
# White with a black outline, no shadow, upright (GY/T 288-2014 section 6).
_LOOK = (
    "{font},{size:.3f},&H00FFFFFF,&H00FFFFFF,&H00000000,&H00000000,"
    "0,0,0,0,100,100,0,0,1,{line:.3f},0"
)


@dataclass(frozen=True)
class Canvas:
    """The picture that is written on. Sizes in pixels as shown."""

    width: int
    height: int
    rate: Fraction

    @property
    def base(self) -> int:
        """Return what sizes are per cent of: the height, or the width of an upright picture."""
        return min(self.width, self.height)


Event = tuple[int, int, str, str]
"""Start and end in milliseconds, style (Cue or Card), text with newlines."""


@dataclass(frozen=True)
class Overlay:
    """A line or a shape drawn beside the cues, upon those of a lower `layer`.

    `tags` are override tags of ASS that say where and how; `text` is plain, or the commands of a
    shape where the tags say so. Times in milliseconds.
    """

    start_ms: int
    end_ms: int
    layer: int
    tags: str
    text: str


def build_script(
    events: Iterable[Event], style: SubtitleStyle, font: Font, canvas: Canvas,
    lettering: Iterable[Overlay] = (),
) -> str:  # fmt: skip
    """Return the script that shows each event on exactly the frames of its time (frames.py)."""
    em = _em(style, canvas)
    look = _LOOK.format(
        font=style.font, size=em * font.line_height, line=canvas.base * style.outline_percent / 100
    )
    margin, widest = _margin(style, canvas), _widest(style, canvas)
    head = _HEAD.format(width=canvas.width, height=canvas.height, look=look, margin=margin)
    told = []
    for start_ms, end_ms, name, text in events:
        shown = r"\N".join(escape(line) for line in _lines(text, font, widest))
        told.append(_dialogue(start_ms, end_ms, f"{name},,0,0,0,,{shown}", canvas))
    for one in lettering:
        shown = f"Cue,,0,0,0,,{{{one.tags}}}{escape(one.text)}"
        told.append(_dialogue(one.start_ms, one.end_ms, shown, canvas, one.layer))
    return head + "".join(told)


def cue_top(text: str, style: SubtitleStyle, font: Font, canvas: Canvas) -> int:
    """Return the row at which a cue of that text begins: above it the picture is free."""
    lines = max(len(_lines(text, font, _widest(style, canvas))), 1)
    high = lines * _em(style, canvas) * font.line_height
    return max(math.floor(canvas.height - _margin(style, canvas) - high), 0)


def _em(style: SubtitleStyle, canvas: Canvas) -> float:
    return canvas.base * style.size_percent / 100


def _margin(style: SubtitleStyle, canvas: Canvas) -> int:
    return round(canvas.height * style.margin_percent / 100)


def _widest(style: SubtitleStyle, canvas: Canvas) -> float:
    return canvas.width * (1 - 2 * style.margin_percent / 100) / _em(style, canvas)


def _lines(text: str, font: Font, widest: float) -> list[str]:
    return [part for line in text.split("\n") for part in wrap_line(line, font, widest)]


def _dialogue(start_ms: int, end_ms: int, rest: str, canvas: Canvas, layer: int = 0) -> str:
    first, end = frame_at(start_ms, canvas.rate), frame_at(end_ms, canvas.rate)
    if first >= end:
        return ""  # shorter than a frame
    return f"Dialogue: {layer},{_time(first, canvas.rate)},{_time(end, canvas.rate)},{rest}\n"


def escape(line: str) -> str:
    """Return a line of plain text as ASS shows it unchanged."""
    line = "".join(" " if unicodedata.category(c) in _NO_SIGN else c for c in line)
    return re.sub(r"([{}])", r"\\\1", line.replace("\\", "\\\u2060"))


def wrap_line(line: str, font: Font, widest: float) -> Iterator[str]:
    """Break a line that is wider than the picture allows (in ems); no mark begins a line.

    The style's own limit is a matter for proofreading; this only keeps text inside the picture.
    """
    held = ""
    for piece in _PIECES.findall(line):
        too_wide = text_width(font, (held + piece).rstrip()) > widest
        if held.strip() and too_wide and piece not in NEVER_STARTS:
            yield held.strip()
            held = ""
        held += piece
    yield held.strip()


def _time(frame: int, rate: Fraction) -> str:
    """Return the last of ASS's hundredths of a second before a frame's time.

    libass compares with the frame's own time cut to milliseconds, and ffmpeg's arithmetic may make
    803 frames of 40 ms a millisecond too short. What is before the frame is, up to 100 frames a
    second, still after the one before.
    """
    hundredths = max(-(-frame * 100 * rate.denominator // rate.numerator) - 1, 0)
    minutes, rest = divmod(hundredths, 6000)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest // 100:02d}.{rest % 100:02d}"
