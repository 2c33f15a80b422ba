"""From the tracks of a timeline to the lines of an edit list: what is seen and heard, and when.

At any moment the uppermost clip is seen, as in the editing program; its own sound, another
recording's or none is heard. What would make another film than the editor saw is refused: changed
speed, two sounds at once, a picture in the picture. What is only missing from it becomes a note
that stands in the edit report: effects, titles, dissolves (cut in their middle).
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from pipeline.editing.edit_lists.model import Line, Note, Sound, list_error
from pipeline.editing.edit_lists.timecode import (
    Position,
    clock_position,
    round_half_up,
    timecode_position,
)
from pipeline.editing.edit_lists.timeline import Clip, Timeline, Transition
from pipeline.i18n import _

__all__ = ["flatten"]

_MAX_SHOTS = 6_000
_SAME_S = Fraction(1, 500)  # sound and picture of one recording are exported with this much error


def flatten(timeline: Timeline, name: str) -> tuple[Line, ...]:
    """Return the lines of the programme, in its order and without a gap: black is a line too.

    Raises FormError, naming the clip and the place, for what cannot be conformed faithfully.
    """
    finished = _("Export it without that, or deposit the finished cut instead of a list.")
    shots = [shot for shot in timeline.pictures if shot.media]
    if not shots:
        raise list_error(
            name, None, _("there is no picture in the list."),
            _("Export the sequence with its picture track."),
        )  # fmt: skip
    if len(timeline.pictures) + len(timeline.sounds) + len(timeline.blends) > _MAX_SHOTS:
        raise list_error(name, None, _("there are too many clips in the list."), finished)
    for shot in (*shots, *timeline.sounds):
        if shot.speed != 1:
            what = _("the speed of “{clip}” at {at} is changed, which is not conformed.")
            raise _refusal(timeline, shot, what, finished, name)
        if shot.start < 0:
            what = _("“{clip}” begins before the programme, at {at}.")
            raise _refusal(timeline, shot, what, finished, name)
    pieces = _pieces(timeline, shots, name)
    lines = [_line(timeline, piece) for piece in pieces]
    return tuple(_noted(timeline, pieces, lines))


class _Piece:
    """From one frame to another nothing changes: this is seen, that is heard."""

    def __init__(self, start: int, end: int, shown: Clip | None, heard: Clip | None) -> None:
        self.start, self.end, self.shown, self.heard = start, end, shown, heard


def _pieces(timeline: Timeline, shots: list[Clip], name: str) -> list[_Piece]:
    everything = (*timeline.pictures, *timeline.sounds)
    ends = [end for shot in everything for end in (shot.start, shot.end)]
    borders = sorted({0, *ends})
    pieces: list[_Piece] = []
    for start, end in pairwise(borders):
        shown = _uppermost(timeline, shots, start, name)
        heard = _heard(timeline, shown, start, name)
        before = pieces[-1] if pieces else None
        if before and before.shown is shown and _same(timeline, before.heard, heard):
            before.end = end
        else:
            pieces.append(_Piece(start, end, shown, heard))
    return pieces


def _uppermost(timeline: Timeline, shots: list[Clip], at: int, name: str) -> Clip | None:
    there = sorted((s for s in shots if s.start <= at < s.end), key=lambda shot: shot.layer)
    if not there:
        drawn = next((s for s in timeline.pictures if s.start <= at < s.end), None)
        if drawn:
            raise _refusal(
                timeline, drawn,
                _("“{clip}” at {at} is drawn by the editing program: there is no recording of it."),
                _("Deposit the finished cut instead of a list."), name,
            )  # fmt: skip
        return None
    if len(there) > 1 and there[-1].reshaped:
        raise _refusal(
            timeline, there[-1],
            _("“{clip}” at {at} lets the picture below it be seen, which is not conformed."),
            _("Export it without that, or deposit the finished cut instead of a list."), name,
        )  # fmt: skip
    return there[-1]


def _heard(timeline: Timeline, shown: Clip | None, at: int, name: str) -> Clip | None:
    """Return the sound at a frame; where the list has none at all, each picture has its own."""
    if not timeline.sounds:
        return shown
    there: list[Clip] = []
    for sound in timeline.sounds:
        if sound.start <= at < sound.end and not any(_same(timeline, s, sound) for s in there):
            there.append(sound)
    if len(there) > 1:
        what = _("“{clip}” and “{other}” are heard together at {at}; sounds are not mixed here.")
        what = what.replace("{other}", there[1].name)
        remedy = _("Leave one sound in the list, or deposit the finished cut instead of a list.")
        at_once = replace(there[0], start=max(s.start for s in there))
        raise _refusal(timeline, at_once, what, remedy, name)
    return there[0] if there else None


def _same(timeline: Timeline, one: Clip | None, other: Clip | None) -> bool:
    """Tell whether two clips run through one recording in step (its left and its right)."""
    if one is None or other is None or one is other:
        return one is other
    apart = (one.at - one.start / timeline.rate) - (other.at - other.start / timeline.rate)
    return one.media == other.media and abs(apart) < _SAME_S


def _line(timeline: Timeline, piece: _Piece) -> Line:
    length = (piece.end - piece.start) / timeline.rate
    shown, heard = piece.shown, piece.heard
    if shown is None or shown.media is None:
        number = heard.number if heard else 0
        line = Line(number, 0, (), clock_position(Fraction(0)), clock_position(length))
        span = {"at": _at(timeline, piece.start), "end": _at(timeline, piece.end)}
        line = replace(line, notes=(Note.of("black", **span),))
    else:
        at = shown.at + (piece.start - shown.start) / timeline.rate
        media = shown.media
        in_, out = (
            _place(at, media.starts, media.rate),
            _place(at + length, media.starts, media.rate),
        )
        line = Line(
            shown.number, 0, media.names, in_, out, starts=media.starts, rate=media.rate
        )  # fmt: skip
    if shown is not None and _same_place(timeline, shown, heard):
        return line
    if heard is None or heard.media is None:
        return replace(line, sound=Sound(()))
    at = heard.at + (piece.start - heard.start) / timeline.rate
    own = heard.media
    return replace(line, sound=Sound(own.names, _place(at, own.starts, own.rate), own.starts))


def _same_place(timeline: Timeline, shown: Clip, heard: Clip | None) -> bool:
    return heard is not None and _same(timeline, shown, heard)


def _place(time: Fraction, starts: Fraction | None, rate: Fraction | None) -> Position:
    """Return a place in a recording: from its first picture, or as timecode where that is all
    the list has."""
    if starts is not None or rate is None:
        return clock_position(time)
    try:
        return timecode_position(round_half_up(time * rate), rate)
    except ValueError:
        return clock_position(time)


def _noted(timeline: Timeline, pieces: list[_Piece], lines: list[Line]) -> list[Line]:
    """Add to each line what is not made of it."""
    notes: list[list[Note]] = [list(line.notes) for line in lines]

    def note(frame: int, made: Note) -> None:
        last = len(pieces) - 1
        index = next((i for i, p in enumerate(pieces) if p.start <= frame < p.end), last)
        notes[index].append(made)

    seen = {id(p.shown): p for p in reversed(pieces) if p.shown}
    heard = {id(p.heard): p for p in reversed(pieces) if p.heard}
    for shot in dict.fromkeys((*timeline.pictures, *timeline.sounds)):
        piece = seen.get(id(shot)) or heard.get(id(shot))
        span: dict[str, str] = {"clip": shot.name, "at": _at(timeline, shot.start)}
        if shot.media is None:
            note(shot.start, Note.of("title_left_out", **span))
        elif piece:
            for effect in dict.fromkeys(shot.effects):
                note(piece.start, Note.of("effect_left_out", effect=effect, **span))
        elif shot in timeline.pictures:
            note(shot.start, Note.of("covered", **span))
    for blend in timeline.blends:
        note(blend.start, _of_blend(timeline, pieces, blend))
    return [replace(line, notes=tuple(own)) for line, own in zip(lines, notes, strict=True)]


def _of_blend(timeline: Timeline, pieces: list[_Piece], blend: Transition) -> Note:
    values: dict[str, str | int] = {"name": blend.name, "frames": blend.end - blend.start}
    for before, after in pairwise(pieces):
        if blend.start <= after.start <= blend.end and before.shown is not after.shown:
            return Note.of("blend_cut", at=_at(timeline, after.start), **values)
    return Note.of("fade_left_out", at=_at(timeline, blend.start), **values)


def _at(timeline: Timeline, frame: int) -> str:
    return clock_position(frame / timeline.rate).text


def _refusal(timeline: Timeline, shot: Clip, what: str, remedy: str, name: str) -> Exception:
    said = what.format(clip=shot.name, at=_at(timeline, shot.start))
    return list_error(name, shot.number, said, remedy)
