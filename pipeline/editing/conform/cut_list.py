"""From what was deposited to cuts: all of a finished cut, or the lines of an edit list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path, PurePath

from pipeline.editing import edit_lists
from pipeline.editing.conform import multicam
from pipeline.editing.conform.remarks import Remark, remark
from pipeline.editing.conform.source import Cut, Footage, ReplacementSound, open_footage
from pipeline.editing.conform.source_library import SourceLibrary
from pipeline.editing.edit_lists.timecode import round_half_up
from pipeline.errors import FormError
from pipeline.i18n import _
from pipeline.stage import Artefact

__all__ = ["cuts_from_list", "whole_recording"]


def whole_recording(artefact: Artefact, audio_stream: int) -> Cut:
    """Return all of a recording. Raises MediaError."""
    footage = open_footage(artefact.path, artefact.name, artefact.sha256, audio_stream=audio_stream)
    return Cut(footage, 0, footage.frames, to_end=True)


def cuts_from_list(
    edit_list: Artefact,
    episode: int,
    originals: Sequence[Artefact],
    starts: Mapping[str, str | None],
    audio_stream: int,
    folder: Path,
) -> list[Cut]:
    """Return the parts an edit list names for this episode.

    `starts` gives the start timecode of originals by their digest; `folder` is for what is needed
    meanwhile. Raises FormError for a list that does not fit the originals, MediaError for an
    original that cannot be used.
    """
    shelf = SourceLibrary(edit_list.name, originals, starts, audio_stream, folder)
    lines = _lines(edit_list, episode, shelf)
    # Black has no rate of its own: it counts as if it were of the first recording.
    first = next(line for line in lines if line.names)
    return [_cut(line if line.names else first, line, shelf) for line in lines]


def _cut(source: edit_lists.Line, line: edit_lists.Line, shelf: SourceLibrary) -> Cut:
    notes = tuple(remark(note.code, **dict(note.values)) for note in line.notes)
    if line.camera:
        return multicam.from_camera(line, shelf)
    footage = shelf.look(shelf.named(source), sound=line.sound is None)
    if not line.names:
        assert line.out is not None and line.out.seconds is not None
        frames = max(round_half_up(line.out.seconds * footage.rate), 1)
        return Cut(footage, 0, frames, heard=_placed(line, shelf), shown=False, remarks=notes)
    reel = shelf.reel(footage)
    part = edit_lists.resolve_frames(line, reel, shelf.list_name)
    remarks = (*notes, *_elsewhere(line.starts, reel))
    cut = Cut(footage, part.in_frame, part.out_frame, to_end=line.out is None, remarks=remarks)
    if line.sound is None:
        return cut
    if line.sound.names and line.sound.at is None:
        return multicam.with_sound(cut, line, shelf)
    return replace(cut, heard=_placed(line, shelf))


def _placed(line: edit_lists.Line, shelf: SourceLibrary) -> ReplacementSound:
    """Return the sound of a part that the list says where to take, or silence."""
    if line.sound is None or not line.sound.names:
        return ReplacementSound(None)
    sound = shelf.listen(shelf.named(line, line.sound.names))
    return ReplacementSound(
        sound, edit_lists.sound_start_s(line, shelf.reel(sound), shelf.list_name)
    )


def _elsewhere(starts: Fraction | None, reel: edit_lists.Reel) -> list[Remark]:
    away = edit_lists.timecode_offset_s(starts, reel)
    seconds = round(float(abs(away)), 3)
    return [remark("other_timecode", source=reel.name, seconds=seconds)] if away else []


def _lines(edit_list: Artefact, episode: int, shelf: SourceLibrary) -> list[edit_lists.Line]:
    name = edit_list.name
    lines = edit_lists.read(edit_list.path, name=name)
    if PurePath(name).suffix.lower() == ".edl":
        lines = edit_lists.read(edit_list.path, name=name, rate=shelf.find(lines[0]).rate)
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
