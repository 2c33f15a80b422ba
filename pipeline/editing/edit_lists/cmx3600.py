"""Read edit lists in CMX 3600 EDL.

Only straight cuts on one picture track are conformed. Dissolves, wipes, keys, speed changes, gaps
and sound cut apart from its picture are refused with their line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import PurePosixPath

from pipeline.editing.edit_lists.model import Line, list_error
from pipeline.editing.edit_lists.timecode import Position, nominal_rate, parse_position
from pipeline.errors import FormError
from pipeline.i18n import _

__all__ = ["read"]

_EVENT = re.compile(
    r"\d+\s+(?P<reel>\S+)\s+(?P<channel>\S+)\s+(?P<kind>\S+)\s+(?:\d+\s+)?"
    r"(?P<source_in>\S+)\s+(?P<source_out>\S+)\s+(?P<record_in>\S+)\s+(?P<record_out>\S+)"
)
_SPEED = re.compile(r"\*?\s*M2[:\s]+.*?(?P<speed>-?\d+(?:\.\d+)?)\s+[\d:;]{11}\s*")
_MAX_SPEED_CHARS = 200  # the pattern takes time in the cube of a line's length
_CLIP_NAME = re.compile(r"\*?\s*(?:FROM|TO) CLIP NAME:?\s*(?P<name>[^:\s].*)")
_FILE = re.compile(r"\*?\s*(?:(?P<clip>FROM FILE|FROM CLIP)|SOURCE FILE(?: NAME)?):\s*(?P<file>.+)")
_TIMECODE_END = re.compile(r"(\d\d:\d\d:\d\d):(\d\d)")
_TRACK = re.compile(r"V\d*")
_OTHER_TRACKS = {"B": "V", "NONE": "NONE"}  # B is picture and first sound
_TIMES = ("source_in", "source_out", "record_in", "record_out")
_RATES = tuple(Fraction(n) for n in (25, 24, 30, 50, 60)) + tuple(
    Fraction(n, 1001) for n in (30000, 60000, 24000)
)
_AUXILIARY = "AX"  # a source without a reel name
_GENERATED = frozenset({"BL", "BLACK", "BARS"})


@dataclass
class _Event:
    """An event and the comments below it; `number` is its line, `times` are as in `_TIMES`."""

    number: int
    reel: str
    channel: str
    kind: str
    times: tuple[str, ...]
    comments: list[str] = field(default_factory=list)

    @property
    def track(self) -> str:
        """Return the picture track; empty for sound alone."""
        found = _TRACK.search(self.channel)
        return found[0] if found else _OTHER_TRACKS.get(self.channel, "")

    @property
    def has_sound(self) -> bool:
        return "A" in self.channel or self.channel == "B"


def read(text: str, name: str, rate: Fraction | None = None) -> tuple[Line, ...]:
    """Read the events of an EDL at `rate`, or at the first standard rate that fits.

    Raises FormError with the line.
    """
    events = _events(text)
    if not events:
        raise list_error(
            name, None, _("there are no edits in the list."), _("Export the EDL again.")
        )
    for event in events:
        _refuse_effects(event, rate, name)
    pictures = [event for event in events if event.track]
    _refuse_split_sound(events, pictures, name)
    if not pictures:
        raise list_error(
            name, None, _("there is no picture in the list."), _("Export the picture track.")
        )
    positions = [_positions(event, name) for event in pictures]
    _refuse_misfit(pictures, positions, rate, name)
    return tuple(
        Line(event.number, 0, _source_names(event, name), times[0], times[1])
        for event, times in zip(pictures, positions, strict=True)
    )


def _events(text: str) -> list[_Event]:
    events: list[_Event] = []
    drop = False
    semicolons = re.search(r"\d;\d\d\s", text) is not None
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip()
        if line.startswith("FCM"):
            drop = "NON" not in line and not semicolons
        elif found := _EVENT.fullmatch(line):
            times = (found[name] for name in _TIMES)
            if drop:
                times = (_TIMECODE_END.sub(r"\1;\2", time) for time in times)
            reel, channel, kind = (found[name].upper() for name in ("reel", "channel", "kind"))
            reel = reel if reel in _GENERATED or reel == _AUXILIARY else found["reel"]
            events.append(_Event(number, reel, channel, kind, tuple(times)))
        elif line and events:
            events[-1].comments.append(line)
    return events


def _refuse_effects(event: _Event, rate: Fraction | None, name: str) -> None:
    remedy = _("Export it without effects, or deposit the finished cut instead of a list.")
    if event.kind != "C":
        what = _("dissolves, wipes and keys are not conformed (“{kind}”).").format(kind=event.kind)
        raise list_error(name, event.number, what, remedy)
    if event.reel in _GENERATED:
        raise list_error(name, event.number, _("black and bars are not conformed."), remedy)
    rates = (rate,) if rate else _RATES
    normal = {float(nominal_rate(r)) for r in rates} | {round(float(r), 1) for r in rates}
    for comment in event.comments:
        speed = _SPEED.fullmatch(comment) if len(comment) <= _MAX_SPEED_CHARS else None
        if (speed and float(speed["speed"]) not in normal) or "FREEZE FRAME" in comment:
            what = _("speed changes and freeze frames are not conformed.")
            raise list_error(name, event.number, what, remedy)


def _refuse_split_sound(events: Sequence[_Event], pictures: Sequence[_Event], name: str) -> None:
    """Refuse sound that does not lie under its own picture."""
    remedy = _("Cut sound and picture together, or deposit the finished cut instead of a list.")
    shown = {event.times for event in pictures}
    for event in events:
        if event.times not in shown:
            what = _("sound and picture are cut at different places.")
            raise list_error(name, event.number, what, remedy)
    heard = {event.times for event in events if event.has_sound}
    for event in pictures:
        if heard and event.times not in heard:
            raise list_error(name, event.number, _("the picture has no sound of its own."), remedy)


def _positions(event: _Event, name: str) -> list[Position]:
    positions = []
    for text in event.times:
        try:
            position = parse_position(text)
        except ValueError:
            position = None
        if position is None or not position.is_timecode:
            what = _("“{text}” is not a time.").format(text=text)
            raise list_error(name, event.number, what, _("Export the EDL again."))
        positions.append(position)
    return positions


def _refuse_misfit(
    events: Sequence[_Event], positions: Sequence[list[Position]], rate: Fraction | None, name: str
) -> None:
    """Refuse times that fit together at no rate, for the reason at the first rate tried."""
    if len({event.track for event in events}) > 1:
        raise _gap_error(name)
    refusals = []
    for candidate in (rate,) if rate else _RATES:
        try:
            _check_times(events, positions, candidate, name)
            return
        except FormError as error:
            refusals.append(error)
    raise refusals[0]


def _check_times(
    events: Sequence[_Event], positions: Sequence[list[Position]], rate: Fraction, name: str
) -> None:
    """Refuse edits that are not as long as their source or do not follow one another."""
    gap, end = False, None
    for event, times in zip(events, positions, strict=True):
        why = ""
        try:
            source_in, source_out, record_in, record_out = (time.frame(rate) for time in times)
        except ValueError:
            why = _("there is no such timecode.")
        else:
            if source_out - source_in != record_out - record_in:
                why = _("the edit is not as long as its source.")
            elif end is not None and record_in < end:
                why = _("the edit overlaps the one before it.")
            gap |= end is not None and record_in > end
            end = record_out
        if why:
            what = _("the list does not fit together at {rate} frames per second: {why}").format(
                rate=round(float(rate), 3), why=why
            )
            remedy = _("Export it as CMX 3600 at the frame rate of the recording.")
            raise list_error(name, event.number, what, remedy)
    if gap:
        raise _gap_error(name)


def _gap_error(name: str) -> FormError:
    return list_error(
        name, None, _("there are gaps between the edits, or several picture tracks."),
        _("Close the gaps and export one track, or deposit the finished cut instead."),
    )  # fmt: skip


def _source_names(event: _Event, name: str) -> tuple[str, ...]:
    """Return the clip's name, its file and its reel; of a file without a clip name, its stem."""
    clips = [found["name"] for c in event.comments if (found := _CLIP_NAME.match(c))]
    files, stems = [], []
    for found in filter(None, map(_FILE.fullmatch, event.comments)):
        file = PurePosixPath(found["file"].strip().replace("\\", "/"))
        files.append(file.name)
        if found["clip"]:
            stems.append(file.stem)
    names = [*(clips or stems)[-1:], *files]
    if event.reel != _AUXILIARY:
        names.append(event.reel)
    if not names:
        raise list_error(
            name, event.number, _("no source is named."),
            _("Export the EDL with clip names (FROM CLIP NAME)."),
        )  # fmt: skip
    return tuple(dict.fromkeys(names))
