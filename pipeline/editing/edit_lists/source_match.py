"""Find the originals that an edit list names, and the frames of its lines.

Clock times and seconds count from the first picture of the source. Timecode counts from the start
timecode of the source if in and out are then both inside it (a recording that starts at 23:50:00:00
passes midnight), otherwise from the first picture. All timecodes of a drop-frame source are read as
drop-frame.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePath
from typing import Protocol, TypeVar

from pipeline.editing.edit_lists.model import Line, list_error
from pipeline.editing.edit_lists.timecode import Position, day_frames, parse_position, round_half_up
from pipeline.i18n import _

__all__ = [
    "FrameRange",
    "Named",
    "Reel",
    "find_source",
    "resolve_frames",
    "sound_start_s",
    "start_time_s",
    "timecode_offset_s",
]

_MIN_DIGEST = 8


class Named(Protocol):
    """Anything with a name and a digest, such as an artefact."""

    @property
    def name(self) -> str: ...
    @property
    def sha256(self) -> str: ...


SourceT = TypeVar("SourceT", bound=Named)


@dataclass(frozen=True)
class Reel:
    """The rate, number of frames and start timecode of a source."""

    name: str
    rate: Fraction
    frames: int
    start_timecode: str | None = None


@dataclass(frozen=True)
class FrameRange:
    """The frames `in_frame` up to, but not including, `out_frame` of a source."""

    in_frame: int
    out_frame: int


def find_source(
    line: Line, originals: Iterable[SourceT], list_name: str, names: tuple[str, ...] = ()
) -> SourceT:
    """Return the original with the name in a line, or in `names`: with or without suffix, in any
    case, or by the first eight or more digits of its SHA-256.

    Raises FormError, listing the originals, if there is none or more than one.
    """
    names = names or line.names
    candidates = {o.sha256: o for o in originals}
    for fits in (_by_full_name, _by_stem, _by_digest):
        found = {o.sha256: o for o in candidates.values() for n in names if fits(n, o)}
        if len(found) == 1:
            return next(iter(found.values()))
        if found:
            raise list_error(
                list_name, line.number,
                _("“{source}” may be any of: {names}.").format(
                    source=" / ".join(names),
                    names=", ".join(f"{o.name} ({o.sha256[:12]})" for o in found.values()),
                ),
                _("Write the digest in place of the name."),
            )  # fmt: skip
    raise list_error(
        list_name, line.number,
        _("there is no original “{source}”.").format(source=" / ".join(names)),
        _("There are: {names}.").format(
            names=", ".join(sorted(o.name for o in candidates.values()))
        ),
    )  # fmt: skip


def resolve_frames(line: Line, reel: Reel, list_name: str) -> FrameRange:
    """Return the frames of a line. Raises FormError if they are not in the source."""
    _refuse_other_rate(line, reel, list_name)
    try:
        part = _frames(line, reel)
    except ValueError:
        raise list_error(
            list_name, line.number,
            _("{in_} – {out}: there is no such timecode at {rate} frames per second.").format(
                rate=round(float(reel.rate), 3), **_points(line)
            ),
            _("Give the frame numbers at the rate of the source, or times with milliseconds."),
        ) from None  # fmt: skip
    if not part.in_frame < part.out_frame:
        raise list_error(
            list_name, line.number,
            _("the out point {out} is not after the in point {in_}.").format(**_points(line)),
            _("Correct the two times."),
        )  # fmt: skip
    if part.in_frame < 0 or part.out_frame > reel.frames:
        seconds = float(reel.frames / reel.rate)
        raise list_error(
            list_name, line.number,
            _("{in_} – {out} is not in “{source}”, which is {seconds} s long.").format(
                source=reel.name, seconds=round(seconds, 3), **_points(line)
            ),
            _("Its timecode begins at {start}.").format(start=reel.start_timecode or "00:00:00:00"),
        )  # fmt: skip
    return part


def start_time_s(timecode: str, rate: Fraction) -> Fraction | None:
    """Return the time of day of a start timecode in seconds, None if it is not a timecode."""
    try:
        return parse_position(timecode).frame(rate) / rate
    except ValueError:
        return None


def timecode_offset_s(starts: Fraction | None, reel: Reel) -> Fraction:
    """Return the seconds to add to times of a list that gives `starts` as the start timecode.

    A list made from a copy with another start means the pictures with the same timecode.
    """
    start = parse_position(reel.start_timecode) if reel.start_timecode else None
    if not starts or start is None or not start.is_timecode:
        return Fraction(0)
    return Fraction(round_half_up(starts * reel.rate) - start.frame(reel.rate)) / reel.rate


def sound_start_s(line: Line, reel: Reel, list_name: str) -> Fraction:
    """Return where the sound of a line begins in its recording, in seconds from the first picture.

    Raises FormError if that is not in the recording.
    """
    sound = line.sound
    assert sound is not None and sound.at is not None, "found out before"
    try:
        if sound.at.seconds is not None:
            at = sound.at.seconds + timecode_offset_s(sound.starts, reel)
        else:
            at = _frames(Line(0, 0, (), sound.at, None), reel).in_frame / reel.rate
    except ValueError:
        at = Fraction(-1)
    if not 0 <= at < reel.frames / reel.rate:
        raise list_error(
            list_name, line.number,
            _("the sound at {in_} is not in “{source}”, which is {seconds} s long.").format(
                in_=sound.at.text, source=reel.name,
                seconds=round(float(reel.frames / reel.rate), 3),
            ),
            _("Its timecode begins at {start}.").format(start=reel.start_timecode or "00:00:00:00"),
        )  # fmt: skip
    return at


def _refuse_other_rate(line: Line, reel: Reel, list_name: str) -> None:
    """Refuse frames counted at a rate that is no multiple or fraction of the source's: between
    29.97 and 30 the position is ambiguous."""
    if line.rate and all(
        r.denominator != 1 for r in (line.rate / reel.rate, reel.rate / line.rate)
    ):
        raise list_error(
            list_name, line.number,
            _("it counts “{source}” at {theirs} frames per second, which has {rate}.").format(
                source=reel.name, theirs=round(float(line.rate), 3),
                rate=round(float(reel.rate), 3),
            ),
            _("Export the list as CSV with times, or deposit the finished cut."),
        )  # fmt: skip


def _frames(line: Line, reel: Reel) -> FrameRange:
    start = parse_position(reel.start_timecode) if reel.start_timecode else None
    drop = bool(start and start.drop)
    points = (line.in_, line.out)
    offset_frames = round_half_up(timecode_offset_s(line.starts, reel) * reel.rate)

    def frame_of(position: Position | None, default: int, first: int) -> int:
        if position is None:
            return default
        frame = position.frame(reel.rate, drop) + offset_frames
        return (frame - first) % day_frames(reel.rate, drop) if position.is_timecode else frame

    if start and start.is_timecode and any(p and p.is_timecode for p in points):
        first = start.frame(reel.rate, drop)
        part = FrameRange(frame_of(line.in_, 0, first), frame_of(line.out, reel.frames, first))
        if part.in_frame < part.out_frame <= reel.frames:
            return part
    return FrameRange(frame_of(line.in_, 0, 0), frame_of(line.out, reel.frames, 0))


def _points(line: Line) -> dict[str, str]:
    return {"in_": line.in_.text if line.in_ else "", "out": line.out.text if line.out else ""}


def _by_full_name(name: str, original: Named) -> bool:
    return _fold(name) == _fold(original.name)


def _by_stem(name: str, original: Named) -> bool:
    return _fold(name) == _fold(PurePath(original.name).stem)


def _fold(name: str) -> str:
    """Fold case and normalize accents, which macOS stores decomposed."""
    return unicodedata.normalize("NFC", name).casefold()


def _by_digest(name: str, original: Named) -> bool:
    return len(name) >= _MIN_DIGEST and original.sha256.startswith(name.lower())
