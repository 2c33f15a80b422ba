"""Who speaks, told from two microphones; what is unclear is never guessed."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from pipeline.captions.cues import Cue
from pipeline.captions.words import Doubt, Word, Words
from pipeline.documents.transcript import add_speakers
from pipeline.settings import Speakers
from pipeline.speech.speaker_channels import (
    ALIKE,
    ONE_CHANNEL,
    UNCLEAR,
    assign_speakers,
    write_levels,
)

RATE = 16_000
TWO = Speakers(channels=("采访者", "受访者"), margin_db=6.0)
OFF = Speakers(channels=(), margin_db=6.0)


def _film(path: Path, *parts: tuple[float, float, float]) -> Path:
    """Write noise with these parts: seconds, level on the left, level on the right (0 to 1)."""
    noise = np.random.default_rng(1)
    pieces = []
    for seconds, left, right in parts:
        voice = noise.uniform(-0.5, 0.5, round(seconds * RATE))
        pieces.append(np.stack([voice * left, voice * right], axis=1))
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((np.concatenate(pieces) * 32767).astype("<i2").tobytes())
    return path


def _words(seconds: float) -> Words:
    """A character every 250 ms."""
    return Words("zh", tuple(Word(t, t + 250, "字") for t in range(0, round(seconds * 1000), 250)))


def _marked(tmp_path: Path, words: Words, *parts: tuple[float, float, float]) -> Words:
    levels = write_levels(_film(tmp_path / "two.wav", *parts), tmp_path / "levels.json", 2)
    return assign_speakers(words, levels, TWO)


def test_the_louder_microphone_says_who_speaks(tmp_path: Path) -> None:
    """The other microphone hears each voice 12 dB lower."""
    done = _marked(tmp_path, _words(6), (2, 1.0, 0.25), (4, 0.2, 0.8))
    assert [word.speaker for word in done.words] == ["采访者"] * 8 + ["受访者"] * 16
    assert done.doubts == ()
    cues = add_speakers([Cue(0, 2000, "a"), Cue(2000, 6000, "b")], done.words)
    assert [cue.speaker for cue in cues] == ["采访者", "受访者"]


def test_both_at_once_stays_open_and_is_listed(tmp_path: Path) -> None:
    done = _marked(tmp_path, _words(6), (2, 1.0, 0.2), (1.5, 1.0, 0.9), (2.5, 0.2, 1.0))
    assert {word.speaker for word in done.words if 2000 <= word.start_ms < 3500} == {""}
    assert done.doubts == (Doubt(2000, 3500, UNCLEAR),)
    cues = add_speakers([Cue(0, 2000, "a"), Cue(2000, 3500, "b"), Cue(1500, 4000, "c")], done.words)
    assert [cue.speaker for cue in cues] == ["采访者", "", ""]


def test_a_short_unclear_moment_belongs_to_who_speaks_around_it(tmp_path: Path) -> None:
    done = _marked(tmp_path, _words(4), (2, 1.0, 0.2), (0.5, 1.0, 0.9), (1.5, 1.0, 0.2))
    assert {word.speaker for word in done.words} == {"采访者"}


def test_between_two_speakers_an_unclear_moment_stays_open(tmp_path: Path) -> None:
    done = _marked(tmp_path, _words(4), (2, 1.0, 0.2), (0.5, 1.0, 0.9), (1.5, 0.2, 1.0))
    assert [w.speaker for w in done.words] == ["采访者"] * 8 + [""] * 2 + ["受访者"] * 6


def test_a_mixed_sound_marks_nobody_and_says_so(tmp_path: Path) -> None:
    words = _words(4)
    done = _marked(tmp_path, words, (4, 0.8, 0.8))
    assert done.words == words.words
    assert done.doubts == (Doubt(0, 4000, ALIKE),)


def test_without_the_channels_nobody_is_marked_and_off_changes_nothing(tmp_path: Path) -> None:
    words = _words(2)
    assert assign_speakers(words, None, OFF) == words
    without = assign_speakers(words, None, TWO)
    assert without.words == words.words and without.doubts[0].reason == ONE_CHANNEL


@pytest.mark.parametrize("margin_db", [6.0, 13.0])
def test_the_margin_decides(tmp_path: Path, margin_db: float) -> None:
    levels = write_levels(_film(tmp_path / "a.wav", (2, 1.0, 0.25)), tmp_path / "l.json", 2)
    settings = Speakers(channels=TWO.channels, margin_db=margin_db)
    speakers = {word.speaker for word in assign_speakers(_words(2), levels, settings).words}
    assert speakers == ({"采访者"} if margin_db < 12 else {""})


def test_levels_are_decibels_of_every_fiftieth_of_a_second(tmp_path: Path) -> None:
    from pipeline.core.files import read_json

    file = write_levels(_film(tmp_path / "a.wav", (1, 1.0, 0.0)), tmp_path / "l.json", 2)
    told = read_json(file)
    assert told["step_ms"] == 20 and [len(c) for c in told["channels"]] == [50, 50]
    assert set(told["channels"][1]) == {-90}
    assert all(-12 <= level <= -9 for level in told["channels"][0])  # uniform noise: -10.8 dB
