"""Make cuts from several recordings of one moment: picture of one, sound of another."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from pipeline.editing import edit_lists
from pipeline.editing.conform.source import Cut, ReplacementSound, SoundSource
from pipeline.editing.conform.source_library import SourceLibrary
from pipeline.editing.edit_lists.timecode import round_half_up
from pipeline.editing.remarks import Remark
from pipeline.errors import FormError
from pipeline.i18n import _
from pipeline.stage import Artefact

__all__ = ["from_camera", "with_sound"]

_MAX_MISSING_S = Fraction(1, 10)


def with_sound(cut: Cut, line: edit_lists.Line, library: SourceLibrary) -> Cut:
    """Return the cut with another recording's sound of the same moment."""
    assert line.sound is not None
    other = library.find(line, line.sound.names)
    own = library.find(line)
    if other.sha256 == own.sha256:
        return replace(cut, footage=library.footage(own, sound=True))
    start_s, length_s = cut.in_frame / cut.footage.rate, cut.frames / cut.footage.rate
    sound, remarks = _sound_of_moment(own, other, start_s, length_s, library)
    return replace(cut, sound=sound, remarks=(*cut.remarks, *remarks))


def from_camera(line: edit_lists.Line, library: SourceLibrary) -> Cut:
    """Return a cut in the times of the source with the picture of another camera."""
    own, camera = library.find(line), library.find(line, line.camera)
    own_sound = library.sound(own)
    reel = library.reel(own_sound)
    part = edit_lists.resolve_frames(line, reel, library.list_name)
    start_s = part.in_frame / reel.rate
    length_s = (part.out_frame - part.in_frame) / reel.rate
    match, remarks = library.sync.match(library.sync_reference(own), library.sync_reference(camera))
    footage = library.footage(camera, sound=False)
    camera_s = match.time_in_other(start_s)
    first = round_half_up(camera_s * footage.rate)
    last = first + max(round_half_up(length_s * footage.rate), 1)
    if first < 0 or last > footage.frames:
        raise _missing_moment_error(footage.name, camera_s)
    cut = Cut(footage, first, last, sound=ReplacementSound(own_sound, start_s), remarks=remarks)
    if line.sound and line.sound.names:
        other = library.find(line, line.sound.names)
        if other.sha256 != own.sha256:
            sound, more = _sound_of_moment(own, other, start_s, length_s, library)
            cut = replace(cut, sound=sound, remarks=(*remarks, *more))
    return cut


def _sound_of_moment(
    own: Artefact, other: Artefact, start_s: Fraction, length_s: Fraction, library: SourceLibrary
) -> tuple[ReplacementSound, tuple[Remark, ...]]:
    """Return another recording's sound of a passage of the source."""
    sound: SoundSource = library.sound(other)
    match, remarks = library.sync.match(library.sync_reference(own), library.sync_reference(other))
    at_s = match.time_in_other(start_s)
    if at_s < 0 or at_s + length_s > Fraction(sound.duration_ms, 1000) + _MAX_MISSING_S:
        raise _missing_moment_error(sound.name, at_s)
    return ReplacementSound(sound, at_s), remarks


def _missing_moment_error(name: str, at_s: Fraction) -> FormError:
    return FormError(
        _("“{name}” does not hold all of that moment (it would begin at {at} s).").format(
            name=name, at=round(float(at_s), 3)
        ),
        remedy=_("Shorten the part, or take another recording for it."),
    )
