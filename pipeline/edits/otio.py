"""Timelines as OpenTimelineIO keeps them (`.otio`)."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from typing import Any

from pipeline.edits.lines import refuse
from pipeline.edits.positions import nearest
from pipeline.edits.timeline import MAX_DEPTH, Blend, Media, Shot, Timeline, file_name
from pipeline.i18n import _

__all__ = ["read"]

_MAX_NESTING = 120
_NTSC_BASES = (24, 30, 48, 60, 120)
_LONGEST_S = 400 * 24 * 3600


def read(raw: bytes, name: str) -> Timeline:
    """Read a timeline. Raises FormError."""
    import opentimelineio as otio

    again = _("Export it again from the editing program.")
    try:
        text = raw.decode("utf-8-sig")
        # OpenTimelineIO reads by calling itself: brackets without end would end the program.
        if _nesting([json.loads(text)]) > _MAX_NESTING:
            raise ValueError(_("sequences contain each other."))
        found = otio.adapters.read_from_string(
            text, "otio_json",
            media_linker_name=otio.media_linker.MediaLinkingPolicy.DoNotLinkMedia,
        )  # fmt: skip
    except Exception as error:  # the bindings let errors of many kinds escape
        why = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        what = _("it is no timeline that can be read: {why}").format(why=why.rstrip(".") + ".")
        raise refuse(name, None, what, again) from error
    timelines = [found]
    if isinstance(found, otio.schema.SerializableCollection):
        timelines = [t for t in found if isinstance(t, otio.schema.Timeline)]
    if len(timelines) != 1 or not isinstance(timelines[0], otio.schema.Timeline):
        what = _("there are {n} sequences in it: {names}.").format(
            n=len(timelines) if isinstance(timelines[0] if timelines else None,
                                           otio.schema.Timeline) else 0,
            names=", ".join(str(t.name) for t in timelines[:10]),
        )  # fmt: skip
        raise refuse(name, None, what, _("Export the one sequence of the episode."))
    try:
        return _Reader(name).stack(timelines[0].tracks, _rate_of(timelines[0]), 0)
    except (ValueError, OverflowError) as error:
        raise refuse(
            name, None, _("“{text}” is not a time.").format(text=str(error)[:60]), again
        ) from error


class _Reader:
    def __init__(self, name: str) -> None:
        import opentimelineio as otio

        self.name = name
        self.schema = otio.schema

    def stack(self, stack: Any, rate: Fraction, depth: int) -> Timeline:
        """Read tracks that lie above each other; a later one covers."""
        if depth > MAX_DEPTH:
            raise self._refuse(_("sequences contain each other."))
        timeline = Timeline(rate)
        for layer, track in enumerate(stack):
            if not getattr(track, "enabled", True):
                continue
            kind = getattr(track, "kind", self.schema.TrackKind.Video)
            if isinstance(track, self.schema.Track):
                inner = self._track(track, rate, depth)
                length = _end(inner)
            else:
                inner = Timeline(rate)
                length = self._item(track, 0, inner, depth)
            at = _seconds(track.source_range.start_time) if track.source_range else Fraction(0)
            if track.source_range:
                length = nearest(_seconds(track.source_range.duration) * rate)
            timeline.take(
                inner, 0, length, at, layer, Fraction(1),
                picture=kind != self.schema.TrackKind.Audio, sound=True,
            )  # fmt: skip
        return timeline

    def _track(self, track: Any, rate: Fraction, depth: int) -> Timeline:
        timeline, at = Timeline(rate), Fraction(0)
        audio = track.kind == self.schema.TrackKind.Audio
        for item in track:
            here = nearest(at * rate)
            if isinstance(item, self.schema.Transition):
                start = here - nearest(_seconds(item.in_offset) * rate)
                end = here + nearest(_seconds(item.out_offset) * rate)
                if not audio:
                    timeline.blends.append(Blend(0, item.name or item.transition_type, start, end))
                continue
            length = _seconds(item.trimmed_range().duration)
            if getattr(item, "enabled", True) and not isinstance(item, self.schema.Gap):
                end = nearest((at + length) * rate)
                self._place(item, here, end, timeline, depth, audio)
            at += length
        return timeline

    def _item(self, item: Any, start: int, timeline: Timeline, depth: int) -> int:
        """Place something that stands directly in a stack; return where it ends."""
        end = start + nearest(_seconds(item.trimmed_range().duration) * timeline.rate)
        if not isinstance(item, self.schema.Gap):
            self._place(item, start, end, timeline, depth, audio=False)
        return end

    def _place(
        self, item: Any, start: int, end: int, timeline: Timeline, depth: int, audio: bool
    ) -> None:
        speed, effects = self._effects(item)
        here = _seconds(item.trimmed_range().start_time)
        if isinstance(item, self.schema.Clip):
            media = self._media(item)
            at = here - (media.starts or Fraction(0)) if media else Fraction(0)
            shot = Shot(0, item.name, start, end, media, at, 0, effects, speed=speed)
            (timeline.sounds if audio else timeline.pictures).append(shot)
            return
        if isinstance(item, self.schema.Track):
            inner = self._track(item, timeline.rate, depth + 1)
            if depth > MAX_DEPTH:
                raise self._refuse(_("sequences contain each other."))
        else:
            inner = self.stack(item, timeline.rate, depth + 1)
        timeline.take(
            inner, start, end, here, 0, speed, picture=not audio, sound=True, effects=effects
        )

    def _media(self, clip: Any) -> Media | None:
        """Return the recording of a clip, None where the editing program draws it."""
        held = clip.media_reference
        if isinstance(held, self.schema.GeneratorReference):
            return None
        url = getattr(held, "target_url", None)
        name = file_name(url) if url else (held.name if held else "") or clip.name
        if not name:
            raise self._refuse(_("no source is named."))
        known = held.available_range if held else None
        time = clip.trimmed_range().start_time
        starts = _seconds(known.start_time) if known else None
        return Media((name,), starts, _rate(time.rate))

    def _effects(self, item: Any) -> tuple[Fraction, tuple[str, ...]]:
        speed, names = Fraction(1), []
        for effect in item.effects:
            if isinstance(effect, self.schema.LinearTimeWarp):  # a still picture is one of 0
                speed *= Fraction(effect.time_scalar).limit_denominator(10_000)
            elif isinstance(effect, self.schema.TimeEffect):
                speed = Fraction(0)
            else:
                names.append(effect.name or effect.effect_name or effect.schema_name())
        return speed, tuple(names)

    def _refuse(self, what: str) -> Exception:
        return refuse(self.name, None, what, _("Export it again from the editing program."))


def _rate_of(timeline: Any) -> Fraction:
    """Return the rate of the programme: that of its own timecode, else of its first clip."""
    if timeline.global_start_time is not None:
        return _rate(timeline.global_start_time.rate)
    for clip in timeline.find_clips():
        return _rate(clip.trimmed_range().duration.rate)
    return Fraction(25)


def _rate(rate: float) -> Fraction:
    """Return the exact rate a decimal one means: 29.97 is 30000/1001."""
    if not math.isfinite(rate) or not 1 <= rate <= 240:
        raise ValueError(str(rate))
    for base in _NTSC_BASES:
        if abs(rate - base * 1000 / 1001) < 0.005:
            return Fraction(base * 1000, 1001)
    return Fraction(rate).limit_denominator(1001)


def _seconds(time: Any) -> Fraction:
    if not math.isfinite(time.value):
        raise ValueError(str(time.value))
    found = Fraction(time.value).limit_denominator(100_000) / _rate(time.rate)
    if abs(found) > _LONGEST_S:
        raise ValueError(str(time.value))
    return found


def _end(timeline: Timeline) -> int:
    return max((shot.end for shot in (*timeline.pictures, *timeline.sounds)), default=0)


def _nesting(held: Any) -> int:
    """Return how deep lists and objects stand in each other."""
    depth, level = 0, [held]
    while level:
        depth += 1
        inner = (x.values() if isinstance(x, dict) else x for x in level)
        level = [y for below in inner for y in below if isinstance(y, dict | list)]
    return depth
