"""Write the ASS script that libass burns in; text of people never becomes a command.

Fields and escapes follow libass (ass_parse.c) and the Aegisub manual: a backslash is a command only
before N, n, h and a brace, and inside braces. A word joiner (U+2060, invisible) after each
backslash and a backslash before each brace make the text plain.
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

_WORDS = re.compile(r"[^\W\u2e80-\uffff]{1,24}|\s+|.", re.DOTALL)  # a Latin word, or one character
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
    """The size and rate of the picture to write on; pixels as displayed."""

    width: int
    height: int
    rate: Fraction

    @property
    def base(self) -> int:
        """Return the length that sizes are per cent of: height, or width of a portrait picture."""
        return min(self.width, self.height)


Event = tuple[int, int, str, str]
"""Start and end in milliseconds, style (Cue or Card), text with newlines."""


@dataclass(frozen=True)
class Overlay:
    """A line of text or a shape drawn over the cues and over overlays of a lower `layer`.

    `tags` are ASS override tags; `text` is plain text, or drawing commands where the tags select
    drawing mode. Times in milliseconds.
    """

    start_ms: int
    end_ms: int
    layer: int
    tags: str
    text: str


def build_script(
    events: Iterable[Event], style: SubtitleStyle, font: Font, canvas: Canvas,
    overlays: Iterable[Overlay] = (),
) -> str:  # fmt: skip
    """Return the script that shows each event on exactly the frames of its time."""
    em = _em(style, canvas)
    look = _LOOK.format(
        font=style.font, size=em * font.line_height, line=canvas.base * style.outline_percent / 100
    )
    margin, max_ems = _margin(style, canvas), _max_ems(style, canvas)
    head = _HEAD.format(width=canvas.width, height=canvas.height, look=look, margin=margin)
    dialogues = []
    for start_ms, end_ms, name, text in events:
        shown = r"\N".join(escape(line) for line in _lines(text, font, max_ems))
        dialogues.append(_dialogue(start_ms, end_ms, f"{name},,0,0,0,,{shown}", canvas))
    for overlay in overlays:
        shown = f"Cue,,0,0,0,,{{{overlay.tags}}}{escape(overlay.text)}"
        dialogues.append(_dialogue(overlay.start_ms, overlay.end_ms, shown, canvas, overlay.layer))
    return head + "".join(dialogues)


def cue_top(text: str, style: SubtitleStyle, font: Font, canvas: Canvas) -> int:
    """Return the top row of a cue with that text."""
    lines = max(len(_lines(text, font, _max_ems(style, canvas))), 1)
    high = lines * _em(style, canvas) * font.line_height
    return max(math.floor(canvas.height - _margin(style, canvas) - high), 0)


def _em(style: SubtitleStyle, canvas: Canvas) -> float:
    return canvas.base * style.size_percent / 100


def _margin(style: SubtitleStyle, canvas: Canvas) -> int:
    return round(canvas.height * style.margin_percent / 100)


def _max_ems(style: SubtitleStyle, canvas: Canvas) -> float:
    return canvas.width * (1 - 2 * style.margin_percent / 100) / _em(style, canvas)


def _lines(text: str, font: Font, max_ems: float) -> list[str]:
    return [part for line in text.split("\n") for part in wrap_line(line, font, max_ems)]


def _dialogue(start_ms: int, end_ms: int, rest: str, canvas: Canvas, layer: int = 0) -> str:
    first, end = frame_at(start_ms, canvas.rate), frame_at(end_ms, canvas.rate)
    if first >= end:
        return ""  # shorter than a frame
    return f"Dialogue: {layer},{_time(first, canvas.rate)},{_time(end, canvas.rate)},{rest}\n"


def escape(line: str) -> str:
    """Escape a line of plain text for ASS."""
    line = "".join(" " if unicodedata.category(c) in _NO_SIGN else c for c in line)
    return re.sub(r"([{}])", r"\\\1", line.replace("\\", "\\\u2060"))


def wrap_line(line: str, font: Font, max_ems: float) -> Iterator[str]:
    """Break a line wider than `max_ems`; no punctuation mark begins a line.

    The limit of the style is checked at proofreading; this only keeps text inside the picture.
    """
    row = ""
    for word in _WORDS.findall(line):
        too_wide = text_width(font, (row + word).rstrip()) > max_ems
        if row.strip() and too_wide and word not in NEVER_STARTS:
            yield row.strip()
            row = ""
        row += word
    yield row.strip()


def _time(frame: int, rate: Fraction) -> str:
    """Return the last hundredth of a second before a frame's time, as ASS writes it.

    libass compares it with the frame's time truncated to milliseconds, and in ffmpeg's arithmetic
    803 frames of 40 ms may be a millisecond short. Up to 100 frames per second, a time just before
    the frame is still after the frame before.
    """
    hundredths = max(-(-frame * 100 * rate.denominator // rate.numerator) - 1, 0)
    minutes, rest = divmod(hundredths, 6000)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest // 100:02d}.{rest % 100:02d}"
