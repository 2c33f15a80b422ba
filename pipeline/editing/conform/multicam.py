"""Put together what several recordings of one moment give: picture of one, sound of another."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from pipeline.editing import edit_lists
from pipeline.editing.conform.remarks import Remark
from pipeline.editing.conform.source import Cut, ReplacementSound, SoundSource
from pipeline.editing.conform.source_library import SourceLibrary
from pipeline.editing.edit_lists.timecode import round_half_up
from pipeline.errors import FormError
from pipeline.i18n import _
from pipeline.stage import Artefact

__all__ = ["from_camera", "with_sound"]

_MAY_LACK_S = Fraction(1, 10)


def with_sound(cut: Cut, line: edit_lists.Line, shelf: SourceLibrary) -> Cut:
    """Return a cut with the sound that another recording has of the same moment."""
    assert line.sound is not None
    other = shelf.named(line, line.sound.names)
    own = shelf.named(line)
    if other.sha256 == own.sha256:
        return replace(cut, footage=shelf.look(own, sound=True))
    start_s, length_s = cut.in_frame / cut.footage.rate, cut.frames / cut.footage.rate
    heard, remarks = _heard(own, other, start_s, length_s, shelf)
    return replace(cut, heard=heard, remarks=(*cut.remarks, *remarks))


def from_camera(line: edit_lists.Line, shelf: SourceLibrary) -> Cut:
    """Return a cut whose places are those of the source, its picture that of another camera."""
    own, camera = shelf.named(line), shelf.named(line, line.camera)
    clock = shelf.listen(own)
    reel = shelf.reel(clock)
    part = edit_lists.resolve_frames(line, reel, shelf.list_name)
    start_s = part.in_frame / reel.rate
    length_s = (part.out_frame - part.in_frame) / reel.rate
    match, remarks = shelf.pairing.match(shelf.clock(own), shelf.clock(camera))
    footage = shelf.look(camera, sound=False)
    there_s = match.there(start_s)
    first = round_half_up(there_s * footage.rate)
    last = first + max(round_half_up(length_s * footage.rate), 1)
    if first < 0 or last > footage.frames:
        raise _not_then(footage.name, there_s)
    cut = Cut(footage, first, last, heard=ReplacementSound(clock, start_s), remarks=remarks)
    if line.sound and line.sound.names:
        other = shelf.named(line, line.sound.names)
        if other.sha256 != own.sha256:
            heard, more = _heard(own, other, start_s, length_s, shelf)
            cut = replace(cut, heard=heard, remarks=(*remarks, *more))
    return cut


def _heard(
    own: Artefact, other: Artefact, start_s: Fraction, length_s: Fraction, shelf: SourceLibrary
) -> tuple[ReplacementSound, tuple[Remark, ...]]:
    """Return what another recording has of a passage of one's own."""
    sound: SoundSource = shelf.listen(other)
    match, remarks = shelf.pairing.match(shelf.clock(own), shelf.clock(other))
    at_s = match.there(start_s)
    if at_s < 0 or at_s + length_s > Fraction(sound.duration_ms, 1000) + _MAY_LACK_S:
        raise _not_then(sound.name, at_s)
    return ReplacementSound(sound, at_s), remarks


def _not_then(name: str, at_s: Fraction) -> FormError:
    return FormError(
        _("“{name}” does not hold all of that moment (it would begin at {at} s).").format(
            name=name, at=round(float(at_s), 3)
        ),
        remedy=_("Shorten the part, or take another recording for it."),
    )
