"""Check the picture itself: subtitles are visible, withheld passages are gone.

ffmpeg burns nothing and reports nothing when a font is missing, so only the picture proves that
subtitles are there.
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
from pipeline.media.qc.model import Check, Film, Occurrence, Result, at_cues

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["check_cues_visible", "check_redaction"]

_SAMPLED_CUES = 5
_MIN_DIFFERENCE = 40  # of 255: more than encoding again changes nearly any pixel
# Ink per square em of a line. Han characters have 0.2 and more, Latin letters with outline 0.1.
_MIN_INK = 0.03
_ABOVE_SUBTITLES = (0.0, 0.5)  # top and height of the band, as shares of the picture
_SILENT_DBFS = -80.0
_SAME_FRAME = 12.0  # mean luma difference of a frame encoded again; another frame has more


def check_cues_visible(film: Film) -> Check:
    """Check some cues: at their place the film must differ from the picture."""
    sampled = _spread([c for c in film.cues if c.text.strip()], _SAMPLED_CUES)
    found = probe(film.path), probe(film.picture)
    invisible = [cue for cue in sampled if not _is_visible(film, found, cue)]
    occurrences = at_cues(invisible, _("The subtitle is not to be seen."))
    result: Result = "fail" if invisible else "pass"
    visible = len(sampled) - len(invisible)
    return Check("cues_seen", result, str(visible), str(len(sampled)), occurrences)


def check_redaction(film: Film) -> tuple[Check, ...]:
    """Check that every withheld passage is silent and covered, or cut; empty if there is none.

    Raises ToolFailed if the film cannot be decoded.
    """
    if not film.withheld.passages:
        return ()
    found = probe(film.path), probe(film.picture)
    return _check_silent(film, found[0]), _check_covered(film, found[0]), _check_cut(film, found)


def _check_silent(film: Film, found: Probe) -> Check:
    masks = film.withheld.output_masks_ms()
    audible = [
        (span, peak)
        for span in masks
        for track in found.audio
        if (peak := peak_dbfs(film.path, track, *span)) >= _SILENT_DBFS
    ]
    message = _("A withheld passage can be heard ({peak:.1f} dBFS).")
    occurrences = tuple(Occurrence(*span, message.format(peak=peak)) for span, peak in audible)
    return _redaction_check("withheld_silent", len(masks), occurrences)


def _check_covered(film: Film, found: Probe) -> Check:
    video, masks = found.video[0], film.withheld.output_masks_ms()
    message = _("A withheld passage can be seen on {frames} frames.")
    occurrences = []
    for start_ms, end_ms in masks:
        first, end = (frame_at(ms, video.frame_rate) for ms in (start_ms, end_ms))
        uncovered = count_uncovered_frames(film.path, video, first, end)
        if uncovered:
            occurrences.append(Occurrence(start_ms, end_ms, message.format(frames=uncovered)))
    return _redaction_check("withheld_covered", len(masks), tuple(occurrences))


def _check_cut(film: Film, found: tuple[Probe, Probe]) -> Check:
    """Compare the frames on both sides of each cut with those of the source picture."""
    cuts = [frame_at(ms, film.withheld.rate) for ms in film.withheld.cut_points_ms()]
    occurrences = []
    for cut in cuts:
        sides = [f for f in (cut - 1, cut) if 0 <= f < film.withheld.frames]
        if not all(_is_same(film, found, frame) for frame in sides):
            ms = time_of(cut, film.withheld.rate)
            message = _("At {time} the film does not go on where the passage cut out ends.")
            occurrences.append(Occurrence(ms, ms, message.format(time=clock(ms))))
    return _redaction_check("withheld_cut", len(cuts), tuple(occurrences))


def _redaction_check(name: str, passages: int, occurrences: tuple[Occurrence, ...]) -> Check:
    bad = len({(o.start_ms, o.end_ms) for o in occurrences})
    return Check(
        name, "fail" if occurrences else "pass", str(passages - bad), str(passages), occurrences
    )


def _is_visible(film: Film, found: tuple[Probe, Probe], cue: Cue) -> bool:
    canvas = canvas_for(found[0])
    middle = (frame_at(cue.start_ms, canvas.rate) + frame_at(cue.end_ms, canvas.rate)) // 2
    if middle >= film.withheld.frames:
        return False
    em = canvas.base * film.style.size_percent / 100
    font = find_font(film.style.font)
    width = max(text_width(font, line) for line in cue.lines)
    # Only the band of the cue itself, so that a title above it does not count.
    top = cue_top(cue.text, film.style, font, canvas) / canvas.height
    ink = int((_difference(film, found, middle, (top, 1 - top)) > _MIN_DIFFERENCE).sum())
    return ink >= width * em * em * _MIN_INK


def _is_same(film: Film, found: tuple[Probe, Probe], frame: int) -> bool:
    original = film.withheld.source_frame(frame)
    if any(mask.first <= original < mask.end for mask in film.withheld.masks):
        return True  # checked as a covered passage
    return float(_difference(film, found, frame, _ABOVE_SUBTITLES).mean()) <= _SAME_FRAME


def _difference(
    film: Film, found: tuple[Probe, Probe], frame: int, band: tuple[float, float]
) -> NDArray[np.uint8]:
    """Return the luma difference of a frame of the film and its source frame."""
    shown = Still(film.path, found[0].video[0], frame)
    original = Still(film.picture, found[1].video[0], film.withheld.source_frame(frame))
    return luma_difference(shown, original, top=band[0], height=band[1])


def _spread(cues: list[Cue], count: int) -> list[Cue]:
    """Return so many of the cues, evenly spread, including the first and the last."""
    if len(cues) <= count:
        return cues
    return [cues[round(i * (len(cues) - 1) / (count - 1))] for i in range(count)]
