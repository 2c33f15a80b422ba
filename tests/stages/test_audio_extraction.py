"""Stage 5: recognition audio, listening copy and peaks, all beginning with the picture."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import numpy as np
import pytest

from pipeline.core import progress
from pipeline.errors import MediaError
from pipeline.media.ffmpeg import probe
from pipeline.media.waveform import write_peaks
from pipeline.settings import Settings
from stages.audio_extraction import STAGE, Makes, Needs


@pytest.fixture
def extract(artefact, settings: Settings, tmp_path: Path):
    """A function that performs the stage on a picture."""

    def perform(picture: Path, folder: str = "out") -> Makes:
        (tmp_path / folder).mkdir()
        only = settings.only(STAGE.settings)
        return STAGE.run(Needs(artefact("picture", picture)), only, tmp_path / folder)

    return perform


def _samples(path: Path) -> np.ndarray:
    with wave.open(str(path)) as reader:
        assert (reader.getframerate(), reader.getnchannels()) == (16000, 1)
        return np.frombuffer(reader.readframes(reader.getnframes()), "<i2")


def test_sound_in_three_forms(extract, clip: Path) -> None:
    makes = extract(clip)
    samples = _samples(makes.speech_audio)
    assert len(samples) == pytest.approx(64000, abs=800)
    assert np.sqrt(np.mean(samples.astype(float) ** 2)) == pytest.approx(2896, rel=0.02)
    listening = probe(makes.listening_audio)
    assert (listening.audio[0].codec, listening.audio[0].rate_hz) == ("aac", 48000)
    assert listening.duration_ms == pytest.approx(4000, abs=50)
    assert listening.audio[0].channels == 1
    assert not listening.video


def test_peaks_are_those_of_the_sound(extract, clip: Path) -> None:
    makes = extract(clip)
    peaks = json.loads(makes.waveform.read_text())
    samples = _samples(makes.speech_audio)
    assert {key: value for key, value in peaks.items() if key != "data"} == {
        "version": 2, "channels": 1, "sample_rate": 16000, "samples_per_pixel": 320, "bits": 8,
        "length": -(-len(samples) // 320),
    }  # fmt: skip
    assert len(peaks["data"]) == 2 * peaks["length"]
    second = samples[320:640]
    assert peaks["data"][2:4] == [second.min() >> 8, second.max() >> 8]


def test_peaks_do_not_depend_on_where_reading_stops(tmp_path: Path) -> None:
    """More pixels than are read at once, an odd last one, and both ends of the range."""
    samples = np.random.default_rng(7).integers(-32768, 32768, 160 * 9001 + 7).astype("<i2")
    samples[:2] = (-32768, 32767)
    with wave.open(str(tmp_path / "noise.wav"), "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(16000)
        writer.writeframes(samples.tobytes())
    data = json.loads(write_peaks(tmp_path / "noise.wav", tmp_path / "p.json", 100).read_text())
    expected = [
        int(f(samples[at : at + 160])) >> 8
        for at in range(0, len(samples), 160)
        for f in (np.min, np.max)
    ]
    assert data["data"] == expected
    assert data["data"][:2] == [-128, 127]


def test_equal_pictures_equal_bytes(extract, clip: Path) -> None:
    first, second = extract(clip, "a"), extract(clip, "b")
    for name in ("speech_audio", "listening_audio", "waveform"):
        assert getattr(first, name).read_bytes() == getattr(second, name).read_bytes()


def test_late_sound_stays_late(extract, clip: Path, make_clip) -> None:
    """A word's time is a time of the picture, also where the sound track begins later."""
    maps = ("-map", "0:v", "-map", "1:a", "-c", "copy")
    late = make_clip("late.mkv", "-i", clip, "-itsoffset", "1", "-i", clip, *maps)
    samples = _samples(extract(late).speech_audio)
    loud = np.flatnonzero(np.abs(samples.astype(int)) > 1000)
    assert loud[0] == pytest.approx(16000, abs=480)
    assert len(samples) == pytest.approx(80000, abs=800)


def test_picture_without_sound_is_refused(extract, clip_no_sound: Path) -> None:
    with pytest.raises(MediaError, match=r"“no sound.mp4” has no sound"):
        extract(clip_no_sound)


def test_progress_is_reported(extract, clip: Path) -> None:
    seen: list[float] = []
    with progress.report_to(lambda done, _what: seen.append(done)):
        extract(clip)
    assert seen[-1] > 0.9


def test_levels_of_each_channel_where_speakers_are_named(
    artefact, make_clip, settings: Settings, tmp_path: Path
) -> None:
    """Two seconds of sound on the left channel, then two on the right."""
    left = "aevalsrc='0.5*sin(880*PI*t)*lt(t,2)|0.5*sin(880*PI*t)*gte(t,2)':s=48000:d=4"
    picture = "testsrc2=size=160x90:rate=25:duration=4"
    sources = ("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", left)
    film = make_clip("two microphones.mp4", *sources, "-c:v", "libx264", "-c:a", "aac")
    named = settings.speakers.model_copy(update={"channels": ("采访者", "受访者")})
    only = settings.model_copy(update={"speakers": named}).only(STAGE.settings)
    makes = STAGE.run(Needs(artefact("picture", film)), only, tmp_path)
    assert makes.channel_levels is not None
    first, second = json.loads(makes.channel_levels.read_text())["channels"]
    assert len(first) == pytest.approx(200, abs=3)
    assert min(first[10:90]) > max(second[10:90]) + 20
    assert min(second[110:190]) > max(first[110:190]) + 20
    assert not (tmp_path / "channels.wav").exists()


def test_without_named_speakers_or_with_one_channel_there_are_no_levels(
    extract, artefact, clip: Path, settings: Settings, tmp_path: Path
) -> None:
    assert extract(clip).channel_levels is None
    named = settings.speakers.model_copy(update={"channels": ("采访者", "受访者")})
    only = settings.model_copy(update={"speakers": named}).only(STAGE.settings)
    (tmp_path / "mono").mkdir()
    assert (
        STAGE.run(Needs(artefact("picture", clip)), only, tmp_path / "mono").channel_levels is None
    )
