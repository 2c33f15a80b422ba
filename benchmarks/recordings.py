"""Sound to recognise: clips joined with pauses, and sound in which nobody speaks."""

from __future__ import annotations

import csv
import re
import wave
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, cycle, islice, repeat
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pipeline.speech.audio_reader import RATE, Samples

__all__ = ["DATA", "NOISES", "Clip", "join_clips", "repeated", "write_wav"]

DATA = next(
    (folder / "shared" / "data" for folder in Path(__file__).resolve().parents[2:4]
     if (folder / "shared" / "data").is_dir()),
    Path("shared/data"),
)  # fmt: skip
"""Beside the checkout, or beside the folder of checkouts."""

_REFERENCE = re.compile(r'"?\[(human|script|published[^\]]*)\]\s*(.*)', re.DOTALL)
_SEMITONE = 2 ** (1 / 12)
_CHORDS = ((0, 4, 7, 12), (9, 12, 16, 21), (5, 9, 12, 17), (7, 11, 14, 19))


class Clip(NamedTuple):
    """Where a clip lies in the joined sound, what is said in it, and who wrote that down:
    `human`, `script` or `published`."""

    start_ms: int
    end_ms: int
    by: str
    text: str


def join_clips(data: Path, target: Path, seed: int) -> list[Clip]:
    """Join the Mandarin clips that have a reference, with pauses of 0.6 to 2.5 s."""
    from faster_whisper.audio import decode_audio

    pauses = np.random.default_rng(seed)
    parts, clips, at = [], [], 0
    for file, by, text in _references(data):
        pause = np.zeros(int(pauses.uniform(0.6, 2.5) * RATE), np.float32)
        sound = decode_audio(str(data / file), sampling_rate=RATE)
        start = at + pause.size
        at = start + sound.size
        parts += [pause, sound]
        clips.append(Clip(start * 1000 // RATE, at * 1000 // RATE, by, text))
    write_wav(target, [*parts, np.zeros(RATE, np.float32)])
    return clips


def _references(data: Path) -> Iterator[tuple[str, str, str]]:
    with (data / "MANIFEST.tsv").open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE):
            found = _REFERENCE.match(row["reference"].replace('""', '"').strip('"'))
            if row["file"].startswith("speech_zh/") and found and "+" not in row["language"]:
                yield row["file"], found[1].split()[0].rstrip(","), found[2]


def write_wav(target: Path, parts: Iterable[Samples]) -> Path:
    """Write 16 kHz mono, part by part: an hour need not be held at once."""
    with wave.open(str(target), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        for part in parts:
            out.writeframes((np.clip(part, -1, 1) * 32767).astype("<i2").tobytes())
    return target


def repeated(speech: Samples, minutes: float) -> Iterator[Samples]:
    """Yield that many minutes: speech, a pause, a little noise, and again."""
    noise = np.random.default_rng(1).normal(0, 0.01, 5 * RATE).astype(np.float32)
    round_ = (speech, silence(8), noise)
    rounds = round(minutes * 60 * RATE / sum(part.size for part in round_))
    return islice(cycle(round_), 3 * max(rounds, 1))


def silence(seconds: float) -> Samples:
    """Return nothing at all."""
    return np.zeros(round(seconds * RATE), np.float32)


def hiss(seconds: float) -> Samples:
    """Return white noise, as loud as speech."""
    return np.random.default_rng(2).normal(0, 0.1, round(seconds * RATE)).astype(np.float32)


def chords(seconds: float) -> Samples:
    """Return broken chords over held ones, each note of six harmonics that die away."""
    beat = RATE // 4
    beats = round(seconds * RATE / beat)
    out = np.zeros((beats + 16) * beat, np.float32)
    for number in range(beats):
        chord = _CHORDS[number // 16 % len(_CHORDS)]
        notes = [(chord[number % 4] + 12, 6, 0.12)]
        notes += [(note, 16, 0.05) for note in chord] if number % 16 == 0 else []
        for note, beats_long, loud in notes:
            sound = _note(note, beats_long * beat) * loud
            out[number * beat : number * beat + sound.size] += sound
    return out[: beats * beat]


def fiddle(seconds: float) -> Samples:
    """Return a bowed melody with vibrato, slides and pauses: the instrument nearest to a voice."""
    chance = np.random.default_rng(3)
    steps = np.array([0, 2, 4, 7, 9, 12, 14, 16])
    parts: list[Samples] = []
    while sum(part.size for part in parts) < seconds * RATE:
        time_s = np.arange(int(chance.uniform(0.2, 1.2) * RATE)) / RATE
        bend = 0.4 * np.sin(2 * np.pi * 5.5 * time_s) * np.minimum(time_s * 4, 1)
        bend -= 2 * np.exp(-time_s * 30)
        pitch = 146.8 * _SEMITONE ** (chance.choice(steps) + bend)
        phase = np.cumsum(2 * np.pi * pitch / RATE)
        tone = sum(np.sin(phase * n) / n for n in range(1, 15))
        edge = np.minimum(np.minimum(time_s, time_s[::-1]) * 20, 1)
        parts.append(np.asarray(0.1 * tone * edge, np.float32))
        parts.append(silence(chance.choice([0, 0, 0.1, 0.6])))
    return np.concatenate(parts)[: round(seconds * RATE)]


def _note(semitones: int, samples: int) -> Samples:
    time_s = np.arange(samples, dtype=np.float32) / RATE
    pitch = 2 * np.pi * 130.8 * _SEMITONE**semitones * time_s
    tone = sum(np.sin(pitch * n) / n**1.5 for n in range(1, 7))
    envelope = np.minimum(time_s * 50, 1) * np.exp(-3 * time_s)
    return np.asarray(tone * envelope, np.float32)


NOISES: dict[str, Callable[[float], Samples]] = {
    "silence": silence,
    "white noise": hiss,
    "chords": chords,
    "fiddle": fiddle,
}
"""What nobody speaks in: so many seconds of each."""


def minutes_of(kind: str, minutes: float) -> Iterator[Samples]:
    """Yield that many minutes of one of `NOISES`, a minute at a time."""
    minute = NOISES[kind](60)
    whole, rest = divmod(minutes, 1)
    return chain(repeat(minute, int(whole)), [minute[: round(rest * 60 * RATE)]])
