"""Who says a word, told from which microphone hears it louder; what is unclear stays open.

For films in which each person's lavalier has a sound channel of its own. Stage 5 measures how loud
each channel is every 20 ms, stage 6 compares them over each word.
"""

from __future__ import annotations

import json
import wave
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.captions.words import Doubt, Word, Words
from pipeline.core.files import read_json
from pipeline.settings import Speakers

__all__ = ["marked", "write_levels"]

_STEP_MS = 20
_STEPS_AT_ONCE = 4096
_FLOOR_DB = -90

# Words of an unclear moment belong to the speaker on both sides when it is as short as this.
_MOMENT_MS = 600
_PAUSE_MS = 500
# So much unclear speech without a break is listed; with this share of all, nothing is marked.
_LISTED_MS = 1000
_HOPELESS = 0.5

# What the editor reads beside a doubt, in the crew's language whoever runs the program.
UNCLEAR = "听不出这里是谁在说话"
ALIKE = "各声道声音相近，分不出说话人，全片未标注"
ONE_CHANNEL = "影片声道数不够，分不出说话人，全片未标注"

Levels = NDArray[np.float64]


def write_levels(sound: Path, path: Path, channels: int) -> Path:
    """Write how loud each of the first `channels` of a 16-bit WAV file is, and return `path`.

    JSON: `step_ms`, and for each channel the level (RMS, whole dB below full scale) of every step.
    """
    with wave.open(str(sound), "rb") as reader:
        width, step = reader.getnchannels(), reader.getframerate() * _STEP_MS // 1000
        found: list[NDArray[np.int64]] = []
        while piece := reader.readframes(step * _STEPS_AT_ONCE):
            samples = np.frombuffer(piece, "<i2").reshape(-1, width)[:, :channels]
            padded = np.pad(samples, ((0, -len(samples) % step), (0, 0))).astype(np.float64)
            power = np.square(padded / 32768).reshape(-1, step, channels).mean(axis=1)
            audible = np.maximum(power, 10 ** (_FLOOR_DB / 10))
            found.append(np.rint(10 * np.log10(audible)).astype(int))
    levels = np.concatenate(found).T.tolist() if found else [[] for _channel in range(channels)]
    text = json.dumps({"channels": levels, "step_ms": _STEP_MS}, separators=(",", ":"))
    path.write_text(text + "\n", "ascii", newline="\n")
    return path


def marked(words: Words, levels_file: Path | None, settings: Speakers) -> Words:
    """Return the words with who says them, and doubts where that is unclear.

    `levels_file` is what `write_levels` wrote, or None where the film has too few channels. Nothing
    changes while no channels are named.
    """
    if not settings.channels or not words.words:
        return words
    if levels_file is None:
        return _open(words, ONE_CHANNEL)
    levels = np.array(read_json(levels_file)["channels"], float)
    told = _filled([replace(w, speaker=_who(w, levels, settings)) for w in words.words])
    unclear = sum(word.end_ms - word.start_ms for word in told if not word.speaker)
    if unclear > _HOPELESS * sum(word.end_ms - word.start_ms for word in told):
        return _open(words, ALIKE)
    doubts = [*words.doubts, *_unclear(told)]
    doubts.sort(key=lambda d: (d.start_ms, d.end_ms, d.reason))
    return replace(words, words=tuple(told), doubts=tuple(doubts))


def _who(word: Word, levels: Levels, settings: Speakers) -> str:
    """Return whose channel is clearly the loudest during a word, or nothing."""
    first = word.start_ms // _STEP_MS
    heard = levels[:, first : max(first + 1, -(-word.end_ms // _STEP_MS))]
    if not heard.shape[1]:
        return ""
    power = 10 * np.log10(np.mean(10 ** (heard / 10), axis=1))
    order = np.argsort(power)
    clear = power[order[-1]] - power[order[-2]] >= settings.margin_db
    return settings.channels[int(order[-1])] if clear else ""


def _filled(words: Sequence[Word]) -> list[Word]:
    """Give an unclear moment to the speaker who is clear right before and right after it."""
    told = list(words)
    for start, end in _runs(words):
        if not 0 < start <= end < len(words):
            continue
        before, after = words[start - 1], words[end]
        short = words[end - 1].end_ms - words[start].start_ms <= _MOMENT_MS
        close = max(words[start].start_ms - before.end_ms, after.start_ms - words[end - 1].end_ms)
        if short and close < _PAUSE_MS and before.speaker == after.speaker:
            told[start:end] = [replace(w, speaker=before.speaker) for w in words[start:end]]
    return told


def _unclear(words: Sequence[Word]) -> Iterator[Doubt]:
    for start, end in _runs(words):
        span = words[start].start_ms, words[end - 1].end_ms
        if span[1] - span[0] >= _LISTED_MS:
            yield Doubt(*span, UNCLEAR)


def _runs(words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Yield from where to where, as indices, words stand that are unclear."""
    at = 0
    for is_open, run in groupby(words, key=lambda word: not word.speaker):
        size = len(list(run))
        if is_open:
            yield at, at + size
        at += size


def _open(words: Words, reason: str) -> Words:
    whole = Doubt(words.words[0].start_ms, words.words[-1].end_ms, reason)
    return replace(words, doubts=(whole, *words.doubts))
