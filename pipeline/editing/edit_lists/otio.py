"""Read timelines in OpenTimelineIO's JSON (`.otio`), in which every object names its schema.

OpenTimelineIO's own reader (0.18.1) crashes with a segmentation fault on values of another type
than it expects, and a deposited file may hold anything.
"""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

from pipeline.editing.edit_lists.model import list_error
from pipeline.editing.edit_lists.timecode import round_half_up
from pipeline.editing.edit_lists.timeline import (
    MAX_DEPTH,
    Clip,
    MediaReference,
    Timeline,
    Transition,
    file_name,
)
from pipeline.i18n import _

__all__ = ["read"]

_NTSC_BASES = (24, 30, 48, 60, 120)
_LONGEST_S = 400 * 24 * 3600
_TRACKS = ("Track", "Sequence")  # the latter before 2018
_SPEEDS = ("LinearTimeWarp", "FreezeFrame", "TimeEffect")

Object = dict[str, Any]


def read(raw: bytes, name: str) -> Timeline:
    """Read a timeline. Raises FormError."""
    remedy = _("Export it again from the editing program.")
    try:
        found = json.loads(raw.decode("utf-8-sig"))
        objects = [found]
        if _schema(found) in ("SerializableCollection", "SerializeableCollection"):
            objects = _list(found, "children")
    except (ValueError, RecursionError) as error:
        why = type(error).__name__ if isinstance(error, RecursionError) else str(error)[:200]
        what = _("it is no timeline that can be read: {why}").format(why=why.rstrip(".") + ".")
        raise list_error(name, None, what, remedy) from error
    timelines = [o for o in objects if _schema(o) == "Timeline"]
    if len(timelines) != 1:
        what = _("there are {n} sequences in it: {names}.").format(
            n=len(timelines), names=", ".join(_text(t, "name") for t in timelines[:10])
        )
        raise list_error(name, None, what, _("Export the one sequence of the episode."))
    reader = _Reader(name)
    try:
        stack = _object(timelines[0], "tracks")
        return reader.stack(stack, _rate_of(timelines[0]), 0)
    except ValueError as error:
        what = _("“{text}” is not a time.").format(text=str(error)[:60])
        raise list_error(name, None, what, remedy) from error


class _Reader:
    def __init__(self, name: str) -> None:
        self.name = name

    def stack(self, stack: Object, rate: Fraction, depth: int) -> Timeline:
        """Read stacked tracks; a later one covers those before."""
        self._check_depth(depth)
        timeline = Timeline(rate)
        for layer, track in enumerate(_list(stack, "children")):
            if track.get("enabled") is False or _schema(track) == "Gap":
                continue
            length = round_half_up(self._length(track, depth) * rate)
            audio = track.get("kind") == "Audio"
            inner = Timeline(rate)
            if _schema(track) in _TRACKS:
                at = _begin(track)
                timeline.insert(
                    self._track(track, rate, depth), 0, length, at, layer, Fraction(1),
                    picture=not audio, sound=True,
                )  # fmt: skip
            else:
                self._place(track, 0, length, inner, depth, audio=False)
                timeline.insert(inner, 0, length, Fraction(0), layer, Fraction(1))
        return timeline

    def _track(self, track: Object, rate: Fraction, depth: int) -> Timeline:
        self._check_depth(depth)
        timeline, at = Timeline(rate), Fraction(0)
        audio = track.get("kind") == "Audio"
        for item in _list(track, "children"):
            here = round_half_up(at * rate)
            if _schema(item) == "Transition":
                start = here - round_half_up(_time(item, "in_offset") * rate)
                end = here + round_half_up(_time(item, "out_offset") * rate)
                if not audio:
                    kind = _text(item, "name") or _text(item, "transition_type")
                    timeline.transitions.append(Transition(0, kind, start, end))
                continue
            length = self._length(item, depth)
            if item.get("enabled") is not False and _schema(item) != "Gap":
                self._place(item, here, round_half_up((at + length) * rate), timeline, depth, audio)
            at += length
        return timeline

    def _place(
        self, item: Object, start: int, end: int, timeline: Timeline, depth: int, audio: bool
    ) -> None:
        speed, effects = _effects(item)
        kind = _schema(item)
        if kind == "Clip":
            media = self._media(item)
            available = _reference(item).get("available_range")
            here = _begin(item if item.get("source_range") else {"source_range": available})
            at = here - (media.starts or Fraction(0)) if media else Fraction(0)
            shot = Clip(0, _text(item, "name"), start, end, media, at, 0, effects, speed=speed)
            (timeline.sounds if audio else timeline.pictures).append(shot)
            return
        if kind in _TRACKS:
            inner = self._track(item, timeline.rate, depth + 1)
        elif kind == "Stack":
            inner = self.stack(item, timeline.rate, depth + 1)
        else:
            raise self._refuse(_("“{id}” is not known here.").format(id=kind[:40]))
        timeline.insert(
            inner, start, end, _begin(item), 0, speed, picture=not audio, sound=True,
            effects=effects,
        )  # fmt: skip

    def _length(self, item: Object, depth: int) -> Fraction:
        """Return the length of an item in seconds: of its source range, else all of it."""
        self._check_depth(depth)
        if item.get("source_range") is not None:
            return _time(_object(item, "source_range"), "duration")
        kind = _schema(item)
        if kind == "Clip":
            available = _reference(item).get("available_range")
            if available is None:
                clip = _text(item, "name")
                raise self._refuse(_("“{clip}” has no length.").format(clip=clip))
            return _time(_as_object(available), "duration")
        lengths = [
            self._length(child, depth + 1)
            for child in _list(item, "children")
            if _schema(child) != "Transition"
        ]
        return sum(lengths, Fraction(0)) if kind in _TRACKS else max(lengths, default=Fraction(0))

    def _media(self, clip: Object) -> MediaReference | None:
        """Return the recording of a clip, None if the editing program generates it."""
        reference = _reference(clip)
        if _schema(reference) == "GeneratorReference":
            return None
        url = _text(reference, "target_url")
        name = file_name(url) if url else _text(reference, "name") or _text(clip, "name")
        if not name:
            raise self._refuse(_("no source is named."))
        available = reference.get("available_range")
        starts = None if available is None else _time(_as_object(available), "start_time")
        used = clip.get("source_range") or available
        return MediaReference(
            (name,), starts, _rate(_object(_as_object(used), "start_time").get("rate"))
        )

    def _check_depth(self, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise self._refuse(_("sequences contain each other."))

    def _refuse(self, what: str) -> Exception:
        return list_error(self.name, None, what, _("Export it again from the editing program."))


def _effects(item: Object) -> tuple[Fraction, tuple[str, ...]]:
    """Return the speed and the names of the other effects. A freeze frame has speed 0."""
    speed, names = Fraction(1), []
    for effect in _list(item, "effects"):
        if _schema(effect) in _SPEEDS:
            factor = effect.get("time_scalar", 0)
            speed *= _number(factor).limit_denominator(10_000)
        else:
            names.append(_text(effect, "name") or _text(effect, "effect_name") or _schema(effect))
    return speed, tuple(names)


def _reference(clip: Object) -> Object:
    """Return the media reference of a clip: the active one of several."""
    several = clip.get("media_references")
    if isinstance(several, dict):
        return _as_object(several.get(_text(clip, "active_media_reference_key")) or {})
    return _as_object(clip.get("media_reference") or {})


def _rate_of(timeline: Object) -> Fraction:
    """Return the rate of the programme: of its timecode, else of its first clip."""
    if timeline.get("global_start_time"):
        return _rate(_object(timeline, "global_start_time").get("rate"))
    level = [_object(timeline, "tracks")]
    for _deep in range(MAX_DEPTH):
        for item in level:
            if _schema(item) == "Clip" and item.get("source_range"):
                return _rate(_object(_object(item, "source_range"), "duration").get("rate"))
        level = [child for item in level for child in _list(item, "children")]
    return Fraction(25)


def _rate(rate: Any) -> Fraction:
    """Return the exact rate of a rounded one: 30000/1001 for 29.97."""
    exact = _number(rate)
    if not 1 <= exact <= 240:
        raise ValueError(str(rate))
    for base in _NTSC_BASES:
        if abs(exact - Fraction(base * 1000, 1001)) < Fraction(5, 1000):
            return Fraction(base * 1000, 1001)
    return exact.limit_denominator(1001)


def _begin(item: Object) -> Fraction:
    if not item.get("source_range"):
        return Fraction(0)
    return _time(_object(item, "source_range"), "start_time")


def _time(holder: Object, key: str) -> Fraction:
    """Return a rational time, in seconds."""
    time = _object(holder, key)
    found = _number(time.get("value")).limit_denominator(100_000) / _rate(time.get("rate"))
    if abs(found) > _LONGEST_S:
        raise ValueError(str(time.get("value")))
    return found


def _number(value: Any) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(str(value)[:60])
    if not abs(value) <= 1e12:  # NaN is not, either
        raise ValueError(str(value)[:60])
    return Fraction(value)


def _schema(value: Any) -> str:
    """Return the schema of an object, without its version."""
    return _text(value, "OTIO_SCHEMA").partition(".")[0] if isinstance(value, dict) else ""


def _text(holder: Object, key: str) -> str:
    value = holder.get(key)
    return value if isinstance(value, str) else ""


def _object(holder: Object, key: str) -> Object:
    return _as_object(holder.get(key))


def _as_object(value: Any) -> Object:
    if not isinstance(value, dict):
        raise ValueError(str(value)[:60])
    return value


def _list(holder: Object, key: str) -> list[Object]:
    value = holder.get(key) or []
    if not isinstance(value, list):
        raise ValueError(str(value)[:60])
    return [_as_object(one) for one in value]
