"""Read timelines in the XML of Final Cut Pro 7, Premiere, DaVinci Resolve and Hiero (xmeml).

The adapter of OpenTimelineIO cannot be imported by Python 3.9 and later. Positions on a track are
frames of the sequence, positions in a recording are frames from its beginning. A clip next to a
transition has -1 there and runs to the transition's far end (Apple, Final Cut Pro XML Interchange
Format, “Transitions”).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from pipeline.editing.edit_lists.fcp7_effects import clip_effects, clip_speed, read_flag
from pipeline.editing.edit_lists.model import list_error
from pipeline.editing.edit_lists.safe_xml import parse_number
from pipeline.editing.edit_lists.timecode import parse_position, round_half_up
from pipeline.editing.edit_lists.timeline import (
    MAX_DEPTH,
    MAX_ELEMENTS,
    Clip,
    MediaReference,
    Timeline,
    Transition,
    file_name,
)
from pipeline.i18n import _

__all__ = ["read"]

_NTSC = Fraction(1000, 1001)
_UNSET = -1


def read(root: Any, name: str) -> Timeline:
    """Read the one sequence of a file. Raises FormError."""
    reader = _Reader(root, name)
    nested = {s.get("id") for s in root.iterfind(".//clipitem/sequence")}
    outer = [
        s
        for s in (*root.iterfind("sequence"), *root.iterfind(".//children/sequence"))
        if s.get("id") is None or s.get("id") not in nested
    ]
    if len(outer) != 1:
        what = _("there are {n} sequences in it: {names}.").format(
            n=len(outer), names=", ".join(s.findtext("name") or "?" for s in outer[:10])
        )
        raise list_error(name, None, what, _("Export the one sequence of the episode."))
    return reader.sequence(outer[0], 0)


@dataclass(frozen=True)
class _Place:
    """The frames of a clip in the programme, and the source position at `start`."""

    start: int
    end: int
    at: Fraction
    speed: Fraction


class _Reader:
    def __init__(self, root: Any, name: str) -> None:
        self.name, self.elements = name, 0
        self.defined: dict[tuple[str, str], Any] = {}
        for element in root.iter("file", "sequence", "clipitem"):
            key = (element.tag, element.get("id") or "")
            if key[1] and len(element):
                self.defined.setdefault(key, element)

    def sequence(self, element: Any, depth: int) -> Timeline:
        """Read a sequence that is nested `depth` deep."""
        if depth > MAX_DEPTH:
            raise self._refuse(element, _("sequences contain each other."))
        element = self._definition(element)
        rate = self._rate(element, None)
        timeline = Timeline(rate)
        for kind, clips in (("video", timeline.pictures), ("audio", timeline.sounds)):
            tracks = element.iterfind(f"media/{kind}/track")
            for layer, track in enumerate(tracks):
                if read_flag(track, "enabled", default=True):
                    self._track(track, timeline, clips, layer, depth)
        return timeline

    def _track(
        self, track: Any, timeline: Timeline, clips: list[Clip], layer: int, depth: int
    ) -> None:
        items = [i for i in track if i.tag in ("clipitem", "generatoritem", "transitionitem")]
        for index, raw in enumerate(items):
            item = self._definition(raw)
            self.elements += 1
            if self.elements > MAX_ELEMENTS:
                raise self._refuse(item, _("sequences contain each other."))
            try:
                if item.tag == "transitionitem":
                    if clips is timeline.pictures:
                        timeline.transitions.append(self._transition(item, layer))
                elif read_flag(item, "enabled", default=True):
                    before = items[index - 1] if index else None
                    after = items[index + 1] if index + 1 < len(items) else None
                    place = self._place(item, before, after, timeline.rate)
                    self._clip(item, place, timeline, clips, layer, depth)
            except ValueError as error:
                raise self._refuse(item, _("“{text}” is not a time.").format(text=error)) from error

    def _clip(
        self, item: Any, place: _Place, timeline: Timeline, clips: list[Clip], layer: int,
        depth: int,
    ) -> None:  # fmt: skip
        picture = clips is timeline.pictures
        effects, transparent, muted = clip_effects(item)
        if item.find("multiclip") is not None:
            raise self._refuse(
                item, _("multi-camera clips are not read."),
                _("Flatten the multi-camera clips in the editing program, then export again."),
            )  # fmt: skip
        if muted and not picture:
            return
        inner = item.find("sequence")
        if inner is not None:
            timeline.insert(
                self.sequence(inner, depth + 1), place.start, place.end, place.at, layer,
                place.speed, picture=picture, sound=not picture, effects=effects,
            )  # fmt: skip
            return
        media = None if item.tag == "generatoritem" else self._media(item, timeline.rate)
        if media is None and not picture:
            return
        clips.append(Clip(
            item.sourceline or 0, item.findtext("name") or "", place.start, place.end, media,
            place.at, layer, effects, transparent, place.speed,
        ))  # fmt: skip

    def _place(self, item: Any, before: Any, after: Any, programme: Fraction) -> _Place:
        """Return the position of a clip; next to a transition it ends in its middle."""
        start, end = _frames(item, "start"), _frames(item, "end")
        at, out = (
            parse_number(item.findtext("in"), Fraction(_UNSET)),
            parse_number(item.findtext("out"), Fraction(_UNSET)),
        )
        from_, to = start, end  # the frames to which in and out belong
        if start == _UNSET:
            start, from_ = _cut(before, "start"), _frames(before, "start")
        if end == _UNSET:
            end, to = _cut(after, "end"), _frames(after, "end")
        rate = self._rate(item, programme)
        if at < 0:
            at = Fraction(0)
        speed = clip_speed(item)
        source_s, clip_s = (out - at) / rate, (to - from_) / programme
        if speed == 1 and out >= 0 and abs(source_s - clip_s) > 1 / min(rate, programme):
            speed = source_s / clip_s if clip_s else Fraction(0)
        return _Place(start, end, at / rate + (start - from_) / programme, speed)

    def _transition(self, item: Any, layer: int) -> Transition:
        name = item.findtext("effect/name") or item.findtext("name") or ""
        start, end = _frames(item, "start"), _frames(item, "end")
        return Transition(item.sourceline or 0, name, start, end, layer)

    def _media(self, item: Any, programme: Fraction) -> MediaReference | None:
        reference = item.find("file")
        if reference is None:
            return None
        file = self._definition(reference)
        url, name = file.findtext("pathurl"), file.findtext("name")
        if not url and (file.find("mediaSource") is not None or not (name or "").strip("/")):
            return None
        names = [file_name(url)] if url else [name or ""]
        if not url:
            names += [file.findtext("timecode/reel/name") or "", item.findtext("name") or ""]
        unique = tuple(dict.fromkeys(n for n in names if n))
        return MediaReference(unique, self._starts(file, programme), self._rate(item, programme))

    def _starts(self, file: Any, programme: Fraction) -> Fraction:
        """Return the timecode of a file's first picture, in seconds."""
        code = file.find("timecode")
        if code is None:
            return Fraction(0)
        rate = self._rate(code, self._rate(file, programme))
        if (counted := code.findtext("frame")) is not None:
            return parse_number(counted) / rate
        text = code.findtext("string")
        return parse_position(text).frame(rate) / rate if text else Fraction(0)

    def _rate(self, element: Any, default: Fraction | None) -> Fraction:
        base = element.findtext("rate/timebase")
        if base is None:
            if default is None:
                raise self._refuse(element, _("the sequence has no frame rate."))
            return default
        try:
            rate = parse_number(base)
        except ValueError:
            rate = Fraction(0)
        if not 1 <= rate <= 240:
            raise self._refuse(element, _("“{text}” is no frame rate.").format(text=base[:40]))
        ntsc = (element.findtext("rate/ntsc") or "").strip().upper() == "TRUE"
        return rate * _NTSC if ntsc else rate

    def _definition(self, element: Any) -> Any:
        """Return the full definition of an element: the first one with its id."""
        if len(element):
            return element
        return self.defined.get((element.tag, element.get("id") or ""), element)

    def _refuse(self, element: Any, what: str, remedy: str = "") -> Exception:
        remedy = remedy or _("Export it again from the editing program.")
        return list_error(self.name, element.sourceline, what, remedy)


def _cut(transition: Any, side: str) -> int:
    """Return where a clip ends next to a transition: at its middle, or at its far end if it fades
    from or to black."""
    if transition is None or transition.tag != "transitionitem":
        raise ValueError(str(_UNSET))
    start, end = _frames(transition, "start"), _frames(transition, "end")
    if (transition.findtext("alignment") or "").strip().endswith("-black"):
        return start if side == "start" else end
    return (start + end) // 2


def _frames(element: Any, tag: str) -> int:
    return round_half_up(parse_number(element.findtext(tag)))
