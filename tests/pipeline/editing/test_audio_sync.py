"""Two recordings of one moment: their offset to a fraction of a frame, or no answer at all."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.editing.conform.audio_sync import (
    HZ,
    SoundTrace,
    SyncMatch,
    _loudness,
    match_traces,
    read_sound_trace,
)
from pipeline.editing.conform.source import open_sound

Make = Callable[..., Path]
Array = np.ndarray[Any, Any]
HALF_A_FRAME_S = 0.5 / 25


def voice(seconds: float, seed: int) -> Array:
    """Return noise in the band of a voice, a syllable every fifth of a second."""
    random = np.random.default_rng(seed)
    n = int(seconds * HZ)
    spectrum = np.fft.rfft(random.standard_normal(n))
    hz = np.fft.rfftfreq(n, 1 / HZ)
    spectrum[(hz < 200) | (hz > 3000)] = 0
    syllables = np.clip(random.standard_normal(n // (HZ // 5) + 1), 0, None).repeat(HZ // 5)[:n]
    sound: Array = np.fft.irfft(spectrum, n) * syllables
    return sound


def noisy(sound: Array, snr_db: float, seed: int) -> Array:
    noise = np.random.default_rng(seed).standard_normal(len(sound))
    mixed: Array = sound + noise * sound.std() * 10 ** (-snr_db / 20)
    return mixed


def held(sound: Array, level: float = 0.5) -> SoundTrace:
    samples = np.clip(sound / max(np.abs(sound).max(), 1e-9) * level * 32767, -32768, 32767)
    samples = samples.astype(np.int16)
    return SoundTrace(samples, _loudness(samples))


@pytest.mark.parametrize(
    ("offset_s", "snr_db", "level"),
    [(3.217, 20, 0.5), (-4.5, 0, 0.01), (7.3456, -3, 0.5), (0, 30, 0.001)],
)
def test_the_offset_is_found_whatever_level_and_noise(
    offset_s: float, snr_db: float, level: float
) -> None:
    moment = voice(50, 7)
    late = round(abs(offset_s) * HZ)
    one, two = (moment, moment[late:]) if offset_s >= 0 else (moment[late:], moment)
    two = np.convolve(two, [1, 0.3, 0, 0, 0.4, -0.2])  # another microphone, a wall nearby
    match = match_traces(held(noisy(one, snr_db, 1)), held(noisy(two, snr_db, 2), level))
    assert match is not None
    assert match.offset_s == pytest.approx(offset_s, abs=0.002)
    assert match.agree >= match.moments * 0.8


def test_clocks_that_drift_are_answered_for_at_every_time() -> None:
    moment = voice(420, 3)
    other = np.interp(np.arange(len(moment) - 9) / (1 + 60e-6), np.arange(len(moment)), moment)
    match = match_traces(held(noisy(moment[10 * HZ :], 10, 1)), held(noisy(other, 10, 2)))
    assert match is not None
    assert match.drift_ppm == pytest.approx(60, abs=4)
    for first_s in (0, 200, 400):
        truth = (first_s + 10) * (1 + 60e-6)
        assert float(match.time_in_other(Fraction(first_s))) == pytest.approx(
            truth, abs=HALF_A_FRAME_S / 4
        )


UNSURE: dict[str, tuple[Array, Array]] = {
    "other words": (voice(40, 1), voice(40, 2)),
    "silence": (np.zeros(40 * HZ), np.zeros(40 * HZ)),
    "a room": (noisy(np.ones(40 * HZ), 0, 1), noisy(np.ones(40 * HZ), 0, 2)),
    "a tone": (noisy(np.sin(np.arange(40 * HZ) / 3), 20, 1),
               noisy(np.sin(np.arange(40 * HZ) / 3), 20, 2)),
    "a loop": (np.tile(voice(1.5, 1), 25), np.tile(voice(1.5, 1), 25)),
    "too short": (voice(4, 1), voice(4, 1)),
    "nothing": (np.zeros(1), voice(40, 1)),
}  # fmt: skip


@pytest.mark.parametrize("case", UNSURE)
def test_no_answer_rather_than_a_wrong_one(case: str) -> None:
    one, two = UNSURE[case]
    assert match_traces(held(one), held(two)) is None


def test_real_speech_in_two_recordings(
    mandarin: tuple[Path, str], make_clip: Make, tmp_path: Path
) -> None:
    """A camera far away, begun later, with hum and hiss; picture 200 ms after its sound."""
    speech, _text = mandarin
    # once more by another voice: without the shared recordings there are only 8 s of it
    other = (
        "[1:a]atempo=0.8,asetrate=17600,aresample=16000[b];[0:a][b]concat=v=0:a=1,apad=pad_dur=4"
    )
    near = make_clip("near.wav", "-i", speech, "-i", speech, "-filter_complex", other)
    far = make_clip(
        "far.mp4", "-i", near, "-f", "lavfi", "-i", "anoisesrc=a=0.004:r=16000:seed=5",
        "-f", "lavfi", "-i", "color=black:s=64x64:r=25:d=40",
        "-filter_complex",
        "[0:a]atrim=start=1.3,asetpts=PTS-STARTPTS,volume=0.2,aecho=0.8:0.6:23:0.4[v];"
        "[v][1:a]amix=2:duration=first:normalize=0[a];[2:v]setpts=PTS+0.2/TB[p]",
        "-map", "[p]", "-map", "[a]", "-shortest", "-fps_mode", "passthrough",
        "-c:a", "aac", "-b:a", "96k",
    )  # fmt: skip
    sounds = [open_sound(path, path.name, str(path)) for path in (near, far)]
    match = match_traces(*(read_sound_trace(sound, tmp_path) for sound in sounds))
    assert match is not None
    assert match.offset_s == pytest.approx(1.5, abs=HALF_A_FRAME_S / 2)


def test_times_go_there_and_back() -> None:
    match = SyncMatch(12.5, 0.0, 9, 10)
    assert match.time_in_other(Fraction(20)) == Fraction(15, 2)
