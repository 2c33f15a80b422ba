"""Read timelines in FCPXML 1.x, which Final Cut Pro, DaVinci Resolve and others write.

The adapter of OpenTimelineIO counts 29.97 frames per second as 29, truncates times to frames and
ignores transitions and speed changes. Every element has its own time scale that begins at its
`start`; contained and attached elements are at an `offset` on that scale (Apple, FCPXML Reference,
“Timing”).
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
_CONTAINERS = frozenset({"clip", "sync-clip", "gap", "video", "audio"})
"""Elements that contain others, beside those attached to them."""


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
class _Context:
    """The time `local` of an element's own scale is the time `here` of the programme (seconds)."""

    local: Fraction
    here: Fraction
    layer: int = 0
    limits: tuple[Fraction, Fraction] | None = None
    picture: bool = True
    sound: bool = True
    effects: tuple[str, ...] = ()
    transparent: bool = False
    speed: Fraction = Fraction(1)


class _Reader:
    def __init__(self, root: Any, name: str) -> None:
        self.name = name
        self.elements = 0
        self.resources = {r.get("id"): r for r in root.iterfind("resources/*") if r.get("id")}

    def sequence(self, element: Any, depth: int) -> Timeline:
        """Read a sequence that is nested `depth` deep."""
        if depth > MAX_DEPTH:
            raise self._refuse(element, _("sequences contain each other."))
        timeline = Timeline(self._rate(element))
        context = _Context(self._time(element, "tcStart"), Fraction(0))
        for spine in element.iterfind("spine"):
            self._read_spine(spine, context, timeline, depth)
        return timeline

    def _read_spine(self, spine: Any, context: _Context, timeline: Timeline, depth: int) -> None:
        """Read consecutive elements; one without offset begins where the one before ended."""
        local = context.local
        for element in spine:
            if element.tag not in _STORY:
                continue
            local = self._time(element, "offset", local)
            self._element(element, local, context, timeline, depth)
            if element.tag != "transition":
                local += self._duration(element)

    def _element(
        self, element: Any, offset: Fraction, context: _Context, timeline: Timeline, depth: int
    ) -> None:
        self.elements += 1
        if depth > 4 * MAX_DEPTH or self.elements > MAX_ELEMENTS:
            raise self._refuse(element, _("sequences contain each other."))
        if element.get("enabled") == "0":
            return
        if element.tag == "audition":  # the first is the selected one
            chosen = next((e for e in element if e.tag in _STORY), None)
            if chosen is not None:
                self._element(chosen, offset, context, timeline, depth + 1)
            return
        here = context.here + offset - context.local
        layer = context.layer + self._lane(element)
        if element.tag == "transition":
            last = here + self._duration(element)
            timeline.transitions.append(Transition(
                element.sourceline or 0, element.get("name") or "",
                timeline.frame(here), timeline.frame(last), layer,
            ))  # fmt: skip
            return
        own = self._child_context(element, here, layer, context)
        self._content(element, own, timeline, depth)
        if element.tag == "spine":
            self._read_spine(element, replace(own, local=Fraction(0)), timeline, depth + 1)
            return
        # Attached elements may run past the end of their parent, and keep their own speed.
        attached_context = replace(context, local=own.local, here=here, layer=layer)
        for child in element:
            attached = child.get("lane") is not None
            if child.tag in _STORY and (attached or element.tag in _CONTAINERS):
                time = self._time(child, "offset")
                self._element(
                    child, time, attached_context if attached else own, timeline, depth + 1
                )

    def _child_context(
        self, element: Any, here: Fraction, layer: int, context: _Context
    ) -> _Context:
        """Return the context of an element at `here`, with its effects, limits and speed."""
        effects, transparent = clip_effects(element)
        limits = context.limits
        if element.tag != "spine":
            ends = (here, here + self._duration(element))
            limits = ends if limits is None else (max(ends[0], limits[0]), min(ends[1], limits[1]))
        enabled = element.get("srcEnable", "all")
        muted = is_muted(element)
        return _Context(
            self._start(element), here, layer, limits,
            picture=context.picture and enabled in ("all", "video"),
            sound=context.sound and enabled in ("all", "audio") and not muted,
            effects=(*context.effects, *effects), transparent=context.transparent or transparent,
            speed=context.speed * clip_speed(element),
        )  # fmt: skip

    def _content(self, element: Any, own: _Context, timeline: Timeline, depth: int) -> None:
        """Add the picture and sound of an element itself."""
        tag = element.tag
        if tag == "title":
            self._add_clip(element, None, own, timeline, picture=True, sound=False)
        elif tag in ("asset-clip", "video", "audio"):
            asset = self._resource(element)
            has_picture = (
                tag != "audio" and asset.get("hasVideo", "1" if tag == "video" else "0") == "1"
            )
            has_sound = tag == "audio" or (tag == "asset-clip" and asset.get("hasAudio") == "1")
            media = self._media(asset, element) if asset.tag == "asset" else None
            self._add_clip(
                element, media, own, timeline, picture=has_picture or not has_sound, sound=has_sound
            )
        elif tag == "ref-clip":
            self._nested(self._resource(element).find("sequence"), element, own, timeline, depth)
        elif tag == "mc-clip":
            self._angles(element, own, timeline, depth)

    def _add_clip(
        self, element: Any, media: MediaReference | None, own: _Context, timeline: Timeline, *,
        picture: bool, sound: bool,
    ) -> None:  # fmt: skip
        assert own.limits is not None
        starts = media.starts or Fraction(0) if media else Fraction(0)
        first, last = timeline.frame(own.here), timeline.frame(own.here + self._duration(element))
        at = own.local - starts + (first / timeline.rate - own.here) * own.speed
        clip = Clip(
            element.sourceline or 0, element.get("name") or "", first, last, media, at,
            own.layer, own.effects, own.transparent, own.speed,
        )  # fmt: skip
        low, high = (timeline.frame(limit) for limit in own.limits)
        kept = trim_clips([clip], low, high, timeline.rate)
        if picture and own.picture:
            timeline.pictures += kept
        if sound and own.sound and media:
            # Sound that begins within a frame is used from the next frame on.
            begins = first + 1 if at < 0 else first
            timeline.sounds += trim_clips(kept, begins, high, timeline.rate)

    def _nested(
        self, sequence: Any, element: Any, own: _Context, timeline: Timeline, depth: int
    ) -> None:
        if sequence is None:
            raise self._refuse(element, _("“{id}” is not in the file.").format(
                id=element.get("ref")))  # fmt: skip
        inner = self.sequence(sequence, depth + 1)
        at = own.local - self._time(sequence, "tcStart") if element.get("start") else own.local
        self._insert(inner, at, own, timeline, own.picture, own.sound)

    def _angles(self, element: Any, own: _Context, timeline: Timeline, depth: int) -> None:
        """Insert the video angle and the audio angle of a multi-camera clip."""
        multicam = self._resource(element).find("multicam")
        if multicam is None or depth > MAX_DEPTH:
            raise self._refuse(element, _("“{id}” is not in the file.").format(
                id=element.get("ref")))  # fmt: skip
        start = self._time(multicam, "tcStart")
        angles = {a.get("angleID"): a for a in multicam.iterfind("mc-angle")}
        for source in element.iterfind("mc-source"):
            enabled = source.get("srcEnable", "all")
            angle = angles.get(source.get("angleID"))
            if angle is None or enabled == "none":
                continue
            inner = Timeline(self._rate(multicam))
            self._read_spine(angle, _Context(start, Fraction(0)), inner, depth + 1)
            self._insert(
                inner, own.local - start if element.get("start") else own.local, own, timeline,
                own.picture and enabled in ("all", "video"),
                own.sound and enabled in ("all", "audio"),
            )  # fmt: skip

    def _insert(
        self, inner: Timeline, at: Fraction, own: _Context, timeline: Timeline, picture: bool,
        sound: bool,
    ) -> None:  # fmt: skip
        assert own.limits is not None
        low, high = own.limits
        timeline.insert(
            inner, timeline.frame(low), timeline.frame(high), at + low - own.here, own.layer,
            own.speed, picture=picture, sound=sound, effects=own.effects,
        )  # fmt: skip

    def _media(self, asset: Any, element: Any) -> MediaReference:
        url = asset.get("src") or next((r.get("src") for r in asset.iterfind("media-rep")), None)
        name = file_name(url) if url else asset.get("name") or element.get("name") or ""
        return MediaReference((name,), self._time(asset, "start"))

    def _start(self, element: Any) -> Fraction:
        """Return the start of an element's time scale: the recording's own, if not given."""
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
        resource = self.resources.get(sequence.get("format"))
        duration = None if resource is None else resource.get("frameDuration")
        try:
            rate = 1 / parse_seconds(duration)
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

    def _time(self, element: Any, key: str, default: Fraction = Fraction(0)) -> Fraction:
        text = element.get(key)
        try:
            return parse_seconds(text, default)
        except ValueError as error:
            what = _("“{text}” is not a time.").format(text=str(text)[:40])
            raise self._refuse(element, what) from error

    def _refuse(self, element: Any, what: str) -> Exception:
        remedy = _("Export it again from the editing program.")
        return list_error(self.name, element.sourceline, what, remedy)
