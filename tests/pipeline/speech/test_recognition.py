"""The recipe: nothing dropped, nothing invented, the same twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.cer import errors
from benchmarks.recordings import NOISES
from pipeline.captions.words import Doubt
from pipeline.core import progress
from pipeline.errors import MediaError
from pipeline.settings import Settings
from pipeline.speech import Engine, RecognisedWindow, RecognitionOptions, recognise
from pipeline.speech.audio_reader import RATE, Samples
from pipeline.speech.language_segments import LanguageSegment
from pipeline.speech.quality_gate import NOTHING_RECOGNISED, UNSURE
from pipeline.speech.transcription import transcribe
from tests.fake_engine import FakeEngine
from tests.pipeline.speech.conftest import WriteSound, silence

ZH = RecognitionOptions("zh")


class Scripted(FakeEngine):
    """Answers by a rule; remembers how long the windows were and what terms it was told."""

    def __init__(self, deaf_above_s: float = 99.0) -> None:
        super().__init__()
        self.deaf_above_s = deaf_above_s
        self.asked: list[tuple[float, tuple[str, ...]]] = []

    def transcribe(
        self, windows: Sequence[Samples], listening: RecognitionOptions
    ) -> list[RecognisedWindow]:
        self.asked += [(window.size / RATE, listening.terms) for window in windows]
        return [
            RecognisedWindow() if window.size > self.deaf_above_s * RATE else heard
            for window, heard in zip(windows, super().transcribe(windows, listening), strict=True)
        ]


def test_what_is_not_heard_is_heard_again_in_halves_without_terms(
    mandarin: tuple[Path, str], settings: Settings
) -> None:
    engine = Scripted(deaf_above_s=7.0)
    found = recognise(mandarin[0], engine, settings.speech, replace(ZH, terms=("赤峰",)))
    assert max(seconds for seconds, terms in engine.asked if terms) > 7.0
    assert max(seconds for seconds, terms in engine.asked if not terms) <= 10.0
    assert any(not terms for _seconds, terms in engine.asked)
    assert found.words


def test_speech_nobody_understands_becomes_a_doubt(
    mandarin: tuple[Path, str], settings: Settings
) -> None:
    found = recognise(mandarin[0], Scripted(deaf_above_s=0.0), settings.speech, ZH)
    assert not found.words
    assert {doubt.reason for doubt in found.doubts} == {NOTHING_RECOGNISED}
    doubted = sum(doubt.end_ms - doubt.start_ms for doubt in found.doubts)
    assert doubted > 0.8 * sum(end - start for start, end in found.speech)


def test_an_unsure_passage_is_a_doubt(mandarin: tuple[Path, str], settings: Settings) -> None:
    class Unsure(FakeEngine):
        def transcribe(
            self, windows: Sequence[Samples], listening: RecognitionOptions
        ) -> list[RecognisedWindow]:
            return [
                replace(heard, logprob=-2.0) for heard in super().transcribe(windows, listening)
            ]

    found = recognise(mandarin[0], Unsure(), settings.speech, ZH)
    assert UNSURE in {doubt.reason for doubt in found.doubts}


@pytest.mark.parametrize("kind", [*NOISES, "hum"])
def test_where_nobody_speaks_no_engine_is_asked_and_no_word_invented(
    kind: str, write_sound: WriteSound, settings: Settings
) -> None:
    hum = np.sin(np.arange(20 * RATE) * 2 * np.pi * 100 / RATE).astype(np.float32) * 0.3
    sound = write_sound("x.wav", hum if kind == "hum" else NOISES[kind](20))
    engine = Scripted()
    with pytest.raises(MediaError, match="Nobody speaks") as caught:
        recognise(sound, engine, settings.speech, ZH)
    assert "sound track" in caught.value.remedy
    assert engine.asked == []


@pytest.mark.parametrize("kind", NOISES)
def test_around_speech_nothing_is_heard_in_noise(
    kind: str, spoken: Samples, write_sound: WriteSound, settings: Settings
) -> None:
    noise_ms = 20_000
    parts = [NOISES[kind](noise_ms / 1000), spoken, NOISES[kind](noise_ms / 1000)]
    sound = write_sound("x.wav", np.concatenate(parts))
    engine = Scripted()
    found = recognise(sound, engine, settings.speech, ZH)
    end_ms = noise_ms + spoken.size * 1000 // RATE
    assert found.words
    assert all(noise_ms - 500 <= w.start_ms and w.end_ms <= end_ms + 500 for w in found.words)


@pytest.mark.model
def test_a_passage_after_a_long_pause_is_not_dropped_and_the_same_twice(
    faster: Engine,
    spoken: Samples,
    mandarin: tuple[Path, str],
    write_sound: WriteSound,
    settings: Settings,
) -> None:
    pause_s = 20
    sound = write_sound("pause.wav", np.concatenate([spoken, silence(pause_s), spoken]))
    reports: list[float] = []
    with progress.report_to(lambda done, _what: reports.append(done)):
        found = recognise(sound, faster, settings.speech, ZH, settings.hallucinations.phrases)
    length_ms = spoken.size * 1000 // RATE
    again_ms = length_ms + pause_s * 1000
    before = "".join(word.text for word in found.words if word.end_ms <= length_ms + 500)
    after = "".join(word.text for word in found.words if word.start_ms >= again_ms - 500)
    assert errors(mandarin[1], before).rate < 0.45
    assert errors(mandarin[1], after).rate < 0.45
    assert len(before) + len(after) == len("".join(word.text for word in found.words))
    assert reports == sorted(reports) and reports[-1] == 1.0
    assert found == recognise(sound, faster, settings.speech, ZH, settings.hallucinations.phrases)


@pytest.mark.model
def test_any_media_file_can_be_transcribed(
    mandarin: tuple[Path, str], make_clip: object, settings: Settings
) -> None:
    assert callable(make_clip)
    video = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25", "-shortest")
    film = make_clip("它 '的:视频.mp4", "-i", mandarin[0], *video, "-c:v", "libx264", "-c:a", "aac")
    found, film_ms = transcribe(film, settings)
    assert 7_000 < film_ms < 16_000
    assert errors(mandarin[1], "".join(word.text for word in found.words)).rate < 0.45
    assert found.engine == "faster-whisper"
    assert found.model.startswith("base ctranslate2 d01c3014881c")


def test_a_file_with_several_sound_tracks_asks_which(
    clip_two_sounds: Path, settings: Settings
) -> None:
    with pytest.raises(MediaError, match="2 sound tracks"):
        transcribe(clip_two_sounds, settings)
    with pytest.raises(MediaError, match="no sound track 5"):
        transcribe(clip_two_sounds, settings, audio_stream=5)


def test_doubts_are_in_order_of_time(mandarin: tuple[Path, str], settings: Settings) -> None:
    found = recognise(mandarin[0], Scripted(deaf_above_s=0.0), settings.speech, ZH)
    assert list(found.doubts) == sorted(found.doubts, key=lambda d: d.start_ms)
    assert all(isinstance(doubt, Doubt) for doubt in found.doubts)


class Polyglot(FakeEngine):
    """Says in which language and with which terms it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, tuple[str, ...], int]] = []

    def transcribe(
        self, windows: Sequence[Samples], listening: RecognitionOptions
    ) -> list[RecognisedWindow]:
        lengths = sum(window.size * 1000 // RATE for window in windows)
        self.asked.append((listening.language, listening.terms, lengths))
        return super().transcribe(windows, listening)


def test_a_passage_in_another_language_is_heard_in_it(
    mandarin: tuple[Path, str], settings: Settings
) -> None:
    engine, stretch = Polyglot(), LanguageSegment(3000, 5000, "mn")
    listening = replace(ZH, terms=("赤峰",))
    found = recognise(mandarin[0], engine, settings.speech, listening, (), [stretch])
    assert {language for language, _terms, _ms in engine.asked} == {"zh", "mn"}
    assert [terms for language, terms, _ms in engine.asked if language == "mn"] == [()]
    assert sum(ms for language, _terms, ms in engine.asked if language == "mn") <= 2000
    assert found.language == "zh"
    starts = [word.start_ms for word in found.words]
    assert starts == sorted(starts)
