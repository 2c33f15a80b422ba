"""Timelines as OpenTimelineIO keeps them (`.otio`): JSON in which every object names its schema.

Read here, not by OpenTimelineIO, whose reader (0.18.1) ends the whole program with a segmentation
fault where a value is of another kind than it expects; what comes from outside may hold anything.
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

Held = dict[str, Any]


def read(raw: bytes, name: str) -> Timeline:
    """Read a timeline. Raises FormError."""
    again = _("Export it again from the editing program.")
    try:
        found = json.loads(raw.decode("utf-8-sig"))
        held = [found]
        if _schema(found) in ("SerializableCollection", "SerializeableCollection"):
            held = _list(found, "children")
    except (ValueError, RecursionError) as error:
        why = type(error).__name__ if isinstance(error, RecursionError) else str(error)[:200]
        what = _("it is no timeline that can be read: {why}").format(why=why.rstrip(".") + ".")
        raise list_error(name, None, what, again) from error
    timelines = [one for one in held if _schema(one) == "Timeline"]
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
        raise list_error(name, None, what, again) from error


class _Reader:
    def __init__(self, name: str) -> None:
        self.name = name

    def stack(self, stack: Held, rate: Fraction, depth: int) -> Timeline:
        """Read tracks that lie above each other; a later one covers."""
        self._not_too_deep(depth)
        timeline = Timeline(rate)
        for layer, track in enumerate(_list(stack, "children")):
            if track.get("enabled") is False or _schema(track) == "Gap":
                continue
            length = round_half_up(self._length(track, depth) * rate)
            heard = track.get("kind") == "Audio"
            inner = Timeline(rate)
            if _schema(track) in _TRACKS:
                at = _begin(track)
                timeline.take(
                    self._track(track, rate, depth), 0, length, at, layer, Fraction(1),
                    picture=not heard, sound=True,
                )  # fmt: skip
            else:
                self._place(track, 0, length, inner, depth, audio=False)
                timeline.take(inner, 0, length, Fraction(0), layer, Fraction(1))
        return timeline

    def _track(self, track: Held, rate: Fraction, depth: int) -> Timeline:
        self._not_too_deep(depth)
        timeline, at = Timeline(rate), Fraction(0)
        audio = track.get("kind") == "Audio"
        for item in _list(track, "children"):
            here = round_half_up(at * rate)
            if _schema(item) == "Transition":
                start = here - round_half_up(_time(item, "in_offset") * rate)
                end = here + round_half_up(_time(item, "out_offset") * rate)
                if not audio:
                    kind = _text(item, "name") or _text(item, "transition_type")
                    timeline.blends.append(Transition(0, kind, start, end))
                continue
            length = self._length(item, depth)
            if item.get("enabled") is not False and _schema(item) != "Gap":
                self._place(item, here, round_half_up((at + length) * rate), timeline, depth, audio)
            at += length
        return timeline

    def _place(
        self, item: Held, start: int, end: int, timeline: Timeline, depth: int, audio: bool
    ) -> None:
        speed, effects = _effects(item)
        kind = _schema(item)
        if kind == "Clip":
            media = self._media(item)
            known = _reference(item).get("available_range")
            here = _begin(item if item.get("source_range") else {"source_range": known})
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
        timeline.take(
            inner, start, end, _begin(item), 0, speed, picture=not audio, sound=True,
            effects=effects,
        )  # fmt: skip

    def _length(self, item: Held, depth: int) -> Fraction:
        """Return how long something is, in seconds: what is kept of it, else all of it."""
        self._not_too_deep(depth)
        if item.get("source_range") is not None:
            return _time(_object(item, "source_range"), "duration")
        kind = _schema(item)
        if kind == "Clip":
            known = _reference(item).get("available_range")
            if known is None:
                clip = _text(item, "name")
                raise self._refuse(_("“{clip}” has no length.").format(clip=clip))
            return _time(_as_object(known), "duration")
        lengths = [
            self._length(child, depth + 1)
            for child in _list(item, "children")
            if _schema(child) != "Transition"
        ]
        return sum(lengths, Fraction(0)) if kind in _TRACKS else max(lengths, default=Fraction(0))

    def _media(self, clip: Held) -> MediaReference | None:
        """Return the recording of a clip, None where the editing program draws it."""
        held = _reference(clip)
        if _schema(held) == "GeneratorReference":
            return None
        url = _text(held, "target_url")
        name = file_name(url) if url else _text(held, "name") or _text(clip, "name")
        if not name:
            raise self._refuse(_("no source is named."))
        known = held.get("available_range")
        starts = None if known is None else _time(_as_object(known), "start_time")
        counted = _object(clip, "source_range") if clip.get("source_range") else _as_object(known)
        return MediaReference((name,), starts, _rate(_object(counted, "start_time").get("rate")))

    def _not_too_deep(self, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise self._refuse(_("sequences contain each other."))

    def _refuse(self, what: str) -> Exception:
        return list_error(self.name, None, what, _("Export it again from the editing program."))


def _effects(item: Held) -> tuple[Fraction, tuple[str, ...]]:
    """Return the speed and the names of the other effects. A still picture has a speed of 0."""
    speed, names = Fraction(1), []
    for effect in _list(item, "effects"):
        if _schema(effect) in _SPEEDS:
            factor = effect.get("time_scalar", 0)
            speed *= _number(factor).limit_denominator(10_000)
        else:
            names.append(_text(effect, "name") or _text(effect, "effect_name") or _schema(effect))
    return speed, tuple(names)


def _reference(clip: Held) -> Held:
    """Return the media of a clip: the one in use, where there are several."""
    several = clip.get("media_references")
    if isinstance(several, dict):
        return _as_object(several.get(_text(clip, "active_media_reference_key")) or {})
    return _as_object(clip.get("media_reference") or {})


def _rate_of(timeline: Held) -> Fraction:
    """Return the rate of the programme: that of its own timecode, else of its first clip."""
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
    """Return the exact rate a decimal one means: 29.97 is 30000/1001."""
    exact = _number(rate)
    if not 1 <= exact <= 240:
        raise ValueError(str(rate))
    for base in _NTSC_BASES:
        if abs(exact - Fraction(base * 1000, 1001)) < Fraction(5, 1000):
            return Fraction(base * 1000, 1001)
    return exact.limit_denominator(1001)


def _begin(item: Held) -> Fraction:
    return (
        _time(_object(item, "source_range"), "start_time")
        if item.get("source_range")
        else (Fraction(0))
    )


def _time(holder: Held, key: str) -> Fraction:
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


def _schema(held: Any) -> str:
    """Return what an object says it is, without the version."""
    return _text(held, "OTIO_SCHEMA").partition(".")[0] if isinstance(held, dict) else ""


def _text(holder: Held, key: str) -> str:
    value = holder.get(key)
    return value if isinstance(value, str) else ""


def _object(holder: Held, key: str) -> Held:
    return _as_object(holder.get(key))


def _as_object(value: Any) -> Held:
    if not isinstance(value, dict):
        raise ValueError(str(value)[:60])
    return value


def _list(holder: Held, key: str) -> list[Held]:
    value = holder.get(key) or []
    if not isinstance(value, list):
        raise ValueError(str(value)[:60])
    return [_as_object(one) for one in value]
