"""Flatten the tracks of a timeline to the lines of an edit list.

At any frame the topmost clip is shown, as in the editing program, with its own sound, another
recording's or none. What would make a different film is refused: speed changes, two sounds at once,
picture in picture. What is only left out becomes a remark in the edit report: effects, titles,
dissolves (cut in their middle).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from pipeline.editing.edit_lists.model import Line, Sound, list_error
from pipeline.editing.edit_lists.timecode import (
    Position,
    clock_position,
    round_half_up,
    timecode_position,
)
from pipeline.editing.edit_lists.timeline import Clip, MediaReference, Timeline, Transition
from pipeline.editing.remarks import Remark, remark
from pipeline.i18n import _

__all__ = ["flatten"]

_MAX_CLIPS = 6_000
_SAME_S = Fraction(1, 500)  # rounding error between sound and picture of one recording


def flatten(timeline: Timeline, name: str) -> tuple[Line, ...]:
    """Return the lines of the programme in order; a gap becomes a line of black.

    Raises FormError with clip and time for what cannot be conformed faithfully.
    """
    remedy = _("Export it without that, or deposit the finished cut instead of a list.")
    clips = [clip for clip in timeline.pictures if clip.media]
    if not clips:
        raise list_error(
            name, None, _("there is no picture in the list."),
            _("Export the sequence with its picture track."),
        )  # fmt: skip
    if len(timeline.pictures) + len(timeline.sounds) + len(timeline.transitions) > _MAX_CLIPS:
        raise list_error(name, None, _("there are too many clips in the list."), remedy)
    for clip in (*clips, *timeline.sounds):
        if clip.speed != 1:
            what = _("the speed of “{clip}” at {at} is changed, which is not conformed.")
            raise _clip_error(timeline, clip, what, remedy, name)
        if clip.start < 0:
            what = _("“{clip}” begins before the programme, at {at}.")
            raise _clip_error(timeline, clip, what, remedy, name)
    sections = _sections(timeline, clips, name)
    lines = [_line(timeline, section) for section in sections]
    return tuple(_add_remarks(timeline, sections, lines))


@dataclass
class _Section:
    """Frames of the programme with one picture and one sound; None is black or silence."""

    start: int
    end: int
    picture: Clip | None
    sound: Clip | None


def _sections(timeline: Timeline, clips: list[Clip], name: str) -> list[_Section]:
    ends = [end for c in (*timeline.pictures, *timeline.sounds) for end in (c.start, c.end)]
    sections: list[_Section] = []
    for start, end in pairwise(sorted({0, *ends})):
        picture = _topmost(timeline, clips, start, name)
        sound = _sound(timeline, picture, start, name)
        last = sections[-1] if sections else None
        if last and last.picture is picture and _in_step(timeline, last.sound, sound):
            last.end = end
        else:
            sections.append(_Section(start, end, picture, sound))
    return sections


def _topmost(timeline: Timeline, clips: list[Clip], at: int, name: str) -> Clip | None:
    stacked = sorted((c for c in clips if c.start <= at < c.end), key=lambda clip: clip.layer)
    if not stacked:
        generated = next((c for c in timeline.pictures if c.start <= at < c.end), None)
        if generated:
            raise _clip_error(
                timeline, generated,
                _("“{clip}” at {at} is drawn by the editing program: there is no recording of it."),
                _("Deposit the finished cut instead of a list."), name,
            )  # fmt: skip
        return None
    if len(stacked) > 1 and stacked[-1].transparent:
        raise _clip_error(
            timeline, stacked[-1],
            _("“{clip}” at {at} lets the picture below it be seen, which is not conformed."),
            _("Export it without that, or deposit the finished cut instead of a list."), name,
        )  # fmt: skip
    return stacked[-1]


def _sound(timeline: Timeline, picture: Clip | None, at: int, name: str) -> Clip | None:
    """Return the sound at a frame; in a list without sound tracks each picture has its own."""
    if not timeline.sounds:
        return picture
    sounds: list[Clip] = []
    for sound in timeline.sounds:
        if sound.start <= at < sound.end and not any(_in_step(timeline, s, sound) for s in sounds):
            sounds.append(sound)
    if len(sounds) > 1:
        what = _("“{clip}” and “{other}” are heard together at {at}; sounds are not mixed here.")
        what = what.replace("{other}", sounds[1].name)
        remedy = _("Leave one sound in the list, or deposit the finished cut instead of a list.")
        both = replace(sounds[0], start=max(s.start for s in sounds))
        raise _clip_error(timeline, both, what, remedy, name)
    return sounds[0] if sounds else None


def _in_step(timeline: Timeline, one: Clip | None, other: Clip | None) -> bool:
    """Return whether two clips play one recording in step (such as its left and right)."""
    if one is None or other is None or one is other:
        return one is other
    offset = (one.at - one.start / timeline.rate) - (other.at - other.start / timeline.rate)
    return one.media == other.media and abs(offset) < _SAME_S


def _line(timeline: Timeline, section: _Section) -> Line:
    length = (section.end - section.start) / timeline.rate
    picture, sound = section.picture, section.sound
    if picture is None or picture.media is None:
        number = sound.number if sound else 0
        line = Line(number, 0, (), clock_position(Fraction(0)), clock_position(length))
        span = {"at": _time(timeline, section.start), "end": _time(timeline, section.end)}
        line = replace(line, remarks=(remark("black", **span),))
    else:
        at = picture.at + (section.start - picture.start) / timeline.rate
        media = picture.media
        in_ = _position(at, media)
        out = _position(at + length, media)
        line = Line(picture.number, 0, media.names, in_, out, media.starts, media.rate)
    if picture is not None and sound is not None and _in_step(timeline, picture, sound):
        return line
    if sound is None or sound.media is None:
        return replace(line, sound=Sound(()))
    at = sound.at + (section.start - sound.start) / timeline.rate
    media = sound.media
    return replace(line, sound=Sound(media.names, _position(at, media), media.starts))


def _position(time: Fraction, media: MediaReference) -> Position:
    """Return a position from the first picture, or in timecode if the list has only that."""
    if media.starts is not None or media.rate is None:
        return clock_position(time)
    try:
        return timecode_position(round_half_up(time * media.rate), media.rate)
    except ValueError:
        return clock_position(time)


def _add_remarks(timeline: Timeline, sections: list[_Section], lines: list[Line]) -> list[Line]:
    """Add a remark to the lines for everything that is left out."""
    remarks: list[list[Remark]] = [list(line.remarks) for line in lines]

    def add(frame: int, found: Remark) -> None:
        last = len(sections) - 1
        index = next((i for i, s in enumerate(sections) if s.start <= frame < s.end), last)
        remarks[index].append(found)

    first_with = {id(s.sound): s for s in reversed(sections) if s.sound}
    first_with |= {id(s.picture): s for s in reversed(sections) if s.picture}
    for clip in dict.fromkeys((*timeline.pictures, *timeline.sounds)):
        section = first_with.get(id(clip))
        span: dict[str, str] = {"clip": clip.name, "at": _time(timeline, clip.start)}
        if clip.media is None:
            add(clip.start, remark("title_left_out", **span))
        elif section:
            for effect in dict.fromkeys(clip.effects):
                add(section.start, remark("effect_left_out", effect=effect, **span))
        elif clip in timeline.pictures:
            add(clip.start, remark("covered", **span))
    for transition in timeline.transitions:
        add(transition.start, _transition_remark(timeline, sections, transition))
    return [replace(line, remarks=tuple(own)) for line, own in zip(lines, remarks, strict=True)]


def _transition_remark(
    timeline: Timeline, sections: list[_Section], transition: Transition
) -> Remark:
    values = {"name": transition.name, "frames": transition.end - transition.start}
    for before, after in pairwise(sections):
        inside = transition.start <= after.start <= transition.end
        if inside and before.picture is not after.picture:
            return remark("blend_cut", at=_time(timeline, after.start), **values)
    return remark("fade_left_out", at=_time(timeline, transition.start), **values)


def _time(timeline: Timeline, frame: int) -> str:
    return clock_position(frame / timeline.rate).text


def _clip_error(timeline: Timeline, clip: Clip, what: str, remedy: str, name: str) -> Exception:
    what = what.format(clip=clip.name, at=_time(timeline, clip.start))
    return list_error(name, clip.number, what, remedy)
