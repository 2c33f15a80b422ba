"""Positions in a recording: timecode with frames, clock time, or seconds."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

__all__ = [
    "Position",
    "clock_position",
    "day_frames",
    "nominal_rate",
    "parse_position",
    "round_half_up",
    "timecode_position",
]

_TIMECODE = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})([:;])(\d{1,3})")
_CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):(\d{1,2}(?:[.,]\d{1,6})?)")
_SECONDS = re.compile(r"\d{1,6}(?:[.,]\d{1,6})?")


@dataclass(frozen=True)
class Position:
    """A position in a recording: `seconds` from its first picture, or timecode fields.

    `drop` means that the timecode was written with a semicolon, as drop-frame timecode is.
    """

    text: str
    seconds: Fraction | None = None
    fields: tuple[int, int, int, int] = (0, 0, 0, 0)
    drop: bool = False

    @property
    def is_timecode(self) -> bool:
        """Return whether this is timecode, which may count from the recording's own start."""
        return self.seconds is None

    def frame(self, rate: Fraction, drop: bool = False) -> int:
        """Return the frame at `rate` frames per second, counted from 0 (SMPTE ST 12-1).

        `drop` counts the timecode as drop-frame even where it has no semicolon. Raises ValueError
        for a frame number or a drop-frame label that does not exist.
        """
        if self.seconds is not None:
            return round_half_up(self.seconds * rate)
        return _count(self.fields, rate, drop or self.drop)


def parse_position(text: str) -> Position:
    """Parse `HH:MM:SS:FF` (or `;FF`), `[HH:]MM:SS[.mmm]`, or seconds.

    Full-width digits and colons are accepted. Raises ValueError.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if found := _TIMECODE.fullmatch(plain):
        hours, minutes, seconds, frames = (int(found[i]) for i in (1, 2, 3, 5))
        _require(hours < 24 and minutes < 60 and seconds < 60)
        return Position(plain, None, (hours, minutes, seconds, frames), found[4] == ";")
    if found := _CLOCK.fullmatch(plain):
        seconds_part = Fraction(found[3].replace(",", "."))
        _require(seconds_part < 60 and (found[1] is None or int(found[2]) < 60))
        return Position(plain, int(found[1] or 0) * 3600 + int(found[2]) * 60 + seconds_part)
    if _SECONDS.fullmatch(plain):
        return Position(plain, Fraction(plain.replace(",", ".")))
    raise ValueError(plain)


def clock_position(time: Fraction) -> Position:
    """Return the position `time` seconds after the first picture, written `H:MM:SS.mmm`."""
    whole = round_half_up(time * 1000)
    hours, rest = divmod(whole, 3_600_000)
    minutes, ms = divmod(rest, 60_000)
    return Position(f"{hours}:{minutes:02d}:{ms // 1000:02d}.{ms % 1000:03d}", time)


def timecode_position(frame: int, rate: Fraction) -> Position:
    """Return the non-drop timecode of a frame counted from midnight.

    Raises ValueError beyond 24 hours.
    """
    nominal = nominal_rate(rate)
    _require(0 <= frame < 24 * 3600 * nominal)
    whole, frames = divmod(frame, nominal)
    fields = (whole // 3600, whole // 60 % 60, whole % 60, frames)
    return Position(":".join(f"{field:02d}" for field in fields), None, fields)


def round_half_up(value: Fraction) -> int:
    """Return the nearest whole number, halves upwards (Python's own rounds them to even)."""
    return math.floor(value + Fraction(1, 2))


def nominal_rate(rate: Fraction) -> int:
    """Return the frame numbers per second of timecode: 30 for 29.97."""
    return max(round(rate), 1)


def day_frames(rate: Fraction, drop: bool) -> int:
    """Return the number of frames in 24 hours of timecode."""
    return _count((24, 0, 0, 0), rate, drop)


def _count(fields: tuple[int, int, int, int], rate: Fraction, drop: bool) -> int:
    hours, minutes, seconds, frames = fields
    nominal = nominal_rate(rate)
    _require(frames < nominal)
    whole_minutes = hours * 60 + minutes
    number = (whole_minutes * 60 + seconds) * nominal + frames
    if not drop:
        return number
    # The first two numbers of each minute (four at 59.94) are dropped, except in every tenth.
    dropped = nominal // 15
    _require(nominal % 30 == 0 and rate != nominal)
    _require(not (seconds == 0 and frames < dropped and minutes % 10))
    return number - dropped * (whole_minutes - whole_minutes // 10)


def _require(valid: bool) -> None:
    if not valid:
        raise ValueError
