"""Find the originals that an edit list names, and the frames of its lines.

Clock times and seconds count from the first picture of the source. Timecode counts from the start
timecode of the source if in and out are then both inside it (a recording that starts at 23:50:00:00
passes midnight), otherwise from the first picture. All timecodes of a drop-frame source are read as
drop-frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePath
from typing import Protocol, TypeVar

from pipeline.editing.edit_lists.model import Line, list_error
from pipeline.editing.edit_lists.timecode import Position, day_frames, parse_position, round_half_up
from pipeline.editing.original_names import camera_name, card_of, fold
from pipeline.errors import FormError
from pipeline.i18n import _

__all__ = [
    "FrameRange",
    "Named",
    "Reel",
    "find_source",
    "only_by_timecode",
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
    line: Line,
    originals: Iterable[SourceT],
    list_name: str,
    names: tuple[str, ...] = (),
    *,
    narrow: Callable[[list[SourceT]], list[SourceT]] | None = None,
    describe: Callable[[SourceT], str] | None = None,
) -> SourceT:
    """Return the original with the name in a line, or in `names`: with or without suffix, in any
    case, or by the first eight or more digits of its SHA-256.

    A name that cameras gave to several files stands for each of them, unless a name of the line is
    that of the card, or `narrow` (by timecode) leaves one. Raises FormError, listing the originals
    as `describe` does, if there is none or more than one.
    """
    names = names or line.names
    candidates = list({o.sha256: o for o in originals}.values())
    for fits in (_by_full_name, _by_card, _by_stem, _by_digest):
        found = _matching(fits, names, candidates)
        if len(found) == 1:
            return found[0]
        if found:
            of_card = [o for o in found if fold(card_of(o.name)) in map(fold, names)]
            left = of_card if len(of_card) == 1 else narrow(found) if narrow else []
            if len(left) == 1:
                return left[0]
            raise _ambiguous(line, list_name, names, [(describe or _described)(o) for o in found])
    raise list_error(
        list_name, line.number,
        _("there is no original “{source}”.").format(source=" / ".join(names)),
        _("There are: {names}.").format(names=", ".join(sorted(o.name for o in candidates))),
    )  # fmt: skip


def _matching(
    fits: Callable[[str, Named], bool], names: tuple[str, ...], candidates: list[SourceT]
) -> list[SourceT]:
    """Return the originals that one of the names fits, and those the camera named like them."""
    found = [o for o in candidates if any(fits(n, o) for n in names)]
    if fits in (_by_full_name, _by_stem):
        own = {fold(o.name) for o in found if not card_of(o.name)}
        found += [o for o in candidates if o not in found and fold(camera_name(o.name)) in own]
    return found


def _ambiguous(line: Line, list_name: str, names: tuple[str, ...], found: list[str]) -> FormError:
    return list_error(
        list_name, line.number,
        _("“{source}” may be any of: {names}.").format(
            source=" / ".join(names), names=", ".join(found)
        ),
        _(
            "Write the first eight characters of the digest in place of the name, or the name with "
            "its bracket; or give timecodes that are in one of them alone."
        ),
    )  # fmt: skip


def _described(original: Named) -> str:
    return f"{original.name} ({original.sha256[:12]})"


def only_by_timecode(line: Line, reels: dict[str, Reel]) -> list[str]:
    """Return the key of the one recording the times of a line can mean, and mean by timecode.

    The list is empty where another could be meant as well, also one whose timecode is not known and
    which is long enough for times counted from its first picture.
    """
    possible = [key for key, reel in reels.items() if _is_inside(line, reel)]
    return [key for key in possible if len(possible) == 1 and _is_by_timecode(line, reels[key])]


def _is_inside(line: Line, reel: Reel) -> bool:
    try:
        part = _frames(line, reel)
    except ValueError:
        return False
    return 0 <= part.in_frame < part.out_frame <= reel.frames


def _is_by_timecode(line: Line, reel: Reel) -> bool:
    if not reel.start_timecode:
        return False
    return bool(line.starts) or _timecode_frames(line, reel) is not None


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
    part = _timecode_frames(line, reel)
    if part is not None:
        return part
    frame_of = _frame_reader(line, reel)
    return FrameRange(frame_of(line.in_, 0, 0), frame_of(line.out, reel.frames, 0))


def _timecode_frames(line: Line, reel: Reel) -> FrameRange | None:
    """Return the frames counted from the start timecode, None if they are not in the source."""
    start = parse_position(reel.start_timecode) if reel.start_timecode else None
    points = (line.in_, line.out)
    if start and start.is_timecode and any(p and p.is_timecode for p in points):
        frame_of = _frame_reader(line, reel)
        first = start.frame(reel.rate, start.drop)
        part = FrameRange(frame_of(line.in_, 0, first), frame_of(line.out, reel.frames, first))
        if part.in_frame < part.out_frame <= reel.frames:
            return part
    return None


def _frame_reader(line: Line, reel: Reel) -> Callable[[Position | None, int, int], int]:
    start = parse_position(reel.start_timecode) if reel.start_timecode else None
    drop = bool(start and start.drop)
    offset_frames = round_half_up(timecode_offset_s(line.starts, reel) * reel.rate)

    def frame_of(position: Position | None, default: int, first: int) -> int:
        if position is None:
            return default
        frame = position.frame(reel.rate, drop) + offset_frames
        return (frame - first) % day_frames(reel.rate, drop) if position.is_timecode else frame

    return frame_of


def _points(line: Line) -> dict[str, str]:
    return {"in_": line.in_.text if line.in_ else "", "out": line.out.text if line.out else ""}


def _by_full_name(name: str, original: Named) -> bool:
    return fold(name) == fold(original.name)


def _by_card(name: str, original: Named) -> bool:
    """Tell whether a name says the folder of the card: card 2/C0001.MP4."""
    path = PurePath(name.replace("\\", "/"))
    card = card_of(original.name)
    return bool(card) and (fold(path.parent.name), fold(path.name)) == (
        fold(card), fold(camera_name(original.name)),
    )  # fmt: skip


def _by_stem(name: str, original: Named) -> bool:
    return fold(name) == fold(PurePath(original.name).stem)


def _by_digest(name: str, original: Named) -> bool:
    return len(name) >= _MIN_DIGEST and original.sha256.startswith(name.lower())
