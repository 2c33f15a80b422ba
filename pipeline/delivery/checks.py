"""Prove a delivery: each file is what its profile says, and nothing withheld is in it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import ffmpeg

from pipeline.core.timebase import frame_at
from pipeline.delivery.hls import INIT, MASTER
from pipeline.delivery.hls_checks import ladder_faults
from pipeline.delivery.loudness import loudness_and_peak
from pipeline.delivery.source import Release
from pipeline.delivery.video import fits
from pipeline.i18n import _
from pipeline.media.ffmpeg import Probe, capture, probe, source
from pipeline.media.frame_compare import count_uncovered_frames, peak_dbfs
from pipeline.media.measurements import Measurements, measure
from pipeline.settings import Delivery, Verification

__all__ = ["faults"]

_SILENT_DBFS = -80.0
_SPECS = {
    ".mp4": ("h264", "yuv420p", "aac", 1),
    ".mxf": ("mpeg2video", "yuv422p", "pcm_s24le", 2),
    ".mkv": ("ffv1", "", "pcm_s24le", 1),
    ".m4a": ("", "", "aac", 1),
    ".wav": ("", "", "pcm_s24le", 1),
}
"""Codec and pixel format of the picture, codec and number of the sound tracks; empty: any."""


@dataclass(frozen=True)
class _Check:
    what: str
    expected: object
    found: object

    def __str__(self) -> str:
        return _("{what} is {found} instead of {expected}").format(
            what=self.what, found=self.found, expected=self.expected
        )


def faults(
    file: Path, released: Release, profile: Delivery, limits: Verification
) -> tuple[str, ...]:
    """Return what is wrong with a file of a delivery, in the reader's language; empty if nothing.

    Each film is decoded whole, once. Raises ToolFailed where it does not decode.
    """
    if file.name == MASTER:
        return tuple(ladder_faults(file, released, profile))
    if file.suffix not in _SPECS or file.name == INIT:
        return () if file.stat().st_size else (_("the file is empty"),)
    probed = probe(file)
    wrong = [str(w) for w in _format(file, probed, released, profile) if w.expected != w.found]
    if probed.video and not wrong:
        wrong += _length_faults(file, released, profile, limits)
    if file.suffix == ".wav" and not wrong:
        wrong += _track_faults(file, probed, released, profile, limits)
    if file.suffix == ".mkv":
        sums = _frame_checksums(file.with_suffix(".framemd5").read_text("utf-8"))
        if sums != _frame_checksums(_checksums(file, "framemd5")):
            wrong.append(_("its frames are not those of the master"))
        if _checksums(file, "md5") != _checksums(released.master, "md5"):
            wrong.append(_("its sound is not that of the master"))
    return (*wrong, *_withheld_faults(file, probed, released))


def _format(file: Path, probed: Probe, released: Release, profile: Delivery) -> tuple[_Check, ...]:
    codec, pixels, sound, tracks = _SPECS[file.suffix]
    checks = [_Check(_("the sound"), [sound] * tracks, [a.codec for a in probed.audio])]
    checks += [_Check(_("the number of pictures"), bool(codec), bool(probed.video))]
    if not (codec and probed.video):
        return tuple(checks)
    video = probed.video[0]
    checks.append(_Check(_("the picture"), codec, video.codec))
    checks.append(_Check(_("the frame rate"), _rate(released, profile), video.frame_rate))
    if pixels:
        checks.append(_Check(_("the pixel format"), pixels, video.pixel_format))
    if profile.level:
        size = profile.width, profile.height
        checks.append(_Check(_("the size"), size, (video.width, video.height)))
    if file.suffix == ".mxf":
        upper = video.field_order in ("tt", "tb")
        checks.append(_Check(_("the upper field first"), True, upper))
        checks.append(_Check(_("the sound's rate"), 48000, probed.audio[0].rate_hz))
    return tuple(checks)


def _length_faults(
    file: Path, released: Release, profile: Delivery, limits: Verification
) -> list[str]:
    measured = measure(file, limits, all_tracks=len(probe(file).audio) > 1)
    expected_frames = released.frames * _rate(released, profile) / released.rate
    wrong = []
    # Where the rate changes, ffmpeg may round the last picture away or hold it.
    if abs(measured.frames - expected_frames) > (0 if expected_frames == released.frames else 2):
        wrong.append(
            str(_Check(_("the number of frames"), round(expected_frames), measured.frames))
        )
    if abs(measured.picture_ms - measured.sound_ms) > limits.max_av_difference_ms:
        wrong.append(_("picture and sound are not equally long"))
    return wrong + (_loudness(measured, profile) if profile.level else [])


def _track_faults(
    file: Path, probed: Probe, released: Release, profile: Delivery, limits: Verification
) -> list[str]:
    """Look at one track as a station will, and listen to all of them together."""
    (audio,) = probed.audio
    checks = [_Check(_("the sound's rate"), 48000, audio.rate_hz)]
    checks.append(_Check(_("the number of channels"), 1, audio.channels))
    checks.append(_Check(_("the kind of file"), True, _has_bext(file)))
    wrong = [str(w) for w in checks if w.expected != w.found]
    whole_ms = round(released.frames * 1000 / released.rate)
    if abs(probed.duration_ms - whole_ms) > limits.max_av_difference_ms:
        wrong.append(_("picture and sound are not equally long"))
    together = [source(each)["0"] for each in sorted(file.parent.glob("*.wav"))]
    measured = loudness_and_peak(ffmpeg.filter(together, "amerge", inputs=len(together)))
    return wrong + (_loudness_faults(*measured, profile) if measured else [])


def _loudness(measured: Measurements, profile: Delivery) -> list[str]:
    if measured.loudness_lufs is None:
        return []
    return _loudness_faults(measured.loudness_lufs, measured.true_peak_dbtp, profile)


def _loudness_faults(loudness_lufs: float, peak: float | None, profile: Delivery) -> list[str]:
    wrong = []
    if abs(loudness_lufs - profile.loudness_lufs) > profile.loudness_tolerance_lu:
        wrong.append(str(_Check(
            _("the loudness"), f"{profile.loudness_lufs:g} LUFS", f"{loudness_lufs} LUFS"
        )))  # fmt: skip
    if peak is not None and peak > profile.true_peak_dbtp:
        expected = f"≤ {profile.true_peak_dbtp:g} dBTP"
        wrong.append(str(_Check(_("the true peak"), expected, f"{peak} dBTP")))
    return wrong


def _withheld_faults(file: Path, probed: Probe, released: Release) -> list[str]:
    """Listen to every track and look at every frame of each withheld passage."""
    wrong = []
    for start_ms, end_ms in released.masks:
        if any(peak_dbfs(file, a, start_ms, end_ms) >= _SILENT_DBFS for a in probed.audio):
            wrong.append(_("a withheld passage can be heard"))
        for video in probed.video:
            first, end = (frame_at(ms, video.frame_rate) for ms in (start_ms, end_ms))
            if count_uncovered_frames(file, video, first, end):
                wrong.append(_("a withheld passage can be seen"))
    return wrong


def _has_bext(file: Path) -> bool:
    with file.open("rb") as wave:
        return b"bext" in wave.read(1024)


def _rate(released: Release, profile: Delivery) -> Fraction:
    if fits(released, profile) or not profile.frame_rate:
        return released.rate
    return Fraction(profile.frame_rate)


def _checksums(file: Path, format_name: str) -> str:
    """Return the sums of the picture's frames (framemd5), or that of the sound (md5)."""
    probed = probe(file)
    index = (probed.video if format_name == "framemd5" else probed.audio)[0].index
    output = ffmpeg.output(
        source(file)[str(index)], "pipe:1", format=format_name, **{"c:a": "pcm_s24le"}
    )
    return capture(output, what=_("comparing frames")).decode()


def _frame_checksums(text: str) -> list[str]:
    """Return the sums of the frames of the picture: times are those of each container."""
    lines = [line.split(",") for line in text.splitlines() if line and line[0] != "#"]
    return [row[-1].strip() for row in lines if row[0].strip() == "0"]
