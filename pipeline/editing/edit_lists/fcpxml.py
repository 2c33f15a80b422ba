"""Timelines of Final Cut Pro (FCPXML 1.x), which DaVinci Resolve and others write as well.

Read here, not by the adapter of OpenTimelineIO: it counts 29.97 frames a second as 29, cuts times
off to frames and passes transitions and changed speeds over. Every element has a clock of its own
that begins at its `start`; what it contains or what is attached to it stands at an `offset` on that
clock (Apple, FCPXML Reference, “Timing”).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from pipeline.editing.edit_lists.fcpxml_effects import clip_effects, clip_speed, is_muted
from pipeline.editing.edit_lists.model import list_error
from pipeline.editing.edit_lists.safe_xml import parse_seconds
from pipeline.editing.edit_lists.timeline import (
    MAX_DEPTH,
    MAX_ELEMENTS,
    Clip,
    MediaReference,
    Timeline,
    Transition,
    file_name,
    trim_clips,
)
from pipeline.i18n import _

__all__ = ["read"]

_STORY = frozenset({
    "asset-clip", "clip", "video", "audio", "gap", "title", "ref-clip", "sync-clip", "mc-clip",
    "spine", "transition", "audition",
})  # fmt: skip
_HELD = frozenset({"clip", "sync-clip", "gap", "video", "audio"})
"""What contains others, not only has some attached to it."""


def read(root: Any, name: str) -> Timeline:
    """Read the one project of a file. Raises FormError."""
    projects = list(root.iter("project"))
    if len(projects) != 1:
        what = _("there are {n} sequences in it: {names}.").format(
            n=len(projects), names=", ".join(p.get("name") or "?" for p in projects[:10])
        )
        raise list_error(name, None, what, _("Export the one sequence of the episode."))
    sequence = projects[0].find("sequence")
    if sequence is None:
        raise list_error(
            name, None, _("there are no edits in the list."),
            _("Export the one sequence of the episode."),
        )  # fmt: skip
    return _Reader(root, name).sequence(sequence, 0)


@dataclass(frozen=True)
class _Clock:
    """What stands at `local` on an element's clock stands at `here` in the programme (seconds)."""

    local: Fraction
    here: Fraction
    layer: int = 0
    limits: tuple[Fraction, Fraction] | None = None
    picture: bool = True
    sound: bool = True
    effects: tuple[str, ...] = ()
    reshaped: bool = False
    speed: Fraction = Fraction(1)


class _Reader:
    def __init__(self, root: Any, name: str) -> None:
        self.name = name
        self.opened = 0
        self.resources = {r.get("id"): r for r in root.iterfind("resources/*") if r.get("id")}

    def sequence(self, element: Any, depth: int) -> Timeline:
        """Read a sequence; those inside it are `depth` deep."""
        if depth > MAX_DEPTH:
            raise self._refuse(element, _("sequences contain each other."))
        timeline = Timeline(self._rate(element))
        clock = _Clock(self._time(element, "tcStart"), Fraction(0))
        for spine in element.iterfind("spine"):
            self._in_turn(spine, clock, timeline, depth)
        return timeline

    def _in_turn(self, spine: Any, clock: _Clock, timeline: Timeline, depth: int) -> None:
        """Read what follows one another; what has no offset begins where the one before ended."""
        local = clock.local
        for element in spine:
            if element.tag not in _STORY:
                continue
            local = self._time(element, "offset", local)
            self._element(element, local, clock, timeline, depth)
            if element.tag != "transition":
                local += self._duration(element)

    def _element(
        self, element: Any, offset: Fraction, clock: _Clock, timeline: Timeline, depth: int
    ) -> None:
        self.opened += 1
        if depth > 4 * MAX_DEPTH or self.opened > MAX_ELEMENTS:
            raise self._refuse(element, _("sequences contain each other."))
        if element.get("enabled") == "0":
            return
        if element.tag == "audition":  # the first is the one that was chosen
            chosen = next((e for e in element if e.tag in _STORY), None)
            if chosen is not None:
                self._element(chosen, offset, clock, timeline, depth + 1)
            return
        here = clock.here + offset - clock.local
        layer = clock.layer + self._lane(element)
        if element.tag == "transition":
            last = here + self._duration(element)
            timeline.blends.append(Transition(
                element.sourceline or 0, element.get("name") or "",
                timeline.frame(here), timeline.frame(last), layer,
            ))  # fmt: skip
            return
        own = self._own_clock(element, here, layer, clock)
        self._content(element, own, timeline, depth)
        if element.tag == "spine":
            self._in_turn(element, replace(own, local=Fraction(0)), timeline, depth + 1)
            return
        # What is attached runs past the end of what it is attached to, and keeps its own speed.
        beside = replace(clock, local=own.local, here=here, layer=layer)
        for child in element:
            attached = child.get("lane") is not None
            if child.tag in _STORY and (attached or element.tag in _HELD):
                time = self._time(child, "offset")
                self._element(child, time, beside if attached else own, timeline, depth + 1)

    def _own_clock(self, element: Any, here: Fraction, layer: int, clock: _Clock) -> _Clock:
        """Return the clock of an element that stands at `here`, with what is done to it."""
        effects, reshaped = clip_effects(element)
        limits = clock.limits
        if element.tag != "spine":
            ends = (here, here + self._duration(element))
            limits = ends if limits is None else (max(ends[0], limits[0]), min(ends[1], limits[1]))
        enabled = element.get("srcEnable", "all")
        muted = is_muted(element)
        return _Clock(
            self._start(element), here, layer, limits,
            picture=clock.picture and enabled in ("all", "video"),
            sound=clock.sound and enabled in ("all", "audio") and not muted,
            effects=(*clock.effects, *effects), reshaped=clock.reshaped or reshaped,
            speed=clock.speed * clip_speed(element),
        )  # fmt: skip

    def _content(self, element: Any, own: _Clock, timeline: Timeline, depth: int) -> None:
        """Add what an element itself shows and lets hear."""
        tag = element.tag
        if tag == "title":
            self._shoot(element, None, own, timeline, picture=True, sound=False)
        elif tag in ("asset-clip", "video", "audio"):
            asset = self._resource(element)
            shows = tag != "audio" and asset.get("hasVideo", "1" if tag == "video" else "0") == "1"
            sounds = tag == "audio" or (tag == "asset-clip" and asset.get("hasAudio") == "1")
            media = self._media(asset, element) if asset.tag == "asset" else None
            self._shoot(element, media, own, timeline, picture=shows or not sounds, sound=sounds)
        elif tag == "ref-clip":
            self._nested(self._resource(element).find("sequence"), element, own, timeline, depth)
        elif tag == "mc-clip":
            self._angles(element, own, timeline, depth)

    def _shoot(
        self, element: Any, media: MediaReference | None, own: _Clock, timeline: Timeline, *,
        picture: bool, sound: bool,
    ) -> None:  # fmt: skip
        assert own.limits is not None
        starts = media.starts or Fraction(0) if media else Fraction(0)
        first, last = timeline.frame(own.here), timeline.frame(own.here + self._duration(element))
        at = own.local - starts + (first / timeline.rate - own.here) * own.speed
        shot = Clip(
            element.sourceline or 0, element.get("name") or "", first, last, media, at,
            own.layer, own.effects, own.reshaped, own.speed,
        )  # fmt: skip
        low, high = (timeline.frame(limit) for limit in own.limits)
        kept = trim_clips([shot], low, high, timeline.rate)
        if picture and own.picture:
            timeline.pictures += kept
        if sound and own.sound and media:
            # Sound may begin within a frame: it is heard from the next one on.
            begins = first + 1 if at < 0 else first
            timeline.sounds += trim_clips(kept, begins, high, timeline.rate)

    def _nested(
        self, sequence: Any, element: Any, own: _Clock, timeline: Timeline, depth: int
    ) -> None:
        if sequence is None:
            raise self._refuse(element, _("“{id}” is not in the file.").format(
                id=element.get("ref")))  # fmt: skip
        inner = self.sequence(sequence, depth + 1)
        at = own.local - self._time(sequence, "tcStart") if element.get("start") else own.local
        self._take(inner, at, own, timeline, own.picture, own.sound)

    def _angles(self, element: Any, own: _Clock, timeline: Timeline, depth: int) -> None:
        """Take from a multi-camera clip the angle that is seen and the one that is heard."""
        held = self._resource(element).find("multicam")
        if held is None or depth > MAX_DEPTH:
            raise self._refuse(element, _("“{id}” is not in the file.").format(
                id=element.get("ref")))  # fmt: skip
        start = self._time(held, "tcStart")
        angles = {a.get("angleID"): a for a in held.iterfind("mc-angle")}
        for source in element.iterfind("mc-source"):
            enabled = source.get("srcEnable", "all")
            angle = angles.get(source.get("angleID"))
            if angle is None or enabled == "none":
                continue
            inner = Timeline(self._rate(held))
            self._in_turn(angle, _Clock(start, Fraction(0)), inner, depth + 1)
            self._take(
                inner, own.local - start if element.get("start") else own.local, own, timeline,
                own.picture and enabled in ("all", "video"),
                own.sound and enabled in ("all", "audio"),
            )  # fmt: skip

    def _take(
        self, inner: Timeline, at: Fraction, own: _Clock, timeline: Timeline, picture: bool,
        sound: bool,
    ) -> None:  # fmt: skip
        assert own.limits is not None
        low, high = own.limits
        timeline.take(
            inner, timeline.frame(low), timeline.frame(high), at + low - own.here, own.layer,
            own.speed, picture=picture, sound=sound, effects=own.effects,
        )  # fmt: skip

    def _media(self, asset: Any, element: Any) -> MediaReference:
        url = asset.get("src") or next((r.get("src") for r in asset.iterfind("media-rep")), None)
        name = file_name(url) if url else asset.get("name") or element.get("name") or ""
        return MediaReference((name,), self._time(asset, "start"))

    def _start(self, element: Any) -> Fraction:
        """Return where an element's clock begins: a recording's own time, if not told."""
        if element.get("start") is None and element.tag in ("asset-clip", "video", "audio"):
            return self._time(self._resource(element), "start")
        return self._time(element, "start")

    def _duration(self, element: Any) -> Fraction:
        if element.get("duration") is not None or element.tag in ("gap", "transition", "title"):
            return self._time(element, "duration")
        if element.tag == "audition":
            chosen = next((e for e in element if e.tag in _STORY), None)
            return Fraction(0) if chosen is None else self._duration(chosen)
        if element.tag in ("asset-clip", "video", "audio"):
            return self._time(self._resource(element), "duration")
        raise self._refuse(element, _("“{clip}” has no length.").format(clip=element.get("name")))

    def _resource(self, element: Any) -> Any:
        found = self.resources.get(element.get("ref"))
        if found is None:
            raise self._refuse(element, _("“{id}” is not in the file.").format(
                id=element.get("ref")))  # fmt: skip
        return found

    def _rate(self, sequence: Any) -> Fraction:
        held = self.resources.get(sequence.get("format"))
        beat = None if held is None else held.get("frameDuration")
        try:
            rate = 1 / parse_seconds(beat)
        except (ValueError, ZeroDivisionError):
            rate = Fraction(0)
        if not 1 <= rate <= 240:
            raise self._refuse(sequence, _("the sequence has no frame rate."))
        return rate

    def _lane(self, element: Any) -> int:
        text = element.get("lane", "0")
        if len(text) > 6 or not text.lstrip("-").isdecimal():
            raise self._refuse(element, _("“{text}” is not a track.").format(text=text[:40]))
        return int(text)

    def _time(self, element: Any, key: str, otherwise: Fraction = Fraction(0)) -> Fraction:
        text = element.get(key)
        try:
            return parse_seconds(text, otherwise)
        except ValueError as error:
            said = _("“{text}” is not a time.").format(text=str(text)[:40])
            raise self._refuse(element, said) from error

    def _refuse(self, element: Any, what: str) -> Exception:
        again = _("Export it again from the editing program.")
        return list_error(self.name, element.sourceline, what, again)
