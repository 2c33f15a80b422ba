"""Edit lists as CMX 3600 EDL, read by OpenTimelineIO.

OpenTimelineIO reads the events; what it would pass over or change is looked for in the text
first, where the line is known: dissolves, wipes and keys, speed changes, gaps, sound cut apart
from its picture, drop-frame marks written only in the header. None of it is conformed: it is
refused, with the way out (a finished cut).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any

from pipeline.editing.edit_lists.model import Line, list_error
from pipeline.editing.edit_lists.timecode import nominal_rate, parse_position
from pipeline.errors import FormError
from pipeline.i18n import _

__all__ = ["read"]

_EVENT = re.compile(
    r"(?P<id>\d+)\s+(?P<reel>\S+)\s+(?P<channel>\S+)\s+(?P<kind>\S+)\s+(?:\d+\s+)?"
    r"(?P<source_in>\S+)\s+(?P<source_out>\S+)\s+(?P<record_in>\S+)\s+(?P<record_out>\S+)"
)
_SPEED = re.compile(r"\*?\s*M2[:\s]+.*?(?P<speed>-?\d+(?:\.\d+)?)\s+[\d:;]{11}\s*")
_FILE = re.compile(r"\*?\s*(?:SOURCE FILE|FROM FILE|FROM CLIP|SOURCE FILE NAME):\s*(?P<file>.+)")
_TIMECODE_END = re.compile(r"(\d\d:\d\d:\d\d):(\d\d)")
_RATES = tuple(Fraction(n) for n in (25, 24, 30, 50, 60)) + tuple(
    Fraction(n, 1001) for n in (30000, 60000, 24000)
)
_NO_SOURCE = frozenset({"AX", "BL", "BLACK", "BARS"})


@dataclass
class _Event:
    number: int
    text: str
    fields: dict[str, str]
    comments: list[str]

    @property
    def has_picture(self) -> bool:
        channel = self.fields["channel"].upper()
        return "V" in channel or channel in ("B", "NONE")

    @property
    def has_sound(self) -> bool:
        channel = self.fields["channel"].upper()
        return "A" in channel or channel == "B"

    @property
    def span(self) -> tuple[str, ...]:
        return tuple(self.fields[f] for f in ("source_in", "source_out", "record_in", "record_out"))


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
    pictures = [e for e in events if e.has_picture]
    _refuse_split_sound(events, pictures, name)
    clips = _clips(pictures, rate, name)
    return tuple(_line(e, c, name) for e, c in zip(pictures, clips, strict=True))


def _events(text: str) -> list[_Event]:
    events: list[_Event] = []
    drop = False
    semicolons = re.search(r"\d;\d\d\s", text) is not None
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip()
        if line.startswith("FCM"):
            drop = "NON" not in line and not semicolons
        elif found := _EVENT.fullmatch(line):
            if drop:
                line = _TIMECODE_END.sub(r"\1;\2", line)
                found = _EVENT.fullmatch(line)
            assert found is not None
            events.append(_Event(number, line, found.groupdict(), []))
        elif line and events:
            events[-1].comments.append(line)
    return events


def _refuse_effects(event: _Event, rate: Fraction | None, name: str) -> None:
    finished = _("Export it without effects, or deposit the finished cut instead of a list.")
    kind = event.fields["kind"].upper()
    if kind != "C":
        what = _("dissolves, wipes and keys are not conformed (“{kind}”).").format(kind=kind)
        raise list_error(name, event.number, what, finished)
    if event.fields["reel"].upper() in _NO_SOURCE - {"AX"}:
        raise list_error(name, event.number, _("black and bars are not conformed."), finished)
    for comment in event.comments:
        speed = _SPEED.fullmatch(comment)
        usual = {float(nominal_rate(r)) for r in ((rate,) if rate else _RATES)}
        exact = {round(float(r), 1) for r in ((rate,) if rate else _RATES)}
        if (speed and float(speed["speed"]) not in usual | exact) or "FREEZE FRAME" in comment:
            raise list_error(
                name, event.number, _("speed changes and freeze frames are not conformed."),
                finished,
            )  # fmt: skip


def _refuse_split_sound(events: list[_Event], pictures: list[_Event], name: str) -> None:
    """Sound must lie under its own picture: then it need not be cut separately."""
    together = _("Cut sound and picture together, or deposit the finished cut instead of a list.")
    spans = {e.span for e in pictures}
    alone = [e for e in events if not e.has_picture]
    for event in alone:
        if event.span not in spans:
            raise list_error(
                name, event.number, _("sound and picture are cut at different places."), together
            )
    covered = {e.span for e in events if e.has_sound}
    for event in pictures:
        if covered and event.span not in covered:
            raise list_error(
                name, event.number, _("the picture has no sound of its own."), together
            )


def _clips(pictures: list[_Event], rate: Fraction | None, name: str) -> list[Any]:
    if not pictures:
        raise list_error(
            name, None, _("there is no picture in the list."), _("Export the picture track.")
        )
    text = "\n".join(part for e in pictures for part in (e.text, *e.comments))
    refusal: FormError | None = None
    for candidate in (rate,) if rate else _RATES:
        try:
            return _parse(text, candidate, name)
        except FormError as error:
            refusal = refusal or error
    assert refusal is not None
    raise refusal


def _parse(text: str, rate: Fraction, name: str) -> list[Any]:
    """Have OpenTimelineIO read cuts; times that do not fit together make it refuse."""
    import opentimelineio as otio

    try:
        timeline = otio.adapters.read_from_string(text, "cmx_3600", rate=float(rate))
    except Exception as error:  # the adapter also lets plain Python errors escape
        raise list_error(
            name, None,
            _("the list does not fit together at {rate} frames per second: {why}").format(
                rate=round(float(rate), 3), why=str(error).rstrip(".") + "."
            ),
            _("Export it as CMX 3600 at the frame rate of the recording."),
        ) from error  # fmt: skip
    tracks = [t for t in timeline.tracks if t.kind == otio.schema.TrackKind.Video]
    items = list(tracks[0]) if tracks else []
    if len(tracks) != 1 or any(not isinstance(i, otio.schema.Clip) for i in items):
        raise list_error(
            name, None, _("there are gaps between the edits, or several picture tracks."),
            _("Close the gaps and export one track, or deposit the finished cut instead."),
        )  # fmt: skip
    return items


def _line(event: _Event, clip: Any, name: str) -> Line:
    named = [str(clip.name)] if str(clip.name) != event.fields["id"] else []
    for comment in event.comments:
        if found := _FILE.fullmatch(comment):
            named.append(PurePosixPath(found["file"].strip().replace("\\", "/")).name)
    if event.fields["reel"].upper() not in _NO_SOURCE:
        named.append(event.fields["reel"])
    if not named:
        raise list_error(
            name, event.number, _("no source is named."),
            _("Export the EDL with clip names (FROM CLIP NAME)."),
        )  # fmt: skip
    try:
        points = [parse_position(event.fields[f]) for f in ("source_in", "source_out")]
    except ValueError as error:
        what = _("“{text}” is not a time.").format(text=error)
        raise list_error(name, event.number, what, _("Export the EDL again.")) from error
    return Line(event.number, 0, tuple(dict.fromkeys(named)), points[0], points[1])
