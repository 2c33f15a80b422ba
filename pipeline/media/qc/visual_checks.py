"""Proofs made by looking: subtitles are really there, what is withheld is really gone.

ffmpeg burns nothing and says nothing when a font is missing, so that a film is believed only when
it has been looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.captions.cues import Cue, clock
from pipeline.core.timebase import frame_at, time_of
from pipeline.i18n import _
from pipeline.media.ass_script import cue_top
from pipeline.media.burn_in import canvas_for
from pipeline.media.ffmpeg import Probe, probe
from pipeline.media.fonts import find_font, text_width
from pipeline.media.frame_compare import Still, count_uncovered_frames, luma_difference, peak_dbfs
from pipeline.media.qc.model import Check, Film, Occurrence, Result

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["check_cues_visible", "check_redaction"]

_LOOKS = 5
_DIFFERENT = 40  # of 255: more than coding a frame again changes in any pixel, beyond rare ones
# A line's ink is at least this share of the square of its height, for each em of its width. Han
# characters have 0.2 and more, Latin letters with their outline 0.1.
_LEAST_INK = 0.03
_ABOVE = (0.0, 0.5)  # top and height of where no subtitles stand, as shares of the picture
_SILENT_DBFS = -80.0
_SAME_FRAME = 12.0  # mean difference in brightness of a frame coded again; another frame has more


def check_cues_visible(film: Film) -> Check:
    """Look at a handful of cues: the film must differ from the picture where they stand."""
    chosen = _spread([c for c in film.cues if c.text.strip()], _LOOKS)
    found = probe(film.path), probe(film.picture)
    unseen = [cue for cue in chosen if not _is_seen(film, found, cue)]
    notes = tuple(
        Occurrence(c.start_ms, c.end_ms, _("The subtitle is not to be seen.")) for c in unseen
    )
    result: Result = "fail" if unseen else "pass"
    return Check("cues_seen", result, f"{len(chosen) - len(unseen)}", f"{len(chosen)}", notes)


def check_redaction(film: Film) -> tuple[Check, ...]:
    """Prove that every withheld passage is silent and covered, or cut out; empty if there is none.

    Raises ToolFailed where the film cannot be looked at.
    """
    if not film.withheld.passages:
        return ()
    found = probe(film.path), probe(film.picture)
    return _silent(film, found[0]), _covered(film, found[0]), _cut_out(film, found)


def _silent(film: Film, found: Probe) -> Check:
    masks = film.withheld.output_masks_ms()
    heard = [
        (span, peak)
        for span in masks
        for track in found.audio
        if (peak := peak_dbfs(film.path, track, *span)) >= _SILENT_DBFS
    ]
    message = _("A withheld passage can be heard ({peak:.1f} dBFS).")
    notes = tuple(Occurrence(*span, message.format(peak=peak)) for span, peak in heard)
    return _proof("withheld_silent", len(masks), notes)


def _covered(film: Film, found: Probe) -> Check:
    video, masks = found.video[0], film.withheld.output_masks_ms()
    message = _("A withheld passage can be seen on {frames} frames.")
    notes = []
    for start_ms, end_ms in masks:
        first, end = (frame_at(ms, video.frame_rate) for ms in (start_ms, end_ms))
        lit = count_uncovered_frames(film.path, video, first, end)
        if lit:
            notes.append(Occurrence(start_ms, end_ms, message.format(frames=lit)))
    return _proof("withheld_covered", len(masks), tuple(notes))


def _cut_out(film: Film, found: tuple[Probe, Probe]) -> Check:
    """Compare the frames on both sides of each joint with those of the picture before."""
    joints = [frame_at(ms, film.withheld.rate) for ms in film.withheld.cut_points_ms()]
    notes = []
    for joint in joints:
        sides = [f for f in (joint - 1, joint) if 0 <= f < film.withheld.frames]
        if not all(_is_same(film, found, frame) for frame in sides):
            ms = time_of(joint, film.withheld.rate)
            message = _("At {time} the film does not go on where the passage cut out ends.")
            notes.append(Occurrence(ms, ms, message.format(time=clock(ms))))
    return _proof("withheld_cut", len(joints), tuple(notes))


def _proof(name: str, passages: int, notes: tuple[Occurrence, ...]) -> Check:
    bad = len({(note.start_ms, note.end_ms) for note in notes})
    return Check(name, "fail" if notes else "pass", str(passages - bad), str(passages), notes)


def _is_seen(film: Film, found: tuple[Probe, Probe], cue: Cue) -> bool:
    canvas = canvas_for(found[0])
    middle = (frame_at(cue.start_ms, canvas.rate) + frame_at(cue.end_ms, canvas.rate)) // 2
    if middle >= film.withheld.frames:
        return False
    em = canvas.base * film.style.size_percent / 100
    font = find_font(film.style.font)
    width = max(text_width(font, line) for line in cue.lines)
    # Only where it stands itself: a title above it must not be taken for it.
    top = cue_top(cue.text, film.style, font, canvas) / canvas.height
    ink = int((_changes(film, found, middle, (top, 1 - top)) > _DIFFERENT).sum())
    return ink >= width * em * em * _LEAST_INK


def _is_same(film: Film, found: tuple[Probe, Probe], frame: int) -> bool:
    original = film.withheld.source_frame(frame)
    if any(mask.first <= original < mask.end for mask in film.withheld.masks):
        return True  # its own proof covers it
    return float(_changes(film, found, frame, _ABOVE).mean()) <= _SAME_FRAME


def _changes(
    film: Film, found: tuple[Probe, Probe], frame: int, band: tuple[float, float]
) -> NDArray[np.uint8]:
    """Return how a frame of the film differs from the frame of the picture it was made from."""
    shown = Still(film.path, found[0].video[0], frame)
    original = Still(film.picture, found[1].video[0], film.withheld.source_frame(frame))
    return luma_difference(shown, original, top=band[0], height=band[1])


def _spread(cues: list[Cue], count: int) -> list[Cue]:
    """Return so many of the cues, evenly spread, the first and the last among them."""
    if len(cues) <= count:
        return cues
    return [cues[round(i * (len(cues) - 1) / (count - 1))] for i in range(count)]
