"""Bring the sound of a delivery to the loudness asked for, by one gain: nothing is compressed."""

from __future__ import annotations

import re
from typing import Any

import ffmpeg

from pipeline.delivery.source import Release
from pipeline.errors import MediaError
from pipeline.i18n import _
from pipeline.media.audio_redaction import muted
from pipeline.media.ffmpeg import run, source
from pipeline.settings import Delivery

__all__ = ["measure_loudness", "normalize", "split_channels"]

_NEAR_LU = 0.1
_SUMMARY = re.compile(
    r"Integrated loudness:\s+I:\s+(-?[\d.]+) LUFS.*?Peak:\s+(-?[\d.]+|-inf) dBFS", re.DOTALL
)


def normalize(sound: Any, released: Release, profile: Delivery) -> Any:
    """Return the sound in two channels at 48 kHz and the profile's loudness, withheld passages
    muted again: coding spreads sound.

    Raises MediaError where that would make its peaks too high.
    """
    gain_db = _gain_db(released, profile)
    sound = _stereo(sound)
    if gain_db:
        sound = sound.filter("volume", volume=f"{gain_db:.2f}dB")
    return muted(sound, 48000, released.masks)


def split_channels(sound: Any, released: Release, profile: Delivery) -> list[Any]:
    """Return the levelled sound as two tracks of one channel each."""
    stereo = normalize(sound, released, profile)
    channels = stereo.filter_multi_output("channelsplit", channel_layout="stereo")
    return [channels[0], channels[1]]


def measure_loudness(sound: Any) -> tuple[float, float] | None:
    """Return the integrated loudness (LUFS) and the true peak (dBTP); None for silence."""
    analysed = sound.filter("ebur128", peak="true", framelog="verbose")
    log = run(ffmpeg.output(analysed, "-", format="null"), what=_("measuring the loudness"))
    summaries = _SUMMARY.findall(log)
    if not summaries or summaries[-1][1] == "-inf":
        return None
    return float(summaries[-1][0]), float(summaries[-1][1])


def _gain_db(released: Release, profile: Delivery) -> float:
    measured = measure_loudness(
        _stereo(source(released.master)[str(released.probed.audio[0].index)])
    )
    if measured is None:
        return 0.0  # silence stays silence
    lufs, peak = measured
    gain_db = profile.loudness_lufs - lufs
    if peak + gain_db > profile.true_peak_dbtp:
        raise MediaError(
            _("At {loudness:g} LUFS the sound would reach {peak:.1f} dBTP.").format(
                loudness=profile.loudness_lufs, peak=peak + gain_db
            ),
            remedy=_("Have the sound of the episode mixed with lower peaks (step 4)."),
            path=released.master,
        )
    return gain_db if abs(gain_db) > _NEAR_LU else 0.0


def _stereo(sound: Any) -> Any:
    sound = sound.filter("aresample", osr=48000)
    return sound.filter("aformat", channel_layouts="stereo", sample_fmts="fltp")
