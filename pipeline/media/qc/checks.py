"""Check measurements and cues against the limits of config/verification.toml.

A check passes, warns (somebody should look) or fails (somebody must act). Messages are in the
current language.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

from pipeline.captions import rules
from pipeline.captions.cues import Cue, clock
from pipeline.i18n import _
from pipeline.media.ffmpeg import probe
from pipeline.media.measurements import Measurements, measure
from pipeline.media.qc.model import Check, Film, Occurrence, Result, at_cues, pass_or_fail
from pipeline.media.qc.visual_checks import check_cues_visible
from pipeline.media.redaction import Span, subtract_spans
from pipeline.settings import SubtitleStyle, Verification

__all__ = ["check_measurements", "verify", "verify_file"]

# Shorter speech without a cue, and a smaller distance of a cue from speech, do not count.
_TOLERANCE_MS = 1000


def verify(film: Film, limits: Verification) -> tuple[Check, ...]:
    """Measure the film and return every check, in the order in which they are read.

    Raises MediaError or ToolFailed if it cannot be measured.
    """
    found = measure(film.path, limits)
    masks = film.withheld.output_masks_ms()
    return (
        _frames(found, film.withheld.frames),
        _frame_rate(found, film.withheld.rate),
        *check_measurements(found, limits, masks, film.titles),
        _subtitle_rules(film.cues, film.style),
        _cues_within(film.cues, found, limits),
        check_cues_visible(film),
        _speech_covered(film, limits),
        _cues_on_speech(film),
    )


def verify_file(
    path: Path, limits: Verification, cues: Sequence[Cue] | None, style: SubtitleStyle
) -> tuple[Check, ...]:
    """Measure any file, with its subtitles if given, and return the checks that apply.

    Raises MediaError or ToolFailed if it cannot be measured.
    """
    found = measure(path, limits)
    stated = probe(path).video[0].frames
    frames = () if stated is None else (_frames(found, stated),)
    checks = *frames, _frame_rate(found, found.frame_rate), *check_measurements(found, limits)
    if cues is None:
        return checks
    return *checks, _subtitle_rules(cues, style), _cues_within(cues, found, limits)


def check_measurements(
    found: Measurements,
    limits: Verification,
    masks: Sequence[Span] = (),
    titles: Sequence[Span] = (),
) -> tuple[Check, ...]:
    """Check measurements against the limits; `masks` may be black, still and silent, `titles` black
    and still."""
    allowed = (*masks, *titles)
    return (
        _av_difference(found, limits),
        _field_order(found),
        _colour_range(found, limits),
        _long_spans("black", found.black, allowed, limits.black_min_ms, limits.black_fail_ms),
        _long_spans(
            "freeze", found.frozen, (*allowed, *found.black),
            limits.freeze_min_ms, limits.freeze_fail_ms,
        ),
        _long_spans(
            "silence", found.silent, masks, limits.silence_min_ms, limits.silence_fail_ms
        ),
        _clipping(found, limits),
        _loudness(found, limits),
        _true_peak(found, limits),
    )  # fmt: skip


def _frames(found: Measurements, expected: int) -> Check:
    return pass_or_fail("frames", found.frames == expected, str(found.frames), str(expected))


def _frame_rate(found: Measurements, expected: Fraction) -> Check:
    value = f"{float(found.frame_rate):g}"
    if not found.even_rate:
        value = _("uneven, {rate} on average").format(rate=value)
    even = found.even_rate and found.frame_rate == expected
    return pass_or_fail("frame_rate", even, value, f"{float(expected):g}")


def _field_order(found: Measurements) -> Check:
    names = {
        "progressive": _("whole frames"),
        "top": _("fields, upper first"),
        "bottom": _("fields, lower first"),
        "unclear": _("not to be told"),
    }
    result: Result = "warn" if found.field_order in ("top", "bottom") else "pass"
    return Check("field_order", result, names[found.field_order], names["progressive"])


def _colour_range(found: Measurements, limits: Verification) -> Check:
    """Check the stated range and the measured levels (EBU R 103)."""
    limit = f"≤ {limits.max_out_of_range_share:.1%}"
    value = f"{found.out_of_range_share:.1%}"
    outside = found.out_of_range_share > limits.max_out_of_range_share
    if found.colour_range == "pc":
        outside, value = True, _("computer levels, {share}").format(share=value)
    return Check("colour_range", "warn" if outside else "pass", value, limit)


def _av_difference(found: Measurements, limits: Verification) -> Check:
    ms, max_ms = abs(found.picture_ms - found.sound_ms), limits.max_av_difference_ms
    return pass_or_fail("av_difference", ms <= max_ms, f"{ms} ms", f"{max_ms} ms")


def _long_spans(
    name: str, spans: Iterable[Span], allowed: Iterable[Span], warn_ms: int, fail_ms: int
) -> Check:
    """Check for passages that last too long outside the allowed spans."""
    long = [s for s in subtract_spans(spans, allowed) if s[1] - s[0] >= warn_ms]
    longest = max((end - start for start, end in long), default=0)
    result: Result = "fail" if longest >= fail_ms else "warn" if long else "pass"
    messages = {
        "black": _("Black for {seconds:.1f} s."),
        "freeze": _("The picture stands still for {seconds:.1f} s."),
        "silence": _("Silent for {seconds:.1f} s."),
    }
    occurrences = (Occurrence(a, b, messages[name].format(seconds=(b - a) / 1000)) for a, b in long)
    return Check(name, result, _seconds(longest), f"< {_seconds(fail_ms)}", tuple(occurrences))


def _clipping(found: Measurements, limits: Verification) -> Check:
    share, limit = found.clipped_share, limits.max_clipped_share
    return pass_or_fail("clipping", share <= limit, f"{share:.4%}", f"≤ {limit:.4%}")


def _loudness(found: Measurements, limits: Verification) -> Check:
    limit = f"{limits.loudness_lufs:g} ± {limits.loudness_fail_lu:g} LUFS"
    if found.loudness_lufs is None:
        return Check("loudness", "fail", _("silence"), limit)
    difference = abs(found.loudness_lufs - limits.loudness_lufs)
    result: Result = "pass"
    if difference > limits.loudness_warn_lu:
        result = "warn" if difference <= limits.loudness_fail_lu else "fail"
    return Check("loudness", result, f"{found.loudness_lufs:.1f} LUFS", limit)


def _true_peak(found: Measurements, limits: Verification) -> Check:
    limit = f"≤ {limits.true_peak_dbtp:g} dBTP"
    if found.true_peak_dbtp is None:
        return Check("true_peak", "pass", _("silence"), limit)
    passed = found.true_peak_dbtp <= limits.true_peak_dbtp
    return pass_or_fail("true_peak", passed, f"{found.true_peak_dbtp:.1f} dBTP", limit)


def _subtitle_rules(cues: Sequence[Cue], style: SubtitleStyle) -> Check:
    found = rules.check(cues, style)
    levels = {finding.level for finding in found}
    result: Result = "fail" if "error" in levels else "warn" if levels else "pass"
    occurrences = tuple(Occurrence(f.start_ms or 0, f.end_ms or 0, f.message) for f in found)
    return Check("subtitle_rules", result, str(len(occurrences)), style.title, occurrences)


def _cues_within(cues: Sequence[Cue], found: Measurements, limits: Verification) -> Check:
    """Check that no cue outlasts the picture, by more than its sound may."""
    beyond = [c for c in cues if c.end_ms > found.picture_ms + limits.max_av_difference_ms]
    end = clock(found.picture_ms)
    message = _("The cue is shown beyond the end of the picture ({end}).").format(end=end)
    result: Result = "fail" if beyond else "pass"
    return Check("cues_within", result, str(len(beyond)), end, at_cues(beyond, message))


def _speech_covered(film: Film, limits: Verification) -> Check:
    limit = f"≥ {limits.min_speech_covered:.0%}"
    whole = _length(film.speech)
    uncovered = subtract_spans(film.speech, ((c.start_ms, c.end_ms) for c in film.cues))
    covered = 1 - _length(uncovered) / whole if whole else 1.0
    long = [span for span in uncovered if span[1] - span[0] > _TOLERANCE_MS]
    message = _("Somebody speaks, and there is no subtitle.")
    occurrences = tuple(Occurrence(*span, message) for span in long)
    enough = covered >= limits.min_speech_covered
    result: Result = ("warn" if long else "pass") if enough else "fail"
    return Check("speech_covered", result, f"{covered:.1%}", limit, occurrences)


def _cues_on_speech(film: Film) -> Check:
    near = [(start - _TOLERANCE_MS, end + _TOLERANCE_MS) for start, end in film.speech]
    silent = [c for c in film.cues if not any(a < c.end_ms and c.start_ms < b for a, b in near)]
    occurrences = at_cues(silent, _("Nobody was heard speaking here."))
    result: Result = "warn" if silent else "pass"
    return Check("cues_on_speech", result, str(len(silent)), "0", occurrences)


def _length(spans: Iterable[Span]) -> int:
    return sum(end - start for start, end in spans)


def _seconds(ms: int) -> str:
    return f"{ms / 1000:.1f} s"
