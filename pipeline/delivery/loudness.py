"""Bring the sound of a delivery to the loudness asked for, by one gain: nothing is compressed."""

from __future__ import annotations

from typing import Any

from pipeline.delivery.source import Release
from pipeline.errors import MediaError
from pipeline.i18n import _
from pipeline.media.audio_redaction import mute
from pipeline.media.ffmpeg import source
from pipeline.media.loudness import NO_PEAK_DBTP, measure_loudness
from pipeline.settings import Delivery

__all__ = ["loudness_and_peak", "normalize", "split_channels"]

_NEAR_LU = 0.1


def normalize(sound: Any, released: Release, profile: Delivery) -> Any:
    """Return the sound in two channels at 48 kHz and the profile's loudness, withheld passages
    muted again: coding spreads sound.

    Raises MediaError where that would make its peaks too high.
    """
    gain_db = _gain_db(released, profile)
    sound = _stereo(sound)
    if gain_db:
        sound = sound.filter("volume", volume=f"{gain_db:.2f}dB")
    return mute(sound, 48000, released.masks)


def split_channels(sound: Any, released: Release, profile: Delivery) -> list[Any]:
    """Return the levelled sound as two tracks of one channel each."""
    stereo = normalize(sound, released, profile)
    channels = stereo.filter_multi_output("channelsplit", channel_layout="stereo")
    return [channels[0], channels[1]]


def loudness_and_peak(sound: Any) -> tuple[float, float] | None:
    """Return the integrated loudness (LUFS) and the true peak (dBTP); None for silence."""
    measured = measure_loudness(sound)
    if measured is None or measured.dbtp <= NO_PEAK_DBTP:
        return None
    return measured.lufs, measured.dbtp


def _gain_db(released: Release, profile: Delivery) -> float:
    sound = source(released.master)[str(released.probed.audio[0].index)]
    measured = loudness_and_peak(_stereo(sound))
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
