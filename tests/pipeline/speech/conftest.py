"""Engines, loaded once, and sounds to hear."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pipeline.settings import Settings, load
from pipeline.speech import Engine, open_engine
from pipeline.speech.audio_reader import RATE, Samples, Sound
from tests.fake_engine import FakeEngine

WriteSound = Callable[[str, Samples], Path]


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The defaults, with one thread: on a busy machine two wait for each other most of the time."""
    defaults = load()
    speech = defaults.speech.model_copy(update={"threads": 1})
    return defaults.model_copy(update={"speech": speech})


@pytest.fixture(scope="session")
def faster(settings: Settings) -> Engine:
    """Whisper base on CTranslate2."""
    return open_engine(settings.speech.model_copy(update={"engine": "faster-whisper"}))


@pytest.fixture(scope="session")
def openai(settings: Settings) -> Engine:
    """The same weights, converted, on PyTorch."""
    return open_engine(settings.speech.model_copy(update={"engine": "openai-whisper"}))


@pytest.fixture(params=["fake", "faster-whisper", "openai-whisper"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn."""
    if request.param == "fake":
        return FakeEngine()
    found: Engine = request.getfixturevalue(request.param.partition("-")[0])
    return found


@pytest.fixture(scope="session")
def spoken(mandarin: tuple[Path, str]) -> Samples:
    """The Mandarin sentences as samples."""
    with Sound(mandarin[0]) as sound:
        return sound.read(0, sound.duration_ms)


@pytest.fixture
def write_sound(tmp_path: Path) -> WriteSound:
    """A function that writes samples as 16 kHz mono WAV."""

    def write(name: str, samples: Samples) -> Path:
        path = tmp_path / name
        with wave.open(str(path), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(RATE)
            out.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
        return path

    return write


def silence(seconds: float) -> Samples:
    """Nothing at all."""
    return np.zeros(round(seconds * RATE), np.float32)
