"""Make cuts from a deposit: a finished cut as a whole, or the lines of an edit list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path, PurePath

from pipeline.editing import edit_lists
from pipeline.editing.conform import multicam
from pipeline.editing.conform.source import Cut, Footage, ReplacementSound, open_footage
from pipeline.editing.conform.source_library import SourceLibrary
from pipeline.editing.edit_lists.timecode import round_half_up
from pipeline.editing.remarks import Remark, remark
from pipeline.errors import FormError
from pipeline.i18n import _
from pipeline.stage import Artefact

__all__ = ["cuts_from_list", "named_originals", "whole_recording"]


def whole_recording(artefact: Artefact, audio_stream: int) -> Cut:
    """Return the whole recording as one cut. Raises MediaError."""
    footage = open_footage(artefact.path, artefact.name, artefact.sha256, audio_stream=audio_stream)
    return Cut(footage, 0, footage.frames, to_end=True)


def named_originals(
    edit_list: Artefact, episode: int, originals: Sequence[Artefact]
) -> tuple[Artefact, ...]:
    """Return the originals that the cuts of an edit list for this episode are made from, each once.

    Raises FormError for a list that does not fit the originals. No original is opened.
    """
    name = edit_list.name
    lines = edit_lists.read(edit_list.path, name=name)
    if not _one_rate(name):  # of an EDL the lines of every episode are looked at
        lines = tuple(line for line in lines if line.episode in (0, episode))
    found: dict[str, Artefact] = {}
    for line in lines:
        sound = line.sound.names if line.sound else ()
        for names in filter(None, (line.names, line.camera, sound)):
            original = edit_lists.find_source(line, originals, name, names)
            found.setdefault(original.sha256, original)
    return tuple(found.values())


def cuts_from_list(
    edit_list: Artefact,
    episode: int,
    originals: Sequence[Artefact],
    starts: Mapping[str, str | None],
    audio_stream: int,
    folder: Path,
) -> list[Cut]:
    """Return the cuts of an edit list for this episode.

    `starts` are the start timecodes of originals by digest; `folder` is for temporary files. Raises
    FormError for a list that does not fit the originals, MediaError for an unusable original.
    """
    library = SourceLibrary(edit_list.name, originals, starts, audio_stream, folder)
    lines = _lines(edit_list, episode, library)
    # Black has no frame rate; it is counted at the rate of the first recording.
    first = next(line for line in lines if line.names)
    return [_cut(line if line.names else first, line, library) for line in lines]


def _cut(source: edit_lists.Line, line: edit_lists.Line, library: SourceLibrary) -> Cut:
    if line.camera:
        return multicam.from_camera(line, library)
    footage = library.footage(library.find(source), sound=line.sound is None)
    if not line.names:
        assert line.out is not None and line.out.seconds is not None
        frames = max(round_half_up(line.out.seconds * footage.rate), 1)
        sound = _placed_sound(line, library)
        return Cut(footage, 0, frames, sound=sound, has_picture=False, remarks=line.remarks)
    reel = library.reel(footage)
    part = edit_lists.resolve_frames(line, reel, library.list_name)
    remarks = (*line.remarks, *_timecode_remarks(line.starts, reel))
    cut = Cut(footage, part.in_frame, part.out_frame, to_end=line.out is None, remarks=remarks)
    if line.sound is None:
        return cut
    if line.sound.names and line.sound.at is None:
        return multicam.with_sound(cut, line, library)
    return replace(cut, sound=_placed_sound(line, library))


def _placed_sound(line: edit_lists.Line, library: SourceLibrary) -> ReplacementSound:
    """Return the sound that the list places under a part, or silence."""
    if line.sound is None or not line.sound.names:
        return ReplacementSound(None)
    sound = library.sound(library.find(line, line.sound.names))
    return ReplacementSound(
        sound, edit_lists.sound_start_s(line, library.reel(sound), library.list_name)
    )


def _timecode_remarks(starts: Fraction | None, reel: edit_lists.Reel) -> list[Remark]:
    offset_s = edit_lists.timecode_offset_s(starts, reel)
    seconds = round(float(abs(offset_s)), 3)
    return [remark("other_timecode", source=reel.name, seconds=seconds)] if offset_s else []


def _lines(edit_list: Artefact, episode: int, library: SourceLibrary) -> list[edit_lists.Line]:
    name = edit_list.name
    lines = edit_lists.read(edit_list.path, name=name)
    if _one_rate(name):
        lines = edit_lists.read(
            edit_list.path, name=name, rate=library.footage(library.find(lines[0]), sound=True).rate
        )
        _refuse_mixed_rates(
            {library.footage(library.find(line), sound=True) for line in lines}, name
        )
    own = [line for line in lines if line.episode in (0, episode)]
    if not own:
        raise FormError(
            _("{file} has no lines for episode {number}.").format(file=name, number=episode),
            remedy=_("Add them, or deposit the finished cut."),
        )
    return own


def _one_rate(name: str) -> bool:
    """Tell whether the list counts everything at one rate that it does not state."""
    return PurePath(name).suffix.lower() == ".edl"


def _refuse_mixed_rates(sources: set[Footage], name: str) -> None:
    """Refuse sources of different rates: an EDL counts all of them at one rate, which it does not
    state."""
    rates = sorted({footage.rate for footage in sources})
    if len(rates) > 1:
        raise FormError(
            _("{file} names recordings of different frame rates ({rates}).").format(
                file=name, rates=", ".join(f"{float(rate):.3f}" for rate in rates)
            ),
            remedy=_("Export the list as CSV with times, or deposit the finished cut."),
        )
