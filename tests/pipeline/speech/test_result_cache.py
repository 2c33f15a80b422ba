"""What was heard once is not heard again, and a broken memory is only a memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from pipeline.settings import Settings
from pipeline.speech import CachingEngine, RecognisedWindow, RecognitionOptions, recognise
from pipeline.speech.audio_reader import Samples
from tests.fake_engine import FakeEngine

ZH = RecognitionOptions("zh")


class Counting(FakeEngine):
    """Counts what it is asked; stops working after so many times."""

    def __init__(self, fails_after: int = 1000) -> None:
        super().__init__()
        self.asked = 0
        self.fails_after = fails_after

    def transcribe(
        self, windows: Sequence[Samples], listening: RecognitionOptions
    ) -> list[RecognisedWindow]:
        self.asked += 1
        if self.asked > self.fails_after:
            raise KeyboardInterrupt
        return super().transcribe(windows, listening)


def test_the_same_question_is_asked_once(spoken: Samples, tmp_path: Path) -> None:
    engine = Counting()
    remembering = CachingEngine(engine, tmp_path)
    first = remembering.transcribe([spoken], ZH)
    assert CachingEngine(engine, tmp_path).transcribe([spoken], ZH) == first
    assert engine.asked == 1
    remembering.transcribe([spoken], RecognitionOptions("zh", terms=("赤峰",)))
    remembering.transcribe([spoken[1:]], ZH)
    remembering.transcribe([spoken, spoken], ZH)
    assert engine.asked == 4


def test_recognition_goes_on_where_it_was_stopped(
    mandarin: tuple[Path, str], settings: Settings, tmp_path: Path
) -> None:
    short = settings.speech.model_copy(update={"window_ms": 1000})
    straight = recognise(mandarin[0], CachingEngine(Counting(), tmp_path / "a"), short, ZH)
    stopped = Counting(fails_after=1)
    with pytest.raises(KeyboardInterrupt):
        recognise(mandarin[0], CachingEngine(stopped, tmp_path / "b"), short, ZH)
    after = Counting()
    assert recognise(mandarin[0], CachingEngine(after, tmp_path / "b"), short, ZH) == straight
    whole = Counting()
    recognise(mandarin[0], CachingEngine(whole, tmp_path / "c"), short, ZH)
    assert after.asked == whole.asked - 1


_SLOW = """
import sys, time
from pathlib import Path
from pipeline.settings import load
from pipeline.speech import CachingEngine, RecognitionOptions, recognise
from tests.fake_engine import FakeEngine

class Slow(FakeEngine):
    def transcribe(self, windows, listening):
        time.sleep(0.5)
        return super().transcribe(windows, listening)

short = load().speech.model_copy(update={"window_ms": 1000, "threads": 1})
engine = CachingEngine(Slow(), Path(sys.argv[2]))
recognise(Path(sys.argv[1]), engine, short, RecognitionOptions("zh"))
"""


def test_recognition_goes_on_after_its_process_was_killed(
    mandarin: tuple[Path, str], settings: Settings, tmp_path: Path
) -> None:
    short = settings.speech.model_copy(update={"window_ms": 1000})
    whole = Counting()
    straight = recognise(mandarin[0], CachingEngine(whole, tmp_path / "a"), short, ZH)
    memory = tmp_path / "b"
    script = [sys.executable, "-c", _SLOW, str(mandarin[0]), str(memory)]
    with subprocess.Popen(script) as process:
        while not list(memory.glob("*.json")) and process.poll() is None:
            time.sleep(0.01)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    done = len(list(memory.glob("*.json")))
    after = Counting()
    assert recognise(mandarin[0], CachingEngine(after, memory), short, ZH) == straight
    assert 0 < done < whole.asked
    assert after.asked == whole.asked - done


def test_a_broken_or_old_memory_is_no_harm(spoken: Samples, tmp_path: Path) -> None:
    engine = Counting()
    first = CachingEngine(engine, tmp_path).transcribe([spoken], ZH)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:100])
    assert CachingEngine(engine, tmp_path).transcribe([spoken], ZH) == first
    assert engine.asked == 2
    long_ago = time.time() - 40 * 24 * 3600
    os.utime(file, (long_ago, long_ago))
    CachingEngine(engine, tmp_path)
    assert not list(tmp_path.iterdir())
