"""From what an edit list says to frames of originals that are there.

How a place is counted: clock time and seconds count from the first picture of the source.
Timecode counts from the source's own start timecode if in and out both lie in the source that
way (a recording that starts at 23:50:00:00 passes midnight); otherwise from its first picture.
A source with drop-frame timecode has all its timecodes read so.
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
    """What has a name and a digest: an artefact."""

    @property
    def name(self) -> str: ...
    @property
    def sha256(self) -> str: ...


SourceT = TypeVar("SourceT", bound=Named)


@dataclass(frozen=True)
class Reel:
    """What must be known of a source to find frames in it. `frames` is how many there are."""

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
    """Return the original a line names, or the one `names` mean in that line: with or without
    suffix, in capitals or not, or by the first eight or more digits of its SHA-256.

    Raises FormError, listing the originals, when there is none or more than one.
    """
    names = names or line.names
    there = {o.sha256: o for o in originals}
    for fits in (_exactly, _without_suffix, _by_digest):
        found = {o.sha256: o for o in there.values() for n in names if fits(n, o)}
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
        _("There are: {names}.").format(names=", ".join(sorted(o.name for o in there.values()))),
    )  # fmt: skip


def resolve_frames(line: Line, reel: Reel, list_name: str) -> FrameRange:
    """Return the frames a line means. Raises FormError when they are not in the source."""
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
    """Return the time of day a start timecode means, in seconds, None where it is none."""
    try:
        return parse_position(timecode).frame(rate) / rate
    except ValueError:
        return None


def timecode_offset_s(starts: Fraction | None, reel: Reel) -> Fraction:
    """Return how much later in a source (seconds) something is than a list says, which holds that
    the source's timecode begins at `starts`.

    A list made on a copy that begins elsewhere means the pictures with that timecode.
    """
    start = parse_position(reel.start_timecode) if reel.start_timecode else None
    if not starts or start is None or not start.is_timecode:
        return Fraction(0)
    return Fraction(round_half_up(starts * reel.rate) - start.frame(reel.rate)) / reel.rate


def sound_start_s(line: Line, reel: Reel, list_name: str) -> Fraction:
    """Return where in a recording the sound of a line begins, in seconds from its first picture.

    Raises FormError where that is not in the recording.
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
    """Frames counted at another rate mean the same time only where one is a multiple of the other:
    at 29.97 and 30, nobody can tell which was meant."""
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
    later = round_half_up(timecode_offset_s(line.starts, reel) * reel.rate)

    def place(position: Position | None, otherwise: int, offset: int) -> int:
        if position is None:
            return otherwise
        frame = position.frame(reel.rate, drop) + later
        return (frame - offset) % day_frames(reel.rate, drop) if position.is_timecode else frame

    if start and start.is_timecode and any(p and p.is_timecode for p in points):
        offset = start.frame(reel.rate, drop)
        own = FrameRange(place(line.in_, 0, offset), place(line.out, reel.frames, offset))
        if own.in_frame < own.out_frame <= reel.frames:
            return own
    return FrameRange(place(line.in_, 0, 0), place(line.out, reel.frames, 0))


def _points(line: Line) -> dict[str, str]:
    return {"in_": line.in_.text if line.in_ else "", "out": line.out.text if line.out else ""}


def _exactly(name: str, original: Named) -> bool:
    return _plain(name) == _plain(original.name)


def _without_suffix(name: str, original: Named) -> bool:
    return _plain(name) == _plain(PurePath(original.name).stem)


def _plain(name: str) -> str:
    """Fold case, and the two ways of storing an accent: macOS uses the other one."""
    return unicodedata.normalize("NFC", name).casefold()


def _by_digest(name: str, original: Named) -> bool:
    return len(name) >= _MIN_DIGEST and original.sha256.startswith(name.lower())
