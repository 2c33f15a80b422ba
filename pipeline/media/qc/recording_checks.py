"""Check a camera original against the limits of config/recording.toml."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from pipeline.core.artefacts.recording_report import Original, RecordedPicture, RecordedSound
from pipeline.i18n import _
from pipeline.settings import Recording
from pipeline.stage import Finding

__all__ = ["check_original"]


def check_original(original: Original, limits: Recording) -> tuple[Finding, ...]:
    """Check one original of a recording_report.

    An interview cannot be recorded again, so nothing is an error: a warning is for the
    cinematographer to see before signing, a note is for the editor.
    """
    return (*_length(original, limits), *_picture(original, limits), *_sound(original, limits))


def _length(original: Original, limits: Recording) -> Iterator[Finding]:
    ms = original.duration_ms
    if ms < limits.min_duration_ms:
        yield _warning(_("It lasts only {s} s.").format(s=ms / 1000))
    if ms > limits.max_duration_ms:
        yield _warning(_("It lasts {h:.1f} hours.").format(h=ms / 3_600_000))
    if original.damaged:
        yield _warning(
            _("Parts of it are damaged: look at the small copy for broken picture or sound.")
        )


def _picture(original: Original, limits: Recording) -> Iterator[Finding]:
    streams = original.video
    if not streams:
        yield _warning(_("It has no picture."))
        return
    if len(streams) > 1:
        yield _note(_("It has {n} pictures; the first is used.").format(n=len(streams)))
    first = streams[0]
    size = (first.width, first.height)
    if max(size) < limits.min_width or min(size) < limits.min_height:
        yield _warning(
            _("The picture is {w}×{h}; at least {min_w}×{min_h} is asked for.").format(
                w=size[0], h=size[1], min_w=limits.min_width, min_h=limits.min_height
            )
        )
    rate = float(Fraction(first.frame_rate))
    if not limits.min_frame_rate <= rate <= limits.max_frame_rate:
        yield _warning(
            _("It has {rate:.2f} frames a second; {low}–{high} are asked for.").format(
                rate=rate, low=limits.min_frame_rate, high=limits.max_frame_rate
            )
        )
    yield from _picture_notes(first)


def _picture_notes(picture: RecordedPicture) -> Iterator[Finding]:
    """Note properties that editing corrects by itself."""
    if picture.variable_rate:
        yield _note(_("Its frames come at uneven intervals; editing makes them even."))
    if picture.rotation:
        yield _note(_("It is to be shown turned by {n}°.").format(n=picture.rotation))
    if picture.sample_aspect != "1":
        yield _note(
            _("Its pixels are not square ({aspect}); shown it is {w}×{h}.").format(
                aspect=picture.sample_aspect,
                w=picture.display_width,
                h=picture.display_height,
            )
        )
    if picture.field_order not in ("progressive", "unknown"):
        yield _note(_("It is interlaced."))


def _sound(original: Original, limits: Recording) -> Iterator[Finding]:
    tracks = original.audio
    if not tracks:
        yield _warning(_("It has no sound."))
        return
    if len(tracks) > 1:
        yield _note(
            _("It has {n} sound tracks; say in the settings ([editing] audio_stream) which to use.")
            .format(n=len(tracks))
        )  # fmt: skip
    for number, track in enumerate(tracks, 1):
        yield from _track(number, track, limits)
    for start_ms, end_ms in original.silences:
        yield Finding("warning", _("Nothing is heard for long."), start_ms, end_ms)


def _track(number: int, track: RecordedSound, limits: Recording) -> Iterator[Finding]:
    if track.rate_hz < limits.min_audio_rate_hz:
        yield _warning(
            _("Sound track {n} has {rate} Hz; at least {low} are asked for.").format(
                n=number, rate=track.rate_hz, low=limits.min_audio_rate_hz
            )
        )
    if track.peak_dbfs is None or track.peak_dbfs < limits.silence_dbfs:
        yield _warning(_("Nothing can be heard on sound track {n}.").format(n=number))
    if track.clipped_share > limits.max_clipped_share:
        yield _warning(
            _("Sound track {n} is overdriven: {share:.2%} of it is clipped.").format(
                n=number, share=track.clipped_share
            )
        )


def _warning(message: str) -> Finding:
    return Finding("warning", message)


def _note(message: str) -> Finding:
    return Finding("note", message)
