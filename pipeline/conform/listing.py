"""From what was deposited to cuts: all of a finished cut, or the lines of an edit list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import PurePath

from pipeline import edits
from pipeline.conform.footage import Cut, Footage, Heard, look
from pipeline.conform.remarks import Remark, remark
from pipeline.edits.positions import nearest
from pipeline.errors import FormError
from pipeline.i18n import _
from pipeline.stage import Artefact

__all__ = ["listed", "whole"]


def whole(artefact: Artefact, audio_stream: int) -> Cut:
    """Return all of a recording. Raises MediaError."""
    footage = look(artefact.path, artefact.name, artefact.sha256, audio_stream=audio_stream)
    return Cut(footage, 0, footage.frames, to_end=True)


def listed(
    edit_list: Artefact,
    episode: int,
    originals: Sequence[Artefact],
    starts: Mapping[str, str | None],
    audio_stream: int,
) -> list[Cut]:
    """Return the parts an edit list names for this episode.

    `starts` gives the start timecode of originals by their digest. Raises FormError for a list
    that does not fit the originals, MediaError for an original that cannot be used.
    """
    shelf = _Shelf(edit_list.name, originals, starts, audio_stream)
    lines = _lines(edit_list, episode, shelf)
    # Black has no rate of its own: it counts as if it were of the recording beside it.
    seen = [line for line in lines if line.names]
    cuts = []
    for line in lines:
        beside = (
            line if line.names else min(seen, key=lambda s: abs(lines.index(s) - lines.index(line)))
        )
        cuts.append(_cut(line, shelf.find(beside, sound=line.sound is None), shelf))
    return cuts


class _Shelf:
    """The originals, each looked at once."""

    def __init__(
        self, list_name: str, originals: Sequence[Artefact], starts: Mapping[str, str | None],
        audio_stream: int,
    ) -> None:  # fmt: skip
        self.list_name, self.originals, self.starts = list_name, originals, starts
        self.audio_stream = audio_stream
        self._seen: dict[tuple[str, bool], Footage] = {}

    def find(self, line: edits.Line, *, sound: bool = True, names: tuple[str, ...] = ()) -> Footage:
        """Return the original a line names, with its sound or the picture alone."""
        found = edits.find_source(line, self.originals, self.list_name, names)
        key = (found.sha256, sound)
        if key not in self._seen:
            self._seen[key] = look(
                found.path, found.name, found.sha256, audio_stream=self.audio_stream, sound=sound
            )
        return self._seen[key]

    def reel(self, footage: Footage) -> edits.Reel:
        """Return what must be known of a recording to find a place in it."""
        start = self.starts.get(footage.sha256)
        return edits.Reel(footage.name, footage.rate, footage.frames, start)


def _cut(line: edits.Line, footage: Footage, shelf: _Shelf) -> Cut:
    remarks = [remark(note.code, **dict(note.values)) for note in line.notes]
    if not line.names:
        assert line.out is not None and line.out.seconds is not None
        frames = max(nearest(line.out.seconds * footage.rate), 1)
        heard = _heard(line, shelf)
        return Cut(footage, 0, frames, heard=heard, shown=False, remarks=tuple(remarks))
    reel = shelf.reel(footage)
    part = edits.resolve(line, reel, shelf.list_name)
    remarks += _elsewhere(line.starts, reel)
    return Cut(
        footage, part.in_frame, part.out_frame, to_end=line.out is None,
        heard=_heard(line, shelf) if line.sound else None, remarks=tuple(remarks),
    )  # fmt: skip


def _heard(line: edits.Line, shelf: _Shelf) -> Heard:
    """Return the sound of a part that is not its picture's own."""
    if line.sound is None or not line.sound.names:
        return Heard(None)
    footage = shelf.find(line, names=line.sound.names)
    return Heard(footage, edits.sound_at(line, shelf.reel(footage), shelf.list_name))


def _elsewhere(starts: Fraction | None, reel: edits.Reel) -> list[Remark]:
    away = edits.shift(starts, reel)
    seconds = round(float(abs(away)), 3)
    return [remark("other_timecode", source=reel.name, seconds=seconds)] if away else []


def _lines(edit_list: Artefact, episode: int, shelf: _Shelf) -> list[edits.Line]:
    name = edit_list.name
    lines = edits.read(edit_list.path, name=name)
    if PurePath(name).suffix.lower() == ".edl":
        lines = edits.read(edit_list.path, name=name, rate=shelf.find(lines[0]).rate)
        _refuse_mixed_rates({shelf.find(line) for line in lines}, name)
    own = [line for line in lines if line.episode in (0, episode)]
    if not own:
        raise FormError(
            _("{file} has no lines for episode {number}.").format(file=name, number=episode),
            remedy=_("Add them, or deposit the finished cut."),
        )
    return own


def _refuse_mixed_rates(sources: set[Footage], name: str) -> None:
    """An EDL counts all its sources at one rate and does not say which."""
    rates = sorted({footage.rate for footage in sources})
    if len(rates) > 1:
        raise FormError(
            _("{file} names recordings of different frame rates ({rates}).").format(
                file=name, rates=", ".join(f"{float(rate):.3f}" for rate in rates)
            ),
            remedy=_("Export the list as CSV with times, or deposit the finished cut."),
        )
